"""One seed, one history: people, faults, late and lost messages; then quiet, and the oracle.

Everything that is left to chance comes from one generator, and asyncio runs tasks in a fixed order,
so that a seed that fails, fails again. ``History.lines`` says what happened.
"""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from random import Random
from typing import Any

from sync.engine.links import Why
from sync.errors import SyncError, Throttled, TransientError, Unavailable
from sync.people.people import (
    AccessType,
    ConnectionState,
    HeldAnswer,
    MicrosoftAccount,
    OnOutlookDelete,
    SyncSettings,
)
from sync.people.sweep import SHARDS
from sync.ports import Cause, MailKind, OutlookRound, Stored, SyncJob
from sync.words import BookingItemId, CalendarId, PersonKey, ShowAs
from tests.fakes.booking import Policy
from tests.fakes.queues import Queued
from tests.histories.acts import People
from tests.histories.chronicle import Chronicle, ViolationError
from tests.histories.oracle import Oracle
from tests.stories.sync.wire import Call, Crash, Worker, working
from tests.stories.sync.world import ACCOUNT, World

#: After so many deliveries in vain the host puts a message aside.
DEQUEUES = 5
#: How finely a booking product that has a grid keeps times, at its finest.
GRAIN = timedelta(minutes=15)
#: For so many seconds reads lag behind writes, where they do: a new event settles in thirty.
LAGS = (0, 0, 3, 10, 20)
#: Rounds of the timer within which all has to be quiet.
ROUNDS = 8
#: From this seed on people choose anew while they are synced (R5.9); the seeds before it play what
#: they always played.
CHOOSING = 30_000_000
#: From this seed on single things can't be read for a while as well (R11.8).
TROUBLED = 40_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How bad it gets: chances for each call, message or step."""

    crash: float = 0
    unavailable: float = 0
    throttled: float = 0
    slow: float = 0
    edit: float = 0
    pause: float = 0
    lose: float = 0
    double: float = 0
    stale: float = 0


def weather(random: Random) -> Weather:
    """Draws the weather of a history: some are calm, some are terrible."""
    bad = random.choice((0.0, 0.01, 0.03, 0.06))
    return Weather(
        crash=bad * random.random(),
        unavailable=bad * random.random(),
        throttled=bad * random.random() / 2,
        slow=0.02 * random.random() if random.random() < 0.15 else 0,
        edit=random.choice((0, 0.02, 0.05)),
        pause=random.choice((0, 0.3, 0.6)),
        lose=random.choice((0, 0.1, 0.5)),
        double=random.choice((0, 0.1, 0.3)),
        stale=random.choice((0, 0.1)),
    )


class _Logged(logging.Handler):
    """Keeps all that the product logs, as text with its fields."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps a record."""
        self.lines.append(repr(record.__dict__))


class History:
    """A history by its seed.

    Attributes:
        lines: What happened, act by act.
        faults: What went wrong, by kind.
    """

    def __init__(self, seed: int, *, steps: int | None = None) -> None:
        self.seed = seed
        self.lines: list[str] = []
        self.faults: Counter[str] = Counter()
        self._random = Random(seed)  # noqa: S311 - repeatable chance
        self._steps = self._random.randint(4, 16) if steps is None else steps
        self._weather = weather(self._random)
        self._world = World()
        self._chronicle = Chronicle()
        self._digest = sha256()
        self._tries: Counter[SyncJob] = Counter()
        self._wakes: list[tuple[PersonKey, Cause]] = []
        self._is_forbidden = False
        #: In some histories whole calendars are cleared.
        self._clears = self._random.random() < 0.2
        self._chooses = seed >= CHOOSING
        self._is_troubled = seed >= TROUBLED
        self._older: dict[str, Any] = {}
        self._people = self._populate()

    @property
    def trace(self) -> str:
        """Tells two runs of a seed apart if they differ in any call or in their end."""
        return self._digest.hexdigest()

    async def run(self) -> None:
        """Runs the history to its end.

        Raises:
            ViolationError: Something happened that no rule allows.
        """
        logged = _Logged()
        logger = logging.getLogger("sync")
        level, propagates = logger.level, logger.propagate
        logger.addHandler(logged)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        try:
            await self._begin()
            for _ in range(self._steps):
                await self._step()
            await self._calm_down()
            held = self._held()
            Oracle(self._world, self._chronicle, logged.lines, held).check()
            if held:
                await self._let_questions_end(held)
                Oracle(self._world, self._chronicle, logged.lines).check()
        finally:
            logger.removeHandler(logged)
            logger.setLevel(level)
            logger.propagate = propagates
        self._digest.update(repr(sorted(self._state().items())).encode())

    # --- the cast ---

    def _populate(self) -> People:
        random, world = self._random, self._world
        persons: list[PersonKey] = []
        calendars: dict[PersonKey, CalendarId] = {}
        drawers: dict[PersonKey, CalendarId] = {}
        shelves: dict[PersonKey, list[CalendarId]] = {}
        self._account = (random.random() < 0.4, random.random() < 0.3)
        record = world.booking._accounts[ACCOUNT]
        record.multiple, record.overbooking = self._account
        for name in ("anna", "bert", "cleo")[: random.choice((1, 1, 2, 2, 3))]:
            access = random.choice((AccessType.STAFF, *AccessType))
            person = world.add_person(name, access)
            if access is AccessType.VIEW_ONLY:
                self._chronicle.viewers.add(person)
            calendars[person] = world.calendar(person)
            if persons and random.random() < 0.3:
                self._share(persons[0], person)
                calendars[person] = world.outlook.add_calendar(person, f"Of {name}")
            drawers[person] = world.outlook.add_calendar(person, f"Drawer of {name}")
            if self._chooses:
                shelves[person] = [
                    world.outlook.add_calendar(person, f"{which} shelf of {name}")
                    for which in ("Upper", "Lower")
                ]
            persons.append(person)
        world.outlook.on_change = self._notified
        world.outlook.forgets_transactions = self._weather.slow == 0 and random.random() < 0.3
        world.outlook.repeats = random.choice((0, 0, 5))
        world.booking.repeats = random.choice((0, 0, 5))
        world.booking.grain = random.choice((None, None, None, GRAIN, GRAIN * 2))
        world.booking.trims = random.random() < 0.25
        world.booking.notes_limit = random.choice((None, None, None, 4))
        world.booking.says_modified = random.random() < 0.7
        return People(
            world=world,
            random=random,
            chronicle=self._chronicle,
            persons=persons,
            calendars=calendars,
            drawers=drawers,
            shelves=shelves,
            say=self._say,
        )

    def _share(self, owner: PersonKey, person: PersonKey) -> None:
        """Two Staff Members may use one Microsoft account with a calendar each."""
        world = self._world
        world.outlook.mailboxes[person] = world.outlook.mailboxes[owner]
        row = world.connections.rows[person]
        account = MicrosoftAccount(id=f"ms-{owner.staff_id}", address=f"{owner.staff_id}@x.org")
        shared = Stored(value=replace(row.value, microsoft=account), etag=row.etag)
        world.connections.rows[person] = shared

    # --- the course of things ---

    async def _begin(self) -> None:
        for _ in range(self._random.randint(0, 8)):
            self._people.act()
        if self._clears:
            for person in self._people.persons:
                self._say(f"{person.staff_id}: {self._people.book_many(person)}")
        if self._random.random() < 0.5:
            self._disturb()
        for person in self._people.persons:
            await self._start(person)
        self._disturb()
        await self._work()

    async def _step(self) -> None:
        random = self._random
        for _ in range(random.randint(0, 4)):
            person = self._people.act()
            if person is not None:
                self._wakes.append((person, Cause.BOOKING_CHANGED))
        rare = random.random()
        person = random.choice(self._people.persons)
        if self._clears and random.random() < 0.15:
            self._say(f"{person.staff_id}: {self._people.delete_many(person)}")
            self._wakes.append((person, Cause.OUTLOOK_CHANGED))
        if self._clears and random.random() < 0.15:
            await self._answer_held(person)
        if rare < 0.3:
            await self._rarely(person)
        if self._chooses and random.random() < 0.3:
            await self._choose_anew(person)
        if self._is_troubled and random.random() < 0.5:
            self._trouble(person)
        if random.random() < self._weather.stale:
            side = random.choice((self._world.outlook.stale, self._world.booking.stale))
            if self._has_read_lately(person):
                side.add(person)
                self._say(f"{person.staff_id}: a feed is late")
        await self._pass_on_wakes()
        if random.random() < 0.7:
            await self._work()
        self._pass_time()
        if random.random() < 0.3:
            self._world.outlook.stale.clear()
            self._world.booking.stale.clear()
        if random.random() < 0.2:
            await self._sweep()

    def _has_read_lately(self, person: PersonKey) -> bool:
        """Says whether a late feed would be late by less than a day: none is by more."""
        cursors = self._world.ledger.of(person).cursors
        now = self._world.clock.now()
        return cursors is None or now - cursors.read_at < timedelta(days=1)

    async def _rarely(self, person: PersonKey) -> None:
        people, world, random = self._people, self._world, self._random
        did = random.choice(
            (
                "revoke",
                "sign in",
                "sign in",
                "access",
                "locations",
                "forbid",
                "renew",
                "resync",
                "resync",
                "disconnect",
                "start",
                "start",
                "end subscriptions",
                "expire Outlook",
                "expire booking",
                "call removed",
                "move mailbox",
                "answer",
                "answer",
                "lag",
                "lag",
            )
        )
        match did:
            case "revoke":
                self._say(f"{person.staff_id}: {people.revoke(person)}")
            case "sign in":
                await self._sign_in(person)
            case "access":
                self._say(f"{person.staff_id}: {people.change_access(person)}")
            case "locations":
                self._say(people.change_locations(person))
            case "forbid":
                self._is_forbidden = True
                self._say(people.forbid(person))
            case "renew":
                self._say(f"{person.staff_id}: {people.renew_calendar(person)}")
            case "resync":
                await self._press(person, "resync")
            case "disconnect":
                await self._press(person, "disconnect")
            case "start":
                await self._start(person)
            case "move mailbox":
                self.faults["mailbox moves"] += 1
                self._say(f"{person.staff_id}: {people.move_mailbox(person)}")
            case "answer":
                await self._answer_held(person)
            case "lag":
                self.faults["reads lag"] += 1
                world.outlook.lag(person, seconds := random.choice(LAGS))
                world.booking.stale_reads = random.choice(LAGS)
                self._say(f"{person.staff_id}: {seconds} s, {world.booking.stale_reads} s of lag")
            case "end subscriptions":
                world.outlook.end_subscriptions(person)
            case "expire Outlook":
                world.outlook.expire_cursors(person)
            case "expire booking":
                world.booking.expire_cursors(person)
            case _:
                # Only what the product knows: of anything else it says nothing at all.
                links = world.ledger.of(person).links.values()
                ids = sorted(link.outlook_id for link in links if link.outlook_id)
                if ids:
                    world.outlook.false_removals.add(random.choice(ids))
        if did in {"end subscriptions", "expire Outlook", "expire booking", "call removed"}:
            self.faults[did] += 1
            self._say(f"{person.staff_id}: {did}")

    def _trouble(self, person: PersonKey) -> None:
        if self._random.random() < 0.3:
            self._people.mend()
            self._say("all can be read again")
        elif (told := self._people.trouble(person)) is not None:
            self.faults["one thing in trouble"] += 1
            self._say(f"{person.staff_id}: {told}")

    def _pass_time(self) -> None:
        random = self._random
        minutes = random.choice((0, 0, 0.5, 3, 20, 50, 120, 60 * 24 * random.choice((1, 1, 3, 12))))
        if minutes:
            self._world.clock.advance(minutes * 60 + random.random())
            self._say(f"{minutes} minutes pass: {self._world.clock.now():%m-%d %H:%M}")
        if minutes >= 60 * 24:
            self._world.outlook.stale.clear()
            self._world.booking.stale.clear()

    # --- messages and workers ---

    def _notified(self, subscription_id: str, client_state: str) -> None:
        found = self._world.index.entries.get(subscription_id)
        if found is not None and found[0].client_state == client_state:
            self._wakes.append((found[1], Cause.OUTLOOK_CHANGED))

    async def _pass_on_wakes(self) -> None:
        wakes, self._wakes = self._wakes, []
        for person, cause in wakes:
            if self._random.random() < self._weather.lose:
                self.faults["message lost"] += 1
                continue
            await self._world.waker.wake(person, cause)

    async def _work(self) -> None:
        """Lets two workers take messages until none is visible, or for long enough."""
        world, random = self._world, self._random
        for _ in range(6):
            jobs = [job for _ in range(random.choice((1, 2))) if (job := world.jobs.take_sync())]
            if not jobs:
                if not world.jobs.syncs or random.random() < 0.5:
                    break
                world.clock.time = min(queued.visible_at for queued in world.jobs.syncs)
                continue
            if random.random() < self._weather.double:
                self.faults["message doubled"] += 1
                jobs.append(jobs[0])
            await asyncio.gather(*(self._deliver(job) for job in jobs))
            await self._pass_on_wakes()
        await world.collect_mails()

    async def _deliver(self, job: SyncJob) -> None:
        try:
            with working(Worker()):
                await self._world.runner.run(job)
            self._tries.pop(job, None)
        except (Crash, TransientError) as error:
            self._say(f"{job.person.staff_id}: a worker ends by {type(error).__name__}")
            self._tries[job] += 1
            if self._tries[job] >= DEQUEUES:
                self.faults["message put aside"] += 1
                del self._tries[job]
                return
            seconds = self._random.choice((30, 120, 400))
            visible_at = self._world.clock.now() + timedelta(seconds=seconds)
            self._world.jobs.syncs.append(Queued(job=job, visible_at=visible_at))

    async def _sweep(self) -> None:
        self._say("sweep")
        try:
            with working(Worker()):
                for shard in range(SHARDS):
                    await self._world.sweep.run_shard(shard)
                    await self._world.sweep.renew_shard(shard)
        except (Crash, TransientError):
            self._say("the sweep dies")
        self._world.jobs.accounts.clear()
        await self._work()

    # --- the pages ---

    async def _start(self, person: PersonKey) -> None:
        settings = self._choices(person, self._people.calendars[person])
        self._chronicle.starts[person] += 1
        try:
            with working(Worker()):
                await self._world.app.choices.start(person, settings)
        except (Crash, SyncError) as error:
            self._chronicle.cut_starts[person].add(settings.calendar_id)
            self._say(f"{person.staff_id}: start ends by {type(error).__name__} {error}")
        else:
            self._say(f"{person.staff_id}: start {settings}")

    def _choices(self, person: PersonKey, calendar_id: CalendarId) -> SyncSettings:
        random = self._random
        return self._world.settings(
            person,
            calendar_id=calendar_id,
            notify_resync_completed=random.random() < 0.8,
            notify_update_failed=random.random() < 0.8,
            sync_reserves=random.random() < 0.8,
            sync_meetings=random.random() < 0.85,
            sync_meeting_details=random.random() < 0.5,
            on_outlook_delete=random.choice((OnOutlookDelete.CANCEL, *OnOutlookDelete)),
            show_as=random.choice(
                (frozenset({ShowAs.BUSY, ShowAs.OOF}), frozenset({ShowAs.BUSY, ShowAs.FREE}))
            ),
        )

    async def _choose_anew(self, person: PersonKey) -> None:
        """Saves other choices, or another calendar, mostly while a sync is at work (R5.9)."""
        people, random = self._people, self._random
        calendar_id = random.choice((people.calendars[person], *people.shelves[person]))
        settings = self._choices(person, calendar_id)
        if random.random() < 0.5:
            await asyncio.gather(self._work(), self._save(person, settings))
        else:
            await self._save(person, settings)

    async def _save(self, person: PersonKey, settings: SyncSettings) -> None:
        # Whatever waits may be told anew, and in another calendar it is another event.
        self._chronicle.starts[person] += 1
        if settings.on_outlook_delete is OnOutlookDelete.CANCEL:
            # What no sync has missed yet is judged by what is chosen when one does.
            self._chronicle.vanished |= self._chronicle.missed[person]
            self._people.choose_cancel.add(person)
        try:
            with working(Worker()):
                await self._world.app.choices.change(person, settings)
        except (Crash, SyncError) as error:
            self._say(f"{person.staff_id}: choosing ends by {type(error).__name__} {error}")
        else:
            self.faults["chosen anew"] += 1
            self._say(f"{person.staff_id}: choose {settings}")
        self._people.choose_cancel.discard(person)
        self._people.follow(person)

    async def _press(self, person: PersonKey, button: str) -> None:
        if button == "resync":
            self._chronicle.resyncs[person] += 1
        mailbox = self._world.outlook.mailboxes[person]
        shown = mailbox.visible_end(self._world.clock.now())
        if button == "disconnect" and shown < len(mailbox.journal):
            # An event whose new id no read shows yet stays behind: docs/simulation.md.
            return
        try:
            with working(Worker()):
                await getattr(self._world.service, button)(person)
        except (Crash, SyncError) as error:
            self._say(f"{person.staff_id}: {button} ends by {type(error).__name__} {error}")
        else:
            self._say(f"{person.staff_id}: {button}")

    async def _answer_held(self, person: PersonKey) -> None:
        """Presses one of the two buttons, where many cancellations are asked about (R11.7)."""
        if self._world.connection(person).held is None:
            return
        answer = self._random.choice(tuple(HeldAnswer))
        try:
            with working(Worker()):
                await self._world.service.answer_held(person, answer)
        except (Crash, SyncError) as error:
            self._say(f"{person.staff_id}: {answer} ends by {type(error).__name__}")
        else:
            self.faults[f"answer {answer}"] += 1
            self._say(f"{person.staff_id}: answers {answer}")

    async def _sign_in(self, person: PersonKey) -> None:
        self._world.outlook.lose(person, None)
        self._chronicle.resyncs[person] += 1
        try:
            with working(Worker()):
                await self._world.sign_in_again(person)
        except (Crash, SyncError) as error:
            self._say(f"{person.staff_id}: sign-in ends by {type(error).__name__} {error}")
        else:
            self._say(f"{person.staff_id}: signs in")

    # --- trouble ---

    def _disturb(self) -> None:
        wire = self._world.wire
        wire.before = self._before
        wire.after = self._after
        wire.pauses = self._pauses
        wire.answer = self._answer

    def _pauses(self, call: Call) -> int:
        del call
        return self._random.randint(1, 3) if self._random.random() < self._weather.pause else 0

    def _before(self, call: Call) -> BaseException | None:
        random = self._random
        self._digest.update(f"{call} {call.person}\n".encode())
        if random.random() < self._weather.edit:
            self._people.is_interrupting = True
            self._people.act()
            self._people.is_interrupting = False
        if random.random() < self._weather.slow:
            self.faults["call took long"] += 1
            self._world.clock.advance(random.choice((20, 70, 200)))
            self._say(f"{call} takes long")
        error = self._fault(call, "before")
        if error is None:
            self._chronicle.permit(self._world, call)
        return error

    def _after(self, call: Call) -> BaseException | None:
        return self._fault(call, "after")

    def _fault(self, call: Call, when: str) -> BaseException | None:
        draw, sky = self._random.random(), self._weather
        error: BaseException | None = None
        if draw < sky.crash / 2:
            error = Crash()
        elif draw < (sky.crash + sky.unavailable) / 2:
            error = Unavailable("simulated")
        elif when == "before" and draw < (sky.crash + sky.unavailable) / 2 + sky.throttled:
            error = Throttled("simulated", retry_after=self._random.choice((None, 5, 120)))
        if error is not None:
            name = f"{type(error).__name__} {when}"
            self.faults[f"{name} on {call.port}"] += 1
            self._say(f"{call.person and call.person.staff_id}: {name} {call}")
        return error

    def _answer(self, call: Call, answer: Any) -> Any:
        """Lets the Outlook feed show what was before, now and then (Graph: delta overview)."""
        if str(call) != "outlook.read_changes" or not isinstance(answer, OutlookRound):
            return answer
        is_late = self._random.random() < self._weather.stale
        since = int(str(call.args[1]).split(" ")[1])
        mailbox = self._world.outlook.mailboxes[call.person] if call.person else None
        before = tuple(
            self._older[item.id]
            for item in answer.items
            if item.id in self._older
            and mailbox is not None
            # What came after the cursor was not there before.
            and item.id in mailbox.events
            and mailbox.events[item.id].entered <= since
        )
        if not is_late or not before:
            self._older.update({item.id: item for item in answer.items})
            return answer
        self.faults["feed lags"] += 1
        # The newest state is told by a later round, so the cursor doesn't pass it.
        return OutlookRound(items=before, removed=frozenset(), series={}, cursor=str(call.args[1]))

    # --- the end ---

    async def _calm_down(self) -> None:
        world = self._world
        self._say("quiet")
        world.wire.calm()
        self._weather = Weather()
        world.wire.before = self._watch
        world.outlook.stale.clear()
        world.booking.stale.clear()
        world.outlook.repeats = world.booking.repeats = 0
        world.booking.policy = Policy()
        world.booking.stale_reads = 0
        self._people.mend()
        self._wakes.clear()
        for person in self._people.persons:
            world.outlook.lose(person, None)
            world.outlook.lag(person, 0)
        # Second looks, holds and what waits for them come due.
        for _ in range(3):
            world.clock.advance(65)
            await world.sweep_all()
        await self._sweep_until_stable()
        if self._is_forbidden:
            # What was refused time and again is tried again by a Resync (R7.5).
            for person in self._people.persons:
                await self._press(person, "resync")
        for person in self._people.persons:
            connection = world.connection(person)
            left = connection.left_behind > 0
            if connection.state is ConnectionState.RECONNECT_NEEDED or left:
                await self._sign_in(person)
        await self._sweep_until_stable()
        await self._stay_quiet()

    def _held(self) -> frozenset[BookingItemId]:
        """Gives the Appointments that people are asked about (R11.7)."""
        held: set[BookingItemId] = set()
        for person in self._people.persons:
            connection = self._world.connection(person)
            if not connection.is_syncing:
                continue
            waiting = {
                link.booking_id
                for link in self._world.links(person)
                if link.hold is not None and link.hold.standing.why is Why.HELD and link.booking_id
            }
            if bool(waiting) != (connection.held is not None):
                raise ViolationError(f"{person} is asked {connection.held} about {waiting}")
            if waiting and not any(
                job.kind is MailKind.HELD for job, _ in self._world.mailed if job.person == person
            ):
                raise ViolationError(f"{person} was never asked by mail")
            held |= waiting
        return frozenset(held)

    async def _let_questions_end(self, held: frozenset[BookingItemId]) -> None:
        """After a day without an answer what is held is put back, and nothing was cancelled."""
        self.faults["question ends"] += 1
        self._say(f"a day passes for {sorted(held)}")
        self._world.clock.advance(25 * 3600)
        await self._world.sweep_all()
        await self._sweep_until_stable()
        await self._stay_quiet()
        if self._held():
            raise ViolationError(f"still asked about {self._held()}")
        there = {item.id for p in self._people.persons for item in self._world.booking.schedule(p)}
        if not held <= there:
            raise ViolationError(f"{sorted(held - there)} was cancelled without an answer")

    def _watch(self, call: Call) -> None:
        self._digest.update(f"{call} {call.person}\n".encode())
        self._chronicle.permit(self._world, call)

    async def _sweep_until_stable(self) -> None:
        world = self._world
        for _ in range(ROUNDS):
            before = self._state()
            world.clock.advance(3700)
            await world.sweep_all()
            if self._state() == before:
                return
        raise ViolationError(f"not stable after {ROUNDS} rounds")

    async def _stay_quiet(self) -> None:
        """One more look at everybody, within one minute, writes nothing (R8.8)."""
        world = self._world
        for _ in range(ROUNDS):
            now = world.clock.now()
            for person in self._people.persons:
                await world.sync(person, Cause.SWEEP)
            if world.clock.now() == now:
                break
        written, before = world.writes(), self._state()
        for cause in (Cause.BOOKING_CHANGED, Cause.SWEEP):
            for person in self._people.persons:
                await world.sync(person, cause)
        if written != world.writes():
            raise ViolationError("a sync without a change writes")
        for person in self._people.persons:
            if world.connection(person).state is ConnectionState.ACTIVE:
                await self._press(person, "resync")
                await world.settle()
        after = self._state()
        changed = [name for name in after if after[name] != before[name]]
        if changed:
            told = "\n".join(_difference(before[name], after[name]) for name in changed)
            raise ViolationError(f"a Resync without a change changes {changed}\n{told}")

    def _state(self) -> dict[str, object]:
        """Gives both sides as they stand, versions included."""
        world = self._world
        state: dict[str, object] = {}
        for person in self._people.persons:
            state[f"{person} booking"] = world.booking.schedule(person)
            mailbox = world.outlook.mailboxes[person]
            state[f"{person} outlook"] = tuple(
                (x.item, tuple((x.instances or {}).values())) for x in mailbox.events.values()
            )
            state[f"{person} state"] = world.connection(person).state
        return state

    def _say(self, line: str) -> None:
        self.lines.append(line)


def _difference(before: Any, after: Any) -> str:
    gone = [f"- {each}" for each in before if each not in after]
    return "\n".join([*gone, *(f"+ {each}" for each in after if each not in before)])


def play(seed: int) -> History:
    """Plays a history in a loop of its own.

    Raises:
        AssertionError: With the seed and what happened.
    """
    history = History(seed)
    try:
        asyncio.run(history.run())
    except Exception as error:
        told = "\n".join(history.lines)
        raise AssertionError(f"seed {seed}: {error}\n{told}") from error
    return history
