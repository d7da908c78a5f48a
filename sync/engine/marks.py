"""The connector's marks: what its own items bear on either side, and the keys of creations.

All are made from the Connection, the Link and its generation, so that a repeated creation is
known again and copies of earlier Connections are not (R6.3, R8.11, R11.5).
"""

from uuid import UUID, uuid5

from sync.engine.links import Link
from sync.words import ConnectionId

_NAMESPACE = UUID("5f1c8d52-6b0e-4d0b-9d0f-6f2f5a3f7c11")


def event_mark(connection_id: ConnectionId, link: Link) -> str:
    """Gives the value of the extended property that an event bears (R6.3)."""
    return f"{connection_id}:{link.booking_id}:{link.generation}"


def transaction_id(connection_id: ConnectionId, link: Link) -> str:
    """Gives the UUID that lets Graph drop a repeated creation (Graph: event transactionId)."""
    return str(uuid5(_NAMESPACE, event_mark(connection_id, link)))


def reserve_ref(connection_id: ConnectionId, link: Link) -> str:
    """Gives a Reserve's ``external_ref``, its idempotency key too (at most 128 characters)."""
    return f"{connection_id}:{link.key}:{link.generation}"
