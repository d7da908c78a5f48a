"""Step 5, carry out: one action is one call, both sides at once, each up to its limit.

Before a call its intent is written, after it what became of it (R11.5): intents of the next lot
go in the same transaction as the outcomes of the last, while calls are in flight.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sync import telemetry
from sync.engine.actions import (
    TO_BOOKING,
    CreateEvent,
    CreateReserve,
    DeleteEvent,
    RemoveItem,
    Write,
    WriteEvent,
    WriteItem,
)
from sync.engine.answers import Lost, Met, Outcome, Settled
from sync.engine.ask import AT_ONCE
from sync.engine.blame import of_side
from sync.engine.cases import Case, Scene
from sync.engine.intend import intended, noted
from sync.engine.items import BookingItem, OutlookItem
from sync.engine.links import Link, Side
from sync.engine.marks import event_mark, reserve_ref, transaction_id
from sync.engine.plan import Plan
from sync.engine.record import Recorder
from sync.engine.settle import settled
from sync.engine.waits import THROTTLED
from sync.errors import (
    AuthorizationLost,
    Changed,
    Gone,
    LeaseLost,
    SyncError,
    Throttled,
    Unavailable,
)
from sync.ports import BookingGateway, CalendarGateway, Clock
from sync.words import CalendarId, LinkKey, PersonKey

_log = logging.getLogger(__name__)

#: Actions of one side whose intents are written together.
LOT = 12
#: Times that one call was asked for less often, before that is its own trouble (R11.6, R11.8).
ALONE = 2
#: Calls in a row that nobody answered: the side is not there, the run ends (R11.9).
IN_VAIN = 3


@dataclass(slots=True)
class _Lane:
    """One side's actions: those whose intent is written, those under way, those still to come."""

    to_come: deque[Write]
    ready: deque[Write] = field(default_factory=deque)
    running: dict[asyncio.Task[Outcome], Write] = field(default_factory=dict)
    in_vain: int = 0

    @property
    def is_idle(self) -> bool:
        return not (self.ready or self.running)


@dataclass(slots=True)
class Carried:
    """What carrying a plan out came to; ``counts`` is activity by ``direction.action.result``."""

    done: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    error: SyncError | None = None
    is_finished: bool = True


class Carrier:
    """Carries out the plans of one run.

    Args:
        person: Whose calendars.
        calendar_id: The synced calendar.
        booking: The booking product.
        outlook: The person's Outlook.
        recorder: Writes under the lease.
        clock: Says when the job has to end.
        is_awaited: Whether the person waits for all of it: nothing of it is late.
        show: Told how many actions are done, now and then.
    """

    def __init__(
        self,
        *,
        person: PersonKey,
        calendar_id: CalendarId,
        booking: BookingGateway,
        outlook: CalendarGateway,
        recorder: Recorder,
        clock: Clock,
        is_awaited: bool,
        show: Callable[[int], Awaitable[None]],
    ) -> None:
        self._person = person
        self._calendar_id = calendar_id
        self._booking = booking
        self._outlook = outlook
        self._recorder = recorder
        self._clock = clock
        self._is_awaited = is_awaited
        self._show = show

    async def note(self, scene: Scene, todo: Plan) -> tuple[Scene, Counter[str]]:
        """Records what needs no call."""
        cases = dict(scene.cases)
        results = [noted(cases[note.link.key], note, scene) for note in todo.notes]
        counts: Counter[str] = Counter()
        for result in results:
            _take(cases, result)
            _count(counts, result)
        await self._recorder.record(settled=results)
        return replace(scene, cases=cases), counts

    async def carry(self, scene: Scene, todo: Plan, until: datetime) -> tuple[Scene, Carried]:
        """Makes the calls of a plan; what fails for the person as a whole is in ``error``.

        Raises:
            LeaseLost: Somebody else works for this person.
        """
        run = _Run(scene=scene, cases=dict(scene.cases), lots=todo.lots)
        to_booking = [each for each in todo.writes if isinstance(each, TO_BOOKING)]
        lanes = (
            _Lane(deque(each for each in todo.writes if not isinstance(each, TO_BOOKING))),
            _Lane(deque(to_booking)),
        )
        carried = Carried()
        try:
            while True:
                is_over = carried.error is not None or self._clock.now() > until
                batch = [] if is_over else [each for lane in lanes for each in run.next_of(lane)]
                if batch or (run.results and all(lane.is_idle for lane in lanes)):
                    await self._write(run, batch, lanes)
                if not self._start(run, lanes, stop=is_over):
                    if all(lane.is_idle for lane in lanes) and not run.results:
                        break
                    continue
                await self._collect(run, lanes, carried)
                await self._show(carried.done)
        finally:
            for lane in lanes:
                for task in lane.running:
                    task.cancel()
        carried.is_finished = not any(lane.to_come or lane.ready for lane in lanes)
        return replace(run.scene, cases=run.cases), carried

    async def _write(self, run: "_Run", batch: list[Write], lanes: tuple[_Lane, ...]) -> None:
        """Writes intents of what is to come, and the outcomes so far."""
        intents = [intended(action, run.scene) for action in batch]
        results, run.results = run.results, []
        await self._recorder.record(intended=intents, settled=results)
        for action, intent in zip(batch, intents, strict=True):
            key = action.link.key
            run.cases[key] = replace(run.cases[key], link=intent.link, is_stored=True)
            for link in intent.also:
                run.cases[link.key] = Case(link=link)
            lane = lanes[1] if isinstance(action, TO_BOOKING) else lanes[0]
            lane.ready.append(action)

    def _start(self, run: "_Run", lanes: tuple[_Lane, ...], *, stop: bool) -> bool:
        """Starts calls up to each side's limit; says whether any is under way."""
        for lane in lanes:
            while lane.ready and not stop and len(lane.running) < AT_ONCE:
                action = lane.ready.popleft()
                link = run.cases[action.link.key].link
                lane.running[asyncio.ensure_future(self._call(action, link, run.scene))] = action
            if stop and lane.ready:
                # Their intents are written: the next run asks what became of them.
                lane.to_come.extendleft(reversed(lane.ready))
                lane.ready.clear()
        return any(lane.running for lane in lanes)

    async def _collect(self, run: "_Run", lanes: tuple[_Lane, ...], carried: Carried) -> None:
        running = [task for lane in lanes for task in lane.running]
        finished, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for lane in lanes:
            for task in [each for each in lane.running if each in finished]:
                action = lane.running.pop(task)
                outcome = _outcome(task, carried)
                if isinstance(task.exception(), Throttled):
                    # The person as a whole makes a pause; how often it was this call is counted.
                    outcome = Lost(code=THROTTLED)
                elif task.exception() is not None:
                    continue
                lane.in_vain = lane.in_vain + 1 if isinstance(outcome, Lost) else 0
                if lane.in_vain >= IN_VAIN and carried.error is None:
                    carried.error = Unavailable("one side answers no call any more")
                    is_booking = isinstance(action, TO_BOOKING)
                    carried.error.side = (Side.BOOKING if is_booking else Side.OUTLOOK).value
                result = settled(run.cases[action.link.key], action, outcome, run.scene)
                result = _made_now(result, action, self._clock.now())
                if result.is_done and not self._is_awaited:
                    _measure(action, self._clock.now())
                _take(run.cases, result)
                if result.freed:
                    run.scene = replace(run.scene, freed=run.scene.freed + 1)
                for version in result.echoes:
                    self._recorder.heard(version)
                _count(carried.counts, result)
                carried.done += 1
                run.results.append(result)

    async def _call(self, action: Write, link: Link, scene: Scene) -> Outcome:
        """Makes the one call of an action."""
        try:
            side = Side.BOOKING if isinstance(action, TO_BOOKING) else Side.OUTLOOK
            return await of_side(side, self._dispatch(action, link, scene))
        except (Gone, Changed):
            return Met()
        except Throttled as error:
            hold = link.hold
            if hold is None or hold.code != THROTTLED or hold.tries < ALONE:
                raise
            # It is this call alone that never goes: it waits, and all else flows (R11.8).
            return Lost(code=THROTTLED, wait=error.retry_after or 0.0)
        except (AuthorizationLost, LeaseLost):
            raise
        except SyncError as error:
            # Also a calendar or mailbox that is not there, though it was read just now (R10.6).
            return Lost(code=type(error).__name__.lower())
        except Exception as error:  # noqa: BLE001 - the last catch, see R11.8
            # Nobody foresaw it, and it is about one item: the others go on (R11.8).
            _log.exception("sync.call_failed", extra={"error": type(error).__name__})
            return Lost(code="unforeseen")

    async def _dispatch(self, action: Write, link: Link, scene: Scene) -> Outcome:
        match action:
            case CreateEvent():
                return await self._outlook.create_event(
                    self._calendar_id,
                    content=action.content,
                    interval=action.item.interval,
                    mark=event_mark(scene.connection_id, link),
                    transaction_id=transaction_id(scene.connection_id, link),
                )
            case WriteEvent():
                return await self._outlook.update_event(
                    self._calendar_id,
                    action.outlook_id,
                    interval=action.interval,
                    content=action.content,
                    etag=action.etag or None,
                    keeps_zone=action.is_meeting,
                )
            case DeleteEvent():
                return await self._outlook.delete_event(action.outlook_id)
            case CreateReserve():
                ref = reserve_ref(scene.connection_id, link)
                return await self._booking.create_reserve(
                    self._person,
                    content=action.content,
                    interval=action.meeting.interval,
                    external_ref=ref,
                    idempotency_key=ref,
                )
            case WriteItem():
                return await self._booking.update_item(
                    self._person,
                    action.booking_id,
                    interval=action.interval,
                    content=action.content,
                    version=action.version,
                )
            case RemoveItem():
                return await self._booking.remove_item(
                    self._person, action.booking_id, version=action.version
                )


@dataclass(slots=True)
class _Run:
    """The scene while a plan is carried out; results wait here until they are written."""

    scene: Scene
    cases: dict[LinkKey, Case]
    lots: dict[LinkKey, int]
    results: list[Settled] = field(default_factory=list)

    def next_of(self, lane: _Lane) -> list[Write]:
        """Takes the actions whose intents are to be written next: of one lot, in its turn."""
        if not lane.to_come or len(lane.ready) >= AT_ONCE:
            return []
        lot = self._lot(lane.to_come[0])
        before = [*lane.ready, *lane.running.values()]
        if any(self._lot(action) != lot for action in before):
            return []
        batch: list[Write] = []
        while lane.to_come and len(batch) < LOT and self._lot(lane.to_come[0]) == lot:
            batch.append(lane.to_come.popleft())
        return batch

    def _lot(self, action: Write) -> int:
        return self.lots.get(action.link.key, 0)


def _outcome(task: asyncio.Task[Outcome], carried: Carried) -> Outcome:
    error = task.exception()
    if error is None:
        return task.result()
    if not isinstance(error, SyncError):
        raise error
    carried.error = carried.error or error
    return None


def _measure(action: Write, now: datetime) -> None:
    """Tells how long the change took that an action carries over; nobody says it of deletions."""
    match action:
        case CreateEvent(item=item):
            telemetry.changed("outlook", item.modified, now)
        case WriteEvent(booking=BookingItem() as item, is_put_back=False):
            telemetry.changed("outlook", item.modified, now)
        case CreateReserve(meeting=event) | WriteItem(event=OutlookItem() as event):
            telemetry.changed("booking", event.modified, now)


def _made_now(result: Settled, action: Write, now: datetime) -> Settled:
    """Notes when something was made: a run may have begun long before (R8.10)."""
    case = result.case
    is_made = result.is_done and isinstance(action, CreateEvent | CreateReserve)
    if case is None or not is_made:
        return result
    return replace(result, case=replace(case, link=replace(case.link, made=now)))


def _take(cases: dict[LinkKey, Case], result: Settled) -> None:
    if result.case is None:
        cases.pop(result.key, None)
    else:
        cases[result.case.link.key] = result.case
    for link in result.also:
        cases[link.key] = Case(link=link)


def _count(counts: Counter[str], result: Settled) -> None:
    for entry in result.activity:
        counts[f"{entry.direction}.{entry.action}.{entry.result}"] += 1
