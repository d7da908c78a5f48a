"""What reads see while the service lags behind its own writes.

Graph's feeds are late by design, and single reads right after a write have shown the state before
it. Writes always meet what is true; a lagging mailbox shows each write only after a while, to the
feed, to lists and to single reads alike, with the old change key and time of change.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from simulators.common.clock import SimulatedClock
from simulators.microsoft365.model import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """An event from a time on; `event` None means away."""

    since: datetime
    seq: int
    calendar: int
    event: Event | None


class Lag:
    """The states of events that are not shown yet, and those that are shown in their place.

    Args:
        clock: The service's time.
    """

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock
        self._seconds: dict[str, float] = {}
        self._states: dict[int, list[_State]] = {}
        self._pending: list[_State] = []

    def set(self, owner: str, seconds: float) -> None:
        """Hide each write to a person's mailbox for so long; 0 shows all that is hidden."""
        self._seconds[owner] = seconds
        if not seconds:
            now = self._clock.now()
            self._pending.clear()
            self._states = {
                key: [replace(state, since=min(state.since, now)) for state in states]
                for key, states in self._states.items()
            }

    def forget(self) -> None:
        """Forget all states and all lags."""
        self._seconds.clear()
        self._states.clear()
        self._pending.clear()

    def note(self, owner: str, event: Event, seq: int, *, is_there: bool) -> None:
        """Note what a write has left, at its place in the journal."""
        now = self._clock.now()
        held = replace(
            event,
            exceptions=dict(event.exceptions),
            cancelled=set(event.cancelled),
            left=set(event.left),
        )
        state = _State(
            since=now + timedelta(seconds=self._seconds.get(owner, 0)),
            seq=seq,
            calendar=event.calendar,
            event=held if is_there else None,
        )
        states = self._states.setdefault(event.key, [])
        # Of what is shown already only the newest can still be read.
        shown = sum(one.since <= now for one in states)
        del states[: max(shown - 1, 0)]
        states.append(state)
        if state.since > now:
            self._pending.append(state)

    def drop(self, key: int) -> None:
        """Forget an event at once, as with its calendar."""
        self._states.pop(key, None)

    def is_on(self) -> bool:
        """Tell whether anything is hidden now; what was hidden long enough is let go."""
        now = self._clock.now()
        self._pending = [state for state in self._pending if state.since > now]
        return bool(self._pending)

    def shown(self, key: int) -> Event | None:
        """Give an event as reads see it; None where they see none."""
        now = self._clock.now()
        for state in reversed(self._states.get(key, ())):
            if state.since <= now:
                return state.event
        return None

    def shown_in(self, calendar: int) -> list[Event]:
        """List the events that reads see in a calendar."""
        found = [self.shown(key) for key in self._states]
        return [event for event in found if event is not None and event.calendar == calendar]

    def shown_seq(self, calendar: int, newest: int) -> int:
        """Give the place in the journal up to which a calendar's feed tells."""
        now = self._clock.now()
        hidden = [s.seq for s in self._pending if s.calendar == calendar and s.since > now]
        return min([seq - 1 for seq in hidden] + [newest])
