"""Where a person's mail goes and which of it they get, changed at any time (R5.3, R5.9, R9.8)."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

from sync.errors import Rejected, TransientError, UntrustedRequest
from sync.messages import said
from sync.people.connection_states import is_synced
from sync.people.connection_update import Update, update
from sync.people.contact import (
    Notice,
    Notices,
    chosen_address,
    confirmed,
    contact_address,
    is_asked,
    is_same_address,
    needs_confirmation,
    with_notices,
    without_notice,
)
from sync.people.letting_go import is_forgotten
from sync.people.not_allowed import require_active, too_many
from sync.people.noted import with_mail_change_noted
from sync.people.people import Connection, PendingContact
from sync.ports import (
    Cause,
    Limit,
    MailJob,
    MailKind,
    SyncJob,
    confirmations_for,
    confirmations_to,
)
from sync.ports.outside import Outside
from sync.words import AccountId, PersonKey, StaffId, msgid

#: How long a confirmation's link is good (R5.3).
GOOD_FOR = timedelta(days=7)
#: R9.7: confirmation mails to one address, and for one Account.
TO_ONE_ADDRESS = (Limit(count=3, span=timedelta(days=1)),)
FOR_ONE_ACCOUNT = (Limit(count=15, span=timedelta(hours=1)),)

_CONFIRMATION = "contact"
_UNSUBSCRIPTION = "unsubscribe"
_ON_PAGE = msgid("On the settings page you can have a new confirmation mail sent.")
_REPLACED = msgid(
    "This link is no good any more: a newer confirmation mail was sent, or another address was "
    "chosen."
)
_EXPIRED = msgid("This link was good for seven days and has expired.")
_MALFORMED = msgid("This link is damaged or not complete.")
_MAILS_ON_PAGE = msgid("Which mails you get can be changed on your settings page.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What a confirmation's link is about; ``is_done``: its button was pressed before."""

    person: PersonKey
    address: str
    is_done: bool


class MailChoices:
    """Changes the contact address and the two notifications.

    Args:
        outside: The ports.
        public_base_url: Where browsers reach the connector.
    """

    def __init__(self, outside: Outside, *, public_base_url: str) -> None:
        self._connections = outside.connections
        self._limits = outside.limits
        self._signer = outside.signer
        self._jobs = outside.jobs
        self._ids = outside.ids
        self._clock = outside.clock
        self._base_url = public_base_url.rstrip("/")

    async def change(self, person: PersonKey, notices: Notices) -> Connection:
        """Changes what is named, at once (R5.9); an address that is not known is asked (R5.3).

        An address that is named again is asked again: the newer link ends the older one.

        Raises:
            Rejected: 409 ``not_active``; 429 ``too_many_confirmations``. Nothing is changed then.
        """
        known = require_active(await self._read(person))
        address = notices.contact_email
        asked = None
        if address is not None and needs_confirmation(known, address):
            asked = await self._ask(known, address)

        def changed(connection: Connection | None) -> Connection:
            current = require_active(connection)
            after = self._noted(current, with_notices(current, notices, asked))
            if asked is None or current.is_syncing:
                return after
            # The sweep looks whether the mail is on its way; of who syncs it does so anyhow.
            return replace(after, due_at=self._clock.now())

        try:
            done = await update(self._connections, person, changed)
        except Rejected:
            if asked is not None:
                await self._unask(known, asked)
            raise
        if asked is not None:
            await self._jobs.mail(confirmation_mail(person, asked))
        await self._tell(done)
        return require_active(done.after)

    async def settle(self, person: PersonKey, address: str) -> str:
        """Takes the address that came with a whole set of choices; gives the one to keep.

        Whoever sends choices back as they were shown wants no change: neither the address in use
        nor the one that waits is a new wish.

        Raises:
            Rejected: As ``change``.
        """
        known = require_active(await self._read(person))
        chosen = chosen_address(known)
        if is_same_address(address, chosen) and chosen is not None:
            waits = needs_confirmation(known, chosen)
            if not waits or is_asked(known, chosen, self._clock.now()):
                return chosen
        elif is_same_address(address, contact_address(known)):
            return chosen or address
        await self.change(person, Notices(contact_email=address))
        return address

    def confirmation_link(self, asked: PendingContact, person: PersonKey) -> str:
        """Gives the address that the confirmation mail carries; secret, never logged."""
        return self._link("contact/confirm", _CONFIRMATION, person, {"id": asked.id})

    async def opened(self, token: str) -> Confirmation:
        """Says what a link is about; opening it changes nothing: mail scanners do that.

        Raises:
            Rejected: 400 ``malformed_confirmation``; 410 ``confirmation_replaced`` or
                ``confirmation_expired``.
        """
        person, named = self._opened(token)
        return self._judge(await self._read(person), person, named)

    async def confirm(self, token: str) -> Confirmation:
        """Takes an address into use; pressing twice is fine.

        Raises:
            Rejected: As ``opened``.
        """
        person, named = self._opened(token)

        def change(connection: Connection | None) -> Connection | None:
            judged = self._judge(connection, person, named)
            if connection is None or judged.is_done or connection.contact.pending is None:
                return connection
            return self._noted(connection, confirmed(connection, connection.contact.pending))

        done = await update(self._connections, person, change)
        await self._tell(done)
        return self._judge(done.after, person, named)

    def unsubscribe_link(self, person: PersonKey, notice: Notice) -> str:
        """Gives the address that ends one notification (RFC 8058); secret, never logged."""
        return self._link("unsubscribe", _UNSUBSCRIPTION, person, {"notice": notice})

    def notice_of(self, token: str) -> Notice:
        """Says which notification a link ends.

        Raises:
            Rejected: 400 ``malformed_unsubscription``.
        """
        return self._unsubscription(token)[1]

    async def unsubscribe(self, token: str) -> Notice:
        """Switches one notification off, whatever else holds; repeatable.

        The link never ends: of somebody who was deleted it notes nothing.

        Raises:
            Rejected: 400 ``malformed_unsubscription``.
        """
        person, notice = self._unsubscription(token)

        def change(connection: Connection | None) -> Connection | None:
            if connection is None or is_forgotten(connection):
                return None
            return self._noted(connection, without_notice(connection, notice))

        await self._tell(await update(self._connections, person, change))
        return notice

    def _noted(self, before: Connection, after: Connection) -> Connection:
        if not is_synced(after):
            # Whoever syncs nothing has no activity.
            return after
        return with_mail_change_noted(before, after, self._clock.now())

    async def _tell(self, done: Update) -> None:
        """Has the line of activity written that a change has noted."""
        before, after = done.before, done.after
        if before is None or after is None or before.deeds == after.deeds or not after.is_syncing:
            return
        # Without a queue the next sync writes it: the change itself is made.
        with suppress(TransientError):
            await self._jobs.sync(SyncJob(person=after.person, cause=Cause.DUE))

    async def _ask(self, known: Connection, address: str) -> PendingContact:
        now = self._clock.now()
        asked = PendingContact(address=address, id=self._ids.new(), expires_at=now + GOOD_FOR)
        zone = known.staff.time_zone
        by_address, by_account = _keys(known.person, address)
        later = await self._limits.take(by_address, asked.id, TO_ONE_ADDRESS, now)
        if later is not None:
            what = said("This address was sent enough confirmation mails for now.")
            raise too_many("too_many_confirmations", what, at=later, now=now, zone=zone)
        later = await self._limits.take(by_account, asked.id, FOR_ONE_ACCOUNT, now)
        if later is not None:
            await self._limits.give_back(by_address, asked.id)
            what = said("Too many confirmation mails were asked for in your Account.")
            raise too_many("too_many_confirmations", what, at=later, now=now, zone=zone)
        return asked

    async def _unask(self, known: Connection, asked: PendingContact) -> None:
        for key in _keys(known.person, asked.address):
            await self._limits.give_back(key, asked.id)

    def _judge(self, connection: Connection | None, person: PersonKey, named: str) -> Confirmation:
        contact = None if connection is None else connection.contact
        if connection is not None and connection.contact.confirmed_by == named:
            address = connection.contact.confirmed
            # Of one that was confirmed and given up since it would say what no longer holds.
            if address is not None and is_same_address(address, contact_address(connection)):
                return Confirmation(person=person, address=address, is_done=True)
        pending = None if contact is None else contact.pending
        if pending is None or pending.id != named:
            raise Rejected(
                status=410,
                code="confirmation_replaced",
                detail=f"{_REPLACED} {_ON_PAGE}",
            )
        if pending.expires_at <= self._clock.now():
            raise Rejected(
                status=410,
                code="confirmation_expired",
                detail=f"{_EXPIRED} {_ON_PAGE}",
            )
        return Confirmation(person=person, address=pending.address, is_done=False)

    def _link(self, path: str, purpose: str, person: PersonKey, named: Mapping[str, str]) -> str:
        value = {"account_id": str(person.account_id), "staff_id": str(person.staff_id), **named}
        token = self._signer.sign(purpose, value)
        return f"{self._base_url}/{path}?{urlencode({'token': token})}"

    def _opened(self, token: str) -> tuple[PersonKey, str]:
        try:
            return self._read_token(_CONFIRMATION, token, "id")
        except (UntrustedRequest, KeyError) as error:
            raise Rejected(
                status=400,
                code="malformed_confirmation",
                detail=f"{_MALFORMED} {_ON_PAGE}",
            ) from error

    def _unsubscription(self, token: str) -> tuple[PersonKey, Notice]:
        try:
            person, notice = self._read_token(_UNSUBSCRIPTION, token, "notice")
            return person, Notice(notice)
        except (UntrustedRequest, KeyError, ValueError) as error:
            raise Rejected(
                status=400,
                code="malformed_unsubscription",
                detail=f"{_MALFORMED} {_MAILS_ON_PAGE}",
            ) from error

    def _read_token(self, purpose: str, token: str, name: str) -> tuple[PersonKey, str]:
        value = self._signer.verify(purpose, token)
        person = PersonKey(
            account_id=AccountId(value["account_id"]), staff_id=StaffId(value["staff_id"])
        )
        return person, value[name]

    async def _read(self, person: PersonKey) -> Connection | None:
        stored = await self._connections.get(person)
        return None if stored is None else stored.value


def confirmation_mail(person: PersonKey, asked: PendingContact) -> MailJob:
    """Gives the mail that asks for an address; queued again it is the same."""
    return MailJob(kind=MailKind.CONFIRM_CONTACT, person=person, key=asked.id, reference=asked.id)


def _keys(person: PersonKey, address: str) -> tuple[str, str]:
    return confirmations_to(address), confirmations_for(person.account_id)
