"""Carries out mail jobs: whom to tell what, once for each cause (section 9).

In this order: ask whether the mail was sent, write it, send it, note what follows, mark it as sent.
A courier that dies between two steps is called again by the queue and sends again under the same
operation id, which the mail service takes for the same mail; marked first, the mail would be lost.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid5

import msgspec

from notifications import messages
from notifications.letters import Context, Letter
from notifications.rendering import render
from sync.engine.texts import Product
from sync.errors import Changed, ContractBroken, Rejected, Unavailable
from sync.people.connection_states import takes_part
from sync.people.people import Connection, Invitation, InvitationStatus, LastSync, Problem
from sync.ports import (
    Clock,
    ConnectionRepository,
    EmailSender,
    LedgerRepository,
    MailJob,
    MailKind,
    SentMails,
)
from sync.words import PersonKey

_log = logging.getLogger(__name__)

_NAMESPACE = UUID("0b6de0f7-9d0c-4a3e-8f53-7f6c1b7e9d42")
#: Lost writes in a row after which the job had better come later.
_TRIES = 10

#: Made from a bundle of tells, which is forgotten when the person knows of them.
_OF_TELLS = {MailKind.NOT_UPDATED, MailKind.HELD}

#: What administrators see when a message for good could not be sent (R9.5).
MAIL_FAILED = Problem(
    code="mail_failed",
    message="A message to the Staff Member could not be sent. Check the e-mail address.",
)


class Courier:
    """Delivers messages.

    Args:
        connections: Whom a message is for; takes what became of an invitation.
        ledger: The bundles of what a person is told (R9.3).
        sent: Which mails were sent.
        sender: Sends one mail.
        invitation_link: Gives the address that an invitation carries; secret.
        clock: Tells whether an invitation is still good.
        product: How the booking product is named.
        base_url: Where browsers reach the connector.
        held_for: How long held cancellations wait for an answer (R11.7).
    """

    def __init__(
        self,
        *,
        connections: ConnectionRepository,
        ledger: LedgerRepository,
        sent: SentMails,
        sender: EmailSender,
        invitation_link: Callable[[Invitation, PersonKey], str],
        clock: Clock,
        product: Product,
        base_url: str,
        held_for: timedelta,
    ) -> None:
        self._connections = connections
        self._ledger = ledger
        self._sent = sent
        self._sender = sender
        self._invitation_link = invitation_link
        self._clock = clock
        self._product = product
        self._base_url = base_url.rstrip("/")
        self._held_for = held_for

    async def deliver(self, job: MailJob) -> None:
        """Sends the message of a job, or finds that it is not wanted (any more).

        A mail that the service refuses for good is noted for the administrators, and not tried
        again. Whatever passes by itself is raised: the queue brings the job again.

        Raises:
            ContractBroken: The mail service refuses our credentials: an operator's matter.
        """
        key = f"{job.kind}:{job.person}:{job.key}"
        if await self._sent.was_sent(key):
            return
        stored = await self._connections.get(job.person)
        connection = None if stored is None else stored.value
        letter = None if connection is None else await self._compose(job, connection)
        address = None if connection is None else _address(job.kind, connection)
        if letter is None or address is None:
            _log.info("mail.skipped", extra=_fields(job))
            await self._settle(job, _status_unsent(connection))
            return
        try:
            await self._sender.send(
                render(letter, address), operation_id=str(uuid5(_NAMESPACE, key))
            )
        except Rejected as refusal:
            _log.warning("mail.refused", extra={**_fields(job), "code": refusal.code})
            await self._settle(job, InvitationStatus.FAILED)
            if job.kind is not MailKind.INVITATION:
                await self._note(job.person, _with_mail_failed)
        else:
            _log.info("mail.sent", extra=_fields(job))
            await self._settle(job, InvitationStatus.SENT)
            await self._note(job.person, _without_mail_failed)
        await self._sent.mark_sent(key)

    async def _compose(self, job: MailJob, connection: Connection) -> Letter | None:
        """Writes the letter; ``None`` where it isn't wanted (R5.4) or has no object."""
        context = Context(product=self._product, base_url=self._base_url, connection=connection)
        settings = connection.settings
        match job.kind:
            case MailKind.INVITATION:
                return self._invitation(job, context)
            case MailKind.SYNC_COMPLETED:
                if settings is None or not settings.notify_resync_completed:
                    return None
                last_sync = _ended(job, connection)
                return None if last_sync is None else messages.sync_completed(context, last_sync)
            case MailKind.NOT_UPDATED:
                if settings is None or not settings.notify_update_failed:
                    return None
                tells = await self._ledger.tells(job.person, job.reference)
                return messages.not_updated(context, tells) if tells else None
            case MailKind.DISCONNECTED:
                return messages.disconnected(context, job.reference)
            case MailKind.RECONNECTED:
                return messages.reconnected(context)
            case MailKind.HELD:
                return await self._held(job, context)

    def _invitation(self, job: MailJob, context: Context) -> Letter | None:
        connection = context.connection
        invitation = connection.invitation
        if invitation is None or invitation.id != job.reference or not takes_part(connection):
            return None
        if invitation.used or invitation.expires_at <= self._clock.now():
            return None
        return messages.invitation(
            context, invitation, self._invitation_link(invitation, job.person)
        )

    async def _held(self, job: MailJob, context: Context) -> Letter | None:
        """Asks about held cancellations (R11.7), while the question waits for an answer."""
        held = context.connection.held
        if held is None or held.answer is not None:
            return None
        tells = await self._ledger.tells(job.person, job.reference)
        return messages.held(context, tells, held.since + self._held_for) if tells else None

    async def _settle(self, job: MailJob, invitation: InvitationStatus) -> None:
        """Notes what became of an invitation or a bundle; harmless when repeated."""
        if job.kind is MailKind.INVITATION:
            await self._note(job.person, lambda c: _with_status(c, job.reference, invitation))
        if job.kind in _OF_TELLS:
            await self._ledger.forget_bundle(job.person, job.reference)

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


def _ended(job: MailJob, connection: Connection) -> LastSync | None:
    """Gives the sync that a message of its end is about.

    The job carries it as JSON: counts are nothing private, and the Connection knows only the very
    last sync, which may be another one by now. A job without it means that one.

    Raises:
        ContractBroken: What the job carries can't be read.
    """
    if not job.reference:
        return connection.last_sync
    try:
        return msgspec.json.decode(job.reference, type=LastSync)
    except msgspec.DecodeError as error:
        raise ContractBroken("a mail job carries no sync that can be read") from error


def _address(kind: MailKind, connection: Connection) -> str | None:
    """Gives where a message goes (R9.6), ``None`` where the person has no address."""
    if kind is MailKind.INVITATION or connection.settings is None:
        return connection.staff.email
    return connection.settings.contact_email


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
