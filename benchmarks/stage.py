"""The running product with one synced person, for benchmarks that measure over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from simulators.booking.model import Item
from tests.e2e.product import (
    Member,
    Product,
    eventually,
    meeting,
    open_product,
    open_synced,
    tomorrow,
)

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One person whose sync runs."""

    product: Product
    member: Member

    def book(self, name: str, at: datetime) -> Item:
        """Books an Appointment of an hour."""
        return self.product.run.booking.state.book_appointment(
            self.product.account,
            self.member.staff,
            start=at,
            end=at + HOUR,
            customer=name,
            service="Cut",
        )

    def meet(self, subject: str, at: datetime) -> str:
        """Puts a Meeting of an hour into Outlook; gives its id."""
        return self.product.run.graph.acts.create(self.member.address, meeting(subject, at))

    async def see_event(self, name: str) -> None:
        """Waits for the event of an Appointment."""
        await eventually(lambda: self.product.event(self.member.address, f"{name} - Cut"))

    async def see_reserve(self, subject: str) -> None:
        """Waits for the Reserve of a Meeting."""
        await eventually(lambda: self.product.reserve(self.member.staff, subject))

    def slot(self, number: int) -> datetime:
        """Gives the beginning of a time that is still free, eight on a day."""
        return tomorrow(8, days=1 + number // 8) + (number % 8) * HOUR


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """Starts the product and connects somebody with an empty calendar."""
    with TemporaryDirectory() as folder:
        async with open_product(Path(folder), SYNC_MAX_AGE_SECONDS="3600") as product:
            staff = product.hire("Bea")
            async with open_synced(product, staff) as member:
                yield Stage(product=product, member=member)
