"""A seeded history over HTTP: two people, both sides acting, the simulators at their worst.

Afterwards everything is quiet, and both sides have to agree by an oracle that knows the rules from
their text and looks at the simulators' state only.

    python -m tests.e2e.chaos --seeds 20 --first 1 --steps 60
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from simulators.booking.model import Item, ItemKind, ItemStatus, Refusal
from simulators.common.faults import FaultRule
from simulators.microsoft365.errors import GraphError
from tests.e2e.product import Member, Product, meeting, open_product, open_synced, tomorrow

MARK = "ConnectUpReference"
WINDOW = timedelta(days=90)
#: Share of histories in whose middle the functions are killed and started again.
CRASHES = 0.4

#: Faults of Graph, as (switch, values): each is on with a chance for some steps.
GRAPH_FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("throttle", {"retry_after": 1}),
    ("error", {"status": 503}),
    ("error", {"status": 504}),
    ("timeout_after_effect", {}),
    ("timeout_before_effect", {}),
    ("delta_duplicates", {}),
    ("delta_empty_page", {}),
    ("delta_stale", {}),
    ("delta_false_removed", {}),
    ("delta_master_missing", {}),
    ("delta_expire", {}),
    ("delta_repeat_nextlink", {}),
    ("etag_touch", {}),
    ("get_404_after_create", {"reads": 1}),
    ("notifications_lost", {}),
    ("notifications_duplicated", {}),
    ("notifications_reordered", {}),
)
BOOKING_FAULTS = (
    FaultRule(kind="status", status=429, retry_after=1, times=2, probability=0.4),
    FaultRule(kind="status", status=503, times=2, probability=0.4),
    FaultRule(kind="timeout_after_effect", times=2, probability=0.4),
    FaultRule(kind="timeout_before_effect", times=2, probability=0.4),
    FaultRule(kind="cursor_expired", times=1, probability=0.4),
)
WEBHOOK_FAULTS = ("lost", "doubled", "late", "reordered")


@dataclass(slots=True)
class Truth:
    """What people did to one person's calendars, as far as the rules ask about it.

    Attributes:
        cancelled: Items that the office cancelled, or whose event the person deleted.
        copies: Ids of events that are copies of ours: ordinary Meetings (R8.11).
        left_alone: Subjects of Meetings whose Reserve somebody deleted (R8.6).
        deleted: Subjects of Meetings that the person deleted.
        meetings: Subjects of all Meetings ever made.
    """

    cancelled: set[str] = field(default_factory=set)
    copies: set[str] = field(default_factory=set)
    left_alone: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    meetings: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One Meeting, or one occurrence of a series, as the calendar shows it."""

    id: str
    subject: str
    start: datetime
    end: datetime
    blocks: bool
    private: bool


class Chaos:
    """One history of one person."""

    def __init__(self, product: Product, member: Member, rng: random.Random) -> None:
        self.product, self.member, self.rng = product, member, rng
        self.truth = Truth()
        self.known: set[str] = set()
        self.acts: list[Callable[[], None]] = [
            self.book,
            self.book,
            self.block,
            self.office_moves,
            self.office_edits,
            self.office_cancels,
            self.meet,
            self.meet,
            self.moves_event,
            self.moves_event,
            self.deletes_event,
            self.makes_all_day,
            self.makes_private,
            self.shows_free,
            self.copies_event,
            self.drags_away,
            self.moves_meeting,
            self.deletes_meeting,
            self.edits_text,
            self.office_moves_reserve,
            self.office_deletes_reserve,
            self.meets_weekly,
            self.moves_occurrence,
            self.deletes_occurrence,
            self.shifts_series,
        ]
        self.number = 0
        self.done: list[str] = []

    # --- acts ---

    def act(self) -> None:
        """Lets the office or the person do one thing; what the simulator refuses is not done."""
        act = self.rng.choice(self.acts)
        with suppress(Refusal, GraphError, IndexError, KeyError):
            act()
            self.done.append(act.__name__)

    def time(self) -> tuple[datetime, datetime]:
        day = self.rng.choice((4, 5, 6, 7, 60, 61, 62, 88, 89, 92, 120))
        start = tomorrow(self.rng.randrange(24), self.rng.choice((0, 30)), days=day)
        return start, start + timedelta(minutes=self.rng.choice((30, 60, 90)))

    def name(self) -> str:
        self.number += 1
        return f"{self.member.staff}-{self.number}"

    @property
    def state(self) -> Any:
        return self.product.run.booking.state

    @property
    def outlook(self) -> Any:
        return self.product.run.graph.acts

    def own_items(self) -> list[Item]:
        return [
            item
            for item in self.product.items(self.member.staff)
            if item.external_ref is None and item.kind is not ItemKind.EVENT
        ]

    def our_events(self) -> list[dict[str, Any]]:
        return [
            event
            for event in self.product.events(self.member.address)
            if _mark(event) and event["id"] not in self.truth.copies
        ]

    def shown(self) -> list[Shown]:
        """Gives every Meeting that could block time, series by their occurrences."""
        found = []
        now = self.product.now()
        for event in self.their_meetings():
            ids = [event["id"]]
            if event["recurrence"]:
                ids = self.outlook.occurrences(event["id"], now, now + timedelta(days=130))
            for item_id in ids:
                content = self.outlook.instance(item_id).content
                found.append(
                    Shown(
                        id=item_id,
                        subject=content.subject,
                        start=content.starts_at,
                        end=content.ends_at,
                        blocks=content.show_as == "busy" and not content.is_all_day,
                        private=content.sensitivity != "normal",
                    )
                )
        return found

    def their_meetings(self) -> list[dict[str, Any]]:
        return [
            event
            for event in self.product.events(self.member.address)
            if event["subject"] in self.truth.meetings
        ]

    def book(self) -> None:
        start, end = self.time()
        self.state.book_appointment(
            self.product.account, self.member.staff, start=start, end=end, customer=self.name()
        )

    def block(self) -> None:
        start, end = self.time()
        self.state.add_reserve(
            self.product.account, self.member.staff, start=start, end=end, title=self.name()
        )

    def office_moves(self) -> None:
        item = self.rng.choice(self.own_items())
        start, end = self.time()
        self.state.move(self.product.account, self.member.staff, item.id, start=start, end=end)

    def office_edits(self) -> None:
        item = self.rng.choice(self.own_items())
        self.state.save_item(self.product.account, self.member.staff, item)

    def office_cancels(self) -> None:
        item = self.rng.choice(self.own_items())
        self.state.set_status(
            self.product.account, self.member.staff, item.id, ItemStatus.CANCELLED
        )
        self.truth.cancelled.add(item.id)

    def meet(self) -> None:
        start, end = self.time()
        subject = self.name()
        self.outlook.create(
            self.member.address, meeting(subject, start, int((end - start).total_seconds() // 60))
        )
        self.truth.meetings.add(subject)

    def moves_event(self) -> None:
        start, end = self.time()
        self.outlook.move(self.rng.choice(self.our_events())["id"], start, end)

    def deletes_event(self) -> None:
        event = self.rng.choice(self.our_events())
        self.outlook.delete(event["id"])
        self.truth.cancelled.add(_mark(event).split(":")[1])

    def makes_all_day(self) -> None:
        self.outlook.make_all_day(self.rng.choice(self.our_events())["id"])

    def makes_private(self) -> None:
        self.outlook.make_private(self.rng.choice(self.their_meetings())["id"])

    def shows_free(self) -> None:
        event = self.rng.choice(self.their_meetings())
        shown = "busy" if event["showAs"] == "free" else "free"
        self.outlook.change(event["id"], {"showAs": shown})
        self.truth.left_alone.discard(event["subject"])

    def copies_event(self) -> None:
        copied = self.outlook.copy(self.rng.choice(self.our_events())["id"])
        self.truth.copies.add(copied)
        subject = self.name()
        self.outlook.change(copied, {"subject": subject})
        self.truth.meetings.add(subject)

    def drags_away(self) -> None:
        self.outlook.drag_to_calendar(self.rng.choice(self.our_events())["id"], "Elsewhere")

    def moves_meeting(self) -> None:
        event = self.rng.choice(self.their_meetings())
        start, end = self.time()
        self.outlook.move(event["id"], start, end)
        self.truth.left_alone.discard(event["subject"])

    def deletes_meeting(self) -> None:
        event = self.rng.choice(self.their_meetings())
        self.outlook.delete(event["id"])
        self.truth.deleted.add(event["subject"])

    def edits_text(self) -> None:
        event = self.rng.choice(self.our_events())
        self.outlook.change(event["id"], {"subject": f"note {self.name()}"})

    def meets_weekly(self) -> None:
        start, _ = self.time()
        subject = self.name()
        weekly = {
            "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": [f"{start:%A}".lower()]},
            "range": {"type": "numbered", "numberOfOccurrences": 4, "startDate": f"{start:%F}"},
        }
        self.outlook.create(self.member.address, meeting(subject, start, recurrence=weekly))
        self.truth.meetings.add(subject)

    def series(self) -> dict[str, Any]:
        return self.rng.choice([one for one in self.their_meetings() if one["recurrence"]])

    def occurrence(self) -> str:
        now = self.product.now()
        found = self.outlook.occurrences(self.series()["id"], now, now + timedelta(days=130))
        return str(self.rng.choice(found))

    def moves_occurrence(self) -> None:
        item_id = self.occurrence()
        content = self.outlook.instance(item_id).content
        shift = timedelta(hours=self.rng.choice((-5, -2, 2, 5)))
        self.outlook.move(item_id, content.starts_at + shift, content.ends_at + shift)

    def deletes_occurrence(self) -> None:
        self.outlook.delete(self.occurrence())

    def shifts_series(self) -> None:
        event = self.series()
        content = self.outlook.instance(event["id"]).content
        shift = timedelta(hours=self.rng.choice((-1, 1)))
        self.outlook.move(event["id"], content.starts_at + shift, content.ends_at + shift)

    def office_moves_reserve(self) -> None:
        reserve = self.rng.choice(self.product.made(self.member.staff))
        start, end = self.time()
        self.state.move(self.product.account, self.member.staff, reserve.id, start=start, end=end)

    def office_deletes_reserve(self) -> None:
        reserve = self.rng.choice(self.product.made(self.member.staff))
        self.state.delete_item(self.product.account, self.member.staff, reserve.id)
        # A private one doesn't tell whose it is: then any private Meeting may be left alone.
        self.truth.left_alone.add(reserve.title or "")

    # --- the oracle ---

    def disagreements(self) -> list[str]:
        """Compares both sides by the rules; empty where they agree."""
        found: list[str] = []
        now = self.product.now()
        items = {item.id: item for item in self.own_items()}
        pairs: dict[str, list[dict[str, Any]]] = {}
        shown = self.outlook.mailbox(self.member.address)["calendars"]
        for calendar in shown:
            for event in calendar["events"]:
                if not _mark(event) or event["id"] in self.truth.copies:
                    continue
                pairs.setdefault(_mark(event).split(":")[1], []).append(event)
                if calendar["name"] != "Calendar":
                    found.append(f"an event of ours is left in {calendar['name']}")
        found += [
            f"an event stands for {item_id}, which is gone"
            for item_id in pairs.keys() - items.keys()
        ]
        for item in items.values():
            events = pairs.get(item.id, [])
            if len(events) > 1:
                found.append(f"{item.id} has {len(events)} events")
            elif not events and _takes_part(item.start, item.end, now):
                found.append(f"{item.id} has no event")
            elif events and (_span(events[0]) != (item.start, item.end) or events[0]["isAllDay"]):
                found.append(f"{item.id} stands elsewhere in Outlook")
        taken = [(item.start, item.end) for item in items.values()]
        made = self.product.made(self.member.staff)
        meetings = self.their_meetings()
        seen = {event["subject"] for event in meetings}
        found += [
            f"the Meeting {subject} is lost"
            for subject in self.truth.meetings - self.truth.deleted - seen
        ]
        wanted = [
            ("Reserved" if one.private else one.subject, (one.start, one.end))
            for one in self.shown()
            if one.blocks and _takes_part(one.start, one.end, now)
        ]
        for title, span in wanted:
            fits = [one for one in made if one.title == title and (one.start, one.end) == span]
            others = [(one.start, one.end) for one in made if one not in fits] + taken
            blocked = any(start < span[1] and end > span[0] for start, end in others)
            if len(fits) > wanted.count((title, span)):
                found.append(f"{title} has {len(fits)} Reserves")
            elif not fits and not blocked and title not in self.truth.left_alone:
                found.append(f"{title} has no Reserve")
        found += [
            f"the Reserve {one.title} stands for no Meeting"
            for one in made
            if (one.title, (one.start, one.end)) not in wanted
        ]
        return found

    def lost(self) -> list[str]:
        """Names items known since the beginning that vanished though nobody asked for it."""
        alive = {item.id for item in self.own_items()}
        return [f"{item_id} was lost" for item_id in self.known - alive - self.truth.cancelled]

    def wrong(self) -> list[str]:
        """Names all that is wrong with the person's calendars."""
        return [f"{self.member.staff}: {what}" for what in (*self.disagreements(), *self.lost())]


def _mark(event: dict[str, Any]) -> str:
    for extended in event["singleValueExtendedProperties"]:
        if MARK in extended["id"]:
            return str(extended["value"])
    return ""


def _span(event: dict[str, Any]) -> tuple[datetime, datetime]:
    start, end = (
        datetime.fromisoformat(event[side]["dateTime"][:19]).replace(tzinfo=UTC)
        for side in ("start", "end")
    )
    return start, end


def _takes_part(start: datetime, end: datetime, now: datetime) -> bool:
    # A day at the edge is left to chance: the Window moves while we look.
    return end > now and start < now + WINDOW - timedelta(hours=1)


class Weather:
    """Switches faults on and off as the history goes on."""

    def __init__(self, product: Product, rng: random.Random) -> None:
        self._run, self._rng = product.run, rng
        self.struck: list[str] = []

    def change(self) -> None:
        """Clears the sky, then lets some faults loose for a while."""
        self.clear()
        for name, values in self._rng.sample(GRAPH_FAULTS, 3):
            self._run.graph.faults.set(
                name, times=self._rng.randint(1, 3), probability=0.5, **values
            )
            self.struck.append(name)
        rule = replace(self._rng.choice(BOOKING_FAULTS))
        self._run.booking.api.faults.add(rule)
        self.struck.append(f"booking {rule.kind} {rule.status}")
        kind = self._rng.choice(WEBHOOK_FAULTS)
        self._run.booking.webhooks.faults.add(FaultRule(kind=kind, probability=0.5, seconds=0.5))
        self.struck.append(f"webhook {kind}")

    def clear(self) -> None:
        """Switches everything off."""
        for name, _ in GRAPH_FAULTS:
            self._run.graph.faults.clear(name)
        self._run.booking.api.faults.clear()
        self._run.booking.webhooks.faults.clear()


async def history(product: Product, people: list[Chaos], weather: Weather, *, steps: int) -> None:
    """Plays a history, then waits until nothing moves any more."""
    rng = people[0].rng
    for step in range(steps):
        if step % 6 == 0:
            weather.change()
        if step == steps // 2 and rng.random() < CRASHES:
            await product.crash()
        rng.choice(people).act()
        await asyncio.sleep(rng.choice((0, 0, 0.05, 0.4)))
    weather.clear()
    for _ in range(3):
        # What rests for a throttled mailbox, and what was lost, is met by a later sweep.
        await product.sweep()
        await asyncio.sleep(1.2)


async def play(product: Product, seed: int, *, steps: int) -> list[str]:
    """Plays one seed for two people of its own; gives what is wrong afterwards."""
    async with (
        open_synced(product, product.hire(f"Ida{seed}")) as ida,
        open_synced(product, product.hire(f"Jon{seed}")) as jon,
    ):
        return await play_on(product, [ida, jon], seed, steps=steps)


async def play_on(product: Product, members: list[Member], seed: int, *, steps: int) -> list[str]:
    """Plays one seed for people whose sync runs; gives what is wrong afterwards."""
    rng = random.Random(seed)  # noqa: S311 - a history has to come again
    people = begin(product, members, rng)
    await product.quiet()
    weather = Weather(product, rng)
    await history(product, people, weather, steps=steps)
    return await wrong_afterwards(product, people)


def begin(product: Product, members: list[Member], rng: random.Random) -> list[Chaos]:
    """Gives people whose sync runs a second calendar, and something in both."""
    people = [Chaos(product, member, rng) for member in members]
    for one in people:
        with suppress(GraphError):
            product.run.graph.acts.add_calendar(one.member.address, "Elsewhere")
    for one in people:
        for _ in range(4):
            with suppress(Refusal):
                one.book()
            one.meet()
        one.known = {item.id for item in one.own_items()}
    return people


async def wrong_afterwards(product: Product, people: list[Chaos]) -> list[str]:
    """Gives what is wrong now that nothing moves: both sides, and that a sweep finds nothing."""
    wrong = [what for one in people for what in one.wrong()]
    before = product.writes()
    await product.sweep()
    if product.writes() != before:
        wrong.append(f"a quiet sweep wrote: {product.writes() - before}")
    if product.run.graph.state.mails:
        wrong.append("attendees were mailed")
    return wrong


def main() -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--steps", type=int, default=60)
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.seeds)
    return asyncio.run(_play_all(seeds, steps=given.steps))


async def _play_all(seeds: range, *, steps: int) -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        async with open_product(Path(folder)) as product:
            for seed in seeds:
                wrong = await play(product, seed, steps=steps)
                failed += bool(wrong)
                sys.stdout.write(f"seed {seed}: {'; '.join(wrong) or 'agrees'}\n")
                sys.stdout.flush()
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
