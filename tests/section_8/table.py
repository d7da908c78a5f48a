"""Section 8: what happens when something changes on one side, the other, or both.

Each row is told here once, and tried on the pure planner (``tests/laws/engine/test_section_8.py``),
through the whole product in memory (``tests/stories/sync/test_section_8.py``) and, where it says
so, over HTTP (``tests/e2e/test_main_story.py``).
"""

from dataclasses import replace
from typing import Any

from sync.engine.actions import (
    CreateEvent,
    CreateReserve,
    DeleteEvent,
    Drop,
    Note,
    RemoveItem,
    Wait,
    WriteEvent,
    WriteItem,
)
from sync.engine.items import Refusal
from sync.people.people import AccessType, OnOutlookDelete
from sync.words import Interval
from tests.section_8.words import (
    ALL_DAY,
    BEYOND,
    CANCELLED,
    DELETED,
    DRAGGED,
    ELSEWHEN,
    FAR,
    LATER,
    LONGER,
    PASSED,
    RENAMED,
    SAME,
    SAVED,
    SERIES,
    TAKEN,
    WAS,
    Act,
    Born,
    Does,
    Row,
    Step,
    Told,
    moved,
)

A, R = (Born.APPOINTMENT,), (Born.RESERVE,)
ITEMS = (*A, *R)
OWN, FOREIGN = (Born.MEETING,), (Born.FOREIGN,)
#: Of all, and of those that are no part of a series; attendees count in R8.5 alone.
MEETINGS = (Born.MEETING, Born.FOREIGN, Born.OCCURRENCE)
SINGLE = (Born.MEETING, Born.FOREIGN)
NOT_OWN = (Born.ATTENDED, Born.FOREIGN, Born.OCCURRENCE)

IS_TAKEN = Refusal(code="slot_taken", detail="The time is taken.")
HAS_PASSED = Refusal(code="not_permitted", detail="The time has passed.")
FORBIDDEN = Refusal(code="not_permitted", detail="This is not permitted.")
LOCKED = Refusal(code="errorinvalidrequest", detail="It is locked.")

YOU_MOVED = "You moved the event in Outlook."
YOU_DELETED = "You deleted the event in Outlook."
YOU_DRAGGED = "You moved the event into another calendar."
YOU_MADE_ALL_DAY = "You made the event last all day."
YOU_REPEATED = "You made the event repeat."
YOU_MOVED_RESERVE = "You moved its reserved time in the booking product."
BACK = "The event is back in Outlook as it was."
RESERVE_BACK = "The reserved time is back where the meeting is."
OF_TAKEN = "The booking product says that this time is taken."
OF_SHAPE = "An item of the schedule has one start and one end."
OF_VIEWER = "Your access is view only, so nothing from Outlook reaches the schedule."
OF_OTHERS = (
    "The meeting is somebody else's, has attendees or is part of a series, so it can only be "
    "moved in Outlook."
)
WAS_DELETED = "The meeting was deleted in Outlook."
IS_ALL_DAY = (
    "All-day meetings do not block time. For a whole day off, set a Day Off in the booking product."
)
IS_FREE = (
    "This meeting is shown as a status that you chose not to block time. Change Show As in "
    "Outlook to block it."
)
TOO_FAR = "This is too far ahead; it is synced by itself when it comes nearer."
UNBLOCKED = (
    "Its reserved time was deleted in the booking product. Change the meeting to block time again."
)
IS_DRAGGED = Told(
    YOU_DRAGGED,
    "Only the calendar that is synced can show the schedule.",
    "The event is back in the synced calendar.",
)
IS_IN_OUTLOOK_ONLY = Told(
    "Your Outlook meeting should block this time.",
    OF_TAKEN,
    "The meeting is in Outlook only. It is tried again when something changes.",
)

VIEWER: dict[str, Any] = {"may": AccessType.VIEW_ONLY}
PUT_BACK: dict[str, Any] = {"chose": OnOutlookDelete.PUT_BACK}
OVER_HTTP: dict[str, Any] = {"over_http": True}
LEFT: dict[str, Any] = {"event": "as it was left"}
NOWHERE: dict[str, Any] = {"event": "nowhere"}


def over(tried: str) -> Told:
    """Gives what is told of a try that met a change in the booking product (R8.3)."""
    return Told(
        tried,
        "It was changed in the booking product at the same time.",
        "It stands as in the booking product.",
    )


def met(  # noqa: PLR0917 - the columns of the table
    of: tuple[Born, ...],
    person: Act,
    office: Act,
    rules: str,
    so: str,
    ends: Interval | None,
    steps: tuple[Step, ...] = (),
    lines: str = "",
    told: Told | None = None,
    **more: Any,
) -> Row:
    """Gives a row of the second table, whose first side is Outlook."""
    return Row(of, office, person, rules, so, ends, steps, lines, told, **more)


#: What has to be asked for before an event may count as gone, and before it is made again or its
#: item goes (R8.10).
ABSENT = "event calendar others"
ALL = f"item {ABSENT}"

NOTED = (Step(Note, "R8.8"),)
MOVED = Step(WriteItem, "R8.1", to=LATER)
BACK_AGAIN = Step(WriteEvent, "R8.1", to=WAS)
LOOKS_AGAIN, REMOVED = Step(Wait, "R11.8"), Step(RemoveItem, "R8.2")
NOT_REMOVED = (replace(REMOVED, refused=FORBIDDEN), LOOKS_AGAIN, Step(CreateEvent, "R11.5"))
MADE_AGAIN = Step(CreateEvent, "R8.3")
AND_BACK = " refused, put_back ok"

# fmt: off
#: The first table. Of what, booking side, Outlook side, by which rules, what happens; then where it
#: ends, the plan step by step, the lines of activity, what is told.
BOOKING_BORN = (
    # same | same
    Row(ITEMS, SAME, SAME, "R8.8", "nothing", WAS),
    Row(ITEMS, SAVED, SAME, "R8.8", "only noted", WAS, NOTED),
    Row(ITEMS, SAME, SAVED, "R8.8", "only noted", WAS, NOTED),
    Row(ITEMS, SAME, RENAMED, "R8.8", "the person's words stay", WAS, NOTED),
    # changed | same
    Row(ITEMS, moved(LATER), SAME, "R6.5", "the event's time is written and no more",
        LATER, (Step(WriteEvent, "R6.1", to=LATER),), "moved ok", **OVER_HTTP),
    Row(ITEMS, moved(LATER), RENAMED, "R6.5", "the person's words stay",
        LATER, (Step(WriteEvent, "R6.1", to=LATER),), "moved ok"),
    Row(ITEMS, RENAMED, SAME, "R6.5", "the event's text is written and no more",
        WAS, (Step(WriteEvent, "R6.1", text=True),), "updated ok"),
    Row(ITEMS, moved(LATER, renames=True), SAME, "R6.5", "both are written",
        LATER, (Step(WriteEvent, "R6.1", to=LATER, text=True),), "moved ok"),
    Row(ITEMS, RENAMED, RENAMED, "R8.3", "the item's words come back",
        WAS, (Step(WriteEvent, "R6.1", text=True),), "updated ok"),
    # same | moved
    Row(ITEMS, SAME, moved(LATER), "R8.1", "the item is moved",
        LATER, (MOVED,), "moved ok", **OVER_HTTP, asked="event"),
    Row(ITEMS, SAME, moved(LONGER), "R8.1", "the item is made longer",
        LONGER, (replace(MOVED, to=LONGER),), "moved ok", asked="event"),
    Row(ITEMS, SAME, moved(FAR), "R8.10", "moved, not cancelled",
        FAR, (replace(MOVED, to=FAR),), "moved ok", asked="event"),
    Row(ITEMS, SAME, moved(LATER), "R8.1 R11.4", "the item is moved",
        LATER, (MOVED,), "moved ok", has_passed=True, asked="event"),
    Row(ITEMS, SAME, moved(TAKEN), "R8.1 R9.3", "the event is put back",
        WAS, (replace(MOVED, to=TAKEN, refused=IS_TAKEN), BACK_AGAIN),
        "moved" + AND_BACK, Told(YOU_MOVED, OF_TAKEN, BACK), **OVER_HTTP, asked="event"),
    Row(ITEMS, SAME, moved(PASSED), "R8.13", "asked for, and the event is put back",
        WAS, (replace(MOVED, to=PASSED, refused=HAS_PASSED), BACK_AGAIN),
        "moved" + AND_BACK, Told(YOU_MOVED, HAS_PASSED.detail, BACK), asked="event"),
    Row(ITEMS, SAME, moved(LATER), "R2.4", "the event is put back",
        WAS, (replace(BACK_AGAIN, rule="R2.4"),),
        "moved" + AND_BACK, Told(YOU_MOVED, OF_VIEWER, BACK), **VIEWER, asked="event"),
    # same | deleted
    Row(A, SAME, DELETED, "R8.2 R8.10", "cancelled after a second look",
        None, (LOOKS_AGAIN, REMOVED), "deleted ok", **OVER_HTTP,
        why="You deleted its event in Outlook, so the appointment was cancelled.",
        asked=ALL),
    Row(R, SAME, DELETED, "R8.2 R8.10", "deleted at the first proof",
        None, (REMOVED,), "deleted ok", why="You deleted its event in Outlook.",
        asked=ALL),
    Row(A, SAME, DELETED, "R8.2 R9.3", "the event is made again",
        WAS, (LOOKS_AGAIN, *NOT_REMOVED),
        "deleted refused, created ok", Told(YOU_DELETED, FORBIDDEN.detail, BACK),
        asked=ALL),
    Row(R, SAME, DELETED, "R8.2 R9.3", "the event is made again",
        WAS, NOT_REMOVED,
        "deleted refused, created ok", Told(YOU_DELETED, FORBIDDEN.detail, BACK),
        asked=ALL),
    Row(ITEMS, SAME, DELETED, "R5.5 R8.2", "the event is made again, and no mail goes",
        WAS, (replace(MADE_AGAIN, rule="R8.2"),), "put_back ok", **PUT_BACK,
        asked=ALL),
    Row(ITEMS, SAME, DELETED, "R2.4", "the event is made again",
        WAS, (replace(MADE_AGAIN, rule="R2.4"),),
        "deleted" + AND_BACK, Told(YOU_DELETED, OF_VIEWER, BACK), **VIEWER,
        asked=ALL),
    Row(ITEMS, SAME, Act(Does.UNDOES), "R8.10", "the Link follows the event to its new id",
        WAS, NOTED),
    Row(ITEMS, SAME, DELETED, "R11.4", "left as it is",
        WAS, has_passed=True, **LEFT, asked=ALL),
    # same | made all-day, or a series
    Row(ITEMS, SAME, ALL_DAY, "R8.9", "the event is put back",
        WAS, (replace(BACK_AGAIN, rule="R8.9"),),
        "updated" + AND_BACK, Told(YOU_MADE_ALL_DAY, OF_SHAPE, BACK), **OVER_HTTP, asked="event"),
    Row(ITEMS, SAME, SERIES, "R8.9", "the event is made again and the series goes",
        WAS, (replace(MADE_AGAIN, rule="R8.9"),),
        "updated" + AND_BACK, Told(YOU_REPEATED, OF_SHAPE, BACK), asked="item event"),
    # same | dragged, or copied
    Row(ITEMS, SAME, DRAGGED, "R8.12", "the event is made again and the dragged one goes",
        WAS, (replace(MADE_AGAIN, rule="R8.12"),), "updated" + AND_BACK, IS_DRAGGED,
        asked=ALL),
    Row(ITEMS, SAME, Act(Does.DRAGS_BACK), "R8.10", "the Link follows the event to its new id",
        WAS, NOTED),
    Row(ITEMS, SAME, Act(Does.DRAGS_BACK, LATER), "R8.10", "the item is moved",
        LATER, (MOVED,), "moved ok"),
    Row(ITEMS, moved(LATER), Act(Does.DRAGS_BACK), "R8.10", "the event's time is written",
        LATER, (Step(WriteEvent, "R6.1", to=LATER),), "moved ok"),
    Row(ITEMS, SAME, Act(Does.COPIES, LATER), "R8.11", "the copy is an ordinary Meeting",
        WAS, (Step(CreateReserve, "R7.1", to=LATER, text=True),), "created ok"),
    # changed | moved or deleted, and whatever else the person did
    Row(ITEMS, moved(ELSEWHEN), moved(LATER), "R8.3", "booking wins",
        ELSEWHEN, (Step(WriteEvent, "R8.3", to=ELSEWHEN),),
        "moved" + AND_BACK, over(YOU_MOVED), asked="event"),
    Row(ITEMS, moved(ELSEWHEN, renames=True), moved(LATER), "R8.3", "booking wins",
        ELSEWHEN, (Step(WriteEvent, "R8.3", to=ELSEWHEN, text=True),),
        "moved" + AND_BACK, over(YOU_MOVED), asked="event"),
    Row(ITEMS, SAVED, moved(LATER), "R8.3", "booking wins",
        WAS, (Step(WriteEvent, "R8.3", to=WAS),),
        "moved" + AND_BACK, over(YOU_MOVED), is_seen_together=True, asked="event"),
    Row(ITEMS, moved(LATER), moved(LATER), "R8.8", "both agree: only noted", LATER, NOTED,
        asked="event"),
    Row(ITEMS, moved(ELSEWHEN), ALL_DAY, "R8.3 R8.9", "booking wins",
        ELSEWHEN, (Step(WriteEvent, "R8.3", to=ELSEWHEN),),
        "updated" + AND_BACK, over(YOU_MADE_ALL_DAY), asked="event"),
    Row(ITEMS, moved(ELSEWHEN), DELETED, "R8.3", "the event is made again from the changed item",
        ELSEWHEN, (MADE_AGAIN,), "deleted" + AND_BACK, over(YOU_DELETED),
        asked=ABSENT),
    Row(ITEMS, SAVED, DELETED, "R8.3", "the event is made again",
        WAS, (MADE_AGAIN,), "deleted" + AND_BACK, over(YOU_DELETED), is_seen_together=True,
        asked=ABSENT),
    Row(ITEMS, moved(ELSEWHEN), DRAGGED, "R8.3", "the event is made again from the changed item",
        ELSEWHEN, (MADE_AGAIN,), "updated" + AND_BACK, over(YOU_DRAGGED),
        asked=ABSENT),
    Row(ITEMS, moved(ELSEWHEN), SERIES, "R8.3", "the event is made again from the changed item",
        ELSEWHEN, (MADE_AGAIN,), "updated" + AND_BACK, over(YOU_REPEATED), asked="event"),
    # gone | anything
    *(
        Row(of, office, person, "R6.1", "the event is deleted",
            None, (Step(DeleteEvent, "R6.1"),), "deleted ok", why=why,
            over_http=office is CANCELLED and person is SAME, **NOWHERE,
            asked=f"{told}{ABSENT if person is DRAGGED else 'event'}")
        for of, office, why, told in (
            (A, CANCELLED, "This item was cancelled.", ""),
            (ITEMS, DELETED, "It is not in your schedule any more.", "item "),
        )
        for person in (SAME, moved(LATER), ALL_DAY, SERIES, DRAGGED)
    ),
    Row(ITEMS, DELETED, DELETED, "R6.1", "the Link is forgotten", None, (Step(Drop, "R6.1"),),
        asked=ALL),
    Row(ITEMS, Act(Does.LEAVES_LOCATION), SAME, "R3.1", "the event is deleted",
        WAS, (Step(DeleteEvent, "R3.1"),), "deleted ok", **NOWHERE,
        why="The calendar sync is not enabled for the location of this item.", asked="event"),
    Row(ITEMS, moved(PASSED), DELETED, "R11.4", "nothing is made in the past",
        PASSED, (Step(Drop, "R11.4"),), **NOWHERE, asked=ABSENT),
    *(
        Row(ITEMS, moved(PASSED), person, "R11.4", "nothing is made in the past",
            PASSED, (Step(DeleteEvent, "R11.4"),), "deleted ok", is_seen_together=True, **NOWHERE,
            asked=asked)
        for person, asked in ((DRAGGED, ABSENT), (SERIES, "event"))
    ),
)

FOLLOWS = Step(WriteItem, "R8.4", to=LATER)
GIVEN_BACK = Step(RemoveItem, "R8.4")
NOT_QUALIFIED = "the Reserve is deleted"

#: The second table, Outlook side first.
OUTLOOK_BORN = (
    # same | same
    met(MEETINGS, SAME, SAME, "R8.8", "nothing", WAS),
    met(MEETINGS, SAVED, SAME, "R8.8", "only noted", WAS, NOTED),
    met(MEETINGS, SAME, RENAMED, "R8.13", "the office's words stay", WAS, NOTED),
    # changed | same, changed or deleted
    met(MEETINGS, moved(LATER), SAME, "R8.4", "the Reserve follows",
        LATER, (FOLLOWS,), "moved ok", **OVER_HTTP),
    met(MEETINGS, moved(LATER), moved(ELSEWHEN), "R8.4", "Outlook wins",
        LATER, (FOLLOWS,), "moved ok"),
    met(MEETINGS, moved(LATER), RENAMED, "R8.13", "the Reserve follows, the office's words stay",
        LATER, (FOLLOWS,), "moved ok"),
    met(MEETINGS, RENAMED, SAME, "R8.4 R6.5", "the Reserve's text follows and no more",
        WAS, (Step(WriteItem, "R8.4", text=True),), "updated ok", **OVER_HTTP),
    met(MEETINGS, RENAMED, RENAMED, "R8.13", "the Meeting's words come back",
        WAS, (Step(WriteItem, "R8.4", text=True),), "updated ok"),
    met(MEETINGS, moved(LATER, renames=True), SAME, "R8.4", "the Reserve follows in both",
        LATER, (replace(FOLLOWS, text=True),), "moved ok"),
    met(MEETINGS, RENAMED, moved(ELSEWHEN), "R8.4", "Outlook wins",
        WAS, (Step(WriteItem, "R8.4", to=WAS, text=True),), "moved ok", is_seen_together=True),
    met(MEETINGS, moved(LATER), DELETED, "R8.4", "the Reserve is made again",
        LATER, (Step(CreateReserve, "R8.4", to=LATER, text=True),), "created ok", asked="item"),
    met(MEETINGS, moved(TAKEN), SAME, "R7.5", "the Reserve makes room, and the Meeting waits",
        None, (
            Step(WriteItem, "R8.4", to=TAKEN, refused=IS_TAKEN), Step(RemoveItem, "R7.5"),
            Step(CreateReserve, "R8.4", to=TAKEN, text=True, refused=IS_TAKEN), Step(Wait, "R7.5"),
        ), "deleted ok, created refused", IS_IN_OUTLOOK_ONLY, **LEFT,
        why="Its meeting has moved to a time that is taken."),
    met(MEETINGS, Act(Does.HIDES), SAME, "R7.3", "title and notes go",
        WAS, (Step(WriteItem, "R8.4", text=True),), "updated ok"),
    # gone | anything
    met(MEETINGS, DELETED, SAME, "R8.4", "the Reserve is deleted",
        None, (GIVEN_BACK,), "deleted ok", **OVER_HTTP, why=WAS_DELETED, asked="event calendar"),
    met(MEETINGS, DELETED, moved(ELSEWHEN), "R8.4", "the Reserve is deleted",
        None, (GIVEN_BACK,), "deleted ok", why=WAS_DELETED, asked="event calendar"),
    met(MEETINGS, DELETED, DELETED, "R8.4", "the Link is forgotten", None, (Step(Drop, "R8.4"),),
        asked="item event calendar"),
    met(SINGLE, DRAGGED, SAME, "R8.4", "the Reserve is deleted",
        None, (GIVEN_BACK,), "deleted ok", why=WAS_DELETED, asked="event calendar"),
    met(SINGLE, Act(Does.UNDOES), SAME, "R8.10", "it is the same Meeting", WAS, NOTED),
    met(SINGLE, Act(Does.DRAGS_BACK), SAME, "R8.10", "it is the same Meeting", WAS, NOTED),
    # no longer qualifies | anything
    *(
        met(of, person, SAME, rule, NOT_QUALIFIED,
            None, (Step(RemoveItem, rule),), "deleted ok", why=why, **LEFT,
            asked="" if person.to == BEYOND else "event")
        for of, person, rule, why in (
            (MEETINGS, Act(Does.FREES), "R7.1", IS_FREE),
            (OWN, ALL_DAY, "R7.1", IS_ALL_DAY),
            (FOREIGN, Act(Does.DECLINES), "R7.1",
                "You declined this meeting. Accept it to block the time."),
            (FOREIGN, Act(Does.CANCELS), "R7.1", "This meeting was cancelled."),
            (OWN, Act(Does.EMPTIES), "R7.1",
                "A meeting that ends when it starts has no time to block."),
            (OWN, moved(PASSED), "R7.1", "This has passed; only what is ahead is synced."),
            (OWN, moved(BEYOND), "R11.4", TOO_FAR),
            (OWN, moved(FAR), "R11.4", TOO_FAR),
        )
    ),
    met(MEETINGS, Act(Does.FREES), moved(ELSEWHEN), "R7.1", NOT_QUALIFIED,
        None, (Step(RemoveItem, "R7.1"),), "deleted ok", why=IS_FREE, **LEFT, asked="event"),
    met(MEETINGS, Act(Does.FREES), DELETED, "R7.1", "the Link is forgotten",
        None, (Step(Drop, "R7.1"),), **LEFT, asked="item event"),
    # same | moved
    met(OWN, SAME, moved(LATER), "R8.5", "the Meeting is moved",
        LATER, (Step(WriteEvent, "R8.5", to=LATER),), "moved ok", **OVER_HTTP, asked="event"),
    met(NOT_OWN, SAME, moved(LATER), "R8.5 R9.3", "the Reserve is put back",
        WAS, (Step(WriteItem, "R8.5", to=WAS),),
        "moved" + AND_BACK, Told(YOU_MOVED_RESERVE, OF_OTHERS, RESERVE_BACK), asked="event"),
    met(OWN, SAME, moved(LATER), "R8.5 R9.3", "the Reserve is put back",
        WAS, (Step(WriteEvent, "R8.5", to=LATER, refused=LOCKED), Step(WriteItem, "R8.5", to=WAS)),
        "moved" + AND_BACK, Told(YOU_MOVED_RESERVE, LOCKED.detail, RESERVE_BACK), asked="event"),
    # same | deleted
    met(MEETINGS, SAME, DELETED, "R8.6", "the Meeting is left alone",
        None, (Step(Note, "R8.6"),), "left_out ok", why=UNBLOCKED, **LEFT, asked="item"),
    met(MEETINGS, SAVED, DELETED, "R8.6", "the Meeting is left alone",
        None, (Step(Note, "R8.6"),), "left_out ok", why=UNBLOCKED, **LEFT, asked="item"),
    # passed
    met(MEETINGS, DELETED, SAME, "R11.4", "left as it is",
        WAS, has_passed=True, **LEFT, asked="event calendar"),
)
# fmt: on
#: Each row for each thing that it holds for.
CASES = [(row, born) for row in (*BOOKING_BORN, *OUTLOOK_BORN) for born in row.of]
