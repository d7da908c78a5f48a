"""What the demo page shows: the next step, both panes, the chosen item, the log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from simulators.booking import BookingSimulator
from simulators.booking.model import ADMINISTRATORS, AccessType
from simulators.common.day_grid import Span, days_from, lay_out
from simulators.common.pages import Pages
from simulators.demo.guide import DO_AND_WATCH, Guide, Step
from simulators.demo.sides import Person, Side, SideItem
from simulators.demo.watch import Watch
from simulators.mailbox import MailboxSimulator
from simulators.microsoft365 import GraphSimulator
from simulators.microsoft365.forms import SHOW_AS

FOLDER = Path(__file__).parent
DAY_CHOICES = (1, 3, 5)
QUARTER = timedelta(minutes=15)
OFFERED = timedelta(minutes=45 + 60)
"""What is booked there can go an hour later, too."""
ROLES = {
    AccessType.HQ_ADMIN: "Administrator of the Account",
    AccessType.LOCATION_ADMIN: "Administrator of a Location",
    AccessType.STAFF: "Staff Member",
    AccessType.VIEW_ONLY: "View only",
}
_pages = Pages(FOLDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a visitor wants to see.

    Attributes:
        first: day of the first column.
        today: on the person's clock.
        days: how many columns.
        item: key of the chosen item; None for none.
    """

    person: Person
    first: date
    today: date
    days: int
    item: str | None = None

    def address(self, **other: object) -> str:
        """Gives a link to this page with something else in it; None leaves a member out."""
        members: dict[str, object] = {
            "staff": self.person.key,
            "from": self.first,
            "days": self.days,
            "item": self.item,
        }
        kept = {name: str(value) for name, value in (members | other).items() if value is not None}
        return f"/?{urlencode(kept)}"

    def earlier(self) -> str:
        """Gives the link to the days before."""
        return self.address(**{"from": self.first - timedelta(days=self.days)})

    def later(self) -> str:
        """Gives the link to the days after."""
        return self.address(**{"from": self.first + timedelta(days=self.days)})

    def now(self) -> str:
        """Gives the link to today."""
        return self.address(**{"from": self.today})

    def for_person(self, person: Person) -> str:
        """Gives the link to somebody else's calendars."""
        return self.address(staff=person.key, item=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What to do now, and as whom; `to` names a door, None when there is nothing to press."""

    says: str
    lead: str = "Next:"
    watch: str = ""
    label: str = ""
    person: Person | None = None
    to: str | None = None


class DemoPage:
    """Shapes the page.

    Args:
        booking: the booking product.
        graph: Microsoft 365.
        mailbox: where mails arrive.
        connector_url: where the connector is.
    """

    def __init__(
        self,
        booking: BookingSimulator,
        graph: GraphSimulator,
        mailbox: MailboxSimulator,
        connector_url: str,
    ) -> None:
        self._booking = booking
        self._graph = graph
        self._mailbox = mailbox
        self._connector_url = connector_url

    def people(self) -> list[Person]:
        """Lists everybody, in the booking product's order."""
        return [
            Person(
                account=record.account,
                member=member,
                mailbox=self._graph.state.find_user(member.email) if member.email else None,
            )
            for record in self._booking.state.accounts()
            for member in record.staff.values()
        ]

    def person(self, key: str) -> Person | None:
        """Finds somebody by the id that links bear."""
        return next((person for person in self.people() if person.key == key), None)

    def somebody(self) -> Person | None:
        """Gives whom to show first: somebody connected, else a Staff Member without office."""
        people = self.people()
        connected = [person for person in people if self.is_connected(person)]
        plain = [p for p in people if p.member.access_type is AccessType.STAFF and p.mailbox]
        return next(iter([*connected, *plain, *people]), None)

    def is_connected(self, person: Person) -> bool:
        """Says whether the connector has subscribed to the person's Outlook calendar."""
        if person.mailbox is None:
            return False
        alive = self._graph.service.subscriptions.alive()
        return any(one.user_id == person.mailbox.user_id for one in alive)

    def doors(self) -> dict[str, str]:
        """Gives where one can go as somebody, by name."""
        return {
            "schedule": f"{self._booking.url}/schedule",
            "profile": f"{self._booking.url}/profile",
            "connect": f"{self._connector_url}/connect",
            "settings": f"{self._connector_url}/settings",
            "plugin": f"{self._connector_url}/plugin",
        }

    def whole(
        self, wish: Wish, watch: Watch, guide: Guide, error: str | None = None
    ) -> web.Response:
        """Gives the page."""
        people = self.people()
        values = self._values(wish, watch, guide)
        return _pages.render(
            "demo.html",
            status=409 if error else 200,
            **values,
            people=people,
            roles=ROLES,
            administrators=ADMINISTRATORS,
            connected={person.key for person in people if self.is_connected(person)},
            paths=self._paths(people),
            outlook_url=self._graph.base_url.removesuffix("/v1.0") + "/outlook",
            booking_url=self._booking.url,
            mailbox_url=self._mailbox.url,
            connector_url=self._connector_url,
            day_choices=DAY_CHOICES,
            show_as=SHOW_AS,
            lines=list(watch.lines)[::-1],
            error=error,
        )

    def parts(self, wish: Wish, watch: Watch, guide: Guide) -> dict[str, Any]:
        """Gives what the page's script asks for every second.

        Returns:
            `fragments` (HTML by the id of the element that it goes into), `offer` (start of the
            next free time), `lines` (number, time, side, text; oldest first).
        """
        values = self._values(wish, watch, guide)
        parts = _pages.environment.get_template("parts.html").make_module(values)
        return {
            "fragments": {
                "next": str(parts.next_step(values["step"])),  # type: ignore[attr-defined]
                "guide": str(parts.guide_steps(values["guide"])),  # type: ignore[attr-defined]
                "booking": str(parts.pane(Side.BOOKING, values)),  # type: ignore[attr-defined]
                "outlook": str(parts.pane(Side.OUTLOOK, values)),  # type: ignore[attr-defined]
                "chosen": str(parts.sheet(values)),  # type: ignore[attr-defined]
            },
            "offer": values["offer"],
            "lines": [
                {
                    "number": line.number,
                    "at": line.at,
                    "side": line.tag,
                    "label": line.label,
                    "text": line.text,
                }
                for line in watch.lines
            ],
        }

    def _values(self, wish: Wish, watch: Watch, guide: Guide) -> dict[str, Any]:
        now = datetime.now(UTC)
        items = watch.items or {}
        days = days_from(wish.first, wish.days)
        by_side = {side: [i for i in items.values() if i.side is side] for side in Side}
        both = lay_out([_span(item) for item in items.values()], days)
        laid = {
            side: lay_out([_span(i) for i in found], days, hours=both.hours)
            for side, found in by_side.items()
        }
        return {
            "wish": wish,
            "items": items,
            "grids": laid,
            "sides": Side,
            "fresh": {key for key in items if watch.is_fresh(key, now)},
            "chosen": items.get(wish.item or ""),
            "step": self._next_step(wish.person, guide),
            "guide": [(*DO_AND_WATCH[step], step in guide.done) for step in Step],
            "all_day": max(len(day.all_day) for side in by_side for day in laid[side].days),
            "offer": _offer(items.values(), days, now.astimezone(wish.person.zone)),
            "no_mailbox": wish.person.mailbox is None,
        }

    def _next_step(self, person: Person, guide: Guide) -> NextStep:
        """Says what comes next on the way to two calendars that are one."""
        name = person.member.name.split()[0]
        if self.is_connected(person):
            return _to_try(person, guide)
        admin = next(
            (p for p in self.people() if p.member.access_type is AccessType.HQ_ADMIN), None
        )
        if person.member.email is None:
            return NextStep(
                says=f"{name} has no e-mail address, so no mailbox here. Choose a colleague."
            )
        if admin is not None and not self._mailbox.post_office.mails():
            return NextStep(
                says=f"Nobody is invited yet: {admin.member.name} switches the plugin on for a "
                f"Location and activates {name}.",
                label="Switch the plugin on",
                person=admin,
                to="plugin",
            )
        return NextStep(
            says=f"{name} is not connected yet: sign in with Microsoft, choose the calendar, press "
            "Start Sync, and come back here.",
            label=f"Connect {name} now",
            person=person,
            to="connect",
        )

    def _paths(self, people: Iterable[Person]) -> list[tuple[Person, str, str]]:
        """Gives a way for each role: who, through which door, and what there is to do."""
        does = {
            AccessType.HQ_ADMIN: ("plugin", "switch the plugin on, activate people, see health"),
            AccessType.LOCATION_ADMIN: ("plugin", "activate people of one's own Location"),
            AccessType.STAFF: ("connect", "connect Outlook, choose what to sync, start"),
            AccessType.VIEW_ONLY: ("connect", "the same, outwards only"),
        }
        found: dict[AccessType, Person] = {}
        for person in people:
            if person.member.email is not None:
                found.setdefault(person.member.access_type, person)
        return [(found[role], *does[role]) for role in ROLES if role in found]


def _to_try(person: Person, guide: Guide) -> NextStep:
    step = guide.next()
    if step is None:
        return NextStep(says="That was all: change anything on either side.", lead="Done.")
    does, watch = DO_AND_WATCH[step]
    lead = f"Try this next ({list(Step).index(step) + 1} of {len(Step)}):"
    if step is not Step.DISCONNECT:
        return NextStep(says=does, watch=watch, lead=lead)
    return NextStep(
        says=does, watch=watch, lead=lead, label="Settings", person=person, to="settings"
    )


def _span(item: SideItem) -> Span:
    return Span(key=item.key, start=item.start, end=item.end, all_day=item.all_day)


def _offer(items: Iterable[SideItem], days: Iterable[date], now: datetime) -> str:
    """Gives the next time of a working day that is free on both sides, to the minute."""
    taken = [(item.start, item.end) for item in items if not item.gone and not item.all_day]
    wall = now.replace(tzinfo=None)
    for day in days:
        start = datetime.combine(day, time(8))
        while start.hour < 18:
            free = all(start + OFFERED <= begin or end <= start for begin, end in taken)
            if free and start > wall:
                return start.strftime("%Y-%m-%dT%H:%M")
            start += QUARTER
    return datetime.combine(max(days, default=wall.date()), time(17)).strftime("%Y-%m-%dT%H:%M")
