"""``Retry-After`` in seconds, in either form of HTTP (RFC 9110, 10.2.3); pure."""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: Seconds. Whoever asks for more is asked again before; who waits, waits less still (R11.9).
LONGEST = 604_800.0
#: A fraction has been printed (Graph, throttling); signs, exponents and words have no meaning here.
_NUMBER = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20})?", re.ASCII)


def retry_after_of(value: str | None, date: str | None = None) -> float | None:
    """Reads how many seconds an answer asks to wait, whole ones, fractions rounded up.

    Args:
        value: The header ``Retry-After``.
        date: The answer's own ``Date``, against which a time in ``value`` is measured: neither
            side's clock has to be right.

    Returns:
        0 to ``LONGEST``; ``None`` where nothing that can be read is said.
    """
    text = (value or "").strip()
    if _NUMBER.fullmatch(text):
        return min(float(math.ceil(float(text))), LONGEST)
    until, now = _moment(text), _moment(date or "")
    if until is None or now is None:
        return None
    return min(max(float(math.ceil((until - now).total_seconds())), 0.0), LONGEST)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    # The standard library's parser ends so on numbers and texts that are no date.
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
