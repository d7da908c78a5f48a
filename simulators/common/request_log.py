"""Which calls a simulator was asked, for tests and for people who look."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

LOG_LENGTH = 20_000
"""Requests kept one by one; the counts go on beyond it."""


@dataclass(slots=True)
class RequestLog:
    """Which operations were called, how often, and the newest of them one by one.

    Attributes:
        counts: calls by operation name since the last `clear`.
        entries: the newest calls, oldest first.
    """

    counts: Counter[str] = field(default_factory=Counter)
    entries: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))

    def note(self, operation: str, **details: object) -> None:
        """Count one call and keep its details (JSON values)."""
        self.counts[operation] += 1
        self.entries.append({"operation": operation, **details})

    def clear(self) -> None:
        """Forget everything."""
        self.counts.clear()
        self.entries.clear()

    def as_json(self, user: str | None = None) -> dict[str, object]:
        """Give `{"counts": {...}, "total": n, "value": [...]}`, of all or of one `user`."""
        counts, value = self.counts, list(self.entries)
        if user is not None:
            value = [entry for entry in value if entry.get("user") == user]
            counts = Counter(entry["operation"] for entry in value)
        return {"counts": dict(counts), "total": counts.total(), "value": value}
