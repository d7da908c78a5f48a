"""Verdicts about items, looked for and given in pages, what is missing first (R12.2). Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sync.engine.links import Side
from sync.words import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One item and why it is, or is not, on the other side (contract: Verdict)."""

    side: Side
    title: str
    start: datetime
    end: datetime
    synced: bool
    rule: str
    reason: str


#: What is missing before what is there, then by start and side; the digest tells equal ones apart.
type Place = tuple[bool, int, str, str]

_PLACE = re.compile(r"([01])-(\d{1,17})-(booking|outlook)-([0-9a-f]{16})")
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for (R12.2).

    Attributes:
        interval: What the items overlap.
        words: All of them stand in the title, however they are capitalized.
        is_missing: Only what is not on the other side.
        limit: So many verdicts at most.
        after: Where the page before has ended (``Found.following``).
    """

    interval: Interval
    words: str = ""
    is_missing: bool = False
    limit: int = 5_000
    after: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of verdicts, what is missing first.

    ``total`` and ``missing`` count all pages; ``following`` is ``None`` on the last one.
    """

    verdicts: tuple[Verdict, ...]
    total: int
    missing: int
    following: Place | None


def place_text(place: Place) -> str:
    """Writes where a page ends, for an address: no title goes into it."""
    is_synced, start, side, digest = place
    return f"{is_synced:d}-{start}-{side}-{digest}"


def read_place(text: str) -> Place:
    """Reads it back.

    Raises:
        ValueError: The text is none.
    """
    match = _PLACE.fullmatch(text)
    if match is None:
        raise ValueError("not a place in a list")
    return match[1] == "1", int(match[2]), match[3], match[4]


def page_of(judged: Iterable[tuple[str, Verdict]], search: Search) -> Found:
    """Gives the page that is looked for, of verdicts with their items' ids."""
    words = search.words.casefold().split()
    wanted = sorted(
        (
            (_place(item_id, verdict), verdict)
            for item_id, verdict in judged
            if _has(verdict.title, words) and not (search.is_missing and verdict.synced)
        ),
        key=lambda each: each[0],
    )
    left = [each for each in wanted if search.after is None or each[0] > search.after]
    page = left[: search.limit]
    return Found(
        verdicts=tuple(verdict for _, verdict in page),
        total=len(wanted),
        missing=sum(not verdict.synced for _, verdict in wanted),
        following=page[-1][0] if len(left) > len(page) else None,
    )


def _has(title: str, words: Iterable[str]) -> bool:
    folded = title.casefold()
    return all(word in folded for word in words)


def _place(item_id: str, verdict: Verdict) -> Place:
    start = (verdict.start - _EPOCH) // _MICROSECOND
    digest = sha256(item_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    # What began before 1970 is as good as first: no number of a place has a sign.
    return verdict.synced, max(start, 0), verdict.side.value, digest
