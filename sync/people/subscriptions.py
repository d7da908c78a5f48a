"""The one Graph subscription of each person who syncs (R11.3).

The index is written before the Connection names the subscription. A change that Graph reports
before that is read by the sync that made the subscription: it has to come first in a sync.
"""

import logging
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from sync.errors import AuthorizationLost, CalendarLost, Gone, SyncError, UntrustedRequest
from sync.people.connection_update import update
from sync.people.people import Connection, Subscription, SyncSettings
from sync.ports import CalendarGateway, Cause, Stored, SyncJob
from sync.ports.outside import Outside
from sync.words import PersonKey

_log = logging.getLogger(__name__)

#: Asked for; what Graph grants counts (Graph: subscription, maximum lengths).
LENGTH = timedelta(days=6)
#: Whatever ends sooner than this is renewed; the shortest length ever granted is three days.
RENEW_BEFORE = timedelta(days=2)
#: What the signature of a client state is for.
PURPOSE = "subscription"
#: Client states of release 1.0, which signed none: nobody can tell them from forged ones unasked.
_UNSIGNED = re.compile("[0-9a-f]{32}")
#: How often in a row an unsigned state may turn out to be nobody's before none is asked for.
PATIENCE = 100

_LOOK = Cause.OUTLOOK_CHANGED
_CAUSES = {
    "reauthorizationRequired": Cause.REAUTHORIZE,
    "subscriptionRemoved": Cause.SUBSCRIPTION_REMOVED,
}


class Subscriptions:
    """Keeps exactly one subscription alive, and answers Graph's lifecycle notifications.

    Args:
        outside: The ports.
    """

    def __init__(self, outside: Outside) -> None:
        self._connections = outside.connections
        self._index = outside.subscriptions
        self._jobs = outside.jobs
        self._signer = outside.signer
        self._ids = outside.ids
        self._clock = outside.clock
        self._patience = PATIENCE

    async def ensure(
        self, stored: Stored[Connection], gateway: CalendarGateway
    ) -> Stored[Connection]:
        """Makes or renews the subscription where that is due; without a call where it isn't.

        Cheap enough for the beginning of every sync, and has to be called before it reads. What
        fails about the subscription alone holds up no sync: the next one tries again.

        Args:
            stored: The Connection, read under the person's lease.
            gateway: The person's Outlook.

        Returns:
            The Connection as it stands after that.

        Raises:
            AuthorizationLost: Microsoft refuses the tokens.
            CalendarLost: The calendar answers 404.
        """
        connection = stored.value
        if not connection.is_syncing or connection.settings is None:
            return stored
        old, now = connection.subscription, self._clock.now()
        is_elsewhere = old is not None and _is_of_another_calendar(old, connection)
        if (
            old is not None
            and old.expires_at > now + RENEW_BEFORE
            and self._is_signed(old.client_state)
            and not is_elsewhere
        ):
            return stored
        try:
            if old is not None and is_elsewhere:
                # What happens in a calendar that was left is nobody's business (R5.9).
                await gateway.unsubscribe(old.id)
                await self._index.drop(old.id)
                old = None
            new = await self._obtain(gateway, old, connection.settings, now)
        except (AuthorizationLost, CalendarLost):
            raise
        except SyncError:
            # Refused, or answered in riddles: that is the subscription's own trouble (R11.8). A
            # mailbox that is lost is told of by the reading that follows.
            _log.warning("subscription.deferred", extra={"person": str(connection.person)})
            return stored
        return await self._note(stored, new)

    def believable(self, notices: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Tells what is worth a look into the index from what somebody made up, without a look.

        A client state that we signed proves itself. Those of release 1.0 don't: they are looked
        up, as long as that is not known to lead to nobody, until each person's next sync has
        replaced their subscription.

        Args:
            notices: Subscription ids, each with the client state that came along.

        Returns:
            The believable ones of them.
        """
        signed, unsigned = [], []
        for notice in notices:
            if self._is_signed(notice[1]):
                signed.append(notice)
            elif _UNSIGNED.fullmatch(notice[1]):
                unsigned.append(notice)
        return (*signed, *(unsigned if len(unsigned) <= self._patience else ()))

    async def whose(self, subscription_id: str, client_state: str) -> PersonKey | None:
        """Gives the person behind a believable notification; ``None`` where it is nobody's."""
        person = await self._index.find(subscription_id, client_state)
        if not self._is_signed(client_state):
            self._patience = PATIENCE if person is not None else max(self._patience - 1, 0)
        return person

    def _is_signed(self, client_state: str) -> bool:
        try:
            self._signer.verify(PURPOSE, client_state)
        except UntrustedRequest:
            return False
        return True

    async def answer(self, person: PersonKey, subscription_id: str, lifecycle: str) -> None:
        """Answers a lifecycle notification that has proved itself.

        What has to be done is written into the Connection first: the job may be lost, and Graph
        may say the same again. ``reauthorizationRequired`` makes a renewal due, which reauthorizes
        as well; ``subscriptionRemoved`` makes a new subscription due; after both, after ``missed``
        and after anything not known yet, a sync reads what changed.
        Source: Graph, change-notifications-lifecycle-events.
        """
        now = self._clock.now()

        def change(connection: Connection | None) -> Connection | None:
            if connection is None or not connection.is_syncing:
                return connection
            return replace(
                connection,
                subscription=_after(connection.subscription, subscription_id, lifecycle, now),
                due_at=now,
            )

        if lifecycle == "subscriptionRemoved":
            await self._index.drop(subscription_id)
        done = await update(self._connections, person, change)
        if done.after is not None and done.after.is_syncing:
            await self._jobs.sync(SyncJob(person=person, cause=_CAUSES.get(lifecycle, _LOOK)))

    async def _obtain(
        self,
        gateway: CalendarGateway,
        old: Subscription | None,
        settings: SyncSettings,
        now: datetime,
    ) -> Subscription:
        if old is not None and self._is_signed(old.client_state):
            with suppress(Gone):
                return await gateway.renew(old, now + LENGTH)
        new = await gateway.subscribe(
            settings.calendar_id,
            # Graph keeps 128 characters: a number and its signature, not whose it is.
            client_state=self._signer.sign(PURPOSE, {"n": self._ids.new()}),
            expires_at=now + LENGTH,
        )
        if old is not None:
            await self._index.drop(old.id)
        return new

    async def _note(self, stored: Stored[Connection], new: Subscription) -> Stored[Connection]:
        person = stored.value.person
        await self._index.put(new, person)

        def change(connection: Connection | None) -> Connection | None:
            # Also on one that is being disconnected by now: the removal has to know it.
            return None if connection is None else replace(connection, subscription=new)

        done = await update(self._connections, person, change)
        return stored if done.stored is None else done.stored


def _is_of_another_calendar(subscription: Subscription, connection: Connection) -> bool:
    """Says whether it tells of a calendar that is not synced any more (R5.9).

    Release 1.0 noted none, and let nobody choose another one while synced.
    """
    if subscription.calendar_id is None or connection.settings is None:
        return connection.leaving is not None
    return subscription.calendar_id != connection.settings.calendar_id


def _after(
    subscription: Subscription | None, subscription_id: str, lifecycle: str, now: datetime
) -> Subscription | None:
    """Gives the subscription as a lifecycle notification leaves it; of an older one, nothing."""
    if subscription is None or subscription.id != subscription_id:
        return subscription
    match lifecycle:
        case "subscriptionRemoved":
            return None
        case "reauthorizationRequired":
            return replace(subscription, expires_at=min(subscription.expires_at, now))
        case _:
            return subscription
