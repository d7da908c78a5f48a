"""Carries out mail jobs: whom to tell what, once for each cause (section 9).

In this order: ask whether the mail was sent, write it, count it, send it, note what follows, mark
it as sent. A courier that dies between two steps is called again by the queue and sends again under
the same operation id, which the mail service takes for the same mail; marked first, the mail would
be lost.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import msgspec

from notifications import messages, sync_messages
from notifications.letters import CONNECTOR, Context, Letter
from notifications.rendering import render
from sync import telemetry
from sync.engine.telling import Tell
from sync.engine.texts import Product
from sync.errors import Changed, ContractBroken, Rejected, Throttled, Unavailable
from sync.host import Host
from sync.messages import Language, language_for
from sync.people.connection_states import takes_part
from sync.people.contact import Notice, contact_address
from sync.people.people import (
    Connection,
    Invitation,
    InvitationStatus,
    LastSync,
    PendingContact,
    Problem,
)
from sync.ports import Limit, MailJob, MailKind, mails_to
from sync.ports.outside import Outside
from sync.words import PersonKey, msgid

_log = logging.getLogger(__name__)

_NAMESPACE = UUID("0b6de0f7-9d0c-4a3e-8f53-7f6c1b7e9d42")
#: Lost writes in a row after which the job had better come later.
_TRIES = 10

#: R9.7: mails of any kind to one address.
TO_ONE_ADDRESS = (
    Limit(count=10, span=timedelta(minutes=10)),
    Limit(count=50, span=timedelta(days=1)),
)

#: What became of them is shown where they were asked for.
_ASKED_FOR = {MailKind.INVITATION, MailKind.CONFIRM_CONTACT}

#: What administrators see when a message for good could not be sent (R9.5).
MAIL_FAILED = Problem(
    code="mail_failed",
    message=msgid("A message to the Staff Member could not be sent. Check the e-mail address."),
)


class Courier:
    """Delivers messages.

    Args:
        outside: The ports.
        invitation_link: Gives the address that an invitation carries; secret.
        confirmation_link: Gives the one that asks about a contact address; secret.
        unsubscribe_link: Gives the one that ends a notification; secret.
        product: How the booking product is named.
        base_url: Where browsers reach the connector.
        host: How the host shows (R12.8).
        held_for: How long held cancellations wait for an answer (R11.7).
    """

    def __init__(
        self,
        outside: Outside,
        *,
        invitation_link: Callable[[Invitation, PersonKey], str],
        confirmation_link: Callable[[PendingContact, PersonKey], str],
        unsubscribe_link: Callable[[PersonKey, Notice], str],
        product: Product,
        base_url: str,
        host: Host,
        held_for: timedelta,
    ) -> None:
        self._connections = outside.connections
        self._ledger = outside.ledger
        self._sent = outside.sent
        self._limits = outside.limits
        self._sender = outside.email
        self._invitation_link = invitation_link
        self._confirmation_link = confirmation_link
        self._unsubscribe_link = unsubscribe_link
        self._clock = outside.clock
        self._product = product
        self._base_url = base_url.rstrip("/")
        self._host = host
        self._held_for = held_for

    async def deliver(self, job: MailJob) -> None:
        """Sends the message of a job, or finds that it is not wanted (any more).

        A mail that the service refuses for good is noted for the administrators, and not tried
        again. Whatever passes by itself is raised: the queue brings the job again.

        Raises:
            ContractBroken: The mail service refuses our credentials: an operator's matter.
            Throttled: A limit does not let it go yet (R3.6, R9.7).
        """
        key = job.mark
        if await self._sent.was_sent(key):
            return
        stored = await self._connections.get(job.person)
        connection = None if stored is None else stored.value
        letter = None if connection is None else await self._compose(job, connection)
        address = None if connection is None else _address(job, connection)
        if connection is None or letter is None or address is None:
            telemetry.mailed(job.kind, "skipped")
            _log.info("mail.skipped", extra=_fields(job))
            await self._settle(job, _status_unsent(connection))
            return
        await self._count(address, key, job)
        try:
            await self._sender.send(
                render(letter, address, _language(connection), self._host),
                operation_id=str(uuid5(_NAMESPACE, key)),
            )
        except Rejected as refusal:
            telemetry.mailed(job.kind, "refused")
            _log.warning("mail.refused", extra={**_fields(job), "code": refusal.code})
            await self._settle(job, InvitationStatus.FAILED)
            if job.kind not in _ASKED_FOR:
                await self._note(job.person, _with_mail_failed)
        else:
            telemetry.mailed(job.kind, "sent")
            _log.info("mail.sent", extra=_fields(job))
            await self._settle(job, InvitationStatus.SENT)
            await self._note(job.person, _without_mail_failed)
        await self._sent.mark_sent(key)

    async def _count(self, address: str, key: str, job: MailJob) -> None:
        """Lets a mail go, or has it wait; one that was counted is counted once."""
        now = self._clock.now()
        later = await self._limits.take(mails_to(address), key, TO_ONE_ADDRESS, now)
        if later is not None:
            telemetry.mailed(job.kind, "waits")
            _log.info("mail.waits", extra=_fields(job))
            raise _too_early(later, now)

    async def _compose(self, job: MailJob, connection: Connection) -> Letter | None:
        """Writes the letter; ``None`` where it isn't wanted (R5.4) or has no object."""
        context = Context(
            product=self._product,
            base_url=self._base_url,
            connection=connection,
            connector=self._host.name or CONNECTOR,
        )
        settings = connection.settings
        match job.kind:
            case MailKind.INVITATION:
                return self._invitation(job, context)
            case MailKind.SYNC_COMPLETED:
                last_sync, tells = _ended(job, connection), await self._tells(job, connection)
                if last_sync is None or settings is None or not settings.notify_resync_completed:
                    return self._not_updated(context, tells)
                letter = sync_messages.sync_completed(context, last_sync, tells)
                return self._with_choice(letter, job.person, Notice.RESYNC_COMPLETED)
            case MailKind.NOT_UPDATED:
                return self._not_updated(context, await self._tells(job, connection))
            case MailKind.CONFIRM_CONTACT:
                return self._confirmation(job, context)
            case MailKind.DISCONNECTED:
                return messages.disconnected(context, job.reference)
            case MailKind.RECONNECTED:
                return messages.reconnected(context)
            case MailKind.HELD:
                return await self._held(job, context)

    async def _tells(self, job: MailJob, connection: Connection) -> tuple[Tell, ...]:
        """Gives what a message tells could not be updated; nothing where that isn't wanted."""
        settings = connection.settings
        if settings is None or not settings.notify_update_failed:
            return ()
        bundles = [await self._ledger.tells(job.person, bundle) for bundle in _bundles(job)]
        return tuple(tell for bundle in bundles for tell in bundle)

    def _not_updated(self, context: Context, tells: tuple[Tell, ...]) -> Letter | None:
        if not tells:
            return None
        letter = sync_messages.not_updated(context, tells)
        return self._with_choice(letter, context.connection.person, Notice.UPDATE_FAILED)

    def _with_choice(self, letter: Letter, person: PersonKey, notice: Notice) -> Letter:
        return replace(letter, unsubscribe_url=self._unsubscribe_link(person, notice))

    def _confirmation(self, job: MailJob, context: Context) -> Letter | None:
        asked = _asked(job, context.connection)
        if asked is None or asked.expires_at <= self._clock.now():
            return None
        return messages.confirm_contact(context, asked, self._confirmation_link(asked, job.person))

    def _invitation(self, job: MailJob, context: Context) -> Letter | None:
        connection = context.connection
        invitation = connection.invitation
        if invitation is None or invitation.id != job.reference or not takes_part(connection):
            return None
        now = self._clock.now()
        if invitation.used or invitation.expires_at <= now:
            return None
        if invitation.send_at is not None and invitation.send_at > now:
            raise _too_early(invitation.send_at, now)
        return messages.invitation(
            context, invitation, self._invitation_link(invitation, job.person)
        )

    async def _held(self, job: MailJob, context: Context) -> Letter | None:
        """Asks about held cancellations (R11.7), while the question waits for an answer."""
        held = context.connection.held
        if held is None or held.answer is not None:
            return None
        tells = await self._ledger.tells(job.person, job.reference)
        return sync_messages.held(context, tells, held.since + self._held_for) if tells else None

    async def _settle(self, job: MailJob, invitation: InvitationStatus) -> None:
        """Notes what became of an invitation or a bundle; harmless when repeated."""
        if job.kind is MailKind.INVITATION:
            await self._note(job.person, lambda c: _with_status(c, job.reference, invitation))
        for bundle in _bundles(job):
            await self._ledger.forget_bundle(job.person, bundle)

    async def _note(self, person: PersonKey, change: Callable[[Connection], Connection]) -> None:
        for _ in range(_TRIES):
            stored = await self._connections.get(person)
            if stored is None:
                return
            after = change(stored.value)
            if after == stored.value:
                return
            try:
                await self._connections.put(after, stored.etag)
            except Changed:
                continue
            return
        raise Unavailable(f"the Connection of {person} changes all the time")


class _Merged(msgspec.Struct, frozen=True):
    """What a message of a sync's end carries beside the sync: the bundles that it tells as well."""

    bundles: tuple[str, ...] = ()


def _bundles(job: MailJob) -> tuple[str, ...]:
    """Names the bundles of tells that a message tells, to be forgotten once it has (R9.3)."""
    match job.kind:
        case MailKind.NOT_UPDATED | MailKind.HELD:
            return (job.reference,)
        case MailKind.SYNC_COMPLETED if job.reference:
            return _read(job.reference, _Merged).bundles
        case _:
            return ()


def _ended(job: MailJob, connection: Connection) -> LastSync | None:
    """Gives the sync that a message of its end is about.

    The job carries it as JSON: counts are nothing private, and the Connection knows only the very
    last sync, which may be another one by now. A job without it means that one.

    Raises:
        ContractBroken: What the job carries can't be read.
    """
    if not job.reference:
        return connection.last_sync
    return _read(job.reference, LastSync)


def _read[T](text: str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError as error:
        raise ContractBroken("a mail job carries no sync that can be read") from error


def _asked(job: MailJob, connection: Connection) -> PendingContact | None:
    """Gives the confirmation that a job is about, while no newer one has ended it (R5.3)."""
    pending = connection.contact.pending
    return pending if pending is not None and pending.id == job.reference else None


def _address(job: MailJob, connection: Connection) -> str | None:
    """Gives where a message goes (R5.3, R9.6), ``None`` where the person has no address."""
    match job.kind:
        case MailKind.INVITATION:
            return connection.staff.email
        case MailKind.CONFIRM_CONTACT:
            asked = _asked(job, connection)
            return None if asked is None else asked.address
        case _:
            return contact_address(connection)


def _language(connection: Connection) -> Language:
    """Gives the language of a person's messages (R12.7)."""
    return language_for(connection.staff.language, connection.language)


def _too_early(at: datetime, now: datetime) -> Throttled:
    return Throttled("mail: a limit is reached", retry_after=(at - now).total_seconds())


def _with_status(
    connection: Connection, invitation_id: str, status: InvitationStatus
) -> Connection:
    invitation = connection.invitation
    if invitation is None or invitation.id != invitation_id:
        return connection
    if invitation.status is not InvitationStatus.QUEUED:
        return connection
    return replace(connection, invitation=replace(invitation, status=status))


def _status_unsent(connection: Connection | None) -> InvitationStatus:
    """Gives how an invitation stands for which no mail goes out."""
    if connection is None or connection.staff.email is None:
        return InvitationStatus.NO_EMAIL
    # Whoever connected by the other door needs none any more (R4.1).
    used = connection.invitation is not None and connection.invitation.used
    return InvitationStatus.SENT if used else InvitationStatus.FAILED


def _with_mail_failed(connection: Connection) -> Connection:
    # What fails in the sync itself matters more to an administrator than a mail about it.
    return connection if connection.problem else replace(connection, problem=MAIL_FAILED)


def _without_mail_failed(connection: Connection) -> Connection:
    return replace(connection, problem=None) if connection.problem == MAIL_FAILED else connection


def _fields(job: MailJob) -> dict[str, str]:
    return {"kind": job.kind, "person": str(job.person), "mail_key": job.key}
