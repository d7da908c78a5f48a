"""Section 8, first table: Appointments and Reserves born in the booking product.

``of_link`` and ``of_new`` are the two ways in. What may live here decides about one item at a time
and looks at nothing but the Snapshot.
"""

from dataclasses import replace

from sync.domain.actions import (
    CreateEvent,
    DeleteEvent,
    DropLink,
    KeepLink,
    MoveBookingItem,
    RemoveBookingItem,
    Tell,
    UpdateEvent,
)
from sync.domain.content import booking_title, event_content, event_fingerprint
from sync.domain.model import (
    BookingItem,
    Elsewhere,
    Gone,
    Link,
    LinkState,
    Origin,
    OutlookItem,
    OutlookItemId,
    OutlookKind,
    booking_key,
)
from sync.domain.people import AccessType, OnOutlookDelete
from sync.domain.reasons import SkipReason, explain
from sync.domain.rules import booking_reason, window_reason
from sync.domain.snapshot import MAX_TRIES, Skip, Snapshot, Step
from sync.domain.tries import Seen, shape_of, state_of, title_of, what_was_tried

_BACK = "The event is back in Outlook as it was."


def of_link(link: Link, s: Snapshot) -> Step:
    """Decides about an item that has a Link, by the Link's state."""
    item = s.booking.get(link.booking_id) if link.booking_id is not None else Gone()
    match link.state:
        case LinkState.LINKED:
            event = s.outlook.get(link.outlook_id) if link.outlook_id is not None else Gone()
            return _of_pair(link, item, event, s)
        case LinkState.CREATING:
            return _of_doubt(link, item, s)
        case LinkState.PARKED:
            return _of_parked(link, item, s)
        case _:
            # UPCOMING: nothing was written yet, so the item decides as if it were new.
            if item is None:
                return None
            return of_new(item, s, link)


def of_new(item: BookingItem | Gone, s: Snapshot, link: Link | None) -> Step:
    """Decides about an item without an event; ``link`` is its UPCOMING Link if it has one."""
    reason = _reason(item, s) if isinstance(item, BookingItem) else None
    if isinstance(item, Gone) or reason not in {None, SkipReason.BEYOND_WINDOW}:
        if link is not None:
            return _drop(link, "R6.1")
        return Skip(item=item, reason=reason) if isinstance(item, BookingItem) and reason else None
    fresh = link or Link(
        key=booking_key(item.id),
        origin=Origin.BOOKING,
        state=LinkState.UPCOMING,
        interval=item.interval,
        booking_id=item.id,
    )
    if reason is None:
        return _create(fresh, item, s, rule="R6.1")
    if not s.horizon.overlaps(item.interval):
        # Beyond what the feeds cover a later full read meets it (R11.4).
        return _drop(link, "R11.4") if link is not None else Skip(item=item, reason=reason)
    upcoming = replace(fresh, state=LinkState.UPCOMING, interval=item.interval, reason=None)
    if upcoming != link:
        return _keep(upcoming, "R11.4")
    return Skip(item=item, reason=reason)


def _of_doubt(link: Link, item: BookingItem | Gone | None, s: Snapshot) -> Step:
    """Decides about an event that was being made when something broke (R11.5)."""
    twin = s.found.get(link.key)
    if isinstance(twin, OutlookItem):
        # The event is there although nobody recorded it. The Link holds what was to be written,
        # so from here on it is a pair like any other.
        adopted = replace(
            link,
            state=LinkState.LINKED,
            outlook_id=twin.id,
            outlook_etag=twin.etag,
            unseen=True,
            leftover=None,
        )
        step = _of_pair(adopted, item, twin, s)
        return _keep(adopted, "R11.5") if step is None else step
    if item is None:
        return None
    if isinstance(twin, Elsewhere):
        # Dragged away before anybody recorded it: made again under another mark (R8.12).
        if isinstance(item, Gone) or booking_reason(item, s.policy) is not None:
            return _delete(link, twin.outlook_id, title_of(item, twin), "R8.12")
        return _of_dragged(replace(link, generation=""), item, twin, s)
    # Begun is finished also where the item lies beyond the Window by now, as for one that has an
    # event and moves there: nothing else would meet it as it comes nearer (R11.4).
    if isinstance(item, BookingItem) and _reason(item, s) in {None, SkipReason.BEYOND_WINDOW}:
        return _create(link, item, s, rule="R11.5")
    if link.leftover is not None:
        return _delete(link, link.leftover, title_of(item, None), "R8.12")
    return _drop(link, "R6.1")


def _of_parked(link: Link, item: BookingItem | Gone | None, s: Snapshot) -> Step:
    """Decides about an item whose event Outlook called impossible."""
    if item is None:
        return None
    if isinstance(item, Gone) or _reason(item, s) is not None:
        return of_new(item, s, link)
    if item.version != link.booking_version:
        return _create(replace(link, tries=0), item, s, rule="R6.1")
    if s.is_resync or (s.retry and link.tries < MAX_TRIES):
        return _create(link, item, s, rule="R6.1")
    return Skip(item=item, reason=SkipReason.REFUSED)


def _of_pair(link: Link, item: BookingItem | Gone | None, event: Seen, s: Snapshot) -> Step:
    """Decides one row of the table; a side that is ``None`` was not reported: it is the same."""
    window = s.policy.window
    if window.has_passed(link.interval) and all(
        window.has_passed(side.interval)
        for side in (item, event)
        if isinstance(side, BookingItem | OutlookItem)
    ):
        # Passed on both sides: left as it is, and linked for R10.1 (R11.4).
        return None

    # gone | anything: the event is deleted.
    no_part = booking_reason(item, s.policy) if isinstance(item, BookingItem) else None
    if isinstance(item, Gone) or no_part is not None:
        rule = explain(no_part).rule if no_part is not None else "R6.1"
        if isinstance(event, Gone) or link.outlook_id is None:
            return _drop(link, rule)
        outlook_id = event.outlook_id if isinstance(event, Elsewhere) else link.outlook_id
        return _delete(link, outlook_id, title_of(item, event), rule)

    before = link
    if isinstance(event, OutlookItem):
        link = replace(link, outlook_etag=event.etag)
    if item is not None and item.version != link.booking_version:
        return _of_changed(link, item, event, s)

    match event:
        # same | same: nothing was reported.
        case None:
            return None
        # same | deleted (R8.2)
        case Gone():
            return _of_deleted(link, item, s)
        # same | dragged into another calendar (R8.12)
        case Elsewhere():
            return _of_dragged(link, item, event, s)
        # same | made all-day, or a series (R8.9)
        case OutlookItem() if shape_of(event) is not None:
            tell = Tell(
                title=title_of(item, event),
                tried=what_was_tried(link, event, link.interval) or "",
                reason="An item of the schedule has one start and one end.",
                now=_BACK,
                state=state_of(event),
                old=link.interval,
            )
            if event.kind is not OutlookKind.SINGLE:
                # A series can't be narrowed to one event with certainty: it is made again.
                return _remake(link, item, event, s, rule="R8.9", tell=tell)
            return _put_back(link, tell, "R8.9")
        # same | moved (R8.1)
        case OutlookItem() if event.interval != link.interval:
            return _of_moved(link, item, event, s)
        # same | same: an event touched by Outlook itself, or by its user in what we don't compare.
        case OutlookItem():
            return _keep(replace(link, told=None), "R8.8") if link != before else None


def _of_dragged(link: Link, item: BookingItem | None, event: Elsewhere, s: Snapshot) -> Step:
    """Same | dragged into another calendar: made again, the dragged one is removed (R8.12)."""
    tell = Tell(
        title=title_of(item, event),
        tried="You moved the event into another calendar.",
        reason="Only the calendar that is synced can show the schedule.",
        now="The event is back in the synced calendar.",
        state=state_of(event),
        old=link.interval,
    )
    return _remake(link, item, event, s, rule="R8.12", tell=tell)


def _of_changed(link: Link, item: BookingItem, event: Seen, s: Snapshot) -> Step:
    """Changed | same: the event is updated; changed | moved or deleted: booking wins (R8.3)."""
    tried = what_was_tried(link, event, item.interval)
    tell = None
    if tried is not None:
        moved = isinstance(event, OutlookItem) and shape_of(event) is None
        tell = Tell(
            title=title_of(item, event),
            tried=tried,
            reason="It was changed in the booking product at the same time.",
            now="It stands as in the booking product.",
            state=f"{item.version} {state_of(event)}",
            old=link.interval,
            new=event.interval if isinstance(event, OutlookItem) and moved else None,
        )
    if isinstance(event, Gone | Elsewhere) or (
        isinstance(event, OutlookItem) and event.kind is not OutlookKind.SINGLE
    ):
        return _remake(link, item, event, s, rule="R8.3", tell=tell)
    content = event_content(item, s.product)
    shows = link.interval if event is None else event.interval
    if (
        shows == item.interval
        and (event is None or shape_of(event) is None)
        and event_fingerprint(content) == link.content
    ):
        # A save with identical values, or our own move whose record was lost: nothing to write.
        agreed = replace(
            link, booking_version=item.version, interval=item.interval, told=None, reason=None
        )
        return _keep(agreed, "R8.8")
    return UpdateEvent(
        link=link,
        rule="R6.1" if tried is None else "R8.3",
        title=booking_title(item),
        tell=_untold(link, tell),
        content=content,
        interval=item.interval,
        version=item.version,
        is_put_back=tried is not None,
    )


def _of_deleted(link: Link, item: BookingItem | None, s: Snapshot) -> Step:
    """Same | deleted: R8.2, or put back where the person chose so or may only view."""
    title = title_of(item, None)
    tell = Tell(
        title=title,
        tried="You deleted the event in Outlook.",
        reason="",
        now=_BACK,
        state=state_of(Gone()),
        old=link.interval,
    )
    if s.policy.access_type is AccessType.VIEW_ONLY:
        tell = replace(tell, reason=explain(SkipReason.VIEW_ONLY).sentence)
        return _remake(link, item, Gone(), s, rule="R2.4", tell=tell)
    if s.policy.settings.on_outlook_delete is OnOutlookDelete.PUT_BACK:
        # The person chose this in the settings, so it is no news and no mail.
        return _remake(link, item, Gone(), s, rule="R8.2", tell=None)
    if link.booking_id is None or link.booking_version is None:
        return _drop(link, "R8.2")
    return RemoveBookingItem(
        link=link,
        rule="R8.2",
        title=title,
        tell=tell,
        booking_id=link.booking_id,
        version=link.booking_version,
    )


def _of_moved(link: Link, item: BookingItem | None, event: OutlookItem, s: Snapshot) -> Step:
    """Same | moved: put to the booking product, also into the past (R8.1, R8.13)."""
    tell = Tell(
        title=title_of(item, event),
        tried="You moved the event in Outlook.",
        reason="",
        now=_BACK,
        state=state_of(event),
        old=link.interval,
        new=event.interval,
    )
    if link.told == tell.state:
        # Refused and told, but the put back was cut short.
        return _put_back(link, tell, "R8.1")
    if s.policy.access_type is AccessType.VIEW_ONLY:
        reason = explain(SkipReason.VIEW_ONLY).sentence
        return _put_back(link, replace(tell, reason=reason), "R2.4")
    if link.booking_id is None or link.booking_version is None:
        return None
    return MoveBookingItem(
        link=link,
        rule="R8.1",
        title=tell.title,
        tell=tell,
        booking_id=link.booking_id,
        version=link.booking_version,
        interval=event.interval,
        outlook_etag=event.etag,
        put_back=link.interval,
    )


def _reason(item: BookingItem, s: Snapshot) -> SkipReason | None:
    return booking_reason(item, s.policy) or window_reason(item, s.policy.window)


def _create(
    link: Link, item: BookingItem, s: Snapshot, *, rule: str, tell: Tell | None = None
) -> CreateEvent:
    content = event_content(item, s.product)
    return CreateEvent(
        # The Link says beforehand what will be written: found again by its mark, the event is
        # judged against that (R11.5).
        link=replace(
            link,
            state=LinkState.CREATING,
            generation=(link.state is LinkState.CREATING and link.generation) or s.nonce,
            booking_version=item.version,
            interval=item.interval,
            content=event_fingerprint(content),
            outlook_id=None,
            outlook_etag=None,
            seen_at=s.policy.window.now,
        ),
        rule=rule,
        title=booking_title(item),
        tell=tell,
        content=content,
        interval=item.interval,
        version=item.version,
        is_put_back=rule.startswith("R8") or rule == "R2.4",
    )


def _remake(
    link: Link,
    item: BookingItem | None,
    event: OutlookItem | Gone | Elsewhere,
    s: Snapshot,
    *,
    rule: str,
    tell: Tell | None,
) -> Step:
    """Makes the event again; what the person made of the old one is deleted first."""
    if item is None:
        return None
    match event:
        case OutlookItem():
            leftover: OutlookItemId | None = event.id
        case Elsewhere():
            leftover = event.outlook_id
        case Gone():
            leftover = None
    remade = replace(link, leftover=leftover)
    return _create(remade, item, s, rule=rule, tell=_untold(link, tell))


def _untold(link: Link, tell: Tell | None) -> Tell | None:
    return None if tell is None or link.told == tell.state else tell


def _put_back(link: Link, tell: Tell, rule: str) -> UpdateEvent:
    return UpdateEvent(
        link=link,
        rule=rule,
        title=tell.title,
        tell=_untold(link, tell),
        content=None,
        interval=link.interval,
        version=link.booking_version or "",
        is_put_back=True,
    )


def _delete(link: Link, outlook_id: OutlookItemId, title: str, rule: str) -> DeleteEvent:
    return DeleteEvent(link=link, rule=rule, title=title, outlook_id=outlook_id)


def _keep(link: Link, rule: str) -> KeepLink:
    return KeepLink(link=link, rule=rule, title="")


def _drop(link: Link, rule: str) -> DropLink:
    return DropLink(link=link, rule=rule, title="")
