"""What things were from when on, so that reads may lag behind writes."""

from datetime import datetime


class History[Key, Value]:
    """The states of things that can still be read; None stands for one that is away."""

    def __init__(self) -> None:
        self._states: dict[Key, list[tuple[datetime, Value | None]]] = {}

    def note(self, key: Key, value: Value | None, *, since: datetime, now: datetime) -> None:
        """Note what a write has left, and from when on reads see it."""
        states = self._states.setdefault(key, [])
        # Of what is seen already only the newest can still be read.
        seen = sum(begin <= now for begin, _ in states)
        del states[: max(seen - 1, 0)]
        states.append((since, value))

    def seen(self, key: Key, now: datetime) -> Value | None:
        """Give what a read sees now; None where it sees nothing."""
        states = reversed(self._states.get(key, ()))
        return next((value for since, value in states if since <= now), None)

    def all_seen(self, now: datetime) -> list[Value]:
        """Give everything that reads see now."""
        found = (self.seen(key, now) for key in self._states)
        return [value for value in found if value is not None]

    def show_all(self, now: datetime) -> None:
        """Let reads see from now on whatever was written."""
        for key, states in self._states.items():
            self._states[key] = [(min(since, now), value) for since, value in states]

    def drop(self, key: Key) -> None:
        """Forget one thing at once."""
        self._states.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._states.clear()
