"""Step 5, apply: one action becomes one gateway call and one outcome.

Each write carries a precondition or a stable key, so that a repeat finds its own earlier work. A
refusal is an outcome: the follow-up of section 8 happens here or, where the item has to be read
again for it, in the Link's state, from which the next round plans.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import assert_never

from sync.domain.actions import (
    Action,
    ActivityAction,
    CreateEvent,
    CreateReserve,
    DeleteEvent,
    DeleteReserve,
    Done,
    DropLink,
    KeepLink,
    MoveBookingItem,
    MoveMeeting,
    Outcome,
    RemoveBookingItem,
    Tell,
    UpdateEvent,
    UpdateReserve,
)
from sync.domain.content import event_content, event_fingerprint, reserve_fingerprint
from sync.domain.marks import event_mark, reserve_ref, transaction_id
from sync.domain.model import Link, LinkState, Refusal
from sync.errors import Changed, Gone
from sync.ports import BookingGateway, CalendarGateway, Clock
from sync.service import outcomes
from sync.service.outcomes import Happened, written
from sync.service.policies import Reading


class Executor:
    """Carries out the actions of one person's plan.

    Args:
        reading: Whose calendars.
        booking: The booking product.
        outlook: The person's Outlook.
        clock: Stamps Links and activity.
        note: Records what has to be known before the next step of an action.
    """

    def __init__(
        self,
        *,
        reading: Reading,
        booking: BookingGateway,
        outlook: CalendarGateway,
        clock: Clock,
        note: Callable[[Done], Awaitable[None]],
    ) -> None:
        self._person = reading.person
        self._connection_id = reading.connection_id
        self._calendar_id = reading.calendar_id
        self._product = reading.product
        self._booking = booking
        self._outlook = outlook
        self._clock = clock
        self._note = note

    async def execute(self, action: Action) -> Done:
        """Carries out one action.

        Returns:
            What to record. ``STALE`` where the item was not as planned: nothing was written, and
            the next round decides again.

        Raises:
            TransientError, AuthorizationLost, CalendarLost, MailboxLost: From the gateways; the
                action may have taken effect and is planned again from what is then there.
        """
        try:
            if isinstance(action, UpdateEvent | UpdateReserve) and action.tell is not None:
                # As in ``Recorder.intend``: the text is in doubt until the write is recorded.
                doubt = action.link if action.content is None else replace(action.link, content="")
                await self._note_try(action, doubt, action.tell)
            return await self._dispatch(action)
        except (Gone, Changed):
            return Done(outcome=Outcome.STALE, key=action.link.key, link=None, again=True)

    async def _dispatch(self, action: Action) -> Done:
        match action:
            case CreateEvent():
                return await self._create_event(action)
            case UpdateEvent():
                return await self._update_event(action)
            case DeleteEvent():
                return await self._delete_event(action)
            case MoveMeeting():
                return await self._move_meeting(action)
            case CreateReserve():
                return await self._create_reserve(action)
            case UpdateReserve():
                return await self._update_reserve(action)
            case DeleteReserve():
                return await self._delete_reserve(action)
            case MoveBookingItem():
                return await self._move_booking_item(action)
            case RemoveBookingItem():
                return await self._remove_booking_item(action)
            case KeepLink():
                return outcomes.kept(action, self._clock.now())
            case DropLink():
                return Done(outcome=Outcome.DONE, key=action.link.key, link=None)
            case _:
                assert_never(action)

    async def _note_try(self, action: Action, link: Link, tell: Tell | None) -> None:
        if tell is not None:
            await self._note(outcomes.noted(action, link, tell, self._clock.now()))

    # --- to Outlook ---

    async def _create_event(self, action: CreateEvent) -> Done:
        link = action.link
        also: tuple[Link, ...] = ()
        if link.leftover is not None:
            await self._outlook.delete_event(link.leftover)
            also = (outcomes.ended(link, link.leftover, self._clock.now()),)
        answer = await self._outlook.create_event(
            self._calendar_id,
            content=action.content,
            interval=action.interval,
            mark=event_mark(self._connection_id, link),
            transaction_id=transaction_id(self._connection_id, link),
        )
        if isinstance(answer, Refusal):
            parked = replace(
                link,
                state=LinkState.PARKED,
                tries=link.tries + 1,
                leftover=None,
                reason=answer.code,
            )
            return outcomes.refused(action, parked, answer, self._clock.now(), also=also)
        pair = replace(
            link,
            state=LinkState.LINKED,
            outlook_id=answer.id,
            outlook_etag=answer.etag,
            unseen=True,
            leftover=None,
            told=None,
            tries=0,
            reason=None,
        )
        done = ActivityAction.PUT_BACK if action.is_put_back else ActivityAction.CREATED
        happened = Happened(action=done, interval=action.interval)
        return outcomes.done(action, pair, happened, self._clock.now(), also=also)

    async def _update_event(self, action: UpdateEvent) -> Done:
        link = action.link
        if link.outlook_id is None:
            raise Gone(f"Link {link.key} names no event")
        answer = await self._outlook.update_event(
            self._calendar_id,
            link.outlook_id,
            interval=action.interval,
            content=action.content,
            etag=link.outlook_etag,
        )
        if isinstance(answer, Refusal):
            failed = replace(link, tries=link.tries + 1, reason=answer.code)
            return outcomes.refused(action, failed, answer, self._clock.now())
        pair = replace(
            link,
            booking_version=action.version or link.booking_version,
            outlook_etag=answer.etag,
            interval=action.interval,
            content=event_fingerprint(action.content) if action.content else link.content,
            told=None,
            tries=0,
            reason=None,
        )
        happened = written(action.interval, link.interval, is_put_back=action.is_put_back)
        return outcomes.done(action, pair, happened, self._clock.now())

    async def _delete_event(self, action: DeleteEvent) -> Done:
        link, now = action.link, self._clock.now
        refusal = await self._outlook.delete_event(action.outlook_id)
        if refusal is not None:
            failed = replace(link, tries=link.tries + 1, reason=refusal.code)
            return outcomes.refused(action, failed, refusal, now())
        happened = Happened(action=ActivityAction.DELETED, interval=link.interval)
        also = (outcomes.ended(link, action.outlook_id, now()),)
        return outcomes.done(action, None, happened, now(), also=also)

    async def _move_meeting(self, action: MoveMeeting) -> Done:
        link = action.link
        if link.booking_id is None:
            raise Gone(f"Link {link.key} names no Reserve")
        answer = await self._outlook.update_event(
            self._calendar_id, action.outlook_id, interval=action.interval, etag=action.etag
        )
        if isinstance(answer, Refusal):
            # The Meeting stays where it is, so the Reserve goes back to it (R8.5).
            await self._note_try(action, link, outcomes.told(action.tell, answer))
            return await self._update_reserve(
                UpdateReserve(
                    link=link,
                    rule=action.rule,
                    title=action.title,
                    booking_id=link.booking_id,
                    content=None,
                    interval=link.interval,
                    etag=action.etag,
                    is_put_back=True,
                )
            )
        pair = replace(
            link,
            interval=action.interval,
            outlook_etag=answer.etag,
            booking_version=action.version,
        )
        happened = Happened(action=ActivityAction.MOVED, interval=action.interval)
        return outcomes.done(action, pair, happened, self._clock.now())

    # --- to the booking product ---

    async def _create_reserve(self, action: CreateReserve) -> Done:
        link = action.link
        ref = reserve_ref(self._connection_id, link)
        answer = await self._booking.create_reserve(
            self._person,
            content=action.content,
            interval=action.interval,
            external_ref=ref,
            idempotency_key=ref,
        )
        if isinstance(answer, Refusal):
            return outcomes.waiting(action, answer, self._clock.now())
        pair = replace(
            link,
            state=LinkState.LINKED,
            booking_id=answer.id,
            booking_version=answer.version,
            told=None,
            tries=0,
            reason=None,
        )
        happened = Happened(action=ActivityAction.CREATED, interval=action.interval)
        return outcomes.done(action, pair, happened, self._clock.now())

    async def _update_reserve(self, action: UpdateReserve) -> Done:
        link = action.link
        # Outlook wins whatever was done to the Reserve, so its version is no precondition (R8.4).
        answer = await self._booking.update_item(
            self._person, action.booking_id, interval=action.interval, content=action.content
        )
        if isinstance(answer, Refusal):
            # The Meeting is not at the Reserve's time any more: what would block a free time for
            # nothing goes, and the new time waits like a refused creation (R7.5).
            kept = await self._booking.remove_item(self._person, action.booking_id)
            return outcomes.waiting(action, answer, self._clock.now(), is_kept=kept is not None)
        pair = replace(
            link,
            booking_version=answer.version,
            interval=action.interval,
            content=reserve_fingerprint(action.content) if action.content else link.content,
            outlook_etag=action.etag,
            told=None,
            tries=0,
            reason=None,
        )
        happened = written(action.interval, link.interval, is_put_back=action.is_put_back)
        return outcomes.done(action, pair, happened, self._clock.now())

    async def _delete_reserve(self, action: DeleteReserve) -> Done:
        link = action.link
        refusal = await self._booking.remove_item(self._person, action.booking_id)
        if refusal is not None:
            failed = replace(link, tries=link.tries + 1, reason=refusal.code)
            return outcomes.refused(action, failed, refusal, self._clock.now())
        happened = Happened(action=ActivityAction.DELETED, interval=link.interval)
        return outcomes.done(action, action.then, happened, self._clock.now())

    async def _move_booking_item(self, action: MoveBookingItem) -> Done:
        link = action.link
        answer = await self._booking.update_item(
            self._person, action.booking_id, interval=action.interval, version=action.version
        )
        if isinstance(answer, Refusal):
            # The event is put back, and the person is told why (R8.1, R9.3).
            await self._note_try(action, link, outcomes.told(action.tell, answer))
            return await self._update_event(
                UpdateEvent(
                    link=replace(link, outlook_etag=action.outlook_etag),
                    rule=action.rule,
                    title=action.title,
                    content=None,
                    interval=action.put_back,
                    version=action.version,
                    is_put_back=True,
                )
            )
        # Fields that tell the time change with it: a version that nobody has makes the next round
        # write the text as well.
        content = event_fingerprint(event_content(answer, self._product))
        is_same = content == link.content
        pair = replace(
            link,
            booking_version=answer.version if is_same else "",
            outlook_etag=action.outlook_etag,
            interval=action.interval,
            told=None,
        )
        happened = Happened(action=ActivityAction.MOVED, interval=action.interval)
        return outcomes.done(action, pair, happened, self._clock.now(), again=not is_same)

    async def _remove_booking_item(self, action: RemoveBookingItem) -> Done:
        link, now = action.link, self._clock.now()
        refusal = await self._booking.remove_item(
            self._person, action.booking_id, version=action.version
        )
        also = () if link.outlook_id is None else (outcomes.ended(link, link.outlook_id, now),)
        if refusal is None:
            happened = Happened(action=ActivityAction.DELETED, interval=link.interval)
            return outcomes.done(action, None, happened, now, also=also)
        # Refused: the event is made again; the next round reads what to write into it (R8.2).
        remade = replace(
            link, state=LinkState.CREATING, generation="", outlook_id=None, outlook_etag=None
        )
        tell = outcomes.told(action.tell, refusal)
        return outcomes.refused(action, remade, refusal, now, tell=tell, also=also, again=True)
