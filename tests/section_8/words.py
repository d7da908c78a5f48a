"""What the rows of section 8 are told in: what was agreed, what was done, what follows."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal

from sync.engine.actions import Action
from sync.engine.items import BookingItem, BookingKind, BookingStatus, OutlookItem, Refusal
from sync.people.people import AccessType, OnOutlookDelete
from sync.words import Interval, LocationId, ShowAs
from tests.stories.sync.moments import at, on_day

#: Where the item and its twin stood when both sides last agreed.
WAS = at(4)
LONGER = at(4, length=2)
#: Where somebody moves it.
LATER, ELSEWHEN = at(40), at(50)
#: There the booking product has something else, of which Outlook knows nothing.
TAKEN = at(12)
PASSED = at(-6)
#: Beyond the Window, and beyond what the feeds are opened over.
BEYOND, FAR = on_day(95), on_day(120)
#: A Location at which the plugin is not enabled.
ELSEWHERE = LocationId("south")
_SAID = {
    LONGER: " to last longer",
    LATER: "",
    ELSEWHEN: "",
    TAKEN: " onto a taken time",
    PASSED: " into the past",
    BEYOND: " beyond the Window",
    FAR: " to day 120",
}


class Born(StrEnum):
    """What stands in both calendars."""

    APPOINTMENT = "Appointment"
    RESERVE = "Reserve"
    MEETING = "own Meeting"
    ATTENDED = "Meeting with attendees"
    FOREIGN = "somebody else's Meeting"
    OCCURRENCE = "occurrence"


class Does(StrEnum):
    """What is done to one side."""

    NOTHING = "same"
    SAVES = "saved as it is"
    CHANGES = "changed"
    CANCELS = "cancelled"
    DELETES = "deleted"
    LEAVES_LOCATION = "taken to another Location"
    MAKES_ALL_DAY = "made all-day"
    REPEATS = "made a series"
    DRAGS = "dragged into another calendar"
    DRAGS_BACK = "dragged away and back"
    UNDOES = "deleted and undone"
    COPIES = "copied"
    FREES = "shown as free"
    DECLINES = "declined"
    EMPTIES = "left without length"
    HIDES = "made private"


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does to an item: in the booking product the office, in Outlook the person.

    A change is of the time, the text (``renames``), or both.
    """

    does: Does
    to: Interval | None = None
    renames: bool = False

    def edits(self, event: OutlookItem) -> dict[str, Any]:
        """Gives what it changes in an event that stays where it is."""
        day = event.interval.start.replace(hour=0)
        match self.does:
            case Does.CHANGES | Does.DRAGS_BACK:
                moved = {"interval": self.to} if self.to else {}
                return {**moved, **({"subject": "Dinner"} if self.renames else {})}
            case Does.MAKES_ALL_DAY:
                return {"is_all_day": True, "interval": Interval(day, day + timedelta(days=1))}
            case Does.EMPTIES:
                return {"interval": Interval(event.interval.start, event.interval.start)}
            case Does.HIDES:
                return {"is_normal": False}
            case Does.FREES:
                return {"show_as": ShowAs.FREE}
            case Does.DECLINES:
                return {"is_declined": True}
            case Does.CANCELS:
                return {"is_cancelled": True}
            case _:
                return {}

    def changes(self, item: BookingItem) -> dict[str, Any]:
        """Gives what it changes in an item that stays in the schedule."""
        match self.does, item.kind:
            case Does.CHANGES, kind:
                moved = {"interval": self.to} if self.to else {}
                name = {"title": "Other"}
                if item.external_ref is not None:
                    name = {"title": "Other", "notes": "Key at the desk"}
                elif kind is BookingKind.APPOINTMENT:
                    name = {"customer_name": "Grace"}
                return {**moved, **(name if self.renames else {})}
            case Does.CANCELS, _:
                return {"status": BookingStatus.CANCELLED}
            case Does.LEAVES_LOCATION, _:
                return {"location_id": ELSEWHERE}
            case _:
                return {}

    def __str__(self) -> str:
        if self.does is not Does.CHANGES:
            return self.does if self.to is None else f"{self.does}, moved meanwhile"
        moved = [] if self.to is None else [f"moved{_SAID[self.to]}"]
        return " and ".join([*moved, *(["renamed"] if self.renames else [])])


SAME = Act(Does.NOTHING)
SAVED = Act(Does.SAVES)
RENAMED = Act(Does.CHANGES, renames=True)
CANCELLED = Act(Does.CANCELS)
DELETED = Act(Does.DELETES)
ALL_DAY = Act(Does.MAKES_ALL_DAY)
SERIES = Act(Does.REPEATS)
DRAGGED = Act(Does.DRAGS)


def moved(to: Interval, *, renames: bool = False) -> Act:
    """Gives a move, with another text where that is said."""
    return Act(Does.CHANGES, to, renames)


@dataclass(frozen=True, slots=True)
class Step:
    """One action of the plan.

    Attributes:
        does: Which.
        rule: The one that it names.
        to: The time that it writes, ``None`` where it writes none.
        text: Whether it writes the text.
        refused: What the other side answers, ``None`` where it does as it is asked.
    """

    does: type[Action]
    rule: str
    to: Interval | None = None
    text: bool = False
    refused: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What the person is told of it (R9.3): what was tried, why it is not so, where it stands."""

    tried: str
    reason: str
    now: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of section 8.

    Attributes:
        of: What stood in both calendars; what is told holds for each.
        office: What was done in the booking product since.
        person: What was done in Outlook since.
        rules: By which rules.
        so: What happens, in words.
        asked: What is asked for before anything is planned, where the feeds have told of the
            change: the item, the event by its id, the calendar by mark and uid (of an occurrence
            its master), the others likewise.
        ends: Where it stands in both calendars in the end; ``None``: in neither.
        steps: The plan: after a step that is refused or waits there is another. A step that only
            records is a step as well.
        lines: What the activity shows: action and result.
        why: The reason in them, where nothing is told.
        told: What the person is told in one mail; ``None``: nothing.
        event: Where it stands in Outlook, if elsewhere: nowhere, or as the person left it.
        may: What the person may do.
        chose: What deleting in Outlook does.
        has_passed: The time was over before anything was done.
        is_seen_together: Seen one after the other, each change would be judged as if it were alone.
        over_http: Whether the row is played over HTTP as well.
    """

    of: tuple[Born, ...]
    office: Act
    person: Act
    rules: str
    so: str
    ends: Interval | None
    steps: tuple[Step, ...] = ()
    lines: str = ""
    told: Told | None = None
    event: Literal["as its twin", "as it was left", "nowhere"] = "as its twin"
    may: AccessType = AccessType.STAFF
    chose: OnOutlookDelete = OnOutlookDelete.CANCEL
    has_passed: bool = False
    is_seen_together: bool = False
    over_http: bool = False
    why: str = ""
    asked: str = ""

    @property
    def is_of_booking(self) -> bool:
        """Says whether it was born in the booking product."""
        return self.of[0] in {Born.APPOINTMENT, Born.RESERVE}

    @property
    def refused(self) -> Refusal | None:
        """Gives what the first step that is refused is answered."""
        return next((step.refused for step in self.steps if step.refused), None)

    def told_of(self, born: Born) -> str:
        """Gives the row as one sentence, the side of its birth first."""
        sides = [f"booking {self.office}", f"Outlook {self.person}"]
        under = {
            "after its time": self.has_passed,
            "by a viewer": self.may is AccessType.VIEW_ONLY,
            "by one who has it put back": self.chose is OnOutlookDelete.PUT_BACK,
            "and refused": self.refused is not None,
        }
        what = ", ".join([born, *(sides if self.is_of_booking else reversed(sides))])
        how = "".join(f" {words}" for words, is_so in under.items() if is_so)
        return f"{self.rules} {what}{how}: {self.so}"
