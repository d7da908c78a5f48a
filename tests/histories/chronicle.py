"""What people did in a history: the only ground on which the product may change anything of theirs.

Kept by the acts themselves, right as they happen. ``permit`` judges each write of the product at
the moment it is sent: the sets here only grow, so that a late write is not a wrong one.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sync.words import BookingItemId, CalendarId, Interval, OutlookItemId, PersonKey
from tests.stories.sync.wire import Call
from tests.stories.sync.world import World

#: Stands in every private text: it may turn up nowhere outside Outlook (R7.3).
CANARY = "canary-7f3a"


class ViolationError(AssertionError):
    """The product did what no rule allows."""


@dataclass(slots=True)
class Chronicle:
    """What people did.

    Attributes:
        theirs: Ids of everything in Outlook that people made, under its newest id.
        times: All times that people ever gave to an item of the booking product, on either side.
        reserve_times: Times that the office gave to the Reserve of a Meeting, by the hash of the
            Meeting's id.
        vanished: Items that people cancelled, deleted or gave away, or whose event they deleted.
        missed: Items whose event a person deleted while that was to be put back.
        left_alone: What a Meeting was like as its Reserve was deleted by hand (R8.6).
        edited_events: Events of ours whose text the person wrote.
        restored: Events of ours that the person took out of the bin.
        out_of_reach: Those of them that no sync had met when their calendar was left (R5.9).
        edited_reserves: Reserves of ours whose text the office wrote.
        meetings: What each thing in Outlook of theirs is: mailbox, text, and its occurrences.
        acts: Number of acts on each item by its title, with what could start it all again.
        viewers: People who may only view, and always could.
        starts: Number of new beginnings by person: each may tell again what waits.
        resyncs: Number of wishes for a Resync by person.
        forbidden: Whether the connector was ever not permitted something.
        cut_starts: Calendars that a person chose in a start that died or failed.
        losses: How often a person's tokens or calendar were taken away.
        renamed: What a thing in Outlook is called now, by what it was called before, both as
            Reserves name Meetings: by drags, undone deletions and moves of a mailbox.
    """

    theirs: set[OutlookItemId] = field(default_factory=set)
    times: dict[BookingItemId, set[Interval]] = field(default_factory=lambda: defaultdict(set))
    reserve_times: dict[str, set[Interval]] = field(default_factory=lambda: defaultdict(set))
    vanished: set[BookingItemId] = field(default_factory=set)
    missed: dict[PersonKey, set[BookingItemId]] = field(default_factory=lambda: defaultdict(set))
    left_alone: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    edited_events: set[OutlookItemId] = field(default_factory=set)
    restored: set[OutlookItemId] = field(default_factory=set)
    out_of_reach: set[OutlookItemId] = field(default_factory=set)
    edited_reserves: set[BookingItemId] = field(default_factory=set)
    meetings: dict[OutlookItemId, tuple[Any, ...]] = field(default_factory=dict)
    acts: Counter[str] = field(default_factory=Counter)
    viewers: set[PersonKey] = field(default_factory=set)
    starts: Counter[PersonKey] = field(default_factory=Counter)
    resyncs: Counter[PersonKey] = field(default_factory=Counter)
    losses: Counter[PersonKey] = field(default_factory=Counter)
    forbidden: bool = False
    cut_starts: dict[PersonKey, set[CalendarId]] = field(default_factory=lambda: defaultdict(set))
    renamed: dict[str, str] = field(default_factory=dict)

    def newest(self, name: str) -> str:
        """Gives what a Meeting is called now, by any name that it ever had."""
        while name in self.renamed:
            name = self.renamed[name]
        return name

    def rename(self, old: OutlookItemId, new: OutlookItemId) -> None:
        """Notes that something in Outlook has another id; nothing else about it is other."""
        before, after = hashed(old), hashed(new)
        self.renamed[before] = after
        self.reserve_times[after] |= self.reserve_times.pop(before, set())
        for ids in (self.theirs, self.edited_events, self.restored, self.out_of_reach):
            if old in ids:
                ids.remove(old)
                ids.add(new)
        if old in self.meetings:
            self.meetings[new] = self.meetings.pop(old)
        for key in [key for key in self.left_alone if key.endswith(f" {before}")]:
            self.left_alone[key.removesuffix(before) + after] = self.left_alone.pop(key)

    def permit(self, world: World, call: Call) -> None:
        """Judges one write of the product.

        Raises:
            ViolationError: No act of a person allows it.
        """
        match call.port, call.method:
            case "outlook", "delete_event":
                if call.args[0] in self.theirs:
                    raise ViolationError(f"deletes {call.args[0]}, which is the person's own")
            case "outlook", "update_event":
                self._permit_update(world, call)
            case "booking", "remove_item":
                person, item_id = call.args
                if not _is_ours(world, person, item_id) and item_id not in self.vanished:
                    raise ViolationError(f"removes {item_id}, which nobody asked for")
            case "booking", "update_item":
                person, item_id = call.args
                interval = call.kwargs.get("interval")
                if _is_ours(world, person, item_id):
                    return
                if call.kwargs.get("content") is not None:
                    raise ViolationError(f"writes text into {item_id}, which is the office's")
                if interval is None:
                    return
                if interval not in self.given(world, item_id):
                    raise ViolationError(f"moves {item_id} to {interval}, which nobody asked for")
                if person in self.viewers:
                    raise ViolationError(f"moves {item_id} for somebody who may only view")
            case "booking", "create_reserve":
                if call.args[0] in self.viewers:
                    raise ViolationError("makes a Reserve for somebody who may only view")
            case _:
                pass

    def given(self, world: World, item_id: BookingItemId) -> set[Interval]:
        """Gives all times that an item may have: those given, and what the grid makes of them."""
        times = self.times[item_id]
        return times | {world.booking._kept_interval(span) for span in times}

    def _permit_update(self, world: World, call: Call) -> None:
        item_id = call.args[1]
        mailbox = world.outlook.mailboxes[call.person] if call.person else None
        stored = world.outlook.find(mailbox, item_id) if mailbox else None
        if item_id not in self.theirs and (stored is None or stored.item.id not in self.theirs):
            return
        if call.kwargs.get("content") is not None:
            raise ViolationError(f"writes text into {item_id}, which is the person's own")
        interval = call.kwargs.get("interval")
        if interval is not None and interval not in self.reserve_times[hashed(item_id)]:
            raise ViolationError(f"moves the Meeting {item_id}, which nobody asked for")
        if stored is not None and call.kwargs.get("etag") == stored.item.etag:
            item = stored.item
            if item.has_attendees or not item.is_organizer or stored.instances is not None:
                raise ViolationError(
                    f"moves the Meeting {item_id}, which is not the person's alone"
                )


def hashed(item_id: OutlookItemId) -> str:
    """Gives the part of a Reserve's reference that names its Meeting."""
    return "o-" + sha256(item_id.encode()).hexdigest()[:40]


def meeting_of(external_ref: str) -> str:
    """Gives the hash of the Meeting that a Reserve's reference names."""
    return external_ref.split(":")[1]


def squeezed(title: str) -> str:
    """Gives a title by which acts on it are counted: a booking product may trim it."""
    return " ".join(title.split())


def item_of(mark: str) -> BookingItemId:
    """Gives the item that an event's mark names."""
    return BookingItemId(mark.split(":")[1])


def _is_ours(world: World, person: PersonKey, item_id: BookingItemId) -> bool:
    """Says whether the product may do with an item as it likes; one that is gone is safe."""
    item = world.booking._schedules[person].items.get(item_id)
    return item is None or item.external_ref is not None
