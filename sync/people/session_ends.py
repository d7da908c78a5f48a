"""When a person's sessions end, by what is kept of the person and of their Account (R4.5)."""

from dataclasses import dataclass
from datetime import timedelta

from sync.people.connection_states import newcomer, sessions_ended
from sync.people.connection_update import update
from sync.people.letting_go import kept_on
from sync.people.not_allowed import never_activated
from sync.ports.outside import Outside
from sync.words import PersonKey


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTerms:
    """Under what a session begins: the person's epoch, and how long it lasts without a visit."""

    epoch: int
    idle: timedelta


class SessionEnds:
    """Says under which terms a session begins, and ends all sessions of a person.

    Args:
        outside: The ports.
    """

    def __init__(self, outside: Outside) -> None:
        self._booking = outside.booking
        self._connections = outside.connections
        self._clock = outside.clock

    async def terms(self, person: PersonKey) -> SessionTerms:
        """Gives the terms of a session that begins now.

        Raises:
            Rejected: 404 ``unknown_staff``: there is no such Account.
        """
        account = await self._booking.account(person.account_id)
        if account is None:
            raise never_activated(person)
        idle = timedelta(minutes=account.idle_logout_minutes)
        return SessionTerms(epoch=await self.epoch(person), idle=idle)

    async def epoch(self, person: PersonKey) -> int:
        """Gives the epoch under which a session must have begun to count."""
        stored = await self._connections.get(person)
        return 0 if stored is None else stored.value.session_epoch

    async def end_all(self, person: PersonKey) -> None:
        """Ends every session of a person; for somebody never activated a row is made.

        Of somebody who takes no part it stays for as long as a copied cookie could be shown.
        """
        stored = await self._connections.get(person)
        # A log-out must not wait for the booking product where all is known here.
        staff = await self._booking.staff_member(person) if stored is None else stored.value.staff
        if staff is None:
            return
        nobody, now = newcomer(person, staff), self._clock.now()
        await update(
            self._connections,
            person,
            lambda connection: kept_on(sessions_ended(connection or nobody), now),
        )
