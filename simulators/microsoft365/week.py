"""What the Outlook pages show: one person's calendars over some days, in the mailbox's zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from simulators.common.day_grid import Grid, Span, days_from, lay_out
from simulators.microsoft365.bodies import as_text
from simulators.microsoft365.forms import SHOW_AS, wall_times
from simulators.microsoft365.model import Calendar, Instance, User
from simulators.microsoft365.recurrence import instances
from simulators.microsoft365.state import State
from simulators.microsoft365.zones import to_utc

COLOURS = 5
"""Calendars take turns with so many colours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One calendar in a person's list; `editable` and `own` as this person sees it."""

    calendar: Calendar
    name: str
    colour: int
    editable: bool
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One event or occurrence on the page; `start` and `end` on the mailbox's clock."""

    item_id: str
    instance: Instance
    place: Place
    start: datetime
    end: datetime

    @property
    def title(self) -> str:
        """The subject, or a word for its absence."""
        return self.instance.content.subject or "(no title)"

    @property
    def hours(self) -> str:
        """When on its day, as it is read out."""
        if self.instance.content.is_all_day:
            return "all day"
        return f"{self.start:%H:%M} to {self.end:%H:%M}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What else there is to say, in words."""
        content = self.instance.content
        said = [SHOW_AS.get(content.show_as, content.show_as).lower()]
        if content.sensitivity != "normal":
            said.append(content.sensitivity)
        if self.instance.kind != "singleInstance":
            said.append("changed occurrence" if self.instance.kind == "exception" else "series")
        if content.organizer is not None:
            said.append("invitation")
        if content.is_cancelled:
            said.append("cancelled")
        if any("ConnectUp" in name for name in content.extended):
            said.append("made by the connector")
        return tuple(said)

    @property
    def series_id(self) -> str | None:
        """The immutable id of the series that this is an occurrence of."""
        return None if self.instance.original is None else self.instance.event.immutable_id

    @property
    def body(self) -> str:
        """The body as plain text."""
        return as_text(self.instance.content.body).replace("\r\n", "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The days of one page.

    Attributes:
        grid: where the items stand.
        items: those of all days, by key of the grid.
        places: the person's calendars, all of them.
    """

    grid: Grid
    items: dict[str, Shown]
    places: tuple[Place, ...]


def monday_of(day: date) -> date:
    """Gives the first day of a day's week."""
    return day - timedelta(days=day.weekday())


def places_of(state: State, user: User) -> tuple[Place, ...]:
    """Lists a person's calendars with the colour of each."""
    return tuple(
        Place(
            calendar=calendar,
            name=calendar.name
            if calendar.owner == user.user_id
            else f"{calendar.name} ({state.users[calendar.owner].name})",
            colour=number % COLOURS,
            editable=state.can_edit(user, calendar),
            own=calendar.owner == user.user_id,
        )
        for number, calendar in enumerate(state.calendars_of(user))
    )


def shown_in(
    state: State, user: User, place: Place, days: Sequence[date], zone: str | None = None
) -> list[Shown]:
    """Lists what one calendar shows on some days in a row, by start.

    Args:
        state: the mailboxes.
        user: who looks.
        place: which calendar.
        days: at least one.
        zone: whose clock; the mailbox's without.
    """
    clock = zone or user.time_zone
    begin, end = (
        to_utc(datetime.combine(day, time()), clock)
        for day in (days[0], days[-1] + timedelta(days=1))
    )
    found = [
        show(state, place, instance, clock)
        for event in state.events_in(place.calendar)
        for instance in instances(event, begin, end)
    ]
    return sorted(found, key=lambda shown: (shown.start, shown.item_id))


def show(state: State, place: Place, instance: Instance, zone: str) -> Shown:
    """Shows one event or occurrence."""
    start, end = wall_times(instance.content, zone)
    return Shown(
        item_id=state.ids_of(instance)[1], instance=instance, place=place, start=start, end=end
    )


def week_of(state: State, user: User, first: date, *, only: str | None = None) -> Week:
    """Shows a week from its first day on.

    Args:
        state: the mailboxes.
        user: whose.
        first: the day of the first column.
        only: id of the one calendar to show; all of them without.
    """
    days = days_from(first, 7)
    places = places_of(state, user)
    wanted = [place for place in places if only in (None, place.calendar.calendar_id)]
    items = {
        shown.item_id: shown for place in wanted for shown in shown_in(state, user, place, days)
    }
    spans = [span_of(shown) for shown in items.values()]
    return Week(grid=lay_out(spans, days), items=items, places=places)


def span_of(shown: Shown) -> Span:
    """Gives what is to be placed on a grid."""
    return Span(
        key=shown.item_id,
        start=shown.start,
        end=shown.end,
        all_day=shown.instance.content.is_all_day,
    )
