"""How finely, how soon and how openly the booking product keeps what is written."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from simulators.common.errors import ControlError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What becomes of writes, and what reads tell of them.

    Attributes:
        grid_minutes: times that the connector writes go down to this grid, ends too; what would
            be left without length fills one field of it. None keeps them as they are.
        trims: titles that the connector writes lose the blanks around them; line breaks and runs
            of blanks in them become one blank.
        notes_limit: notes that the connector writes are cut after so many characters; None
            leaves them.
        says_modified: whether items tell when they were last saved.
        stale_seconds: for so long after a save, whoever saved, listings, single reads and the feed
            tell what was before.
        names_items: whether a webhook names the one item that changed.
    """

    grid_minutes: int | None = None
    trims: bool = False
    notes_limit: int | None = None
    says_modified: bool = True
    stale_seconds: float = 0.0
    names_items: bool = True

    def __post_init__(self) -> None:
        if self.grid_minutes is not None and self.grid_minutes < 1:
            raise ControlError("grid_minutes is at least 1")

    def times(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """Put a span onto the grid; a wrong one is left to be refused."""
        if self.grid_minutes is None or start >= end:
            return start, end
        grid = timedelta(minutes=self.grid_minutes)
        low, high = (at - (at - _EPOCH) % grid for at in (start, end))
        return low, max(high, low + grid)

    def text(self, name: str, value: str) -> str:
        """Trim a title, cut notes."""
        if name == "title":
            return " ".join(value.split()) if self.trims else value
        return value[: self.notes_limit]

    def modified(self, now: datetime) -> datetime | None:
        """Give the time of a save as it is told."""
        return now.replace(microsecond=0) if self.says_modified else None
