"""The change feed of a calendar view.

Source: Graph, event-delta, concepts/delta-query-events; for the shape of series, the field.
Tokens are opaque and hold calendar and window. A round is fixed when it begins: what changes while
it is paged comes in the next one, and may come twice.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

from simulators.microsoft365.errors import GraphError, bad_request
from simulators.microsoft365.faults import Faults
from simulators.microsoft365.messages import Request, Response
from simulators.microsoft365.model import Calendar, Event
from simulators.microsoft365.recurrence import instances
from simulators.microsoft365.render import Renderer
from simulators.microsoft365.state import State
from simulators.microsoft365.views import View, read_view

_UNSUPPORTED = ("$expand", "$filter", "$orderby", "$search")
_MOST_TOKENS = 20_000
_DEFAULT_PAGE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a deltaLink stands for: changes after `since` in one calendar's window.

    It dies when the mailbox, whose move it counts in `generation`, moves.
    """

    calendar: int
    generation: int
    view: View
    since: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A line that says removed, with both kinds of id."""

    rest_id: str
    immutable_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """An event, or a series with all its instances: never cut between pages."""

    key: int
    without_master: bool = False


type Entry = Removal | Group
type Page = tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a nextLink stands for: a page of a round, and where the round leads."""

    calendar: int
    generation: int
    view: View
    pages: tuple[Page, ...]
    number: int
    following: str


class DeltaHandlers:
    """The delta function of one simulated service.

    Args:
        state: The mailboxes.
        faults: The switches.
    """

    def __init__(self, state: State, faults: Faults) -> None:
        self._state = state
        self._faults = faults
        self._tokens: OrderedDict[str, Feed | Place] = OrderedDict()
        self._seen: dict[int, int] = {}

    def forget(self) -> None:
        """Let every token die, as after maintenance."""
        self._tokens.clear()

    def answer(self, request: Request, calendar: Calendar) -> Response:
        """GET …/calendarView/delta: a first call with a window, or one with a token.

        Raises:
            GraphError: 400 for a bad window or an unsupported parameter, 410 for a dead token.
        """
        for name in _UNSUPPORTED:
            if name in request.query:
                raise bad_request(
                    f"The query parameter '{name}' is not supported with change tracking.",
                    code="ErrorInvalidUrlQuery",
                )
        token = request.query.get("$skiptoken") or request.query.get("$deltatoken")
        if token is None:
            feed = Feed(
                calendar=calendar.key,
                generation=self._state.generations[calendar.owner],
                view=read_view(request),
                since=None,
            )
            return self._page(request, calendar, self._begin(request, feed))
        self._expire(request)
        known = self._tokens.get(token)
        now = (calendar.key, self._state.generations[calendar.owner])
        if known is None or (known.calendar, known.generation) != now:
            raise _dead("SyncStateNotFound", token)
        place = self._begin(request, known) if isinstance(known, Feed) else known
        return self._page(request, calendar, place)

    def _expire(self, request: Request) -> None:
        struck = self._faults.strike_on(request, "delta_expire")
        if struck is not None:
            error = _dead(str(struck.get("code", "SyncStateNotFound")), "expired")
            error.status = int(struck.get("status", 410))
            if "location" in struck:
                error.headers["Location"] = str(struck["location"])
            raise error

    def _begin(self, request: Request, feed: Feed) -> Place:
        """Fix what a round will tell, and cut it into pages."""
        until = self._state.lag.shown_seq(feed.calendar, self._state.seq)
        until = max(until, feed.since or 0)
        if self._faults.hits(request, "delta_stale"):
            # What was written since anybody last asked is not there yet.
            until = min(until, self._seen.get(feed.calendar, 0))
            until = max(until, feed.since or 0)
        self._seen[feed.calendar] = self._state.seq
        entries = self._entries(request, feed, until)
        pages = self._cut(entries, feed.view, request.preferences.max_page_size or _DEFAULT_PAGE)
        if self._faults.hits(request, "delta_empty_page"):
            pages.insert(0, ())
        following = self._keep(replace(feed, since=until))
        return Place(
            calendar=feed.calendar,
            generation=feed.generation,
            view=feed.view,
            pages=tuple(pages),
            number=0,
            following=following,
        )

    def _entries(self, request: Request, feed: Feed, until: int) -> list[Entry]:
        entries: list[Entry] = []
        if feed.since is not None:
            entries += self._removals(request, feed, feed.since, until)
        calendar = self._state.calendars[feed.calendar]
        hide_returned = request.preferences.immutable_ids and self._faults.hits(
            request, "delta_immutable_return_lost"
        )
        without_master = feed.since is not None and self._faults.hits(
            request, "delta_master_missing"
        )
        live: list[Event] = []
        for event in self._state.shown_in(calendar):
            if hide_returned and calendar.key in event.left:
                continue
            shows = bool(instances(event, feed.view.begin, feed.view.end))
            if shows:
                live.append(event)
            place = event.entered_seq if feed.since is None else event.changed_seq
            if place > until or (feed.since is not None and event.changed_seq <= feed.since):
                continue
            if shows:
                series = event.recurrence is not None
                entries.append(Group(key=event.key, without_master=series and without_master))
            elif feed.since is not None:
                # Outside the window a change is told as a removal, of ids never listed as well.
                entries.append(Removal(rest_id=event.rest_id, immutable_id=event.immutable_id))
        if self._faults.hits(request, "delta_duplicates"):
            entries += [entry for entry in entries if isinstance(entry, Group)]
        if self._faults.hits(request, "delta_foreign_removed"):
            unknown = self._state.mint.item_id("AAMkAD")
            entries.append(Removal(rest_id=unknown, immutable_id=unknown))
        if live and self._faults.hits(request, "delta_false_removed"):
            wronged = self._faults.random.choice(live)
            entries = [e for e in entries if not (isinstance(e, Group) and e.key == wronged.key)]
            entries.append(Removal(rest_id=wronged.rest_id, immutable_id=wronged.immutable_id))
        return entries

    def _removals(self, request: Request, feed: Feed, since: int, until: int) -> list[Entry]:
        buried = [
            tombstone
            for tombstone in self._state.tombstones
            if tombstone.calendar == feed.calendar
            and since < tombstone.seq <= until
            and tombstone.entered_seq <= since
        ]
        if not buried or self._faults.hits(request, "delta_lost_removal"):
            return []
        each_occurrence = self._faults.hits(request, "delta_removed_occurrences")
        entries: list[Entry] = []
        for tombstone in buried:
            ids = [(tombstone.rest_id, tombstone.immutable_id)]
            if each_occurrence:
                ids += tombstone.occurrence_ids
            entries += [Removal(rest_id=rest, immutable_id=stable) for rest, stable in ids]
        return entries

    def _cut(self, entries: list[Entry], view: View, size: int) -> list[Page]:
        pages: list[Page] = []
        page: list[Entry] = []
        weight = 0
        for entry in entries:
            page.append(entry)
            weight += self._weight(entry, view)
            if weight >= size:
                pages.append(tuple(page))
                page, weight = [], 0
        if page or not pages:
            pages.append(tuple(page))
        return pages

    def _weight(self, entry: Entry, view: View) -> int:
        if isinstance(entry, Removal):
            return 1
        event = self._state.shown_event(entry.key)
        if event is None:
            return 0
        return 1 if event.recurrence is None else 1 + len(instances(event, view.begin, view.end))

    def _keep(self, meant: Feed | Place) -> str:
        token = self._state.mint.item_id("R0usmc").replace("/", "_").replace("+", "-").rstrip("=")
        self._tokens[token] = meant
        while len(self._tokens) > _MOST_TOKENS:
            self._tokens.popitem(last=False)
        return token

    def _page(self, request: Request, calendar: Calendar, place: Place) -> Response:
        renderer = Renderer(self._state, request.preferences)
        value: list[dict[str, Any]] = []
        for entry in place.pages[place.number]:
            if isinstance(entry, Removal):
                stable = request.preferences.immutable_ids
                item_id = entry.immutable_id if stable else entry.rest_id
                value.append({"@removed": {"reason": "deleted"}, "id": item_id})
            else:
                value += self._lines(renderer, entry, place.view, calendar)
        answer: dict[str, Any] = {
            "@odata.context": f"{request.base_url}/$metadata#Collection(event)",
            "value": value,
        }
        repeated = self._faults.hits(request, "delta_repeat_nextlink")
        if repeated or place.number + 1 < len(place.pages):
            number = place.number if repeated else place.number + 1
            token = self._keep(replace(place, number=number))
            answer["@odata.nextLink"] = self._link(request, "delta", "$skiptoken", token)
        else:
            answer["@odata.deltaLink"] = self._link(
                request, "microsoft.graph.delta()", "$deltatoken", place.following
            )
        return Response(payload=answer)

    def _lines(
        self, renderer: Renderer, group: Group, view: View, calendar: Calendar
    ) -> list[dict[str, Any]]:
        """Give an event in full, or a master in full with its occurrences shortened (3.3)."""
        event = self._state.shown_event(group.key)
        if event is None or event.calendar != calendar.key:
            return []
        if event.is_literal:
            return [renderer.event(self._state.whole(event))]
        annotation = {"@odata.type": "#microsoft.graph.event"}
        absent = {"transactionId": None}
        shown = instances(event, view.begin, view.end)
        lines: list[dict[str, Any]] = []
        if event.recurrence is not None and not group.without_master:
            lines.append(annotation | absent | renderer.event(self._state.whole(event)))
        for instance in shown:
            if instance.kind == "occurrence":
                lines.append(renderer.sparse(instance))
            else:
                lines.append(annotation | absent | renderer.event(instance))
        return lines

    def _link(self, request: Request, function: str, name: str, token: str) -> str:
        """Make a link on the path that was asked, escaped as it came."""
        return f"{request.base_url}{request.raw_path.rsplit('/', 1)[0]}/{function}?{name}={token}"


def _dead(code: str, generation: str) -> GraphError:
    return GraphError(
        410, code, f"The sync state generation is not found; generation={generation[:12]}."
    )
