"""How the actions of the second table are made, and what a Meeting's state is told by. Pure.

What is done, and when, is decided in ``outlook_born.py``.
"""

from dataclasses import replace

from sync.engine.actions import CreateReserve
from sync.engine.cases import Scene
from sync.engine.items import OutlookItem, ReserveContent
from sync.engine.links import Hold, Intent, Link, Op, Side, Why, replaced
from sync.engine.texts import reserve_content, reserve_fingerprint
from sync.engine.what_was_tried import span_of


def creation(link: Link, meeting: OutlookItem, scene: Scene) -> CreateReserve:
    """Makes the Reserve of a Meeting; the Link says beforehand what will be written (R11.5).

    One that was begun keeps what it was begun with: its repeat is answered with the first.
    """
    content = content_of(meeting, scene)
    begun = link.intent is not None and link.intent.op is Op.CREATE and link.generation
    intent = Intent(
        op=Op.CREATE,
        side=Side.BOOKING,
        interval=meeting.interval,
        text=reserve_fingerprint(content),
        version=meeting.etag,
        older=replaced(link, meeting.etag),
    )
    return CreateReserve(
        link=replace(
            link,
            interval=meeting.interval,
            series=meeting.series_id,
            uid=meeting.uid or link.uid,
            booking_id=None,
            base=None,
            generation=link.generation if begun else scene.nonce,
            intent=link.intent if begun else intent,
        ),
        rule="R7.1" if link.generation == "" else "R8.4",
        title=content.title,
        meeting=meeting,
        content=content,
    )


def beyond_window(link: Link, meeting: OutlookItem, scene: Scene) -> Link:
    """Gives the Link of a Meeting that waits beyond the Window (R11.4)."""
    window = scene.policy.window.interval
    since = link.hold.since if link.hold is not None and link.hold.why is Why.BEYOND else scene.now
    at = meeting.interval.start - (window.end - window.start)
    return replace(
        link,
        interval=meeting.interval,
        booking_id=None,
        base=None,
        intent=None,
        hold=Hold(why=Why.BEYOND, since=since, at=at),
        told="",
    )


def meeting_state(meeting: OutlookItem, scene: Scene) -> str:
    """Tells one state of a Meeting from another, by what its Reserve would say (R7.5)."""
    content = content_of(meeting, scene)
    return f"{reserve_fingerprint(content)} {span_of(meeting.interval)}"


def content_of(meeting: OutlookItem, scene: Scene) -> ReserveContent:
    """Gives what the Reserve of a Meeting says (R7.2, R7.3)."""
    return reserve_content(meeting, details=scene.policy.settings.sync_meeting_details)
