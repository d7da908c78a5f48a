"""The rows of section 8 that are marked, over HTTP: all in one person's calendars at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from simulators.booking.model import ItemStatus
from sync.words import Interval
from tests.e2e.product import Product, eventually, meeting, open_synced, tomorrow
from tests.section_8.table import CASES
from tests.section_8.words import SAME, TAKEN, WAS, Born, Does, Row

#: The first thing that each of them holds for.
ROWS = [(row, born) for row, born in CASES if row.over_http and born is row.of[0]]
#: So far apart that no row reaches the next.
APART = timedelta(days=5)
ADDRESS = "karl@practice.example"


@dataclass(slots=True, kw_only=True)
class Played:
    """One person's calendars, in which each row has its own days and its own name."""

    product: Product
    staff: str
    items: dict[int, str] = field(default_factory=dict)
    events: dict[int, str] = field(default_factory=dict)

    def span(self, place: int, where: Interval) -> dict[str, Any]:
        """Gives a row's time as start and end."""
        off = tomorrow(12, days=2) + APART * place - WAS.start
        return {"start": where.start + off, "end": where.end + off}

    def in_booking(self, place: int) -> list[dict[str, Any]]:
        """Gives where a row's item stands in the schedule."""
        found = [one for one in self.product.items(self.staff) if one.id == self.items[place]]
        return [{"start": one.start, "end": one.end} for one in found]

    def in_outlook(self, place: int) -> list[dict[str, Any]]:
        """Gives where a row's event stands in the calendar."""
        acts = self.product.run.graph.acts
        named = [x for x in self.product.events(ADDRESS) if _is_of(place, x["subject"])]
        contents = [acts.instance(one["id"]).content for one in named]
        return [{"start": one.starts_at, "end": one.ends_at} for one in contents]

    def told(self, place: int) -> list[str]:
        """Gives the mails that name a row."""
        texts = [one["text"] for one in self.product.mails(ADDRESS)]
        return [text for text in texts if _is_of(place, text)]


def _is_of(place: int, name: str) -> bool:
    return f"Row {place}." in name


@asynccontextmanager
async def open_played(product: Product) -> AsyncIterator[Played]:
    """Plays all rows in one sync, and waits until all is quiet."""
    staff = product.hire("Karl")
    played = Played(product=product, staff=staff)
    state, account = product.run.booking.state, product.account
    async with open_synced(product, staff):
        for place, (_, born) in enumerate(ROWS):
            when, name = played.span(place, WAS), f"Row {place}."
            wall = played.span(place, TAKEN)
            state.add_event(account, staff, **wall, title="Yoga class")
            if born is Born.APPOINTMENT:
                item = state.book_appointment(account, staff, **when, customer=name)
                played.items[place] = item.id
            else:
                played.events[place] = product.run.graph.acts.create(
                    ADDRESS, meeting(name, when["start"])
                )
        await eventually(lambda: len(product.ours(ADDRESS)) == len(played.items))
        await eventually(lambda: len(product.made(staff)) == len(played.events))
        await product.quiet()
        for place in range(len(ROWS)):
            for event in product.ours(ADDRESS):
                if _is_of(place, event["subject"]):
                    played.events[place] = event["id"]
            for reserve in product.made(staff):
                if _is_of(place, str(reserve.title)):
                    played.items[place] = reserve.id
        for place, (row, _) in enumerate(ROWS):
            _done_by_the_office(played, place, row)
            _done_by_the_person(played, place, row)
        await product.quiet()
        yield played


def _done_by_the_office(played: Played, place: int, row: Row) -> None:
    state, account = played.product.run.booking.state, played.product.account
    here = (account, played.staff, played.items[place])
    match row.office.does:
        case Does.CHANGES:
            assert row.office.to is not None
            state.move(*here, **played.span(place, row.office.to))
        case Does.CANCELS:
            state.set_status(*here, ItemStatus.CANCELLED)
        case _:
            assert row.office == SAME


def _done_by_the_person(played: Played, place: int, row: Row) -> None:
    acts, event = played.product.run.graph.acts, played.events[place]
    match row.person.does:
        case Does.CHANGES if row.person.to is not None:
            where = played.span(place, row.person.to)
            acts.move(event, where["start"], where["end"])
        case Does.CHANGES:
            acts.change(event, {"subject": f"Row {place}. Dinner"})
        case Does.DELETES:
            acts.delete(event)
        case Does.MAKES_ALL_DAY:
            acts.make_all_day(event)
        case _:
            assert row.person == SAME
