"""Section 8, second table: Meetings born in Outlook and the Reserves that stand for them.

``of_link`` and ``of_new`` are the two ways in. What may live here decides about one Meeting at a
time and looks at nothing but the Snapshot.
"""

from dataclasses import replace

from sync.domain.actions import (
    CreateReserve,
    DeleteReserve,
    DropLink,
    KeepLink,
    MoveMeeting,
    Tell,
    UpdateReserve,
)
from sync.domain.content import PRIVATE_TITLE, meeting_title, reserve_content, reserve_fingerprint
from sync.domain.model import (
    BookingItem,
    Elsewhere,
    Gone,
    Link,
    LinkState,
    Origin,
    OutlookItem,
    OutlookKind,
    ReserveContent,
    outlook_key,
)
from sync.domain.reasons import SkipReason, explain
from sync.domain.rules import Policy, inwards_reason, outlook_reason, window_reason
from sync.domain.snapshot import MAX_TRIES, Skip, Snapshot, Step

type _Meeting = OutlookItem | Gone | None
type _Reserve = BookingItem | Gone | None


def of_link(link: Link, s: Snapshot) -> Step:
    """Decides about a Meeting that has a Link, by the Link's state."""
    seen = s.outlook.get(link.outlook_id) if link.outlook_id is not None else Gone()
    # A Meeting in another calendar is gone from the one that is synced.
    meeting = Gone() if isinstance(seen, Elsewhere) else seen
    match link.state:
        case LinkState.LINKED:
            reserve = s.booking.get(link.booking_id) if link.booking_id is not None else Gone()
            return _of_pair(link, meeting, reserve, s)
        case LinkState.CREATING:
            return _of_doubt(link, meeting, s)
        case LinkState.WAITING | LinkState.PARKED | LinkState.DETACHED:
            return _of_refused(link, meeting, s)
        case _:
            # UPCOMING: nothing was written yet, so the Meeting decides as if it were new.
            if meeting is None:
                return None
            return of_new(meeting, s, link)


def of_new(meeting: OutlookItem | Gone, s: Snapshot, link: Link | None) -> Step:
    """Decides about a Meeting without a Reserve; ``link`` remembers it if it has one."""
    if isinstance(meeting, Gone):
        return _drop(link, "R7.1") if link is not None else None
    reason = _reason(meeting, s)
    fresh = link or Link(
        key=outlook_key(meeting.id),
        origin=Origin.OUTLOOK,
        state=LinkState.UPCOMING,
        interval=meeting.interval,
        outlook_id=meeting.id,
        series_id=meeting.series_id,
        unseen=True,
    )
    if reason is None:
        return _create(fresh, meeting, s, "R7.1")
    if reason is SkipReason.BEYOND_WINDOW and s.horizon.overlaps(meeting.interval):
        upcoming = _as_upcoming(fresh, meeting)
        return KeepLink(link=upcoming, rule="R11.4", title="") if upcoming != link else None
    return _drop(link, explain(reason).rule) if link is not None else _skip(meeting, reason)


def has_changed(link: Link, meeting: OutlookItem, policy: Policy) -> bool:
    """Compares what the Reserve would say with what it said last; an etag alone is no change."""
    return (
        meeting.interval != link.interval
        or reserve_fingerprint(_content(meeting, policy)) != link.content
    )


def _content(meeting: OutlookItem, policy: Policy) -> ReserveContent:
    return reserve_content(meeting, details=policy.settings.sync_meeting_details)


def _of_doubt(link: Link, meeting: _Meeting, s: Snapshot) -> Step:
    """Decides about a Reserve that was being made when something broke (R11.5)."""
    twin = s.found.get(link.key)
    if isinstance(twin, BookingItem):
        # The Reserve is there although nobody recorded it. The Link holds what was to be written,
        # so from here on it is a pair like any other.
        adopted = replace(
            link, state=LinkState.LINKED, booking_id=twin.id, booking_version=twin.version
        )
        step = _of_pair(adopted, meeting, twin, s)
        return KeepLink(link=adopted, rule="R11.5", title="") if step is None else step
    if meeting is None:
        return _drop(link, "R2.4") if inwards_reason(s.policy) is not None else None
    return of_new(meeting, s, link)


def _of_refused(link: Link, meeting: _Meeting, s: Snapshot) -> Step:
    """Decides about a Meeting whose Reserve was refused (R7.5) or deleted by hand (R8.6)."""
    if meeting is None:
        return _drop(link, "R2.4") if inwards_reason(s.policy) is not None else None
    step = of_new(meeting, s, link)
    if not isinstance(step, CreateReserve) or not isinstance(meeting, OutlookItem):
        return step
    if has_changed(link, meeting, s.policy):
        return step
    match link.state:
        case LinkState.DETACHED:
            return _skip(meeting, SkipReason.LEFT_ALONE)
        case LinkState.WAITING:
            return step if s.retry or s.is_resync else _skip(meeting, SkipReason.TIME_TAKEN)
        case _:
            may_try = s.is_resync or (s.retry and link.tries < MAX_TRIES)
            return step if may_try else _skip(meeting, SkipReason.REFUSED)


def _of_pair(link: Link, meeting: _Meeting, reserve: _Reserve, s: Snapshot) -> Step:
    """Decides one row of the table; a side that is ``None`` was not reported: it is the same."""
    window = s.policy.window
    if window.has_passed(link.interval) and all(
        window.has_passed(side.interval)
        for side in (meeting, reserve)
        if isinstance(side, BookingItem | OutlookItem)
    ):
        # Passed on both sides: left as it is, and linked for R10.1 (R11.4).
        return None

    # gone, or no longer qualifies | anything: the Reserve is deleted.
    why_not = _reason(meeting, s) if isinstance(meeting, OutlookItem) else inwards_reason(s.policy)
    if why_not is SkipReason.UNREADABLE and isinstance(meeting, OutlookItem):
        # One that can't be read proves nothing: its Reserve stays until it can (R8.10).
        return _skip(meeting, why_not)
    if isinstance(meeting, Gone) or why_not is not None:
        return _remove(link, meeting, reserve, why_not, s)

    if isinstance(meeting, OutlookItem):
        etag_is_new = meeting.etag != link.outlook_etag
        link = replace(link, outlook_etag=meeting.etag)
        # changed | same, changed or deleted: Outlook wins (R8.4).
        if has_changed(link, meeting, s.policy):
            return _of_changed(link, meeting, reserve, s)
    else:
        etag_is_new = False

    match reserve:
        # same | same
        case None:
            return KeepLink(link=link, rule="R8.8", title="") if etag_is_new else None
        # same | deleted: the Meeting is left alone until it changes (R8.6).
        case Gone():
            return KeepLink(
                link=replace(link, state=LinkState.DETACHED, booking_id=None, booking_version=None),
                rule="R8.6",
                title=_title(meeting),
                left_out=SkipReason.LEFT_ALONE,
            )
        # same | moved (R8.5)
        case BookingItem() if reserve.interval != link.interval:
            return _of_moved(link, meeting, reserve)
        # Title and notes edited in the booking product stay until the Meeting changes (R8.13).
        case BookingItem():
            if reserve.version == link.booking_version and not etag_is_new:
                return None
            agreed = replace(link, booking_version=reserve.version, told=None)
            return KeepLink(link=agreed, rule="R8.13", title="")


def _of_changed(link: Link, meeting: OutlookItem, reserve: _Reserve, s: Snapshot) -> Step:
    """Changed | same, changed or deleted: Outlook wins (R8.4)."""
    if isinstance(reserve, Gone):
        return _create(link, meeting, s, "R8.4")
    if link.booking_id is None:
        return None
    content = _content(meeting, s.policy)
    if (
        reserve is not None
        and reserve.interval == meeting.interval
        and (reserve.title or "", reserve.notes or "") == (content.title, content.notes)
    ):
        # Both sides agree already: our own write, whose record was lost (R11.5).
        return KeepLink(
            link=replace(
                link,
                interval=meeting.interval,
                content=reserve_fingerprint(content),
                booking_version=reserve.version,
                reason=None,
            ),
            rule="R11.5",
            title="",
        )
    return UpdateReserve(
        link=link,
        rule="R8.4",
        title=content.title,
        booking_id=link.booking_id,
        content=content,
        interval=meeting.interval,
        etag=meeting.etag,
    )


def _of_moved(link: Link, meeting: OutlookItem | None, reserve: BookingItem) -> Step:
    """Same | moved: the Meeting is moved if it is the person's alone, else put back (R8.5)."""
    if meeting is None:
        return None
    tell = Tell(
        title=meeting_title(meeting),
        tried="You moved its reserved time in the booking product.",
        reason="The meeting is somebody else's, has attendees or is part of a series, so it can "
        "only be moved in Outlook.",
        now="The reserved time is back where the meeting is.",
        state=f"{reserve.interval.start.isoformat()} {reserve.interval.end.isoformat()}",
        old=link.interval,
        new=reserve.interval,
    )
    is_told = link.told == tell.state
    is_own = meeting.is_organizer and not meeting.has_attendees
    if is_own and meeting.kind is OutlookKind.SINGLE and not is_told:
        return MoveMeeting(
            link=link,
            rule="R8.5",
            title=tell.title,
            tell=replace(tell, reason=""),
            outlook_id=meeting.id,
            etag=meeting.etag,
            interval=reserve.interval,
            version=reserve.version,
        )
    return UpdateReserve(
        link=link,
        rule="R8.5",
        title=tell.title,
        # Told already, but the put back was cut short.
        tell=None if is_told else tell,
        booking_id=reserve.id,
        content=None,
        interval=link.interval,
        etag=meeting.etag,
        is_put_back=True,
    )


def _remove(
    link: Link, meeting: _Meeting, reserve: _Reserve, why_not: SkipReason | None, s: Snapshot
) -> Step:
    """Deletes the Reserve; a Meeting that only left the Window is remembered (R11.4)."""
    rule = explain(why_not).rule if why_not is not None else "R8.4"
    then = None
    if (
        why_not is SkipReason.BEYOND_WINDOW
        and isinstance(meeting, OutlookItem)
        and s.horizon.overlaps(meeting.interval)
    ):
        then = _as_upcoming(link, meeting)
    if isinstance(reserve, Gone) or link.booking_id is None:
        if then is not None:
            return KeepLink(link=then, rule=rule, title="")
        return _drop(link, rule)
    return DeleteReserve(
        link=link, rule=rule, title=_title(meeting), booking_id=link.booking_id, then=then
    )


def _reason(meeting: OutlookItem, s: Snapshot) -> SkipReason | None:
    return outlook_reason(meeting, s.policy) or window_reason(meeting, s.policy.window)


def _title(meeting: OutlookItem | Gone | None) -> str:
    return meeting_title(meeting) if isinstance(meeting, OutlookItem) else PRIVATE_TITLE


def _as_upcoming(link: Link, meeting: OutlookItem) -> Link:
    return replace(
        link,
        state=LinkState.UPCOMING,
        interval=meeting.interval,
        booking_id=None,
        booking_version=None,
        content="",
        reason=None,
    )


def _create(link: Link, meeting: OutlookItem, s: Snapshot, rule: str) -> CreateReserve:
    content = _content(meeting, s.policy)
    return CreateReserve(
        # The Link says beforehand what will be written (R11.5). What the person was told about
        # stays with it: told once for each state (R7.5).
        link=replace(
            link,
            state=LinkState.CREATING,
            generation=(link.state is LinkState.CREATING and link.generation) or s.nonce,
            interval=meeting.interval,
            content=reserve_fingerprint(content),
            outlook_etag=meeting.etag,
            series_id=meeting.series_id,
            booking_id=None,
            booking_version=None,
        ),
        rule=rule,
        title=content.title,
        content=content,
        interval=meeting.interval,
        etag=meeting.etag,
    )


def _skip(meeting: OutlookItem, reason: SkipReason) -> Skip:
    return Skip(item=meeting, reason=reason)


def _drop(link: Link, rule: str) -> DropLink:
    return DropLink(link=link, rule=rule, title="")
