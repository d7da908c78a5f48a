"""What is failing, said to the person themself (R10.6, R11.8); pure.

A sync that ended badly once says nothing here: what passes by itself is shown from its first
repetition on.
"""

from dataclasses import dataclass
from datetime import datetime

from sync.messages import Moment, said
from sync.people.people import Connection
from sync.site.pages.wording import FAILING, PROBLEMS

#: What was looked for there and not found is no loss before it is proven (R10.6).
_MISSING = "microsoft_unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is failing.

    Attributes:
        code: The machine's word.
        message: What does not work and what to do, in whole sentences, with the place for
            ``{since}`` where that is known.
        since: When it began, where that is known.
    """

    code: str
    message: str
    since: datetime | None = None

    def sentence(self, zone: str) -> str:
        """Gives all of it as plain text, with the time in a zone."""
        if self.since is None:
            return self.message
        return said(self.message, since=Moment(self.since, zone))


def trouble_of(connection: Connection) -> Trouble | None:
    """Says what is failing; ``None`` while all is well."""
    problem, failing, missing = connection.problem, connection.failing, connection.missing
    if connection.is_syncing and missing is not None:
        return _since(_MISSING, missing.since)
    if problem is None:
        return None
    if failing is not None and problem.code in FAILING:
        return _since(problem.code, failing.since)
    return Trouble(code=problem.code, message=PROBLEMS.get(problem.code, problem.message))


def _since(code: str, since: datetime) -> Trouble:
    return Trouble(code=code, message=FAILING[code], since=since)
