"""Rounds of the change feed: pages followed, the newest state of each id kept, series joined.

Collecting is pure (``Pages``); following the links is two short coroutines over a ``fetch``.
Source: Graph, event delta and delta-query-overview; what pages of services did in the field is
named beside each guard.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sync.errors import ContractBroken
from sync.outside.graph.translate import (
    etag_of,
    id_of,
    is_master,
    is_removed,
    is_sparse,
    outlook_item,
    series_of,
)
from sync.ports import OutlookRound, limits
from sync.words import OutlookItemId

_log = logging.getLogger(__name__)

type Page = dict[str, Any]
type Fetch = Callable[[str], Awaitable[Page]]


class EndlessRound(Exception):  # noqa: N818 - it says what happened
    """The links lead round and round: the service has a bad day (msgraph-sdk-dotnet 3070)."""


class Pages:
    """What the pages of one round brought, the last word on each id."""

    def __init__(self) -> None:
        self._newest: dict[str, Mapping[str, Any]] = {}
        self._series: dict[str, dict[str, None]] = {}
        self._nameless = 0

    def add(self, page: Page) -> None:
        """Takes a page in; what has no id is passed over: nobody could ask for it.

        Raises:
            ContractBroken: It is no collection.
        """
        values = page.get("value")
        if not isinstance(values, list):
            raise ContractBroken("a page of Graph's has no value")
        named = [
            (item_id, raw)
            for raw in values
            if isinstance(raw, dict) and (item_id := id_of(raw)) is not None
        ]
        self._nameless += len(values) - len(named)
        for item_id, raw in named:
            if is_master(raw):
                self._begin_series(item_id, raw)
        for item_id, raw in named:
            self._newest[item_id] = raw
            series = series_of(raw)
            if is_removed(raw):
                for instances in self._series.values():
                    instances.pop(item_id, None)
            elif series is not None:
                self._series.setdefault(series, {})[item_id] = None

    def _begin_series(self, series: str, master: Mapping[str, Any]) -> None:
        """Notes a series; one that comes again in another state is told anew.

        Its instances are not split over pages (graph-docs 7352), so what the newer telling leaves
        out is not there any more. The same state again is a mere replay, perhaps in parts.
        """
        before = self._newest.get(series)
        if before is not None and before.get("@odata.etag") != master.get("@odata.etag"):
            for instance in self._series.pop(series, ()):
                self._newest.pop(instance, None)
        self._series.setdefault(series, {})

    def missing_masters(self) -> tuple[str, ...]:
        """Names the series whose sparse occurrences came without their master."""
        wanted = {
            series
            for raw in self._newest.values()
            if not is_removed(raw) and is_sparse(raw) and (series := series_of(raw)) is not None
        }
        return tuple(
            sorted(
                series
                for series in wanted
                if series not in self._newest or is_removed(self._newest[series])
            )
        )

    def round(self, masters: Mapping[str, Mapping[str, Any]], cursor: str | None) -> OutlookRound:
        """Gives the finished round.

        Args:
            masters: The series' events that had to be asked for, by id.
            cursor: Where the next round starts.
        """
        if self._nameless:
            _log.warning("graph.items_without_id", extra={"count": self._nameless})
        known = {**self._newest, **masters}
        items, removed = [], set()
        for item_id, raw in self._newest.items():
            if is_removed(raw):
                removed.add(OutlookItemId(item_id))
                continue
            master = known.get(series_of(raw) or "")
            if master is not None and is_removed(master):
                master = None
            items.append(outlook_item(raw, master))
        return OutlookRound(
            items=tuple(items),
            removed=frozenset(removed),
            series={
                OutlookItemId(series): frozenset(OutlookItemId(instance) for instance in instances)
                for series, instances in self._series.items()
            },
            cursor=cursor,
        )


async def follow(first: Page, fetch: Fetch) -> tuple[Pages, str | None]:
    """Follows the links of a delta round or a list to the end.

    Args:
        first: The first page.
        fetch: Asks for the page behind a link.

    Returns:
        What the pages brought, and the delta link: ``None`` where the last page has none.

    Raises:
        EndlessRound: A link or a page came again, or there are too many pages.
    """
    pages = Pages()
    page, seen_links, before = first, set[str](), list[tuple[str | None, str]]()
    for _ in range(limits.PAGES):
        pages.add(page)
        link = page.get("@odata.nextLink")
        if not isinstance(link, str) or not link:
            delta = page.get("@odata.deltaLink")
            return pages, delta if isinstance(delta, str) and delta else None
        # The same page came under ever new links as well; empty pages are normal and may repeat.
        versions = [(id_of(raw), etag_of(raw)) for raw in page["value"] if isinstance(raw, dict)]
        if link in seen_links or (versions and versions == before):
            raise EndlessRound
        seen_links.add(link)
        before = versions
        page = await fetch(link)
    raise EndlessRound
