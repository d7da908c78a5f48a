"""The course of one sync: observe, merge, ask, plan and carry out, until nothing is left to do."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.engine.ask import Asker
from sync.engine.carry import Carrier
from sync.engine.cases import (
    Absent,
    Case,
    Scene,
    is_covered,
)
from sync.engine.items import OutlookItem
from sync.engine.links import Link, Side
from sync.engine.merge import merge, names
from sync.engine.observe import Observed, Observer, is_anchor_old
from sync.engine.plan import Plan, is_mass_deletion, plan
from sync.engine.reading import Reading, SyncConfig
from sync.engine.record import Recorder
from sync.engine.report import Run
from sync.engine.taking_part import Policy
from sync.engine.waits import is_parked
from sync.errors import ContractBroken
from sync.people.people import Connection, ConnectionState, SyncSettings
from sync.ports import (
    BookingGateway,
    CalendarGateway,
    Clock,
    Cursors,
    IdFactory,
    LedgerRepository,
    Opened,
)

#: Rounds of asking, planning and carrying out in one job; what still moves goes on in the next.
_ROUNDS = 40
#: A job ends well before the host's time-out and goes on in another.
_JOB_TIME = timedelta(minutes=4)
#: Progress is written at most so often; each write costs a row.
_PROGRESS_TIME = timedelta(seconds=1)
#: So many events made since the feed was opened are asked for by themselves (R8.10).
_ONE_BY_ONE = 20
#: Failures in a row after which Outlook's feed is passed by for its plain view (case 68).
_PLAIN_AFTER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What a course came to; ``is_finished`` is false where another job has to go on."""

    scene: Scene
    todo: Plan
    cursors: Cursors
    is_finished: bool


class Course:
    """One person's sync while it goes on.

    Args:
        connection: As read under the lease, syncing.
        policy: Choices, rights and Window.
        booking: The booking product.
        outlook: The person's Outlook.
        ledger: Links that have passed.
        opened: What was read with the lease.
        recorder: Writes under it.
        run: Takes down what is done.
        show: Told how many actions are done, out of how many.
        ids: Generations.
        clock: Now.
        config: What the settings say.

    Raises:
        ContractBroken: The Connection syncs without choices.
    """

    def __init__(
        self,
        *,
        connection: Connection,
        policy: Policy,
        booking: BookingGateway,
        outlook: CalendarGateway,
        ledger: LedgerRepository,
        opened: Opened,
        recorder: Recorder,
        run: Run,
        show: Callable[[int, int], Awaitable[None]],
        ids: IdFactory,
        clock: Clock,
        config: SyncConfig,
    ) -> None:
        settings, connection_id = connection.settings, connection.connection_id
        if settings is None or connection_id is None:
            raise ContractBroken("a Connection that syncs has neither choices nor an id")
        self._connection = connection
        self._policy = policy
        self._ledger = ledger
        self._run = run
        self._recorder = recorder
        self._ids = ids
        self._links: tuple[Link, ...] = opened.ledger.links
        self._cursors = opened.ledger.cursors
        # Whoever died, or was broken off, may not have tried what it had freed (R7.5).
        self._retry = opened.was_cut or connection.failing is not None or run.goes_on
        self._reading = Reading(
            person=run.person,
            connection_id=connection_id,
            calendar_id=settings.calendar_id,
            policy=policy,
            config=config,
            is_resync=connection.resync_wanted,
            held=connection.held,
            leaving=connection.leaving,
        )
        self._observer = Observer(
            person=run.person, calendar_id=settings.calendar_id, booking=booking, outlook=outlook
        )
        self._asker = Asker(
            person=run.person,
            booking=booking,
            outlook=outlook,
            bears_throttling=self._fails_time_and_again(),
        )
        self._carrier = _carrier(
            settings=settings,
            booking=booking,
            outlook=outlook,
            recorder=recorder,
            run=run,
            is_awaited=(connection.state is ConnectionState.STARTING or connection.resync_wanted),
            show=show,
            clock=clock,
        )

    async def go(self) -> Passage:
        """Reads both sides and carries out what follows, until a plan is empty.

        Raises:
            SyncError: What concerns the person as a whole; what was done until then is recorded.
        """
        observed = await self._observe()
        scene, todo = await self._plan(observed)
        if not observed.is_full and is_mass_deletion(todo, scene):
            # So much at once is believed only after everything was read again (R11.7).
            observed = await self._everything()
            scene, todo = await self._plan(observed)
        self._run.is_full = observed.is_full
        await self._keep_followed(scene, todo)
        scene, todo, is_finished = await self._carry_out(scene, todo)
        return Passage(scene=scene, todo=todo, cursors=observed.cursors, is_finished=is_finished)

    async def _observe(self) -> Observed:
        connection, cursors = self._connection, self._cursors
        in_full = (
            cursors is None
            or connection.state is ConnectionState.STARTING
            or connection.resync_wanted
            or connection.leaving is not None
            or connection.policy != self._policy.fingerprint
            # Whatever the feed's own link is refused for, another read may not be.
            or self._fails_time_and_again()
            or is_anchor_old(self._run.person, cursors, self._policy.window)
        )
        if not in_full and cursors is not None:
            observed = await self._observer.changes(cursors, self._policy.window.now)
            if observed is not None:
                return await self._with_the_young(observed, cursors)
        return await self._everything()

    async def _with_the_young(self, observed: Observed, cursors: Cursors) -> Observed:
        """Looks at once for many events that no feed need tell of; few are asked for one by one."""
        young = [link for link in self._links if not is_covered(link, cursors.read_at)]
        if len(young) <= _ONE_BY_ONE:
            return observed
        wanted = {link.outlook_id for link in young if link.outlook_id and link.base}
        return await self._observer.also(observed, frozenset(wanted))

    async def _everything(self) -> Observed:
        plain = self._fails_time_and_again()
        return await self._observer.everything(
            self._policy.window, self._cursors, plain=plain, leaving=self._connection.leaving
        )

    def _fails_time_and_again(self) -> bool:
        failing = self._connection.failing
        return failing is not None and failing.times >= _PLAIN_AFTER

    async def _plan(self, observed: Observed) -> tuple[Scene, Plan]:
        await self._recall(observed)
        empty = self._reading.scene(observed.cursors.anchored, self._ids, retry=self._retry)
        scene = merge(empty, self._links, observed.booking, observed.outlook)
        self._run.found |= any(_is_news(case) for case in scene.cases.values())
        scene = await self._asker.ask(scene, self._covered_since)
        return scene, plan(scene)

    @property
    def _covered_since(self) -> datetime | None:
        return None if self._cursors is None else self._cursors.read_at

    async def _recall(self, observed: Observed) -> None:
        """Reads Links that have passed, where something is told of that may be one of theirs."""
        booking, outlook = observed.booking, observed.outlook
        told: set[str] = {item.id for item in booking.items}
        # What can't be read is told of as well: else it would be taken for something new.
        told.update(booking.deleted, booking.unreadable, outlook.removed, outlook.late)
        told.update(event.id for event in outlook.items)
        told.update(event.uid for event in outlook.items if event.uid)
        if told <= names(self._links):
            return
        known = {link.key for link in self._links}
        passed = [
            link
            for link in await self._ledger.passed(self._run.person)
            if link.key not in known and told & names([link])
        ]
        self._links = (*self._links, *passed)

    async def _keep_followed(self, scene: Scene, todo: Plan) -> None:
        """Records which Links have followed their events, where nothing else is to be recorded.

        The feed tells of a new id once (R8.10).
        """
        planned = {step.link.key for step in (*todo.writes, *todo.notes)}
        before = {link.key: link.outlook_id for link in self._links if link.key not in planned}
        now = {key: scene.cases[key].link for key in before}
        followed = [link for key, link in now.items() if link.outlook_id != before[key]]
        if followed:
            await self._recorder.write(keep=followed)

    async def _carry_out(self, scene: Scene, todo: Plan) -> tuple[Scene, Plan, bool]:
        """Carries plans out until one is empty; what was met on the way is asked for again."""
        run, until = self._run, self._run.started + _JOB_TIME
        while True:
            run.rounds += 1
            run.left_out = Counter(skip.reason.value for skip in todo.skips)
            run.total = run.done + len(todo.writes)
            scene, noted = await self._carrier.note(scene, todo)
            run.counts += noted
            run.done += sum(noted.values())
            if not todo.writes:
                return scene, todo, True
            scene, carried = await self._carrier.carry(scene, todo, until)
            run.done += carried.done
            run.counts += carried.counts
            if carried.error is not None:
                raise carried.error
            if not carried.is_finished or run.rounds >= _ROUNDS:
                return scene, todo, False
            scene = await self._asker.ask(scene, self._covered_since)
            todo = plan(scene)


def is_moving(scene: Scene) -> bool:
    """Says whether an event of ours is not in the calendar yet that it moves to (R5.9).

    What was made there since, and is missed now, has arrived. What waits for nothing is at rest: it
    has passed (R11.4). What can't be read or made there time and again goes on alone (R11.8).
    """
    return any(
        case.link.origin is Side.BOOKING
        and not (case.link.has_ended or case.link.is_leftover)
        and not isinstance(case.outlook, OutlookItem | None)
        and case.link.leaves is not None
        and case.link.hold is not None
        and not is_parked(case.link)
        for case in scene.cases.values()
    )


def _is_news(case: Case) -> bool:
    """Says whether Outlook's feed told of something other than our own writes (R11.10)."""
    base, event = case.link.base, case.outlook
    if base is not None and isinstance(event, OutlookItem):
        return case.is_shown and base.outlook.version != event.etag
    return isinstance(event, Absent) or (case.is_shown and event is not None)


def _carrier(
    *,
    settings: SyncSettings,
    booking: BookingGateway,
    outlook: CalendarGateway,
    recorder: Recorder,
    run: Run,
    is_awaited: bool,
    show: Callable[[int, int], Awaitable[None]],
    clock: Clock,
) -> Carrier:
    """Gives the carrier of a run, which shows progress at most once a second."""
    shown_at: datetime | None = None

    async def now_and_then(done: int) -> None:
        nonlocal shown_at
        now = clock.now()
        if shown_at is None or now - shown_at >= _PROGRESS_TIME:
            shown_at = now
            await show(run.done + done, run.total)

    return Carrier(
        person=run.person,
        calendar_id=settings.calendar_id,
        booking=booking,
        outlook=outlook,
        recorder=recorder,
        clock=clock,
        is_awaited=is_awaited,
        show=now_and_then,
    )
