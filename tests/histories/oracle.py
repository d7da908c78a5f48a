"""What must be true when all is quiet, written from the rules and from nothing of the planner.

The oracle looks at both calendars as people see them, and at the chronicle of what people did. It
does not know Links, plans or states of creation.
"""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from sync.engine.items import BookingItem, BookingKind, OutlookItem, OutlookKind, ReserveContent
from sync.people.people import AccessType, ConnectionState, SyncSettings
from sync.ports import MailKind
from sync.words import BookingItemId, CalendarId, Interval, PersonKey
from tests.fakes.outlook_store import Stored
from tests.histories.chronicle import (
    CANARY,
    Chronicle,
    ViolationError,
    hashed,
    item_of,
    meeting_of,
    squeezed,
)
from tests.stories.sync.world import PRODUCT, World

WINDOW = timedelta(days=90)


class Oracle:
    """Judges a world at rest.

    Args:
        world: All of it.
        chronicle: What people did.
        logged: Everything that was logged, as text.
        held: Appointments whose cancellation waits for an answer (R11.7): they have no event yet,
            and are as they were.
    """

    def __init__(
        self,
        world: World,
        chronicle: Chronicle,
        logged: list[str],
        held: frozenset[BookingItemId] = frozenset(),
    ) -> None:
        self._world = world
        self._chronicle = chronicle
        self._logged = logged
        self._held = held
        self._now = world.clock.now()

    def check(self) -> None:
        """Checks every invariant.

        Raises:
            ViolationError: One doesn't hold.
        """
        for person in self._world.connections.rows:
            state = self._world.connection(person).state
            if state is ConnectionState.ACTIVE:
                self._check_events(person)
                self._check_reserves(person)
                self._check_move(person)
            else:
                self._check_removed(person, state)
            self._check_people_s_own(person)
            self._check_told(person)
        self._check_calendars()
        self._check_privacy()

    # --- booking to Outlook (section 6) ---

    def _check_events(self, person: PersonKey) -> None:
        events: dict[BookingItemId, list[Stored]] = defaultdict(list)
        for stored in self._ours(person):
            is_here = stored.calendar == self._settings(person).calendar_id
            if is_here and not self._is_out_of_sight(stored):
                events[item_of(str(stored.mark))].append(stored)
        for item in self._world.booking.schedule(person):
            if not self._takes_part(person, item) or not self._in_window(item.interval):
                continue
            found = events[item.id]
            if item.id in self._held:
                _must(not found, f"{person}: {item.id} is asked about and has an event")
                continue
            _must(len(found) == 1, f"{person}: {item.id} has {len(found)} events")
            self._check_event(item, found[0])

    def _is_out_of_sight(self, stored: Stored) -> bool:
        """Says whether an event came out of the bin where no read shows it (R11.4).

        Its own time has passed, or lies beyond the Window.
        """
        span = stored.item.interval
        is_restored = stored.item.id in self._chronicle.restored
        return is_restored and (self._has_passed(span) or span.start >= self._now + WINDOW)

    def _check_event(self, item: BookingItem, stored: Stored) -> None:
        event = stored.item
        _must(event.interval == item.interval, f"{item.id} is at {item.interval}, {event.interval}")
        is_plain = not event.is_all_day and event.kind is OutlookKind.SINGLE
        _must(is_plain, f"the event of {item.id} is all-day or a series")
        if event.id in self._chronicle.edited_events:
            return
        if item.kind is BookingKind.APPOINTMENT:
            title = f"{item.customer_name} - {item.service_name}"
        else:
            title = str(item.title)
        _must(event.subject == title, f"{item.id} is {title!r}, its event {event.subject!r}")
        body = event.body or ""
        _must(body.startswith(f"From {PRODUCT.name} ({PRODUCT.tag})"), f"source of {item.id}")
        for entry in item.fields:
            _must(f"{entry.label}: {entry.value}" in body, f"fields of {item.id}: {body}")

    def _takes_part(self, person: PersonKey, item: BookingItem) -> bool:
        if item.kind is BookingKind.EVENT or item.external_ref is not None:
            return False
        if item.kind is BookingKind.RESERVE and not self._settings(person).sync_reserves:
            return False
        enabled = self._world.locations.rows[person.account_id].value.location_ids
        return item.location_id is None or item.location_id in enabled

    # --- Outlook to booking (section 7) ---

    def _check_reserves(self, person: PersonKey) -> None:
        reserves: dict[str, list[BookingItem]] = defaultdict(list)
        for item in self._world.booking.schedule(person):
            if item.external_ref is not None and not self._has_passed(item.interval):
                name = self._chronicle.newest(meeting_of(item.external_ref))
                reserves[name].append(item)
        self._tell_apart(person, reserves)
        for meeting in self._meetings(person):
            found = reserves.pop(hashed(meeting.id), [])
            name = f"{person}: {meeting.id} {meeting.subject!r}"
            if not self._qualifies(person, meeting):
                excused = self._has_passed(meeting.interval) and self._was_moved(meeting, found)
                # Or a removal was refused it, and that is said (R10.5).
                excused = excused or (self._chronicle.forbidden and self._leaves_behind(person))
                _must(not found or excused, f"{name} doesn't qualify and has a Reserve")
            elif found:
                _must(len(found) == 1, f"{name} has {len(found)} Reserves")
                self._check_reserve(person, meeting, found[0])
            else:
                # On a grid the Reserve of what is about to end may have passed already (R8.14).
                kept = self._world.booking._kept_interval(meeting.interval)
                excused = (
                    self._is_left_alone(person, meeting)
                    or self._is_taken(person, meeting)
                    or self._has_passed(kept)
                )
                _must(excused, f"{name} at {meeting.interval} has no Reserve")
        # What the office took beyond the Window is met when its day comes near (R11.4).
        reserves = {
            name: found
            for name, found in reserves.items()
            if any(item.interval not in self._taken_beyond(name) for item in found)
        }
        # What a removal was refused is counted and said, and stays (R10.5).
        left = self._world.connection(person).left_behind
        is_told = len(reserves) <= left and self._chronicle.forbidden
        _must(not reserves or is_told, f"{person}: Reserves without a Meeting: {dict(reserves)}")

    def _leaves_behind(self, person: PersonKey) -> bool:
        return self._world.connection(person).left_behind > 0

    def _tell_apart(self, person: PersonKey, reserves: dict[str, list[BookingItem]]) -> None:
        """Gives a Reserve to the occurrence at whose time it stands (R7.4, R8.10).

        Once all ids have changed and the series was moved by a whole period, nothing but their
        times tells its occurrences apart.
        """
        meetings = self._meetings(person)
        for one in meetings:
            for extra in reserves.get(hashed(one.id), [])[:]:
                if one.series_id is None or extra.interval == one.interval:
                    continue
                for other in meetings:
                    is_its = other.series_id == one.series_id and other.interval == extra.interval
                    if is_its and not reserves.get(hashed(other.id)):
                        reserves[hashed(one.id)].remove(extra)
                        reserves[hashed(other.id)] = [extra]
                        break

    def _qualifies(self, person: PersonKey, meeting: OutlookItem) -> bool:
        settings = self._settings(person)
        access = self._world.connection(person).staff.access_type
        return (
            settings.sync_meetings
            and access is not AccessType.VIEW_ONLY
            and not meeting.is_all_day
            and not meeting.is_cancelled
            and not meeting.is_declined
            and meeting.show_as in settings.show_as
            and meeting.interval.end > meeting.interval.start
            and self._in_window(meeting.interval)
        )

    def _check_reserve(self, person: PersonKey, meeting: OutlookItem, reserve: BookingItem) -> None:
        name = f"{person}: {meeting.id}"
        # What the booking product put onto its grid stays as answered (R8.14).
        span = meeting.interval
        same = reserve.interval in {span, self._world.booking._kept_interval(span)}
        # The office moved it, and it could not be put back: somebody took the time (R8.5).
        given = self._chronicle.reserve_times[hashed(meeting.id)]
        is_kept_away = reserve.interval in given and self._is_taken(person, meeting)
        _must(
            same or is_kept_away,
            f"{name} is at {meeting.interval}, its Reserve at {reserve.interval}",
        )
        if reserve.id in self._chronicle.edited_reserves:
            return
        title, notes = self._content(person, meeting)
        kept = self._world.booking._kept_text(ReserveContent(title=title, notes=notes))
        title, notes = kept.title, kept.notes
        _must(reserve.title == title, f"{name} is {title!r}, its Reserve {reserve.title!r}")
        _must((reserve.notes or "") == notes, f"{name} has notes {notes!r}, {reserve.notes!r}")

    def _content(self, person: PersonKey, meeting: OutlookItem) -> tuple[str, str]:
        if not meeting.is_normal:
            return "Reserved", ""
        details = self._settings(person).sync_meeting_details
        return meeting.subject or "(no title)", (meeting.body or "") if details else ""

    def _was_moved(self, meeting: OutlookItem, reserves: list[BookingItem]) -> bool:
        """Says whether the office took the Reserve of what has passed elsewhere (R11.4)."""
        given = self._chronicle.reserve_times[hashed(meeting.id)]
        return all(reserve.interval in given for reserve in reserves)

    def _taken_beyond(self, name: str) -> set[Interval]:
        """Gives the times beyond the Window that the office gave to a Meeting's Reserve."""
        given = self._chronicle.reserve_times[name]
        return {span for span in given if span.start >= self._now + WINDOW}

    def _is_left_alone(self, person: PersonKey, meeting: OutlookItem) -> bool:
        """Says whether the Meeting is as it was when its Reserve was deleted by hand (R8.6)."""
        before = self._chronicle.left_alone.get(f"{person} {hashed(meeting.id)}")
        if before is None:
            return False
        # The office may have moved the Reserve before, and a late read showed that first (R8.5).
        is_followed = meeting.interval in self._chronicle.reserve_times[hashed(meeting.id)]
        interval = before[0] if is_followed else meeting.interval
        now = (interval, meeting.is_normal, meeting.subject, meeting.body)
        # Private text doesn't count, and the body does only where details go along.
        details = self._settings(person).sync_meeting_details
        counts = 2 if not meeting.is_normal else 4 if details else 3
        return before[:counts] == now[:counts]

    def _is_taken(self, person: PersonKey, meeting: OutlookItem) -> bool:
        record = self._world.booking._accounts[person.account_id]
        if record.overbooking and not record.multiple:
            return False
        return any(
            item.interval.overlaps(self._world.booking._kept_interval(meeting.interval))
            for item in self._world.booking.schedule(person)
        )

    # --- another calendar (R5.9) ---

    def _check_move(self, person: PersonKey) -> None:
        """All has arrived, and the calendar that was left is nobody's any more (R5.2)."""
        leaving = self._world.connection(person).leaving
        _must(leaving is None, f"{person} is still leaving {leaving}")
        wanted = self._settings(person).calendar_id
        owned = self._owned(person)
        _must(wanted in owned, f"{person} syncs {wanted} and holds {owned}")
        allowed = self._chronicle.cut_starts[person] | {wanted}
        _must(owned <= allowed, f"{person} syncs {wanted} and holds {owned}")

    def _owned(self, person: PersonKey) -> set[CalendarId]:
        claims = self._world.claims.claims.items()
        return {calendar_id for (_, calendar_id), who in claims if who == person}

    # --- what is left after a disconnect (R10.1) ---

    def _check_removed(self, person: PersonKey, state: ConnectionState) -> None:
        _must(
            state not in {ConnectionState.DISCONNECTING, ConnectionState.STARTING},
            f"{person} is still {state}",
        )
        left = [x for x in self._world.booking.schedule(person) if x.external_ref is not None]
        if self._world.connection(person).left_behind or self._chronicle.forbidden:
            # What the other side refused to give up is counted and said (R10.5).
            return
        _must(not left, f"{person} is {state} and has Reserves of ours: {left}")
        _must(not self._world.links(person), f"{person} is {state} and has Links")
        # A start that died after its claim leaves it to the next start, or to the deactivation.
        allowed = self._chronicle.cut_starts[person]
        _must(self._owned(person) <= allowed, f"{person} is {state} and holds a calendar")

    def _check_calendars(self) -> None:
        """Every event of ours stands for an item of whom the calendar serves."""
        served: dict[CalendarId, PersonKey] = {}
        for person in self._world.connections.rows:
            if self._world.connection(person).state is ConnectionState.ACTIVE:
                served[self._settings(person).calendar_id] = person
        seen: set[int] = set()
        for person in self._world.connections.rows:
            for stored in self._ours(person):
                if id(stored) in seen:
                    continue
                seen.add(id(stored))
                owner = served.get(stored.calendar)
                item_id = item_of(str(stored.mark))
                if owner is not None and self._stands_for_something(owner, item_id):
                    continue
                if self._is_out_of_sight(stored):
                    continue
                if owner is None and stored.item.id in self._chronicle.out_of_reach:
                    continue
                if self._chronicle.losses[person] and (
                    self._passed_meanwhile(item_id)
                    or (owner is None and stored.item.id in self._chronicle.restored)
                ):
                    # While there were no tokens it passed, or came out of the bin and no removal
                    # could look for it: docs/simulation.md.
                    continue
                if owner is None and self._world.connection(person).left_behind:
                    # It could not be looked for, and that is said (R10.5).
                    continue
                # Whoever is disconnected has nothing of ours, not even in the past (R10.1).
                is_past = self._has_passed(stored.item.interval) or self._is_past(item_id)
                _must(is_past and bool(served), f"{stored.item.id} of {item_id} is left behind")

    def _stands_for_something(self, owner: PersonKey, item_id: BookingItemId) -> bool:
        for item in self._world.booking.schedule(owner):
            if item.id == item_id:
                return self._takes_part(owner, item)
        return False

    def _is_past(self, item_id: BookingItemId) -> bool:
        """Says whether an item has passed: what was done to its event since is left (R11.4)."""
        schedules = self._world.booking._schedules.values()
        found = [schedule.items[item_id] for schedule in schedules if item_id in schedule.items]
        if found:
            return all(self._has_passed(item.interval) for item in found)
        return any(self._has_passed(span) for span in self._chronicle.times[item_id])

    def _passed_meanwhile(self, item_id: BookingItemId) -> bool:
        """Says whether an item may have been past as it was next looked at (R11.4)."""
        return any(self._has_passed(span) for span in self._chronicle.times[item_id])

    # --- what people own ---

    def _check_people_s_own(self, person: PersonKey) -> None:
        chronicle = self._chronicle
        schedule = {item.id: item for item in self._world.booking._schedules[person].items.values()}
        for item_id, item in schedule.items():
            if item.external_ref is not None:
                continue
            is_there = item.status != "cancelled" or item_id in chronicle.vanished
            _must(is_there, f"{item_id} was cancelled by nobody")
            given = item.interval in chronicle.given(self._world, item_id)
            _must(given, f"{item_id} is at {item.interval}, which nobody asked for")
        everywhere = {
            item.id
            for each in self._world.booking._schedules.values()
            for item in each.items.values()
        }
        for item_id in chronicle.times:
            is_there = item_id in everywhere or item_id in chronicle.vanished
            _must(is_there, f"{item_id} was deleted by nobody")
        mailbox = self._world.outlook.mailboxes[person]
        for meeting_id, meeting in chronicle.meetings.items():
            if meeting[0] != mailbox.address:
                continue
            stored = mailbox.events.get(meeting_id)
            if stored is None:
                raise ViolationError(f"the Meeting {meeting_id} was deleted by nobody")
            found = (
                *meeting[:1],
                stored.item.subject,
                stored.item.body,
                tuple(stored.instances or ()),
            )
            _must(found == meeting, f"the Meeting {meeting_id} was {meeting}, is {found}")

    # --- what is told (section 9) ---

    def _check_told(self, person: PersonKey) -> None:
        chronicle = self._chronicle
        told: dict[str, int] = defaultdict(int)
        for tell in self._world.tells(person):
            told[squeezed(tell.title)] += 1
        for title, count in told.items():
            if title in {"Reserved", "An item of your schedule"}:
                continue
            causes = chronicle.acts[title] + chronicle.starts[person]
            _must(count <= causes, f"{person} was told {count} times of {title!r}, {causes} causes")
        kinds = [job.kind for job, _ in self._world.mailed if job.person == person]
        asked = chronicle.starts[person] + chronicle.resyncs[person] + chronicle.losses[person]
        completed = kinds.count(MailKind.SYNC_COMPLETED)
        _must(completed <= asked, f"{person} got {completed} reports for {asked} wishes")
        broken = kinds.count(MailKind.DISCONNECTED)
        # Whoever presses Resync between a loss and its record asks about it anew.
        heard = chronicle.losses[person] + chronicle.resyncs[person]
        _must(broken <= heard, f"{person} was told {broken} times of a loss")

    def _check_privacy(self) -> None:
        world = self._world
        for name, kept in {
            "the booking product": world.booking._schedules,
            "the ledger": world.ledger.partitions,
            "connections": world.connections.rows,
            "queues": (world.jobs.syncs, world.jobs.accounts, world.jobs.mails),
            "mail": world.mailed,
            "logs": self._logged,
        }.items():
            _must(CANARY not in repr(kept), f"private text in {name}")

    # --- small questions ---

    def _settings(self, person: PersonKey) -> SyncSettings:
        settings = self._world.connection(person).settings
        if settings is None:
            raise ViolationError(f"{person} syncs without settings")
        return settings

    def _ours(self, person: PersonKey) -> list[Stored]:
        return [
            stored
            for stored in self._world.outlook.mailboxes[person].events.values()
            if stored.mark is not None and stored.item.id not in self._chronicle.theirs
        ]

    def _meetings(self, person: PersonKey) -> list[OutlookItem]:
        found: list[OutlookItem] = []
        for stored in self._world.outlook.mailboxes[person].events.values():
            is_here = stored.calendar == self._settings(person).calendar_id
            if not is_here or stored.item.id not in self._chronicle.theirs:
                continue
            found += [stored.item] if stored.instances is None else stored.instances.values()
        return found

    def _in_window(self, span: Interval) -> bool:
        if span.start == span.end:
            return self._now <= span.start < self._now + WINDOW
        return span.start < self._now + WINDOW and span.end > self._now

    def _has_passed(self, span: Interval) -> bool:
        return span.end <= self._now


def _must(condition: Any, message: str) -> None:
    if not condition:
        raise ViolationError(message)
