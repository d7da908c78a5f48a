"""What the other side's no to a Reserve means for the Link and for the person (R7.5). Pure."""

from dataclasses import replace

from sync.engine import waits
from sync.engine.actions import CreateReserve, Wait, WriteItem
from sync.engine.cases import Case, Scene
from sync.engine.items import Refusal
from sync.engine.links import Hold, Why
from sync.engine.outlook_born_actions import meeting_state
from sync.engine.reasons import SkipReason, explain
from sync.engine.telling import Tell
from sync.engine.what_was_tried import span_of
from sync.words import msgid

#: The booking product's word for a time that is taken, which it alone judges (R8.7).
TAKEN = "slot_taken"


def why(refusal: Refusal) -> str:
    """Says in a sentence why the other side refused."""
    if refusal.code == TAKEN:
        return msgid("The booking product says that this time is taken.")
    return refusal.detail or explain(SkipReason.REFUSED).sentence


def after_refused_creation(
    case: Case, action: CreateReserve, refusal: Refusal, scene: Scene
) -> Wait:
    """Keeps a Meeting whose Reserve was refused; told once for each of its states (R7.5)."""
    link, state = case.link, meeting_state(action.meeting, scene)
    if refusal.code == TAKEN:
        since = link.hold.since if link.hold is not None and link.hold.of == state else scene.now
        hold = Hold(why=Why.TAKEN, since=since, of=state, code=refusal.code)
    else:
        hold = waits.refused(case, refusal.code, state, scene.now)
    if hold.why is Why.TAKEN:
        now = msgid("The meeting is in Outlook only. It is tried again when something changes.")
    else:
        now = msgid("The meeting is in Outlook only. It is tried again by itself.")
    tell = Tell(
        title=action.title,
        tried=msgid("Your Outlook meeting should block this time."),
        reason=why(refusal),
        now=now,
        state=state,
        new=action.meeting.interval,
    )
    return Wait(
        link=replace(link, interval=action.meeting.interval),
        rule="R7.5",
        title=action.title,
        tell=None if link.told == state else tell,
        hold=hold,
    )


def after_refused_update(case: Case, action: WriteItem, refusal: Refusal, scene: Scene) -> Wait:
    """Keeps a Reserve that may not follow its Meeting as it was; told once a state (R7.5)."""
    link, meeting = case.link, action.event
    state = span_of(action.shows) if meeting is None else meeting_state(meeting, scene)
    before = action.shows if link.base is None else link.base.outlook.interval
    is_move = action.shows != before
    tried = (
        msgid("You moved the meeting in Outlook.")
        if is_move
        else msgid("You changed the meeting in Outlook.")
    )
    tell = Tell(
        title=action.title,
        tried=tried,
        reason=why(refusal),
        now=msgid("Its reserved time is as it was before. It is tried again by itself."),
        state=state,
        old=before,
        new=action.shows,
    )
    return Wait(
        link=link,
        rule="R7.5",
        title=action.title,
        tell=None if link.told == state else tell,
        hold=waits.refused(case, refusal.code, state, scene.now),
    )
