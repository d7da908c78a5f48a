"""What became of a call, and what has to be recorded of it: values, and how they are made. Pure."""

from dataclasses import dataclass

from sync.engine.actions import TO_OUTLOOK, Write
from sync.engine.cases import Case, Scene
from sync.engine.items import BookingItem, OutlookItem, Refusal
from sync.engine.links import Link
from sync.engine.telling import ActivityAction, ActivityEntry, ActivityResult, Direction, Tell
from sync.words import Interval, LinkKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """No answer that means anything: it may have taken effect, or may not (R11.5).

    ``wait`` is how many seconds the other side asked for, if it did.
    """

    code: str
    wait: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """The write met another state than planned: something else stands there, or nothing."""


type Outcome = BookingItem | OutlookItem | Refusal | Lost | Met | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What becomes of a case, and what has to be recorded with it.

    ``case`` is ``None`` where the Link is dropped. ``also`` are further Links to keep; ``freed``:
    time was freed that others may want; ``is_done``: the call did what was wanted.
    """

    key: LinkKey
    case: Case | None
    also: tuple[Link, ...] = ()
    activity: tuple[ActivityEntry, ...] = ()
    tells: tuple[Tell, ...] = ()
    echoes: tuple[str, ...] = ()
    freed: bool = False
    is_done: bool = False


def entry_of(action: Write, done: ActivityAction, at: Interval, scene: Scene) -> ActivityEntry:
    """Gives the line of activity of an action that took effect."""
    return ActivityEntry(
        at=scene.now,
        direction=Direction.TO_OUTLOOK if isinstance(action, TO_OUTLOOK) else Direction.TO_BOOKING,
        action=done,
        result=ActivityResult.OK,
        title=action.title,
        start=at.start,
    )
