"""What is kept of one person: given to them, deleted, and ended when it has had its time.

A deletion may die anywhere and is begun again: what says where a person's rows are goes last.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sync.errors import Changed, SyncError
from sync.people.connection_update import update
from sync.people.enrolment import Enrolment
from sync.people.letting_go import (
    OVER_AFTER,
    addresses_of,
    closed,
    forgotten,
    is_forgotten,
    is_let_go,
    is_over,
)
from sync.people.people import Connection, ConnectionState
from sync.ports import ReadableRow, confirmations_to, invitations_to, mails_to
from sync.ports.outside import Outside
from sync.words import PersonKey

_log = logging.getLogger(__name__)

CONNECTIONS = "connections"
#: Between two looks whether the removal has ended.
LOOK_AGAIN = timedelta(seconds=5)
#: Until activity that is still to be shown is looked at again.
TRIM_AGAIN = timedelta(days=7)

#: Why nothing (more) is deleted of somebody who is activated: what they sync would stay for good.
_ACTIVE = (
    "Somebody has activated them again meanwhile, or by a clock that is ahead of this machine's. "
    "Deactivate them, then give the same command again."
)

#: What is kept elsewhere than in tables, for whoever reads an export or a receipt.
BESIDE_TABLES: Mapping[str, str] = {
    "queues": "Jobs name ids and causes only. They are gone once they were carried out, and find "
    "nothing to do for somebody who was deleted. Those in a poison queue are an operator's to "
    "delete.",
    "logs": "Lines name account and staff ids, never contents. They end after 30 days.",
}


class Way(StrEnum):
    """How a deletion went: after the ordinary disconnect, at once, or with nothing to do."""

    DISCONNECTED_FIRST = "disconnected_first"
    AT_ONCE = "at_once"
    NOTHING_KEPT = "nothing_kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """All that is kept of a person at a time: ``tables`` by table, ``elsewhere`` says what not."""

    person: PersonKey
    at: datetime
    tables: Mapping[str, tuple[ReadableRow, ...]]
    elsewhere: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftInCalendars:
    """Items of ours that nobody will remove any more."""

    events_in_outlook: int
    reserves: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a deletion did.

    Attributes:
        person: Whose rows.
        at: When it ended.
        way: How.
        rows_deleted: By table.
        microsoft_subscription: What became of it.
        left_in_calendars: ``None`` where that can't be read.
        stays: What is left, by place, and why.
    """

    person: PersonKey
    at: datetime
    way: Way
    rows_deleted: Mapping[str, int]
    microsoft_subscription: str
    left_in_calendars: LeftInCalendars | None
    stays: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """Nothing was deleted yet, and why."""

    person: PersonKey
    why: str


class PersonalData:
    """Exports, deletes and ends what is kept of one person.

    Args:
        outside: The ports.
        enrolment: Deactivates, as an administrator does (R3.3).
        counts: Counts the items of ours in Outlook and in the booking product (R10.1).
    """

    def __init__(
        self,
        outside: Outside,
        *,
        enrolment: Enrolment,
        counts: Callable[[PersonKey], Awaitable[tuple[int, int]]],
    ) -> None:
        self._connections = outside.connections
        self._rows = outside.rows
        self._ledger = outside.ledger
        self._enrolment = enrolment
        self._calendars = outside.calendars
        self._microsoft = outside.microsoft
        self._counts = counts
        self._clock = outside.clock

    async def export(self, person: PersonKey) -> Export:
        """Gives all that is kept of a person; tokens and other secrets are named, never given."""
        known = await self._read(person)
        return Export(
            person=person,
            at=self._clock.now(),
            tables=await self._rows.read(person, _limited(person, known)),
            elsewhere={**self._rows.of_nobody, **BESIDE_TABLES},
        )

    async def delete(
        self, person: PersonKey, *, at_once: bool = False, patience: timedelta = timedelta()
    ) -> Receipt | Unfinished:
        """Deletes all that is kept of a person; repeatable, and to be repeated where it died.

        Args:
            person: Whose.
            at_once: Leave what is in the calendars there, for somebody who is gone. Without it the
                person is deactivated first, and nothing is deleted before both calendars are clean.
            patience: How long to wait for that.
        """
        known = await self._read(person)
        if known is not None and not at_once:
            known = await self._disconnected(known, patience)
            if (why := _unfinished(known)) is not None:
                return Unfinished(person=person, why=why)
        left = await self._left(person)
        kept = known is not None and not is_forgotten(known)
        if not await self._change(person, closed, if_=lambda each: at_once or is_let_go(each)):
            return Unfinished(person=person, why=_ACTIVE)
        subscription = await self._unsubscribe(known)
        await self._microsoft.forget(person)
        deleted = dict(await self._rows.delete(person, _limited(person, known)))
        if not await self._change(person, forgotten, if_=is_let_go):
            return Unfinished(person=person, why=_ACTIVE)
        deleted[CONNECTIONS] = int(kept)
        way = Way.NOTHING_KEPT
        if any(deleted.values()):
            way = Way.AT_ONCE if at_once else Way.DISCONNECTED_FIRST
        _log.info("person.deleted", extra={"person": str(person), "rows": deleted})
        return Receipt(
            person=person,
            at=self._clock.now(),
            way=way,
            rows_deleted=deleted,
            microsoft_subscription=subscription,
            left_in_calendars=left,
            stays=self._stays(known),
        )

    async def lapse(self, connection: Connection) -> timedelta | None:
        """Ends what has had its time of somebody who syncs nothing.

        Activity goes after its 90 days, and with the last of it whoever was deactivated.

        Returns:
            When to look again; ``None`` where nothing is left that has an end.
        """
        person, now = connection.person, self._clock.now()
        if await self._ledger.trim(person):
            return TRIM_AGAIN
        if not is_let_go(connection):
            return None
        stored = await self._connections.get(person)
        if stored is None or not is_over(stored.value, now):
            return OVER_AFTER
        # What is found by reading a whole table went with the deactivation, or has its own end.
        await self._ledger.erase(person)
        await self._microsoft.forget(person)
        try:
            await self._connections.delete(person, stored.etag)
        except Changed:
            # Somebody has just decided otherwise.
            return OVER_AFTER
        _log.info("person.ended", extra={"person": str(person)})
        return None

    async def _disconnected(self, known: Connection, patience: timedelta) -> Connection:
        person, until = known.person, self._clock.now() + patience
        if known.active or known.state is ConnectionState.DISCONNECTING:
            known = await self._enrolment.deactivate(person, known.staff, self._clock.now())
        while known.state is ConnectionState.DISCONNECTING and self._clock.now() < until:
            await self._clock.sleep(LOOK_AGAIN.total_seconds())
            known = await self._read(person) or known
        return known

    async def _left(self, person: PersonKey) -> LeftInCalendars | None:
        try:
            events, reserves = await self._counts(person)
        except SyncError:
            # What can't be read can be deleted all the same.
            return None
        return LeftInCalendars(events_in_outlook=events, reserves=reserves)

    async def _unsubscribe(self, known: Connection | None) -> str:
        if known is None or known.subscription is None:
            return "There is none."
        try:
            await self._calendars.open(known.person).unsubscribe(known.subscription.id)
        except SyncError:
            ends = known.subscription.expires_at.isoformat(timespec="minutes")
            return f"It can't be ended, and ends by itself at {ends}; what it tells wakes nobody."
        return "It is ended."

    def _stays(self, known: Connection | None) -> Mapping[str, str]:
        stays = {**self._rows.of_nobody, **BESIDE_TABLES}
        if known is not None:
            until = (self._clock.now() + OVER_AFTER).isoformat(timespec="minutes")
            stays[CONNECTIONS] = (
                "A row with the two ids, a number that ends the sessions of before, and the time "
                f"of this decision, so that no earlier job undoes it. It ends by itself at {until}."
            )
        return stays

    async def _change(
        self,
        person: PersonKey,
        change: Callable[[Connection, datetime], Connection],
        *,
        if_: Callable[[Connection], bool],
    ) -> bool:
        """Changes a Connection unless somebody has decided otherwise meanwhile (R3.5)."""
        now = self._clock.now()
        done = await update(
            self._connections,
            person,
            lambda known: change(known, now) if known is not None and if_(known) else None,
        )
        return done.after is None or is_let_go(done.after)

    async def _read(self, person: PersonKey) -> Connection | None:
        stored = await self._connections.get(person)
        return None if stored is None else stored.value


def _unfinished(known: Connection) -> str | None:
    if known.active:
        return _ACTIVE
    if known.state is ConnectionState.DISCONNECTING:
        return (
            "What was synced is still being removed from both calendars. Give the same command "
            "again later."
        )
    if known.left_behind:
        return (
            f"Items that could not be removed from the calendars: {known.left_behind}. Who signs "
            "in again with the same Microsoft account can have them removed; where that is not to "
            "be, the deletion at once leaves them there."
        )
    return None


def _limited(person: PersonKey, known: Connection | None) -> tuple[str, ...]:
    addresses = () if known is None else addresses_of(known)
    to_addresses = [key(each) for each in addresses for key in (confirmations_to, mails_to)]
    return (invitations_to(person), *to_addresses)
