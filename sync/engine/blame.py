"""Which side it was that could not be reached: for the sentence on the page (R11.8)."""

from collections.abc import Awaitable

from sync.engine.links import Side
from sync.errors import SyncError, TransientError


async def of_side[T](side: Side, call: Awaitable[T]) -> T:
    """Waits for a call to one side, and notes at what passes by itself whose it was.

    Raises:
        SyncError: As it came.
    """
    try:
        return await call
    except TransientError as error:
        error.side = error.side or side.value
        raise


def code_of(error: SyncError) -> str:
    """Names what could not be reached, where that is known (``kept_texts.FAILING_SINCE``)."""
    side = error.side if isinstance(error, TransientError) else None
    return {"booking": "booking_unreachable", "outlook": "microsoft_unreachable"}.get(
        side or "", "unreachable"
    )
