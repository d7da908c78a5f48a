"""A guided minute: what to try next, what to watch, and what was done already."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from simulators.demo.sides import Kind, Side
from simulators.demo.watch import Happening, Seen


class Step(StrEnum):
    """What there is to try, in this order."""

    BOOK = "book"
    MOVE = "move"
    REFUSE = "refuse"
    DELETE = "delete"
    BLOCK = "block"
    PRIVATE = "private"
    DISCONNECT = "disconnect"


DO_AND_WATCH = {
    Step.BOOK: (
        "On the left open “Book an Appointment” and press Book.",
        "Within seconds it stands in Outlook too, dashed.",
    ),
    Step.MOVE: (
        "In Outlook drag that event to a free time, or choose it and press “1 h later”.",
        "The Appointment follows.",
    ),
    Step.REFUSE: (
        "In Outlook drag it onto the time of another Appointment.",
        "The booking product refuses, the event is put back, the log says why, and a mail tells.",
    ),
    Step.DELETE: (
        "In Outlook choose the event and press Delete.",
        "A minute later, after a second look, the Appointment is cancelled; go on meanwhile.",
    ),
    Step.BLOCK: (
        "On the right open “Create a Meeting” and press Create.",
        "A Reserve blocks its time on the left.",
    ),
    Step.PRIVATE: (
        "Choose that Meeting in Outlook and press “Make private”.",
        "On the left it is only called Reserved.",
    ),
    Step.DISCONNECT: (
        "Open the connector settings and press “Disconnect Calendar”.",
        "Everything dashed goes from both sides; what was made by hand stays.",
    ),
}


@dataclass(slots=True)
class Guide:
    """How far somebody has come.

    Attributes:
        done: the steps whose effect was seen, in whatever order.
        begun: those that were done, and whose effect takes longer than anybody watches.
    """

    done: set[Step] = field(default_factory=set)
    begun: set[Step] = field(default_factory=set)
    _was_connected: bool = False

    def note(self, found: Iterable[Seen], *, connected: bool) -> None:
        """Ticks off what was just seen."""
        seen = tuple(found)
        self.done |= {step for step in map(_step, seen) if step is not None}
        if connected and any(map(_is_deletion, seen)):
            self.begun.add(Step.DELETE)
        if self._was_connected and not connected:
            self.done.add(Step.DISCONNECT)
        self._was_connected = connected

    def next(self) -> Step | None:
        """Gives the first step that was not done; None after the last.

        One whose effect is still to come is passed over while there is another to try.
        """
        left = [step for step in Step if step not in self.done]
        return next((step for step in left if step not in self.begun), next(iter(left), None))


def _is_deletion(seen: Seen) -> bool:
    """Says whether somebody deleted an Appointment's event: it is cancelled a minute later."""
    side, kind = seen.item.side, seen.item.kind
    is_by_hand = seen.happening is Happening.WENT and seen.echo_of is None
    return is_by_hand and side is Side.OUTLOOK and kind is Kind.APPOINTMENT


def _step(seen: Seen) -> Step | None:
    """Says which step has had its effect; a change without a cause on the other side is none."""
    if seen.happening is Happening.PUT_BACK:
        return Step.REFUSE
    cause, item = seen.echo_of, seen.item
    if cause is None or cause.item.side is item.side:
        return None
    match item.side, seen.happening, item.kind:
        case Side.OUTLOOK, Happening.APPEARED, Kind.APPOINTMENT:
            return Step.BOOK
        case Side.BOOKING, Happening.MOVED, Kind.APPOINTMENT:
            return Step.MOVE
        case Side.BOOKING, Happening.WENT, Kind.APPOINTMENT:
            return Step.DELETE
        case Side.BOOKING, Happening.APPEARED, Kind.MEETING:
            return Step.BLOCK
        case Side.BOOKING, Happening.CHANGED, Kind.MEETING if cause.item.private:
            return Step.PRIVATE
    return None
