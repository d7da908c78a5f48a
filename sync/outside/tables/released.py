"""Brings the Links that release 1.0 wrote (rows ``link-…`` of version 1) into today's form: pure.

What 1.0 did not know stays careful: every item born in the booking product counts as an
Appointment until it is seen, and whoever waited is looked at again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sync.engine.links import Base, Hold, Intent, Kind, Known, Link, Op, Side, Why, outlook_key
from sync.outside.tables.rows import from_json
from sync.words import BookingItemId, Interval, LinkKey, OutlookItemId

_ENDED_FOR = timedelta(days=2)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class _State(StrEnum):
    CREATING = "creating"
    LINKED = "linked"
    DETACHED = "detached"
    WAITING = "waiting"
    PARKED = "parked"
    UPCOMING = "upcoming"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Released:
    """The members of a Link of 1.0 that are still of use."""

    key: LinkKey
    origin: Side
    state: _State
    interval: Interval
    booking_id: BookingItemId | None = None
    booking_version: str | None = None
    outlook_id: OutlookItemId | None = None
    outlook_etag: str | None = None
    series_id: OutlookItemId | None = None
    content: str = ""
    generation: str = ""
    leftover: OutlookItemId | None = None
    told: str | None = None
    tries: int = 0
    reason: str | None = None
    seen_at: datetime | None = None


def links_of_1_0(text: str) -> tuple[Link, ...]:
    """Gives the Link that a row of 1.0 held, and one more for an event it still had to delete.

    Raises:
        ContractBroken: The text is not one.
    """
    old = from_json(text, _Released)
    base = _base(old)
    link = Link(
        key=old.key,
        origin=old.origin,
        kind=Kind.MEETING if old.origin is Side.OUTLOOK else Kind.APPOINTMENT,
        interval=old.interval,
        booking_id=old.booking_id,
        outlook_id=old.outlook_id,
        series=old.series_id,
        generation=old.generation,
        made=old.seen_at,
        base=base,
        intent=_intent(old),
        hold=_hold(old, base),
        told=old.told or "",
    )
    if old.leftover is None:
        return (link,)
    leftover = Link(
        key=outlook_key(old.leftover),
        origin=Side.BOOKING,
        kind=link.kind,
        interval=old.interval,
        outlook_id=old.leftover,
        made=old.seen_at,
        intent=Intent(op=Op.DELETE, side=Side.OUTLOOK, interval=old.interval),
    )
    return link, leftover


def _base(old: _Released) -> Base | None:
    is_whole = old.booking_id is not None and old.outlook_id is not None
    if old.state not in {_State.LINKED, _State.WAITING, _State.PARKED} or not is_whole:
        return None
    return Base(
        booking=Known(version=old.booking_version or "", interval=old.interval),
        outlook=Known(version=old.outlook_etag or "", interval=old.interval),
        interval=old.interval,
        text=old.content,
    )


def _intent(old: _Released) -> Intent | None:
    if old.state is not _State.CREATING:
        return None
    return Intent(op=Op.CREATE, side=old.origin.other, interval=old.interval, text=old.content)


def _hold(old: _Released, base: Base | None) -> Hold | None:
    since, code = old.seen_at or _LONG_AGO, old.reason or ""
    match old.state:
        case _State.CREATING:
            return None
        case _State.LINKED:
            # A side is missing: its event is looked for before anything is believed.
            return None if base else Hold(why=Why.UNPROVEN, since=since, at=since)
        case _State.WAITING:
            return Hold(why=Why.TAKEN, since=since, of=old.told or "", tries=old.tries, code=code)
        case _State.PARKED:
            return Hold(why=Why.REFUSED, since=since, at=since, tries=old.tries, code=code)
        case _State.UPCOMING:
            return Hold(why=Why.BEYOND, since=since)
        case _State.DETACHED:
            return Hold(why=Why.LEFT_ALONE, since=since)
        case _State.ENDED:
            return Hold(why=Why.ENDED, since=since, at=since + _ENDED_FOR)
