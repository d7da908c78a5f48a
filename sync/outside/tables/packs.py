"""How Links lie together in rows: pure.

A pack is one row with the JSON of up to some hundred Links. Those with an intent or a hold lie in
``held``; every other in the pack of the week in which the last of its spans ends. Week packs are
named by a number that falls as weeks go on, so that what has passed sorts last, after all that a
sync reads. A pack that is full is followed by ``.1``, ``.2`` and so on.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from sync.engine.links import Link
from sync.outside.tables.rows import from_json, to_json
from sync.words import LinkKey

# Of the longest Links some 2,000 characters each: half of what a row holds.
MAX_LINKS = 250
REMEMBERED = 256
HELD = "held"
WEEKS = "links-"
AFTER_WEEKS = "links."

_FIRST_MONDAY = date(1970, 1, 5)
_LAST_WEEK = 99_999

type Pack = Mapping[LinkKey, Link]
type Packs = dict[str, Pack]


# A person's packs are read at each sync and are mostly what they were: to take 400 Links apart
# costs as much as all requests of a sync that finds nothing.
@lru_cache(maxsize=REMEMBERED)
def read_pack(text: str) -> Pack:
    """Reads the Links of a row.

    Raises:
        ContractBroken: The text is not a pack.
    """
    return {link.key: link for link in from_json(text, tuple[Link, ...])}


def write_pack(pack: Pack) -> str:
    """Writes the Links of a row."""
    return to_json(list(pack.values()))


def passed_from(now: datetime) -> str:
    """Gives the row key from which on packs lie in weeks that have passed.

    The week before is still read: a booking product and a mailbox in other time zones than ours
    may report what has just ended.
    """
    return _week_row(_week(now - timedelta(weeks=1)) - 1)


def home_of(link: Link) -> str:
    """Gives the row in which a Link belongs, or which the one with room follows."""
    if link.intent is not None or link.hold is not None:
        return HELD
    spans = [link.interval]
    if link.base is not None:
        spans += (link.base.booking.interval, link.base.outlook.interval)
    return _week_row(_week(max(span.end for span in spans)))


def is_ahead(link: Link, now: datetime) -> bool:
    """Says whether a sync at this time reads the Link."""
    return home_of(link) < passed_from(now)


def merged(packs: Mapping[str, Pack]) -> tuple[Link, ...]:
    """Gives each Link once: from ``held`` before weeks, from later weeks before earlier ones.

    A Link twice is one that came back from a week that the writer had not read.
    """
    links: dict[LinkKey, Link] = {}
    for row in sorted(packs, reverse=True):
        links |= packs[row]
    return tuple(links.values())


def changed(packs: Mapping[str, Pack], keep: Iterable[Link], drop: Iterable[LinkKey]) -> Packs:
    """Gives the packs that a change touches, as they are after it; some may be empty."""
    touched: dict[str, dict[LinkKey, Link]] = {}

    def edit(row: str) -> dict[LinkKey, Link]:
        if row not in touched:
            touched[row] = dict(packs.get(row, {}))
        return touched[row]

    def rows_with(key: LinkKey) -> list[str]:
        rows = [row for row, pack in touched.items() if key in pack]
        return rows + [row for row, pack in packs.items() if row not in touched and key in pack]

    for key in drop:
        for row in rows_with(key):
            del edit(row)[key]
    for link in keep:
        home, place = home_of(link), None
        for row in rows_with(link.key):
            if place is None and row.partition(".")[0] == home:
                place = row
            else:
                del edit(row)[link.key]
        number = 0
        while place is None:
            row = f"{home}.{number}" if number else home
            if len(touched.get(row, packs.get(row, {}))) < MAX_LINKS:
                place = row
            number += 1
        edit(place)[link.key] = link
    return dict(touched)


def _week(time: datetime) -> int:
    return (time.astimezone(UTC).date() - _FIRST_MONDAY).days // 7


def _week_row(week: int) -> str:
    return f"{WEEKS}{_LAST_WEEK - min(max(week, 0), _LAST_WEEK):05}"
