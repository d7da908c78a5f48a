"""What every ``CalendarGateway`` has to do: run on the fake and on the real one.

A subclass gives the fixture ``desk``: one person's Outlook, with the person at it.
"""

from tests.ports.suites.calendar_identity import IdentityContract
from tests.ports.suites.calendar_reading import ReadingContract
from tests.ports.suites.calendar_writing import WritingContract
from tests.ports.suites.outlook_desk import (
    MARK,
    NOW,
    STATE,
    WINDOW,
    Desk,
    at,
    found,
    made,
    only,
    read,
)

__all__ = [
    "MARK",
    "NOW",
    "STATE",
    "WINDOW",
    "CalendarGatewayContract",
    "Desk",
    "at",
    "found",
    "made",
    "only",
    "read",
]


class CalendarGatewayContract(ReadingContract, WritingContract, IdentityContract):
    """The suite."""
