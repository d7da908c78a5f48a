"""What people do, chosen by a seed: in the office, in Outlook, on the settings page.

Each act goes straight to the fakes, is noted in the chronicle, and says itself in one line.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from sync.engine.items import BookingField, BookingItem, BookingKind, BookingStatus
from sync.errors import AuthorizationLost, Unreadable
from sync.people.people import AccessType, EnabledLocations, OnOutlookDelete
from sync.ports import Stored as Row
from sync.words import BookingItemId, CalendarId, Interval, OutlookItemId, PersonKey, ShowAs
from tests.fakes.booking import Policy
from tests.fakes.clock import START
from tests.fakes.outlook_store import Stored
from tests.histories.chronicle import CANARY, Chronicle, hashed, item_of, meeting_of, squeezed
from tests.stories.sync.world import ACCOUNT, NORTH, SOUTH, World, is_ended

HOUR = timedelta(hours=1)
#: Hours from the start at which things are: few enough that they meet each other.
PLACES = (*range(-2, 14), *range(24, 40, 2), 240, 242, 1200, 2158, 2162, 2200, 2400, 2880)


class People:
    """All people of a history.

    Args:
        world: Where they live.
        random: The history's chance.
        chronicle: Notes what they do.
        persons: Everybody who syncs.
        calendars: The calendar that each syncs.
        drawers: Another calendar of each, that is never synced.
        shelves: Further calendars of each that may be chosen while another one is synced.
        say: Takes one line for each act.
    """

    def __init__(
        self,
        *,
        world: World,
        random: Random,
        chronicle: Chronicle,
        persons: list[PersonKey],
        calendars: dict[PersonKey, CalendarId],
        drawers: dict[PersonKey, CalendarId],
        shelves: dict[PersonKey, list[CalendarId]],
        say: Callable[[str], None],
    ) -> None:
        self._world = world
        self._random = random
        self._chronicle = chronicle
        self.persons = persons
        self.calendars = calendars
        self._drawers = drawers
        self.shelves = shelves
        self._say = say
        self._titles = 0
        #: Who is saving, just now, that deleted events are cancelled.
        self.choose_cancel: set[PersonKey] = set()
        #: Somebody acts while a worker runs: between the reading of a thing and its deletion.
        self.is_interrupting = False
        self._acts: list[Callable[[PersonKey], str | None]] = [
            self.book,
            self.book,
            self.block,
            self.group_event,
            self.move_item,
            self.move_item,
            self.edit_item,
            self.save_item,
            self.cancel_item,
            self.delete_item,
            self.complete_item,
            self.relocate_item,
            self.reassign_item,
            self.move_reserve,
            self.delete_reserve,
            self.edit_reserve,
            self.meet,
            self.meet,
            self.repeat,
            self.move_event,
            self.move_event,
            self.move_event,
            self.delete_event,
            self.delete_event,
            self.drag_event,
            self.reshape_event,
            self.edit_event_text,
            self.touch_event,
            self.copy_event,
            self.move_meeting,
            self.move_meeting,
            self.delete_meeting,
            self.edit_meeting,
            self.show_meeting_as,
            self.hide_meeting,
            self.reshape_meeting,
            self.drag_meeting,
            self.change_occurrence,
            self.touch_meeting,
            self.drag_away_and_back,
            self.undo_deletion,
            self.restore_deleted,
            self.bring_event_back,
        ]
        #: What people deleted and may still take out of the bin, by what it was called.
        self._bin: list[tuple[PersonKey, OutlookItemId]] = []
        #: Whose values can't be read.
        self._spoilt: list[tuple[PersonKey, Stored]] = []

    def act(self) -> PersonKey | None:
        """Lets somebody do something; gives whose calendars it changed."""
        person = self._random.choice(self.persons)
        did = self._random.choice(self._acts)(person)
        if did is None:
            return None
        self._say(f"{person.staff_id}: {did}")
        return person

    # --- in the office ---

    def book(self, person: PersonKey) -> str | None:
        """Books an Appointment."""
        chance = self._random
        item = self._world.booking.book(
            person,
            self._span(),
            customer=self._title("Customer"),
            location_id=chance.choice((None, NORTH, NORTH, SOUTH)),
            fields=chance.choice(((), (BookingField(label="Phone", value="<b>12</b>"[3:5]),))),
        )
        return self._noted(item, "book")

    def block(self, person: PersonKey) -> str | None:
        """Makes a Reserve by hand."""
        return self._noted(
            self._world.booking.block(person, self._span(), title=self._title("Block")), "block"
        )

    def group_event(self, person: PersonKey) -> str | None:
        """Makes a group event."""
        item = self._world.booking.block(
            person, self._span(), title=self._title("Class"), kind=BookingKind.EVENT
        )
        return self._noted(item, "group event")

    def move_item(self, person: PersonKey) -> str | None:
        """Moves an item in the office."""
        item = self._item(person)
        if item is None:
            return None
        return self._noted(self._world.booking.move(person, item.id, self._span()), "move")

    def edit_item(self, person: PersonKey) -> str | None:
        """Writes another text into an item."""
        item = self._item(person)
        if item is None:
            return None
        name = self._title("Renamed")
        field = "customer_name" if item.kind is BookingKind.APPOINTMENT else "title"
        edited = self._world.booking.edit(person, item.id, **{field: name})
        self._forget_edits(person, item.id)
        return self._noted(edited, "edit")

    def save_item(self, person: PersonKey) -> str | None:
        """Saves an item as it is."""
        item = self._item(person)
        return (
            None if item is None else self._noted(self._world.booking.edit(person, item.id), "save")
        )

    def cancel_item(self, person: PersonKey) -> str | None:
        """Cancels an item."""
        item = self._item(person)
        if item is None:
            return None
        self._chronicle.vanished.add(item.id)
        return self._noted(self._world.booking.cancel(person, item.id), "cancel")

    def delete_item(self, person: PersonKey) -> str | None:
        """Deletes an item for good."""
        item = self._item(person)
        if item is None:
            return None
        self._chronicle.vanished.add(item.id)
        self._world.booking.delete(person, item.id)
        return f"delete {item.id}"

    def complete_item(self, person: PersonKey) -> str | None:
        """Marks an Appointment as completed, or as missed."""
        item = self._item(person)
        if item is None or item.kind is not BookingKind.APPOINTMENT:
            return None
        status = self._random.choice((BookingStatus.COMPLETED, BookingStatus.NO_SHOW))
        return self._noted(self._world.booking.edit(person, item.id, status=status), status)

    def relocate_item(self, person: PersonKey) -> str | None:
        """Takes an item to another Location."""
        item = self._item(person)
        if item is None:
            return None
        place = self._random.choice((NORTH, SOUTH))
        return self._noted(self._world.booking.edit(person, item.id, location_id=place), place)

    def reassign_item(self, person: PersonKey) -> str | None:
        """Gives an item to somebody else."""
        item, other = self._item(person), self._random.choice(self.persons)
        if item is None or other == person:
            return None
        self._world.booking.reassign(person, item.id, other)
        return self._noted(item, f"reassign to {other.staff_id}")

    def move_reserve(self, person: PersonKey) -> str | None:
        """Moves a Reserve that stands for a Meeting."""
        reserve = self._reserve(person)
        if reserve is None or reserve.external_ref is None:
            return None
        span = self._span()
        name = self._chronicle.newest(meeting_of(reserve.external_ref))
        self._chronicle.reserve_times[name].add(span)
        self._count(str(reserve.title))
        self._world.booking.move(person, reserve.id, span)
        return f"move Reserve {reserve.id} to {_words(span)}"

    def delete_reserve(self, person: PersonKey) -> str | None:
        """Deletes a Reserve that stands for a Meeting (R8.6)."""
        reserve = self._reserve(person)
        if reserve is None or reserve.external_ref is None:
            return None
        name = self._chronicle.newest(meeting_of(reserve.external_ref))
        # Out of the bin before a sync has missed it, a Meeting is as it was (R8.6, R8.10).
        in_the_bin = self._world.outlook.mailboxes[person].deleted.values()
        for each in (*self._everything(person), *in_the_bin):
            items = [each.item] if each.instances is None else list(each.instances.values())
            for item in items:
                if hashed(item.id) == name:
                    state = (item.interval, item.is_normal, item.subject, item.body)
                    self._chronicle.left_alone[f"{person} {name}"] = state
        self._count(str(reserve.title))
        self._world.booking.delete(person, reserve.id)
        return f"delete Reserve {reserve.id}"

    def edit_reserve(self, person: PersonKey) -> str | None:
        """Writes another title into a Reserve that stands for a Meeting (R8.13)."""
        reserve = self._reserve(person)
        if reserve is None:
            return None
        self._chronicle.edited_reserves.add(reserve.id)
        self._world.booking.edit(person, reserve.id, title=self._title("Note"))
        return f"edit Reserve {reserve.id}"

    # --- in Outlook: Meetings ---

    def meet(self, person: PersonKey) -> str | None:
        """Makes a Meeting of any kind."""
        chance = self._random
        private = chance.random() < 0.15
        fields: dict[str, Any] = {
            "subject": f"{CANARY} {self._titles}" if private else self._title("Meeting"),
            "body": CANARY if private else chance.choice((None, "Agenda")),
            "is_normal": not private,
            "show_as": chance.choice((ShowAs.BUSY, ShowAs.BUSY, ShowAs.OOF, *ShowAs)),
            "has_attendees": chance.random() < 0.2,
            "is_organizer": chance.random() < 0.8,
            "is_declined": chance.random() < 0.05,
            "is_cancelled": chance.random() < 0.05,
            "is_all_day": chance.random() < 0.08,
        }
        span = self._span()
        if chance.random() < 0.03:
            span = Interval(span.start, span.start)
        calendar = self.calendars[person] if chance.random() < 0.9 else self._drawers[person]
        meeting = self._world.outlook.meet(person, span, calendar=calendar, **fields)
        self._know(person, meeting)
        return f"meet {meeting} {fields['subject']!r} at {_words(span)}"

    def repeat(self, person: PersonKey) -> str | None:
        """Makes a series."""
        if self._random.random() < 0.5:
            return None
        every = self._random.choice((timedelta(days=1), timedelta(days=7)))
        series = self._world.outlook.repeat(
            person,
            self._span(),
            every=every,
            count=self._random.randint(1, 4),
            calendar=self.calendars[person],
            subject=self._title("Series"),
        )
        self._know(person, series)
        return f"repeat {series} every {every.days} days"

    def move_meeting(self, person: PersonKey) -> str | None:
        """Moves a Meeting or a whole series."""
        meeting = self._meeting(person)
        if meeting is None:
            return None
        span = self._span()
        self._world.outlook.move(person, meeting.item.id, span)
        self._know(person, meeting.item.id)
        return f"move {meeting.item.id} to {_words(span)}"

    def delete_meeting(self, person: PersonKey) -> str | None:
        """Deletes a Meeting or a whole series."""
        meeting = self._meeting(person)
        if meeting is None:
            return None
        self._chronicle.meetings.pop(meeting.item.id, None)
        self._world.outlook.delete(person, meeting.item.id)
        self._bin.append((person, meeting.item.id))
        return f"delete {meeting.item.id}"

    def edit_meeting(self, person: PersonKey) -> str | None:
        """Writes another text into a Meeting; a private one becomes open with it."""
        meeting = self._meeting(person)
        if meeting is None:
            return None
        self._world.outlook.edit(
            person,
            meeting.item.id,
            subject=self._random.choice((self._title("Meeting"), None)),
            body=self._random.choice((None, "Minutes")),
            is_normal=True,
        )
        self._know(person, meeting.item.id)
        return f"edit {meeting.item.id}"

    def show_meeting_as(self, person: PersonKey) -> str | None:
        """Changes Show As, or the answer to an invitation."""
        meeting = self._meeting(person)
        if meeting is None:
            return None
        change = self._random.choice(
            (
                {"show_as": self._random.choice((ShowAs.BUSY, ShowAs.FREE))},
                {"is_declined": not meeting.item.is_declined},
                {"is_cancelled": not meeting.item.is_cancelled},
                {"has_attendees": not meeting.item.has_attendees},
            )
        )
        self._world.outlook.edit(person, meeting.item.id, **change)
        self._know(person, meeting.item.id)
        return f"set {meeting.item.id} {change}"

    def hide_meeting(self, person: PersonKey) -> str | None:
        """Makes a Meeting private, with a private text."""
        meeting = self._meeting(person)
        if meeting is None:
            return None
        self._world.outlook.edit(
            person, meeting.item.id, is_normal=False, subject=CANARY, body=CANARY
        )
        self._know(person, meeting.item.id)
        return f"hide {meeting.item.id}"

    def reshape_meeting(self, person: PersonKey) -> str | None:
        """Makes a Meeting all-day, or timed again."""
        meeting = self._meeting(person)
        if meeting is None or meeting.instances is not None:
            return None
        if meeting.item.is_all_day:
            span = self._span()
            self._world.outlook.edit(person, meeting.item.id, is_all_day=False, interval=span)
        else:
            self._world.outlook.make_all_day(person, meeting.item.id)
        self._know(person, meeting.item.id)
        return f"reshape {meeting.item.id}"

    def drag_meeting(self, person: PersonKey) -> str | None:
        """Drags a Meeting out of the synced calendar, or back into it."""
        meeting = self._meeting(person, anywhere=True)
        if meeting is None or meeting.mark is not None:
            return None
        old = meeting.item.id
        home = meeting.calendar == self.calendars[person]
        new = self._renamed(
            meeting,
            lambda: self._world.outlook.drag(
                person, old, self._drawers[person] if home else self.calendars[person]
            ),
        )
        self._know(person, new)
        return f"drag {old}, now {new}"

    def change_occurrence(self, person: PersonKey) -> str | None:
        """Moves, deletes or renames one occurrence."""
        meeting = self._meeting(person)
        if meeting is None or not meeting.instances:
            return None
        occurrence = self._random.choice(sorted(meeting.instances))
        how = self._random.choice(("move", "delete", "rename"))
        self._count(str(meeting.instances[occurrence].subject))
        if how == "delete":
            self._world.outlook.delete(person, occurrence)
        elif how == "move":
            self._world.outlook.move(person, occurrence, self._span())
        else:
            self._world.outlook.edit(person, occurrence, subject=self._title("Exception"))
        self._know(person, meeting.item.id)
        return f"{how} occurrence {occurrence}"

    def touch_meeting(self, person: PersonKey) -> str | None:
        """Changes a Meeting in what nobody compares."""
        meeting = self._meeting(person)
        if meeting is None:
            return None
        self._world.outlook.touch(person, meeting.item.id)
        return f"touch {meeting.item.id}"

    # --- in Outlook: events of ours ---

    def move_event(self, person: PersonKey) -> str | None:
        """Moves an event of ours, onto anything, into the past, far away."""
        event = self._event(person)
        if event is None:
            return None
        span = self._span()
        self._chronicle.times[item_of(str(event.mark))].add(span)
        self._count(str(event.item.subject))
        self._world.outlook.edit(person, event.item.id, interval=span, is_all_day=False)
        return f"move event {event.item.id} of {item_of(str(event.mark))} to {_words(span)}"

    def delete_event(self, person: PersonKey) -> str | None:
        """Deletes an event of ours."""
        event = self._event(person)
        if event is None:
            return None
        settings = self._world.connection(person).settings
        # What lies in a calendar that is left is made again where it moves to, unless the person
        # turns back before a sync has missed it (R5.9).
        is_left = event.calendar in self.shelves.get(person, ())
        cancels = settings is None or settings.on_outlook_delete is OnOutlookDelete.CANCEL
        cancels = cancels or person in self.choose_cancel
        is_sure = cancels and not is_left
        kept = self._chronicle.missed[person]
        (self._chronicle.vanished if is_sure else kept).add(item_of(str(event.mark)))
        self._count(str(event.item.subject))
        self._world.outlook.delete(person, event.item.id)
        self._bin.append((person, event.item.id))
        return f"delete event {event.item.id} of {item_of(str(event.mark))}"

    def drag_event(self, person: PersonKey) -> str | None:
        """Drags an event of ours into another calendar."""
        event = self._event(person)
        if event is None or event.calendar == self._drawers[person] or self.is_interrupting:
            return None
        settings = self._world.connection(person).settings
        if settings is None or settings.calendar_id != self.calendars[person]:
            # While the calendar's new id isn't known, nobody can tell what was dragged from it.
            return None
        links = self._world.ledger.of(person).links.values()
        if any(is_ended(link) and link.uid == event.item.uid for link in links):
            # Out of the bin, and away before a sync has met it: docs/simulation.md.
            return None
        old = event.item.id
        self._count(str(event.item.subject))
        new = self._renamed(
            event, lambda: self._world.outlook.drag(person, old, self._drawers[person])
        )
        return f"drag event {old} of {item_of(str(event.mark))}, now {new}"

    def reshape_event(self, person: PersonKey) -> str | None:
        """Makes an event of ours all-day, a series or private."""
        event = self._event(person)
        if event is None or event.instances is not None:
            return None
        how = self._random.choice(("all day", "series", "private"))
        self._count(str(event.item.subject))
        if how == "all day":
            self._world.outlook.make_all_day(person, event.item.id)
        elif how == "series":
            self._world.outlook.make_series(person, event.item.id)
        else:
            self._world.outlook.make_private(person, event.item.id)
        return f"make event {event.item.id} of {item_of(str(event.mark))} {how}"

    def edit_event_text(self, person: PersonKey) -> str | None:
        """Writes a text of one's own into an event of ours."""
        event = self._event(person)
        if event is None:
            return None
        self._chronicle.edited_events.add(event.item.id)
        title = self._title("Own words")
        acts = self._chronicle.acts
        acts[squeezed(title)] += acts[squeezed(str(event.item.subject))]
        self._world.outlook.edit(person, event.item.id, subject=title)
        return f"write into event {event.item.id}"

    def touch_event(self, person: PersonKey) -> str | None:
        """Changes an event of ours in what nobody compares."""
        event = self._event(person)
        if event is None:
            return None
        self._world.outlook.touch(person, event.item.id)
        return f"touch event {event.item.id}"

    def copy_event(self, person: PersonKey) -> str | None:
        """Copies an event of ours, mark and all, within its calendar (R8.11)."""
        event = self._event(person)
        if event is None or event.instances is not None or not event.item.is_normal:
            return None
        if not self._is_known(person, event):
            # Who copies before the product has noted the event leaves two that bear one mark.
            return None
        copied = self._world.outlook.copy(person, event.item.id)
        self._world.outlook.edit(person, copied, subject=self._title("Copy"))
        self._know(person, copied)
        return f"copy event {event.item.id}, now {copied}"

    # --- in Outlook: what gets another id (R8.10) ---

    def drag_away_and_back(self, person: PersonKey) -> str | None:
        """Drags something into another calendar and back at once: it has another id."""
        stored = self._anything(person)
        if stored is None:
            return None
        old, home = stored.item.id, stored.calendar
        outlook = self._world.outlook
        away = self._renamed(stored, lambda: outlook.drag(person, old, self._drawers[person]))
        new = self._renamed(stored, lambda: outlook.drag(person, away, home))
        self._know_again(person, stored)
        return f"drag {old} away and back, now {new}"

    def undo_deletion(self, person: PersonKey) -> str | None:
        """Deletes something and undoes it at once: nothing has happened (R8.10)."""
        stored = self._anything(person)
        if stored is None:
            return None
        old, outlook = stored.item.id, self._world.outlook
        outlook.delete(person, old)
        new = self._renamed(stored, lambda: outlook.restore(person, old))
        self._know_again(person, stored)
        return f"delete {old} and undo it, now {new}"

    def restore_deleted(self, person: PersonKey) -> str | None:
        """Takes something out of the bin later: of ours only while it is still remembered."""
        mine = [old for who, old in self._bin if who == person]
        if not mine or self.is_interrupting:
            return None
        old = self._random.choice(mine)
        stored = self._world.outlook.mailboxes[person].deleted.get(old)
        self._bin.remove((person, old))
        if stored is None or stored.calendar != self.calendars[person]:
            return None
        is_theirs = old in self._chronicle.theirs
        if not is_theirs and not self._is_remembered(person, stored):
            return None
        new = self._renamed(stored, lambda: self._world.outlook.restore(person, old))
        if is_theirs:
            self._know(person, new)
        else:
            self._chronicle.restored.add(new)
            self._count(str(stored.item.subject))
        return f"restore {old}, now {new}"

    def bring_event_back(self, person: PersonKey) -> str | None:
        """Drags an event of ours back from another calendar, if it is still there."""
        event = self._event(person)
        if event is None or event.calendar != self._drawers[person] or self.is_interrupting:
            return None
        if not self._is_remembered(person, event):
            return None
        self._count(str(event.item.subject))
        old = event.item.id
        new = self._renamed(
            event, lambda: self._world.outlook.drag(person, old, self.calendars[person])
        )
        return f"drag event {old} back, now {new}"

    def move_mailbox(self, person: PersonKey) -> str:
        """Moves the mailbox to another server: all ids change, and nothing else."""
        renamed = self._world.outlook.move_mailbox(person, feed_tells=self._random.random() < 0.5)
        for old, new in renamed.items():
            self._chronicle.rename(old, new)
        for stored in self._everything(person):
            self._know_again(person, stored)
        return "the mailbox moves"

    def book_many(self, person: PersonKey) -> str:
        """Fills the schedule."""
        did = [self.book(person) for _ in range(self._random.randint(3, 8))]
        return ", ".join(each for each in did if each)

    def delete_many(self, person: PersonKey) -> str:
        """Deletes most events of ours at once, as when a whole calendar is cleared (R11.7)."""
        did: list[str] = []
        for _ in range(self._random.randint(3, 12)):
            told = self.delete_event(person)
            if told is not None:
                did.append(told)
        return ", ".join(did)

    def _anything(self, person: PersonKey) -> Stored | None:
        """Chooses an event or Meeting in the synced calendar whose id may change."""
        if self.is_interrupting:
            return None
        settings = self._world.connection(person).settings
        if settings is None or settings.calendar_id != self.calendars[person]:
            return None
        found = [x for x in self._everything(person) if x.calendar == settings.calendar_id]
        theirs = [x for x in found if x.item.id in self._chronicle.theirs and x.mark is None]
        event = self._event(person)
        if event is not None and event.calendar == settings.calendar_id:
            theirs.append(event)
        return self._random.choice(theirs) if theirs else None

    def _renamed(self, stored: Stored, change: Callable[[], OutlookItemId]) -> OutlookItemId:
        """Carries out what gives another id to an event and all that belongs to it."""
        before = [stored.item.id, *(stored.instances or ())]
        new = change()
        for old, now in zip(before, [new, *(stored.instances or ())], strict=True):
            self._chronicle.rename(old, now)
        return new

    def _know_again(self, person: PersonKey, stored: Stored) -> None:
        if stored.item.id in self._chronicle.meetings:
            self._know(person, stored.item.id)

    # --- what can't be read (R11.8) ---

    def trouble(self, person: PersonKey) -> str | None:
        """Makes one item, event or other calendar one that can't be read for a while."""
        chance, outlook = self._random, self._world.outlook
        everything = self._everything(person)
        which = chance.choice(("item", "event", "event", "values", "calendar", "list"))
        if which == "item":
            items = self._world.booking.schedule(person)
            if items:
                self._world.booking.unreadable.add(item_id := chance.choice(items).id)
                return f"{item_id} can't be read"
        elif which == "calendar":
            outlook.trouble[self._drawers[person]] = _unreadable
            return "the drawer can't be read"
        elif which == "list":
            outlook.trouble[f"calendars {person}"] = _unreadable
            return "the calendars can't be listed"
        elif everything:
            event = chance.choice(everything)
            if which == "event":
                outlook.trouble[event.item.id] = _unreadable
            elif event.item.id in self._chronicle.theirs and event.instances is None:
                outlook.spoil(person, event.item.id)
                self._spoilt.append((person, event))
            return f"{event.item.id}: its {which} can't be read"
        return None

    def mend(self) -> None:
        """Ends all of that."""
        self._world.booking.unreadable.clear()
        self._world.outlook.trouble.clear()
        for person, event in self._spoilt:
            if event.item.id in self._world.outlook.mailboxes[person].events:
                self._world.outlook.spoil(person, event.item.id, None)
            else:
                # It comes out of the bin as it can be read.
                event.item = replace(event.item, problem=None)
        self._spoilt.clear()

    # --- on the pages ---

    def revoke(self, person: PersonKey) -> str:
        """Takes the product's tokens away."""
        self._chronicle.losses[person] += 1
        for other in self.persons:
            mailboxes = self._world.outlook.mailboxes
            if other != person and mailboxes[other] is mailboxes[person]:
                self._chronicle.losses[other] += 1
        self._world.outlook.lose(person, AuthorizationLost)
        return "revoke"

    def change_access(self, person: PersonKey) -> str:
        """Changes the access type (R2.5)."""
        access = self._random.choice(tuple(AccessType))
        if access is not AccessType.VIEW_ONLY:
            self._chronicle.viewers.discard(person)
        self._chronicle.starts[person] += 1
        self._world.set_access(person, access)
        return f"access {access}"

    def change_locations(self, person: PersonKey) -> str:
        """Enables or disables the second Location."""
        del person
        enabled = self._random.choice((frozenset({NORTH}), frozenset({NORTH, SOUTH})))
        for each in self.persons:
            self._chronicle.starts[each] += 1
        self._world.locations.rows[ACCOUNT] = Row(
            value=EnabledLocations(account_id=ACCOUNT, location_ids=enabled), etag=self._title("e")
        )
        return f"locations {len(enabled)}"

    def forbid(self, person: PersonKey) -> str:
        """Changes what the connector is permitted."""
        del person
        self._chronicle.forbidden = True
        calls = ("create_reserve", "update_item", "remove_item")
        refused = frozenset(self._random.sample(calls, self._random.randint(0, 2)))
        self._world.booking.policy = Policy(
            refuse_calls=refused, max_days_ahead=self._random.choice((None, 60))
        )
        return f"forbid {sorted(refused)}"

    def renew_calendar(self, person: PersonKey) -> str:
        """Changes the calendar's id by itself (R10.4); where copies are, nobody can tell them."""
        if any(
            each.item.id in self._chronicle.theirs and each.mark is not None
            for each in self._everything(person)
        ):
            return "calendar stays"
        self.calendars[person] = self._world.outlook.renew_calendar_id(
            person, self.calendars[person]
        )
        # A calendar that is not there for a moment may be taken for one that is lost.
        self._chronicle.losses[person] += 1
        self._chronicle.cut_starts[person].add(self.calendars[person])
        return f"calendar is {self.calendars[person]}"

    def follow(self, person: PersonKey) -> None:
        """Goes on in the calendar that is synced by now: the one before is on the shelf (R5.9)."""
        settings = self._world.connection(person).settings
        shelf = self.shelves[person]
        if settings is not None and settings.calendar_id in shelf:
            # Out of the bin, and left before a sync has met it: docs/simulation.md.
            here = [x for x in self._everything(person) if x.calendar == self.calendars[person]]
            self._chronicle.out_of_reach |= {x.item.id for x in here} & self._chronicle.restored
            shelf.remove(settings.calendar_id)
            shelf.append(self.calendars[person])
            self.calendars[person] = settings.calendar_id

    # --- choosing ---

    def _span(self) -> Interval:
        chance = self._random
        start = START + HOUR * chance.choice(PLACES)
        length = chance.choice((0.5, 1, 1, 1, 2, 26 if chance.random() < 0.1 else 1))
        # What the clock has passed is chosen less often: nothing comes of it.
        now = self._world.clock.now()
        if start < now and chance.random() < 0.8:
            days = (now - START).days
            start += timedelta(days=days + 1)
        if self._world.booking.grain is not None:
            start += timedelta(minutes=chance.choice((0, 0, 10, 20)))
        return Interval(start, start + HOUR * length)

    def _title(self, word: str) -> str:
        self._titles += 1
        # A booking product that trims holds nothing untrimmed of its own.
        if self._world.booking.trims and word == "Meeting" and self._random.random() < 0.3:
            return f" {word}  {self._titles}"
        return f"{word} {self._titles}"

    def _item(self, person: PersonKey) -> BookingItem | None:
        items = [x for x in self._world.booking.schedule(person) if x.external_ref is None]
        return self._random.choice(items) if items else None

    def _reserve(self, person: PersonKey) -> BookingItem | None:
        # One that nobody has recorded yet is searched for where it was made.
        known = {link.booking_id for link in self._world.ledger.of(person).links.values()}
        reserves = [each for each in self._world.reserves(person) if each.id in known]
        return self._random.choice(reserves) if reserves else None

    def _everything(self, person: PersonKey) -> list[Stored]:
        return list(self._world.outlook.mailboxes[person].events.values())

    def _meeting(self, person: PersonKey, *, anywhere: bool = False) -> Stored | None:
        found = [
            stored
            for stored in self._everything(person)
            if stored.item.id in self._chronicle.theirs
            and (stored.calendar == self.calendars[person] or anywhere)
        ]
        if not found:
            return None
        chosen = self._random.choice(found)
        self._count(chosen.item.subject or "(no title)")
        return chosen

    def _event(self, person: PersonKey) -> Stored | None:
        mine = {item.id for item in self._world.booking.schedule(person)}
        found = [
            stored
            for stored in self._everything(person)
            if stored.mark is not None
            and stored.item.id not in self._chronicle.theirs
            and item_of(stored.mark) in mine
        ]
        return self._random.choice(found) if found else None

    def _is_known(self, person: PersonKey, event: Stored) -> bool:
        settings = self._world.connection(person).settings
        links = self._world.ledger.of(person).links.values()
        return (
            settings is not None
            and settings.calendar_id == event.calendar == self.calendars[person]
            and any(link.outlook_id == event.item.id for link in links)
        )

    def _is_remembered(self, person: PersonKey, event: Stored) -> bool:
        """Says whether the product knows an event of ours, or that it has ended, by its uid.

        What has ended, and comes back while no read shows it, may be too late for a disconnect:
        docs/simulation.md.
        """
        lags = self._world.outlook.mailboxes[person].lag
        now = self._world.clock.now()
        return any(
            link.uid == event.item.uid
            and (not is_ended(link) or (not lags and link.hold and (link.hold.at or now) > now))
            for link in self._world.ledger.of(person).links.values()
        )

    # --- noting ---

    def _noted(self, item: BookingItem, did: str) -> str:
        self._chronicle.times[item.id].add(item.interval)
        self._count(_title_of(item))
        return f"{did} {item.id} at {_words(item.interval)}"

    def _count(self, title: str) -> None:
        self._chronicle.acts[squeezed(title)] += 1

    def _forget_edits(self, person: PersonKey, item_id: BookingItemId) -> None:
        """The item's own text comes back over what the person wrote (section 8)."""
        for stored in self._everything(person):
            if stored.mark is not None and item_of(stored.mark) == item_id:
                self._chronicle.edited_events.discard(stored.item.id)

    def _know(self, person: PersonKey, item_id: OutlookItemId) -> None:
        """Notes what a thing of theirs is like after an act on it."""
        mailbox = self._world.outlook.mailboxes[person]
        stored = mailbox.events[item_id]
        self._chronicle.theirs.add(item_id)
        self._chronicle.meetings[item_id] = (
            mailbox.address,
            stored.item.subject,
            stored.item.body,
            tuple(stored.instances or ()),
        )
        for item in (stored.item, *(stored.instances or {}).values()):
            self._count((item.subject or "(no title)") if item.is_normal else "Reserved")


def _unreadable() -> Unreadable:
    return Unreadable("HTTP 500", code="http_500")


def _title_of(item: BookingItem) -> str:
    if item.kind is BookingKind.APPOINTMENT:
        return f"{item.customer_name} - {item.service_name}"
    return str(item.title)


def _words(span: Interval) -> str:
    hours = (span.start - START).total_seconds() / 3600
    return f"{hours:g}h+{(span.end - span.start).total_seconds() / 3600:g}"
