"""How long a person waits after a sync that failed (R11.9). Pure."""

from datetime import datetime, timedelta
from hashlib import sha256

from sync.words import PersonKey

SHORTEST = 1.0
LONGEST = 3600.0
#: While an outage is young it is looked at so often that all is in step a minute after it ends.
_YOUNG = 40.0
#: Tries that a young outage has; after them each wait is twice as long as the one before.
_TRIES = 20
#: Waits are spread by so much, so that not everybody comes back at once.
_SPREAD = 0.15


def is_resting(until: datetime | None, now: datetime) -> bool:
    """Says whether a pause goes on; one longer than any was dated by a clock that was wrong."""
    return until is not None and now < until <= now + timedelta(seconds=LONGEST)


def wait_after(attempt: int, retry_after: float | None, person: PersonKey) -> float:
    """Gives seconds to wait: the larger of what was asked for and a growing, spread back-off.

    Args:
        attempt: Tries that failed so far, this one included: 1 or more.
        retry_after: Seconds that the other side asked for, if it did.
        person: Whose sync: waits of different people are spread.
    """
    grown = min(2.0 ** min(attempt - 1, _TRIES), _YOUNG)
    if attempt > _TRIES:
        grown = min(_YOUNG * 2.0 ** min(attempt - _TRIES, 10), LONGEST)
    place = int(sha256(f"{person} {attempt}".encode()).hexdigest()[:4], 16) / 0xFFFF
    spread = grown * (1 + _SPREAD * (2 * place - 1))
    return min(max(spread, retry_after or 0.0, SHORTEST), LONGEST)
