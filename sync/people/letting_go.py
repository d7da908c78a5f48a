"""When what is kept of somebody has had its time, and what stays of a person who was deleted.

Only pure steps and questions about a Connection may live here.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sync.people.connection_states import sessions_ended
from sync.people.contact import chosen_address
from sync.people.people import AccessType, Connection, ConnectionState, StaffMember
from sync.words import PersonKey

#: No session lasts so long (R4.5), no job of an earlier decision comes so late (R3.5), no
#: confirmation is good for longer (R5.3).
OVER_AFTER = timedelta(days=7)


def is_let_go(connection: Connection) -> bool:
    """Says whether a person is deactivated, and nothing of theirs was left behind (R10.5)."""
    return (
        not connection.active
        and connection.state is ConnectionState.INACTIVE
        and connection.left_behind == 0
    )


def is_over(connection: Connection, now: datetime) -> bool:
    """Says whether nobody needs any more what is kept of somebody who was let go."""
    decided_at = connection.decided_at
    return is_let_go(connection) and (decided_at is None or decided_at + OVER_AFTER <= now)


def closed(connection: Connection, at: datetime) -> Connection:
    """Ends all that somebody has under way, as the first step of a deletion.

    No session holds and no job begins from here on; what is known of them is still there, for
    whoever has to begin the deletion again.
    """
    return replace(
        sessions_ended(connection),
        active=False,
        state=ConnectionState.INACTIVE,
        goal=None,
        resync_wanted=False,
        left_behind=0,
        decided_at=at,
        due_at=at + OVER_AFTER,
    )


def forgotten(connection: Connection, at: datetime) -> Connection:
    """Gives what stays of somebody who was deleted, for some days: the key and two numbers.

    The epoch, so that no session of before holds again, and the time of the decision, so that no
    job of an earlier one activates them.
    """
    return Connection(
        person=connection.person,
        active=False,
        state=ConnectionState.INACTIVE,
        staff=_nobody(connection.person),
        session_epoch=connection.session_epoch,
        decided_at=at,
        due_at=at + OVER_AFTER,
    )


def is_forgotten(connection: Connection) -> bool:
    """Says whether this is what stays of somebody who was deleted."""
    return connection.staff == _nobody(connection.person)


def kept_on(connection: Connection, at: datetime) -> Connection:
    """Has somebody who was let go kept for some days from now: something needs the row again."""
    return replace(connection, due_at=at + OVER_AFTER) if is_let_go(connection) else connection


def with_end(connection: Connection, at: datetime) -> Connection:
    """Gives somebody who was let go an end where none is set; nothing new is noted of them."""
    return connection if connection.due_at else kept_on(connection, at)


def addresses_of(connection: Connection) -> tuple[str, ...]:
    """Gives every address that mail of the person may have gone to, as they are known now."""
    contact = connection.contact
    pending = None if contact.pending is None else contact.pending.address
    known = (connection.staff.email, chosen_address(connection), contact.confirmed, pending)
    return tuple(dict.fromkeys(address for address in known if address))


def _nobody(person: PersonKey) -> StaffMember:
    return StaffMember(
        id=person.staff_id,
        name="",
        access_type=AccessType.VIEW_ONLY,
        location_ids=frozenset(),
        time_zone="UTC",
    )
