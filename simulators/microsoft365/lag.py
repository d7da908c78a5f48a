"""What reads see while the service lags behind its own writes.

Graph's feeds are late by design, and single reads right after a write have shown the state before
it. Writes always meet what is true; a lagging mailbox shows each write only after a while, to the
feed, to lists and to single reads alike, with the old change key and time of change.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from simulators.common.clock import SimulatedClock
from simulators.common.history import History
from simulators.microsoft365.model import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hidden:
    """A write that reads don't see before a time, at its place in the journal."""

    until: datetime
    seq: int
    calendar: int


class Lag:
    """The states of events that are not shown yet, and those that are shown in their place.

    Args:
        clock: The service's time.
    """

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock
        self._seconds: dict[str, float] = {}
        self._events: History[int, Event] = History()
        self._hidden: list[_Hidden] = []

    def set(self, owner: str, seconds: float) -> None:
        """Hide each write to a person's mailbox for so long; 0 shows all that is hidden."""
        self._seconds[owner] = seconds
        if not seconds:
            self._hidden.clear()
            self._events.show_all(self._clock.now())

    def forget(self) -> None:
        """Forget all states and all lags."""
        self._seconds.clear()
        self._events.clear()
        self._hidden.clear()

    def note(self, owner: str, event: Event, seq: int, *, is_there: bool) -> None:
        """Note what a write has left, at its place in the journal."""
        now = self._clock.now()
        until = now + timedelta(seconds=self._seconds.get(owner, 0))
        held = replace(
            event,
            exceptions=dict(event.exceptions),
            cancelled=set(event.cancelled),
            left=set(event.left),
        )
        self._events.note(event.key, held if is_there else None, since=until, now=now)
        if until > now:
            self._hidden.append(_Hidden(until=until, seq=seq, calendar=event.calendar))

    def drop(self, key: int) -> None:
        """Forget an event at once, as with its calendar."""
        self._events.drop(key)

    def is_on(self) -> bool:
        """Tell whether anything is hidden now; what was hidden long enough is let go."""
        now = self._clock.now()
        self._hidden = [write for write in self._hidden if write.until > now]
        return bool(self._hidden)

    def shown(self, key: int) -> Event | None:
        """Give an event as reads see it; None where they see none."""
        return self._events.seen(key, self._clock.now())

    def shown_in(self, calendar: int) -> list[Event]:
        """List the events that reads see in a calendar."""
        found = self._events.all_seen(self._clock.now())
        return [event for event in found if event.calendar == calendar]

    def shown_seq(self, calendar: int, newest: int) -> int:
        """Give the place in the journal up to which a calendar's feed tells."""
        now = self._clock.now()
        hidden = [w.seq for w in self._hidden if w.calendar == calendar and w.until > now]
        return min([seq - 1 for seq in hidden] + [newest])
