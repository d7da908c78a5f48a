"""Three looks that lie apart prove that something is lost (R10.6)."""

from dataclasses import dataclass, replace
from datetime import timedelta

from sync.people.connection_update import update
from sync.people.people import Connection, Missing
from sync.ports.outside import Outside
from sync.words import PersonKey

#: Looks that prove a loss (R10.6).
LOOKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look at something missing says: proven, or when to look again in seconds."""

    is_proven: bool
    again: float


class Looks:
    """Counts looks at what is missing; those that follow each other too closely count as one.

    Args:
        outside: The ports.
        lost_after_seconds: From the first to the third look.
    """

    def __init__(self, outside: Outside, *, lost_after_seconds: int) -> None:
        self._connections = outside.connections
        self._clock = outside.clock
        self._between = timedelta(seconds=lost_after_seconds) / (LOOKS - 1)

    async def look(self, person: PersonKey, what: str) -> Look:
        """Notes that it was not there."""
        now, between = self._clock.now(), self._between

        def change(current: Connection | None) -> Connection | None:
            if current is None or not (current.is_syncing or current.is_removing):
                return current
            missing = current.missing
            if missing is None or missing.what != what:
                return replace(current, missing=Missing(what=what, since=now, looks=1))
            if now < missing.since + between * missing.looks:
                return current
            return replace(current, missing=replace(missing, looks=missing.looks + 1))

        done = await update(self._connections, person, change)
        missing = None if done.after is None else done.after.missing
        if missing is None:
            return Look(is_proven=False, again=1)
        at = missing.since + between * missing.looks
        return Look(is_proven=missing.looks >= LOOKS, again=max((at - now).total_seconds(), 1.0))
