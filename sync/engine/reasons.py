"""Why an item takes no part: one reason for each rule, in words for the person (R7.1, R12.2).

Only the table of reasons may live here; which of them holds is for ``taking_part.py`` to say.
"""

from dataclasses import dataclass
from enum import StrEnum

from sync.kept_texts import FAILING_SINCE
from sync.people.people import Failing, Problem
from sync.words import msgid


class SkipReason(StrEnum):
    """Why an item has no twin on the other side."""

    GROUP_EVENT = "group_event"
    RESERVES_NOT_CHOSEN = "reserves_not_chosen"
    MADE_FROM_MEETING = "made_from_meeting"
    LOCATION_NOT_ENABLED = "location_not_enabled"
    BOOKING_CANCELLED = "booking_cancelled"
    MEETINGS_NOT_CHOSEN = "meetings_not_chosen"
    VIEW_ONLY = "view_only"
    OWN_EVENT = "own_event"
    SERIES_MASTER = "series_master"
    UNREADABLE = "unreadable"
    ALL_DAY = "all_day"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    SHOW_AS = "show_as"
    NO_LENGTH = "no_length"
    PAST = "past"
    BEYOND_WINDOW = "beyond_window"
    LEFT_ALONE = "left_alone"
    LEFT_BEHIND = "left_behind"
    TIME_TAKEN = "time_taken"
    REFUSED = "refused"
    NOT_READABLE = "not_readable"
    TO_BE_PROVEN = "to_be_proven"
    HELD = "held"
    ON_ITS_WAY = "on_its_way"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A rule of SPEC.md by number and the sentence that a person reads.

    ``advice`` says what to do about it, where the sentence does not: for whoever asks why.
    """

    rule: str
    sentence: str
    advice: str = ""

    @property
    def in_full(self) -> str:
        """Gives the sentence with its advice."""
        return f"{self.sentence} {self.advice}".strip()


_REASONS = {
    SkipReason.GROUP_EVENT: Reason(
        rule="R6.1",
        sentence=msgid("Group events are not copied to Outlook."),
        advice=msgid("Put it into your Outlook calendar yourself if you want it there."),
    ),
    SkipReason.RESERVES_NOT_CHOSEN: Reason(
        rule="R5.5",
        sentence=msgid("You chose not to copy reserved time to Outlook."),
        advice=msgid("To have it there, choose Reserves to Outlook in your settings."),
    ),
    SkipReason.MADE_FROM_MEETING: Reason(
        rule="R6.1",
        sentence=msgid("This reserved time stands for a meeting that is in Outlook already."),
    ),
    SkipReason.LOCATION_NOT_ENABLED: Reason(
        rule="R3.1",
        sentence=msgid("The calendar sync is not enabled for the location of this item."),
        advice=msgid("Ask an administrator to enable it there."),
    ),
    SkipReason.BOOKING_CANCELLED: Reason(rule="R6.1", sentence=msgid("This item was cancelled.")),
    SkipReason.MEETINGS_NOT_CHOSEN: Reason(
        rule="R5.5",
        sentence=msgid("You chose that Outlook meetings do not block time."),
        advice=msgid("To block its time, choose Outlook meetings in your settings."),
    ),
    SkipReason.VIEW_ONLY: Reason(
        rule="R2.4",
        sentence=msgid("Your access is view only, so nothing from Outlook reaches the schedule."),
        advice=msgid("Ask an administrator if that should be otherwise."),
    ),
    SkipReason.OWN_EVENT: Reason(
        rule="R7.1", sentence=msgid("The calendar sync itself made this event.")
    ),
    SkipReason.SERIES_MASTER: Reason(
        rule="R7.1", sentence=msgid("Each occurrence of a repeating meeting counts by itself.")
    ),
    SkipReason.UNREADABLE: Reason(
        rule="R7.1",
        sentence=msgid(
            "The time of this meeting can't be understood. Save it again in Outlook with a "
            "common time zone."
        ),
    ),
    SkipReason.ALL_DAY: Reason(
        rule="R7.1",
        sentence=msgid(
            "All-day meetings do not block time. For a whole day off, set a Day Off in the "
            "booking product."
        ),
    ),
    SkipReason.CANCELLED: Reason(
        rule="R7.1",
        sentence=msgid("This meeting was cancelled."),
        advice=msgid("To block the time, make a new one."),
    ),
    SkipReason.DECLINED: Reason(
        rule="R7.1", sentence=msgid("You declined this meeting. Accept it to block the time.")
    ),
    SkipReason.SHOW_AS: Reason(
        rule="R7.1",
        sentence=msgid(
            "This meeting is shown as a status that you chose not to block time. Change "
            "Show As in Outlook to block it."
        ),
    ),
    SkipReason.NO_LENGTH: Reason(
        rule="R7.1",
        sentence=msgid("A meeting that ends when it starts has no time to block."),
        advice=msgid("Give it a length in Outlook."),
    ),
    SkipReason.PAST: Reason(
        rule="R7.1", sentence=msgid("This has passed; only what is ahead is synced.")
    ),
    SkipReason.BEYOND_WINDOW: Reason(
        rule="R11.4",
        sentence=msgid("This is too far ahead; it is synced by itself when it comes nearer."),
    ),
    SkipReason.LEFT_ALONE: Reason(
        rule="R8.6",
        sentence=msgid(
            "Its reserved time was deleted in the booking product. Change the meeting to "
            "block time again."
        ),
    ),
    SkipReason.LEFT_BEHIND: Reason(
        rule="R5.9",
        sentence=msgid(
            "It can't be read, so it is still in the calendar that you chose before. It moves by "
            "itself as soon as it can be read."
        ),
    ),
    SkipReason.TIME_TAKEN: Reason(
        rule="R7.5",
        sentence=msgid(
            "The booking product says that this time is taken. It is tried again when "
            "something changes."
        ),
        advice=msgid("To have both, move one of them."),
    ),
    SkipReason.NOT_READABLE: Reason(
        rule="R11.8",
        sentence=msgid(
            "This item can't be read at the moment. It is tried again by itself; nothing is "
            "changed until then."
        ),
        advice=msgid("If that does not help, open it and save it again."),
    ),
    SkipReason.TO_BE_PROVEN: Reason(
        rule="R8.10",
        sentence=msgid(
            "Its event can't be found in Outlook. It is looked for once more before anything "
            "follows."
        ),
    ),
    SkipReason.HELD: Reason(
        rule="R11.7",
        sentence=msgid(
            "Its event was deleted together with many others. Nothing is cancelled until you "
            "answer."
        ),
        advice=msgid("Your page asks you at the top."),
    ),
    SkipReason.ON_ITS_WAY: Reason(
        rule="R11.1", sentence=msgid("It is on its way; the next sync takes it along.")
    ),
    SkipReason.REFUSED: Reason(
        rule="R7.5",
        sentence=msgid(
            "The other calendar refused this item. It is tried again by itself; if that does "
            "not help, change it."
        ),
    ),
}


def explain(reason: SkipReason) -> Reason:
    """Gives the rule and the sentence of a reason."""
    return _REASONS[reason]


def problem_of(failing: Failing) -> Problem:
    """Says what fails, since when, in words for the person and the administrator."""
    since = failing.since.strftime("%Y-%m-%d %H:%M UTC")
    known = failing.code if failing.code in FAILING_SINCE else "unreachable"
    return Problem(code=known, message=FAILING_SINCE[known].text.format(since=since))
