"""Step 2, merge: what the feeds brought becomes what is known of each Link.

Newest wins by evidence: what is older than our own write is no news (R8.15). An event is known by
its id, and where that has changed by its uid (R8.10). Pure.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sync.engine.cases import (
    Absent,
    BookingSight,
    Case,
    OutlookSight,
    Scene,
    Trouble,
    believed,
    is_expected,
    leaving,
)
from sync.engine.feeds import BookingRead, OutlookRead
from sync.engine.items import (
    BookingItem,
    BookingKind,
    BookingStatus,
    Gone,
    OutlookItem,
    OutlookKind,
)
from sync.engine.links import (
    Kind,
    Link,
    Op,
    Side,
    Why,
    booking_key,
    link_of_item,
    outlook_key,
    replaced,
)
from sync.engine.taking_part import outlook_reason
from sync.engine.texts import reserve_content, reserve_fingerprint
from sync.engine.waits import is_to_be_gone, to_be_deleted
from sync.words import NOWHERE, BookingItemId, LinkKey, OutlookItemId


def names(links: Iterable[Link]) -> frozenset[str]:
    """Gives every id by which Links are known: what is told of and not here may be older."""
    found: set[str] = set()
    for link in links:
        found |= {each for each in (link.booking_id, link.outlook_id, link.uid) if each}
    return frozenset(found)


def merge(scene: Scene, links: Iterable[Link], booking: BookingRead, outlook: OutlookRead) -> Scene:
    """Puts together what is known of every Link, and of every item that no Link names."""
    cases = {link.key: Case(link=_in_doubt(leaving(link, scene))) for link in links}
    table = _Table(scene, cases)
    for item in booking.items:
        table.take_item(believed(item, scene.now))
    for item_id in sorted(booking.deleted):
        table.miss_item(item_id)
    for item_id in sorted(booking.unreadable):
        table.trouble_item(item_id)
    table.take_events(outlook)
    if booking.is_full:
        table.miss_unlisted_items(booking.unreadable)
    changed = table.changed or scene.retry or booking.is_full or outlook.is_full
    return replace(scene, cases=table.cases, retry=changed or scene.is_resync)


def with_item(case: Case, sight: BookingSight) -> Case:
    """Takes in what is known of the booking side; older than our own write, it is no news."""
    if isinstance(sight, BookingItem):
        if _was_before(case.link, sight):
            return replace(case, booking=None, is_stale=True)
        if case.link.origin is Side.OUTLOOK and sight.status is BookingStatus.CANCELLED:
            # Readable, but gone for whoever wants to write it (contract: BookingItem.status).
            return replace(case, booking=Gone())
        kind = Kind.RESERVE if sight.kind is BookingKind.RESERVE else Kind.APPOINTMENT
        if case.link.origin is Side.BOOKING and kind is not case.link.kind:
            case = replace(case, link=replace(case.link, kind=kind))
    return replace(case, booking=sight)


def _was_before(link: Link, item: BookingItem) -> bool:
    """Says whether a read is older than what is known, or than what a twin is made of."""
    if link.base is not None:
        return link.base.booking.is_newer_than(item.version, item.modified)
    return link.origin is Side.BOOKING and item.version in replaced(link, item.version)


def with_event(
    case: Case, sight: OutlookSight, *, is_read: bool = False, is_shown: bool = False
) -> Case:
    """Takes in what is known of the Outlook side; older than our own write, it is no news."""
    base = case.link.base
    is_read, is_shown = is_read or case.is_read, is_shown or case.is_shown
    if not isinstance(sight, OutlookItem):
        return replace(case, outlook=sight)
    if case.link.leaves is not None:
        # It has arrived, or the person has turned back (R5.9).
        case = replace(case, link=replace(case.link, leaves=None))
    if base is not None and base.outlook.is_newer_than(sight.etag, sight.modified):
        return replace(case, outlook=None, is_stale=True, is_shown=is_shown)
    if sight.problem is not None:
        trouble = Trouble(code=sight.problem)
        return replace(case, outlook=trouble, is_read=is_read, is_shown=is_shown)
    return replace(case, outlook=sight, is_read=is_read, is_shown=is_shown)


def followed(case: Case, event: OutlookItem, now: datetime) -> Case:
    """Lets a Link follow its event to its new id (R8.10), under which it is as good as made now."""
    link = replace(
        case.link,
        outlook_id=event.id,
        uid=event.uid or case.link.uid,
        series=event.series_id,
        made=now,
        leaves=None,
    )
    return replace(case, link=link, outlook=event, is_read=True)


def differs(link: Link, event: OutlookItem, scene: Scene) -> bool:
    """Says whether an event is other than when both sides last agreed; an etag alone is nothing."""
    base = link.base
    if base is None or event.interval != base.outlook.interval:
        return True
    if event.is_all_day or event.kind is OutlookKind.MASTER or event.problem is not None:
        return True
    if link.origin is Side.BOOKING:
        return event.kind is not OutlookKind.SINGLE
    if outlook_reason(event, scene.policy) is not None:
        return True
    content = reserve_content(event, details=scene.policy.settings.sync_meeting_details)
    return reserve_fingerprint(content) != base.text


def _in_doubt(link: Link) -> Link:
    """A write whose end nobody recorded leaves the text of the twin unknown (R7.3, R11.5)."""
    intent, base = link.intent, link.base
    if intent is None or base is None or intent.op is not Op.WRITE or not intent.text:
        return link
    return replace(link, base=replace(base, text=""))


class _Table:
    """The cases while they are being put together."""

    def __init__(self, scene: Scene, cases: dict[LinkKey, Case]) -> None:
        self.scene = scene
        self.cases = cases
        self.changed = any(case.link.intent is not None for case in cases.values())
        self._by_item = {
            case.link.booking_id: key for key, case in cases.items() if case.link.booking_id
        }
        self._by_event = {
            case.link.outlook_id: key for key, case in cases.items() if case.link.outlook_id
        }
        self._listed: set[str] = set()

    # --- the booking side ---

    def take_item(self, item: BookingItem) -> None:
        """Takes a reported item; one that no Link names becomes a case of its own."""
        self._listed.add(item.id)
        key = self._by_item.get(item.id)
        if key is None:
            key = booking_key(item.id)
            if item.external_ref is None:
                self.changed = True
            if key not in self.cases:
                link = link_of_item(item.id, item.interval)
                self.cases[key] = Case(link=link, is_stored=False)
            self._by_item[item.id] = key
        case = self.cases[key]
        base = case.link.base
        self.changed |= base is not None and base.booking.version != item.version
        self.cases[key] = with_item(case, item)

    def miss_item(self, item_id: BookingItemId) -> None:
        """Notes that an item is said to be gone: if it is linked, it is asked for."""
        self.changed = True
        key = self._by_item.get(item_id)
        if key is not None and self.cases[key].is_stored:
            self.cases[key] = replace(self.cases[key], booking=Absent())
        elif key is not None:
            del self.cases[key], self._by_item[item_id]

    def trouble_item(self, item_id: BookingItemId) -> None:
        """Notes an item that can't be understood: it waits, its twin stays (R7.6)."""
        self._listed.add(item_id)
        key = self._by_item.get(item_id)
        if key is None:
            # Nobody tells of it again when it can be read: it is asked for (R11.8).
            key = booking_key(item_id)
            self.cases.setdefault(key, Case(link=link_of_item(item_id, NOWHERE), is_stored=False))
            self._by_item[item_id] = key
        self.cases[key] = replace(self.cases[key], booking=Trouble(code="unreadable"))

    def miss_unlisted_items(self, unreadable: frozenset[BookingItemId]) -> None:
        """Asks for every linked item that a full read did not show, unless it has passed."""
        for key, case in self.cases.items():
            link = case.link
            if link.booking_id is None or case.booking is not None or case.is_stale:
                continue
            if link.booking_id not in unreadable and is_expected(link, self.scene):
                self.cases[key] = replace(case, booking=Absent())

    # --- the Outlook side ---

    def take_events(self, read: OutlookRead) -> None:
        """Takes reported events, removals, and what a series was told again without."""
        strangers: list[OutlookItem] = []
        for event in (believed(each, self.scene.now) for each in read.items):
            self._listed.add(event.id)
            key = self._by_event.get(event.id)
            if key is None:
                strangers.append(event)
                continue
            case = self.cases[key]
            if case.waits_for(Why.ENDED):
                continue
            self.changed |= differs(case.link, event, self.scene)
            self.cases[key] = with_event(case, event, is_shown=True)
        for item_id in sorted(read.removed - self._listed):
            self._miss_event(item_id)
        for key, case in list(self.cases.items()):
            if self._left_its_series(case, read):
                self.changed = True
                self.cases[key] = replace(case, outlook=Absent())
        if read.is_full:
            self._miss_unlisted_events(read.late)
        self._recognise(strangers)

    def _miss_unlisted_events(self, told: frozenset[OutlookItemId]) -> None:
        """Asks for every linked event that a full read did not show, unless it has passed.

        What has passed and was told of may have been moved ahead, where no read shows it (R8.1).
        """
        for key, case in self.cases.items():
            link = case.link
            is_wanted = is_expected(link, self.scene) or link.outlook_id in told
            if link.outlook_id is not None and is_wanted and not is_to_be_gone(case):
                self._ask_for(key)

    def _miss_event(self, item_id: OutlookItemId) -> None:
        key = self._by_event.get(item_id)
        if key is None or is_to_be_gone(self.cases[key]):
            return
        self.changed = True
        self.cases[key] = replace(self.cases[key], outlook=Absent())

    def _left_its_series(self, case: Case, read: OutlookRead) -> bool:
        """Says whether an occurrence's series is gone, was told again without it, or is single."""
        link = case.link
        if link.series is None or link.outlook_id is None or link.outlook_id in self._listed:
            return False
        if not link.interval.overlaps(self.scene.horizon):
            return False
        if link.series in read.removed:
            return True
        if link.series in read.series:
            return link.outlook_id not in read.series[link.series]
        return any(
            event.id == link.series and event.kind is OutlookKind.SINGLE for event in read.items
        )

    def _recognise(self, strangers: list[OutlookItem]) -> None:
        """Finds events whose id has changed by their uid; what is left is new."""
        by_uid: dict[str, list[LinkKey]] = {}
        ended: dict[str, Link] = {}
        for key, case in self.cases.items():
            if case.link.uid and case.waits_for(Why.ENDED):
                ended[case.link.uid] = case.link
            elif case.link.uid and case.is_stored:
                by_uid.setdefault(case.link.uid, []).append(key)
        for event in strangers:
            known = self._known_as(event, by_uid.get(event.uid or "", ()))
            if known is not None and self._is_old(known, event):
                continue
            if known is not None:
                self._by_event[event.id] = known
                there = followed(self.cases[known], event, self.scene.now)
                self.cases[known] = with_event(there, event, is_shown=True)
                self.changed = True
                continue
            if self._is_of_ours(event, by_uid.get(event.uid or "", ())):
                self._ask_for_master(event)
                continue
            if event.uid in ended:
                self._end_again(ended[event.uid], event)
                continue
            if outlook_reason(event, self.scene.policy) is None:
                self.changed = True
            self._ask_for_namesakes(event, by_uid.get(event.uid or "", ()))
            self._add_meeting(event)

    def _ask_for_namesakes(self, event: OutlookItem, keys: Iterable[LinkKey]) -> None:
        """Has the Meeting of a uid asked for: no read expects what has passed (R8.10)."""
        for key in keys:
            case = self.cases[key]
            is_meeting = case.link.origin is Side.OUTLOOK and case.link.series is None
            if is_meeting and event.series_id is None:
                self._ask_for(key)

    def _ask_for_master(self, event: OutlookItem) -> None:
        """Has an event of ours asked for of which only occurrences are told (R8.9)."""
        if event.series_id in self._by_event:
            self._ask_for(self._by_event[event.series_id])

    def _ask_for(self, key: LinkKey) -> None:
        case = self.cases[key]
        if case.outlook is None and not case.is_stale:
            self.cases[key] = replace(case, outlook=Absent())

    def _end_again(self, link: Link, event: OutlookItem) -> None:
        """Has an event deleted that was, under another id: it is undone, or was never met (R6.1).

        The occurrences of one that is a series by now go with it.
        """
        if event.series_id is not None:
            return
        left = to_be_deleted(link, event.id)
        left = replace(left, key=self._free_key(event.id), interval=event.interval)
        self.cases[left.key] = Case(link=left, outlook=event, is_stored=False, is_shown=True)
        self._by_event[event.id] = left.key
        self.changed = True

    def _free_key(self, event_id: OutlookItemId) -> LinkKey:
        """Gives a key for an event; a Link made under its id may have followed another one."""
        key = outlook_key(event_id)
        again = OutlookItemId(f"{event_id} {self.scene.nonce}")
        return outlook_key(again) if key in self.cases else key

    def _is_old(self, key: LinkKey, event: OutlookItem) -> bool:
        """Says whether an event is told of under an id that it had before (R8.15)."""
        base = self.cases[key].link.base
        return base is not None and base.outlook.is_newer_than(event.etag, event.modified)

    def _is_of_ours(self, event: OutlookItem, keys: Iterable[LinkKey]) -> bool:
        """Says whether an event of ours was made a series, of which this is one (R8.9).

        Where the mailbox has moved since, its uid says so (R8.10).
        """
        series = None if event.series_id is None else self._by_event.get(event.series_id)
        of_series = [*keys, *(() if series is None else (series,))]
        return event.kind is not OutlookKind.SINGLE and any(
            self.cases[key].link.origin is Side.BOOKING for key in of_series
        )

    def _known_as(self, event: OutlookItem, keys: Iterable[LinkKey]) -> LinkKey | None:
        for key in keys:
            case = self.cases[key]
            base = case.link.base
            is_here = isinstance(case.outlook, OutlookItem) or case.link.outlook_id in self._listed
            if is_here:
                continue
            if case.link.origin is Side.BOOKING and event.kind is OutlookKind.SINGLE:
                return key
            is_missed = isinstance(case.outlook, Absent)
            is_same = event.series_id is None or (
                base is not None and event.interval == base.outlook.interval
            )
            if is_missed and is_same and (event.series_id is None) == (case.link.series is None):
                return key
        return None

    def _add_meeting(self, event: OutlookItem) -> None:
        key = self._free_key(event.id)
        link = Link(
            key=key,
            origin=Side.OUTLOOK,
            kind=Kind.MEETING,
            interval=event.interval,
            outlook_id=event.id,
            uid=event.uid,
            series=event.series_id,
            made=self.scene.now,
        )
        sight: OutlookSight = event
        if event.problem is not None and event.kind is not OutlookKind.MASTER:
            # It waits until somebody can read it, and stands among what waits (R7.6, R11.8).
            sight = Trouble(code=event.problem)
        self.cases[key] = Case(link=link, outlook=sight, is_stored=False, is_shown=True)
        self._by_event[event.id] = key
