"""Where a person's mail goes (R5.3): the profile's address, or another one that was confirmed.

Only values and pure decisions about the contact address and the two notifications (R5.4) may live
here. The address that the person chose stands in ``settings.contact_email``; what was confirmed,
and what waits for it, in ``contact``.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum

from sync.people.people import Connection, Contact, PendingContact, StaffMember, SyncSettings
from sync.words import CalendarId


class Notice(StrEnum):
    """A notification that is a choice (R5.4), named as in the contract."""

    RESYNC_COMPLETED = "notify_resync_completed"
    UPDATE_FAILED = "notify_update_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """What is to change of the contact address and the two notifications; ``None`` stays."""

    contact_email: str | None = None
    notify_resync_completed: bool | None = None
    notify_update_failed: bool | None = None


def is_same_address(one: str | None, other: str | None) -> bool:
    """Says whether two addresses are one mailbox, as far as anybody keeps them apart."""
    # Not casefold: it makes one of addresses that are different mailboxes (ß and ss).
    return one is not None and other is not None and one.lower() == other.lower()


def choices_of(connection: Connection) -> SyncSettings:
    """Gives the stored choices, or the defaults with the profile's address (R5.3).

    ``calendar_id`` is empty while none was chosen, ``contact_email`` where the profile has none.
    """
    return connection.settings or SyncSettings(
        calendar_id=CalendarId(""), contact_email=connection.staff.email or ""
    )


def chosen_address(connection: Connection) -> str | None:
    """Gives the address that the person wants mail at, be it confirmed or not."""
    return choices_of(connection).contact_email or None


def contact_address(connection: Connection) -> str | None:
    """Gives where mail goes: never to an address that nobody has confirmed (R5.3)."""
    chosen = chosen_address(connection)
    if is_same_address(chosen, connection.contact.confirmed):
        return chosen
    return connection.staff.email


def waiting_address(connection: Connection) -> str | None:
    """Gives the address that waits for its confirmation; ``None`` while none does."""
    chosen = chosen_address(connection)
    return chosen if needs_confirmation(connection, chosen) else None


def needs_confirmation(connection: Connection, address: str | None) -> bool:
    """Says whether an address may get no mail before it is confirmed."""
    known = (connection.staff.email, connection.contact.confirmed)
    return address is not None and not any(is_same_address(address, each) for each in known)


def is_asked(connection: Connection, address: str, now: datetime) -> bool:
    """Says whether a confirmation of this address is under way and still good."""
    pending = connection.contact.pending
    return (
        pending is not None
        and is_same_address(pending.address, address)
        and pending.expires_at > now
    )


def with_notices(
    connection: Connection, notices: Notices, asked: PendingContact | None
) -> Connection:
    """Changes the contact address and the notifications, at once (R5.9).

    Args:
        connection: In any state.
        notices: What changes.
        asked: The confirmation that a new address is asked for; one that was under way ends when
            another address is chosen.
    """
    before = choices_of(connection)
    changes = {name: value for name, value in asdict(notices).items() if value is not None}
    contact, pending = connection.contact, connection.contact.pending
    if notices.contact_email is not None:
        still = pending is not None and is_same_address(pending.address, notices.contact_email)
        contact = replace(contact, pending=asked or (pending if still else None), unread="")
    return replace(connection, settings=replace(before, **changes), contact=contact)


def without_notice(connection: Connection, notice: Notice) -> Connection:
    """Switches one notification off, for good until the person chooses it again (RFC 8058)."""
    match notice:
        case Notice.RESYNC_COMPLETED:
            off = Notices(notify_resync_completed=False)
        case Notice.UPDATE_FAILED:
            off = Notices(notify_update_failed=False)
    return with_notices(connection, off, None)


def confirmed(connection: Connection, pending: PendingContact) -> Connection:
    """Notes that an address was confirmed by its link."""
    return replace(connection, contact=Contact(confirmed=pending.address, confirmed_by=pending.id))


def with_profile(connection: Connection, staff: StaffMember) -> Connection:
    """Takes a profile over; a contact address that was the profile's stays the profile's."""
    settings = connection.settings
    follows = settings is not None and is_same_address(
        settings.contact_email, connection.staff.email
    )
    if settings is not None and follows and staff.email is not None:
        settings = replace(settings, contact_email=staff.email)
    return replace(connection, staff=staff, settings=settings)
