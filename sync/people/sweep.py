"""The timers: whoever is due is woken, whatever got lost before (R11.3, R10.5).

``due_at`` of a Connection is the promise that somebody looks again. A shard is a sixteenth of all
people.
"""

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from sync import telemetry
from sync.errors import Changed
from sync.people.connection_states import awaits_invitation, is_suspended
from sync.people.connection_update import update
from sync.people.enrolment import invitation_mail, until_sent
from sync.people.mail_choices import confirmation_mail
from sync.people.people import Connection, ConnectionState
from sync.people.personal_data import PersonalData
from sync.people.side_by_side import raise_first, side_by_side
from sync.people.subscriptions import RENEW_BEFORE
from sync.people.waker import Waker
from sync.ports import AccountCause, AccountJob, Cause, SyncJob
from sync.ports.outside import Outside
from sync.words import AccountId, PersonKey

_log = logging.getLogger(__name__)

SHARDS = 16
#: Until a mail that is not known to be sent is queued again, under the same key.
MAIL_AGAIN = timedelta(minutes=30)
#: Until the booking product is asked again about an Account as a whole.
ACCOUNT_AGAIN = timedelta(days=1)
#: Until the booking product is asked again about somebody whom the plugin can't serve.
SUSPENDED_AGAIN = timedelta(days=1)
#: No job that could send a mail again is as old as that.
MARKS_KEPT = timedelta(days=90)
#: The longest limit looks back a day, and ahead as long.
LIMITS_KEPT = timedelta(days=7)
#: No subscription lives so long without a renewal, which writes its entry anew.
ENTRIES_KEPT = timedelta(days=14)


class Sweep:
    """Finds whoever is due.

    Args:
        outside: The ports.
        waker: Wakes syncs.
        personal_data: Ends what has had its time of somebody who syncs nothing.
    """

    def __init__(self, outside: Outside, *, waker: Waker, personal_data: PersonalData) -> None:
        self._connections = outside.connections
        self._locations = outside.locations
        self._jobs = outside.jobs
        self._waker = waker
        self._sent = outside.sent
        self._limits = outside.limits
        self._subscriptions = outside.subscriptions
        self._flows = outside.flows
        self._personal_data = personal_data
        self._clock = outside.clock

    async def start_sweep(self) -> None:
        """Queues one job for each shard."""
        await self._start(AccountCause.SWEEP_SHARD)

    async def start_renewal(self) -> None:
        """Queues one job for each shard."""
        await self._start(AccountCause.RENEWAL_SHARD)

    async def run_shard(self, shard: int) -> None:
        """Looks after everybody of a shard who is due, side by side.

        Syncs and removals are woken and set ``due_at`` themselves when they end. A mail that is
        not known to be sent is queued again. Of anybody else what has had its time ends. Their
        Accounts are looked at once a day, should a webhook about people or Locations be lost
        (R2.5).

        Raises:
            SyncError: Somebody could not be looked after; all the others were (R11.8). The shard
                may be looked at again at once: nothing of it is done twice.
        """
        due = await self._connections.due(shard, self._clock.now())
        answers = await side_by_side(due, self._look_at_person)
        accounts = sorted({each for each in answers if isinstance(each, str)})
        looks = await side_by_side(accounts, self._look_at_account)
        raise_first((*answers, *looks))
        _log.info("sweep.shard_finished", extra={"shard": shard, "due": len(due)})

    async def renew_shard(self, shard: int) -> None:
        """Queues a renewal for everybody of a shard whose subscription ends soon.

        Somebody without one gets one at the next sync. Who has to reconnect is left alone (R10.3).
        Log-ins that nobody came back for are deleted; of mails and subscriptions what nobody asks
        about any more, a part at a time.

        Raises:
            SyncError: Somebody's renewal could not be queued; those of all the others were.
        """
        await self._forget(shard)
        expiring = await self._connections.expiring(shard, self._clock.now() + RENEW_BEFORE)
        raise_first(await side_by_side(expiring, self._renew))

    async def _forget(self, shard: int) -> None:
        now = self._clock.now()
        # A sixteenth of the shard each time. With the day in it, also a timer that comes at the
        # same few times of each day goes through all of them.
        turn = (int(now.timestamp()) // 900 + now.toordinal()) % SHARDS
        part = f"{shard:x}{turn:x}"
        await self._sent.forget(part, now - MARKS_KEPT)
        await self._limits.forget(part, now - LIMITS_KEPT)
        await self._subscriptions.forget(part, now - ENTRIES_KEPT)
        # All of the shard: what is there is of the last hour, and was promised to be gone by then.
        await self._flows.forget(f"{shard:x}", now)

    async def _start(self, cause: AccountCause) -> None:
        for shard in range(SHARDS):
            await self._jobs.account(AccountJob(cause=cause, shard=shard))

    async def _look_at_person(self, person: PersonKey) -> AccountId | None:
        """Looks after somebody who is due; gives the Account, if it may have to be looked at."""
        stored = await self._connections.get(person)
        if stored is None:
            return None
        await self._look_after(stored.value)
        return person.account_id if stored.value.active else None

    async def _renew(self, person: PersonKey) -> None:
        stored = await self._connections.get(person)
        if stored is not None and stored.value.is_syncing:
            if stored.value.subscription is not None:
                telemetry.ends_soon(stored.value.subscription.expires_at, self._clock.now())
            await self._jobs.sync(SyncJob(person=person, cause=Cause.RENEWAL))

    async def _look_at_account(self, account_id: AccountId) -> None:
        """Has a whole Account looked at, unless that was done within a day."""
        now, stored = self._clock.now(), await self._locations.get(account_id)
        looked_at = None if stored is None else stored.value.looked_at
        if looked_at is not None and now - looked_at < ACCOUNT_AGAIN:
            return
        await self._jobs.account(
            AccountJob(cause=AccountCause.STAFF_CHANGED, account_id=account_id)
        )
        if stored is not None:
            # Somebody who changes the Locations just now has the Account looked at as well.
            with suppress(Changed):
                await self._locations.put(replace(stored.value, looked_at=now), stored.etag)

    async def _look_after(self, connection: Connection) -> None:
        person, again = connection.person, None
        invitation = connection.invitation
        is_good = invitation is not None and invitation.expires_at > self._clock.now()
        if invitation is not None and is_good and awaits_invitation(connection):
            await self._jobs.mail(
                invitation_mail(person, invitation), delay=until_sent(invitation, self._clock.now())
            )
            again = MAIL_AGAIN
        if await self._asks_again(connection):
            again = MAIL_AGAIN
        if connection.is_syncing or connection.state is ConnectionState.DISCONNECTING:
            await self._waker.wake(person, Cause.SWEEP)
            return
        if is_suspended(connection):
            again = SUSPENDED_AGAIN
        looks = (again, await self._personal_data.lapse(connection))
        again = min((each for each in looks if each is not None), default=None)
        await self._postpone(person, connection.due_at, again)

    async def _asks_again(self, connection: Connection) -> bool:
        """Queues the mail that asks for an address, where it is not known to be sent (R9.7)."""
        asked = connection.contact.pending
        if asked is None or asked.expires_at <= self._clock.now() or not connection.active:
            return False
        mail = confirmation_mail(connection.person, asked)
        if await self._sent.was_sent(mail.mark):
            return False
        await self._jobs.mail(mail)
        return True

    async def _postpone(
        self, person: PersonKey, seen: datetime | None, again: timedelta | None
    ) -> None:
        now = self._clock.now()

        def change(connection: Connection | None) -> Connection | None:
            # Whatever was asked for in the meantime has its own time.
            if connection is None or connection.due_at != seen or connection.is_syncing:
                return connection
            return replace(connection, due_at=None if again is None else now + again)

        await update(self._connections, person, change)
