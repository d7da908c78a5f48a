"""An event of ours was deleted: what follows, and when it is proven (R8.2, R8.10). Pure."""

from dataclasses import replace

from sync.engine import waits
from sync.engine.actions import Decision, RemoveItem
from sync.engine.booking_born_actions import made_again
from sync.engine.cases import Case, Scene, is_answered, is_settling
from sync.engine.items import BookingItem, Gone
from sync.engine.links import Base, Kind, Why
from sync.engine.reasons import SkipReason, explain
from sync.engine.telling import Tell
from sync.engine.texts import booking_title
from sync.engine.what_was_tried import BACK, try_state
from sync.people.people import AccessType, HeldAnswer, OnOutlookDelete
from sync.words import msgid


def of_deleted(case: Case, base: Base, item: BookingItem | None, scene: Scene) -> Decision:
    """Same | deleted: R8.2, or put back where the person chose so or may only view."""
    if item is None:
        # All that was to be had of it is older than our own write: its deletion is not forgotten.
        return waits.read_late(case, scene)
    # Both sides are known: nothing is in doubt any more of a call that nobody recorded (R11.5).
    link = replace(case.link, base=base, intent=None)
    case = replace(case, link=link)
    if is_settling(link, scene.now):
        return waits.too_young(case, scene)
    tell = Tell(
        title=booking_title(item),
        tried=msgid("You deleted the event in Outlook."),
        reason="",
        now=BACK,
        state=try_state(Gone()),
        old=base.outlook.interval,
    )
    if scene.policy.access_type is AccessType.VIEW_ONLY:
        reason = explain(SkipReason.VIEW_ONLY).sentence
        return made_again(case, item, "R2.4", replace(tell, reason=reason), scene)
    if (
        scene.policy.settings.on_outlook_delete is OnOutlookDelete.PUT_BACK
        or link.leaves is not None
        or _says_put_back(case, scene)
    ):
        # The person said so, in the settings or as they were asked: no news, and no mail. Of what
        # has not arrived in another calendar yet nobody can tell a deletion from the move (R5.9).
        return made_again(case, item, "R8.2", None, scene)
    if link.kind is Kind.APPOINTMENT and not is_proven_twice(case, scene):
        return waits.wait(case, waits.unproven(case, scene))
    return RemoveItem(
        link=link,
        rule="R8.2",
        title=tell.title,
        tell=tell,
        booking_id=item.id,
        version=item.version,
    )


def is_proven_twice(case: Case, scene: Scene) -> bool:
    """Says whether this is a look long enough after the first that found it gone (R8.10)."""
    hold = case.link.hold
    if hold is None or not case.stands_for(*waits.OF_DELETIONS):
        return not scene.cancel_after
    return scene.now - hold.standing.since >= scene.cancel_after


def _says_put_back(case: Case, scene: Scene) -> bool:
    """Says whether a held cancellation is put back: answered so, or not answered in time."""
    held = scene.held
    if held is None or not case.stands_for(Why.HELD) or not is_answered(held, scene):
        return False
    return held.answer is not HeldAnswer.CANCEL
