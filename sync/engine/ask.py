"""Step 3, ask: each question is one call; a call that fails is that Link's trouble (R11.8)."""

import asyncio
import logging
from datetime import datetime

from sync.engine.blame import of_side
from sync.engine.cases import Scene, Trouble
from sync.engine.links import Side
from sync.engine.questions import (
    Answer,
    Ask,
    AskCalendars,
    AskEvent,
    AskItem,
    AskMaster,
    AskReserve,
    Search,
    answered,
    proven,
    questions,
)
from sync.engine.waits import THROTTLED
from sync.errors import (
    AuthorizationLost,
    CalendarLost,
    Gone,
    SyncError,
    Throttled,
    Unreadable,
)
from sync.ports import BookingGateway, CalendarGateway
from sync.words import CalendarId, PersonKey

_log = logging.getLogger(__name__)

#: Calls to one side at a time (Graph bears four for a mailbox).
AT_ONCE = 4


class Asker:
    """Asks until nothing is left to ask.

    Args:
        person: Whose calendars.
        booking: The booking product.
        outlook: The person's Outlook.
        bears_throttling: Syncs have failed time and again: it may be one question alone that is
            never answered, and that waits while all else flows (R11.8).
    """

    def __init__(
        self,
        *,
        person: PersonKey,
        booking: BookingGateway,
        outlook: CalendarGateway,
        bears_throttling: bool = False,
    ) -> None:
        self._person = person
        self._booking = booking
        self._outlook = outlook
        self._bears_throttling = bears_throttling
        self._places = asyncio.Semaphore(AT_ONCE)

    async def ask(self, scene: Scene, covered_since: datetime | None) -> Scene:
        """Gives the scene in which nothing is open any more.

        Raises:
            Throttled, AuthorizationLost: It concerns the whole person.
            Gone: The booking product has no such Staff Member.
        """
        done: set[Ask] = set()
        while asks := [ask for ask in questions(scene, covered_since) if ask not in done]:
            done.update(asks)
            answers = await asyncio.gather(
                *(self._one(ask, scene) for ask in asks), return_exceptions=True
            )
            for ask, answer in zip(asks, answers, strict=True):
                if isinstance(answer, BaseException):
                    raise answer
                scene = answered(scene, ask, answer)
            scene = proven(scene)
        return scene

    async def _one(self, ask: Ask, scene: Scene) -> Answer:
        async with self._places:
            try:
                is_booking = isinstance(ask, AskItem | AskReserve)
                side = Side.BOOKING if is_booking else Side.OUTLOOK
                return await of_side(side, self._call(ask, scene))
            except Throttled as error:
                if not (self._bears_throttling or _is_throttled(ask, scene)):
                    raise
                return Trouble(code=THROTTLED, wait=error.retry_after or 0.0)
            except (AuthorizationLost, Gone):
                raise
            except CalendarLost:
                # With a calendar that is left, what stood in it is gone (R5.9). Any other was
                # listed or read just now: a contradiction proves nothing (R8.10).
                is_left = isinstance(ask, AskEvent) and ask.calendar_id != scene.calendar_id
                return None if is_left else Trouble(code="calendarlost")
            except Unreadable as error:
                return Trouble(code=error.code or "unreadable")
            except SyncError as error:
                # Also a mailbox that is not there, though it was read just now: a contradiction
                # proves nothing, the next reading finds out (R8.10, R10.6).
                return Trouble(code=type(error).__name__.lower())
            except Exception as error:  # noqa: BLE001 - the last catch, see R11.8
                # Nobody foresaw it, and it is about one item: the others go on (R11.8).
                _log.exception("sync.ask_failed", extra={"error": type(error).__name__})
                return Trouble(code="unforeseen")

    async def _call(self, ask: Ask, scene: Scene) -> Answer:
        match ask:
            case AskItem():
                return await self._booking.item(self._person, ask.item_id)
            case AskReserve():
                listing = await self._booking.items(self._person, ask.interval.searched())
                found = [item for item in listing.items if item.external_ref == ask.ref]
                if not found and listing.unreadable:
                    # One of those may be ours (R11.5, R11.8).
                    return Trouble(code="not_searched")
                return found[0] if found else None
            case AskEvent():
                return await self._outlook.get_event(ask.calendar_id, ask.item_id)
            case AskMaster():
                return await self._outlook.get_event(scene.calendar_id, ask.item_id)
            case Search():
                return await self._outlook.find(ask.calendar_id, mark=ask.mark, uid=ask.uid)
            case AskCalendars():
                return await self._others(scene.calendar_id)

    async def _others(self, calendar_id: CalendarId) -> tuple[CalendarId, ...]:
        return tuple(
            each.id
            for each in await self._outlook.calendars()
            if each.may_be_chosen and each.id != calendar_id
        )


def _is_throttled(ask: Ask, scene: Scene) -> bool:
    """Says whether a Link waits because its question was asked for less often."""
    hold = None if isinstance(ask, AskCalendars) else scene.cases[ask.key].link.hold
    return hold is not None and hold.code == THROTTLED
