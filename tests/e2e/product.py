"""The whole product on one machine: emulator and simulators in this process, functions in a child.

What people do goes through the simulators' own acts or through pages; what is true is read from
the simulators. Nothing of the product is imported here.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from simulators.booking.model import Item, ItemStatus, StaffMember
from simulators.host.process import ROOT, FunctionsProcess
from simulators.microsoft365.subscriptions import Subscription
from simulators.run import FUNCTION_KEY, LocalRun
from simulators.run_settings import Ports, Secrets
from tests.e2e.storage import count_messages, end_leases, read_column, read_tables
from tests.e2e.visitor import Visitor

PATIENCE = 90.0  # seconds until a condition counts as never fulfilled
LOOK = 0.05  # seconds between two looks
MAX_AGE_SECONDS = "1"  # the least that the setting takes
_INVITATION = re.compile(r"http://\S+/connect\?invitation=\S+")
_BOOKING_WRITES = ("createReserve", "updateItem", "removeItem")


async def eventually[T](condition: Callable[[], T | None], *, within: float = PATIENCE) -> T:
    """Waits for another process: gives the condition's first value that holds.

    Raises:
        AssertionError: It never held; names the condition.
    """

    async def ask() -> T | None:
        return condition()

    return await answered(ask, within=within, name=condition.__qualname__)


async def answered[T](
    condition: Callable[[], Awaitable[T | None]], *, within: float = PATIENCE, name: str = ""
) -> T:
    """Does the same with a condition that has to ask somebody.

    Raises:
        AssertionError: It never held; names the condition.
    """
    found: T | None = None
    try:
        async with asyncio.timeout(within):
            while not (found := await condition()):  # noqa: ASYNC110 - another process
                await asyncio.sleep(LOOK)
    except TimeoutError:
        what = name or condition.__qualname__
        raise AssertionError(f"never held within {within} s: {what} (last: {found!r})") from None
    return found


@dataclass(slots=True, kw_only=True)
class Product:
    """The running product, with words for what a test looks at.

    Attributes:
        run: Emulator and simulators.
        functions: The child with the functions.
        servers: A client as the booking product's servers have it, with the function key.
        logs: What the functions logged.
        patience: Seconds until what goes on has to have ended.
        ahead: How far the world's clocks were moved on.
        hurry: Called at each look for what still waits: it may let time pass.
    """

    run: LocalRun
    functions: FunctionsProcess
    servers: httpx.AsyncClient
    logs: list[str] = field(repr=False, default_factory=list)
    patience: float = 90
    ahead: timedelta = timedelta()
    hurry: Callable[[], None] | None = None

    def now(self) -> datetime:
        """Gives the world's time."""
        return datetime.now(UTC) + self.ahead

    @property
    def account(self) -> str:
        """The Account's id."""
        return self.run.practice.account_id

    def hire(self, first_name: str) -> str:
        """Takes on a Staff Member with an empty schedule and an empty mailbox; gives the id."""
        staff, address = f"st-{first_name.lower()}", f"{first_name.lower()}@practice.example"
        name = f"{first_name} Novak"
        self.run.identity.add_user(address, name=name)
        self.run.graph.state.add_user(address, name, time_zone="Eastern Standard Time")
        self.run.booking.state.put_staff(
            self.account,
            StaffMember(
                id=staff, name=name, email=address, location_ids=(self.run.practice.north_id,)
            ),
        )
        return staff

    # Administrators

    async def activate(self, *staff: str) -> None:
        """Enables the plugin everywhere and activates people, as an hq_admin."""
        both = [self.run.practice.north_id, self.run.practice.south_id]
        (await self.ask("PUT", "/locations", {"location_ids": both})).raise_for_status()
        (await self.ask("PATCH", "/staff", {"activate": list(staff)})).raise_for_status()

    async def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Asks the API for servers as the hq_admin."""
        headers = {"X-Acting-Staff-Id": self.run.practice.hq_admin_id}
        return await self.servers.request(
            method, f"/api/accounts/{self.account}{path}", json=body, headers=headers
        )

    async def status_of(self, staff: str) -> dict[str, Any]:
        """Gives a person's row of the staff list."""
        rows = (await self.ask("GET", "/staff")).json()["value"]
        found: dict[str, Any] = next(row for row in rows if row["staff_id"] == staff)
        return found

    # Mail

    def mails(self, address: str) -> list[dict[str, Any]]:
        """Gives the mails to an address, newest first."""
        return [one.as_json() for one in self.run.mailbox.post_office.mails() if address in one.to]

    async def invitation(self, address: str) -> str:
        """Waits for the invitation and gives its link."""
        mail = (await eventually(lambda: self.mails(address)))[0]
        found = _INVITATION.search(mail["text"])
        assert found is not None
        return found.group(0)

    # The two calendars

    def events(self, address: str, calendar: str = "Calendar") -> list[dict[str, Any]]:
        """Gives what stands in a person's Outlook calendar, raw."""
        shown = self.run.graph.acts.mailbox(address)["calendars"]
        return [e for one in shown if one["name"] == calendar for e in one["events"]]

    def ours(self, address: str) -> list[dict[str, Any]]:
        """Gives the events that bear the connector's mark, in all calendars."""
        shown = self.run.graph.acts.mailbox(address)["calendars"]
        return [
            event
            for one in shown
            for event in one["events"]
            if event["singleValueExtendedProperties"]
        ]

    def event(self, address: str, subject: str) -> dict[str, Any] | None:
        """Gives the one event with a subject.

        Raises:
            AssertionError: There are several.
        """
        found = [one for one in self.events(address) if one["subject"] == subject]
        assert len(found) < 2, f"{subject} stands there {len(found)} times"
        return found[0] if found else None

    def items(self, staff: str) -> list[Item]:
        """Gives what stands in a schedule, without what is cancelled."""
        schedule = self.run.booking.state.schedule(self.account, staff)
        return [one for one in schedule.items() if one.status is not ItemStatus.CANCELLED]

    def made(self, staff: str) -> list[Item]:
        """Gives the Reserves that the connector made."""
        return [one for one in self.items(staff) if one.external_ref is not None]

    def reserve(self, staff: str, title: str) -> Item | None:
        """Gives the one Reserve of ours with a title.

        Raises:
            AssertionError: There are several.
        """
        found = [one for one in self.made(staff) if one.title == title]
        assert len(found) < 2, f"{title} stands there {len(found)} times"
        return found[0] if found else None

    def subscriptions(self, address: str) -> list[Subscription]:
        """Gives a person's subscriptions that are alive."""
        user = self.run.graph.acts.user(address)
        alive = self.run.graph.service.subscriptions.alive()
        return [one for one in alive if one.user_id == user.user_id]

    # Calls

    def calls(self) -> Counter[str]:
        """Counts the connector's calls so far, by method and place."""
        graph = {f"graph {name}": n for name, n in self.run.graph.state.requests.counts.items()}
        return Counter(
            graph | {f"booking {n}": c for n, c in self.run.booking.api.log.counts.items()}
        )

    def writes(self) -> Counter[str]:
        """Counts the connector's writes to either calendar so far."""
        return Counter({name: n for name, n in self.calls().items() if _is_write(name)})

    # Quiet

    async def quiet(self) -> None:
        """Waits until no message, job or notification is under way."""
        await self.run.graph.poster.idle()

        async def nothing_waits() -> bool:
            if self.run.booking.webhooks.pending:
                return False
            if self.hurry is not None:
                self.hurry()
            # A job may queue another: its own message is deleted after that.
            return await count_messages(self.run.azurite.connection_string()) == 0

        await answered(nothing_waits, within=self.patience)

    async def sweep(self) -> None:
        """Fires the sweep by hand, and waits until everything that it woke has ended.

        Who was synced just now is not due yet: that second is waited for.
        """
        await answered(self._nobody_is_almost_due, within=self.patience)
        before = self.swept()
        answer = await self.servers.post("/admin/functions/sweep")
        assert answer.status_code == 202
        await eventually(lambda: self.swept() >= before + 1, within=self.patience)
        await self.quiet()

    async def _nobody_is_almost_due(self) -> bool:
        now = self.now()
        soon = now + 2 * timedelta(seconds=int(MAX_AGE_SECONDS))
        due = await read_column(self.run.azurite.connection_string(), "connections", "DueAt")
        return not any(at and now < datetime.fromisoformat(at) <= soon for at in due)

    def swept(self) -> int:
        """Counts the sweeps that have ended."""
        return sum("function.ended function=sweep " in line for line in self.logs)

    # Crashes

    async def crash(self) -> None:
        """Kills the functions and starts them again, when the dead one's leases have run out.

        They last one to three minutes: that time is not waited for, but taken off the rows.
        """
        await self.functions.kill()
        await end_leases(self.run.azurite.connection_string())
        await self.functions.start()

    # Storage

    async def tables(self) -> dict[str, list[Mapping[str, Any]]]:
        """Reads every row of every table, raw."""
        return await read_tables(self.run.azurite.connection_string())


@dataclass(slots=True, kw_only=True)
class Member:
    """A Staff Member at a browser.

    Attributes:
        product: Where.
        staff: Their id in the booking product.
        name: Theirs.
        address: Of their Microsoft account.
        visitor: The browser.
    """

    product: Product
    staff: str
    name: str
    address: str
    visitor: Visitor

    async def me(self) -> dict[str, Any]:
        """Asks the person's own API who they are."""
        answer = await self.visitor.browser.get(f"{self.product.run.base_url}/api/me")
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def call(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Calls the person's own API as their page does."""
        headers = {"X-CSRF-Token": (await self.me())["csrf_token"]}
        return await self.visitor.browser.request(
            method, f"{self.product.run.base_url}/api/me{path}", json=body, headers=headers
        )

    async def sign_in(self) -> None:
        """Goes the way of the invitation to the settings page."""
        await self.visitor.open(await self.product.invitation(self.address))
        await self.visitor.follow("/auth/microsoft")
        await self.visitor.press(self.address)
        await self.visitor.press("accept")
        await self.visitor.press(self.name)
        await self.visitor.press("Yes, connect them")
        assert self.visitor.shown.url.path == "/settings", self.visitor.text

    async def choices(self, **more: object) -> dict[str, object]:
        """Gives settings with the default calendar."""
        calendars = (await self.call("GET", "/calendars")).json()["value"]
        default = next(one["id"] for one in calendars if one["is_default"])
        return {"calendar_id": default, "contact_email": self.address, **more}

    async def start(self, **more: object) -> None:
        """Starts the sync."""
        answer = await self.call("POST", "/sync", await self.choices(**more))
        assert answer.status_code == 202, answer.text

    async def in_state(self, state: str) -> dict[str, Any]:
        """Waits until the Connection is in a state, and for the end of what goes on there."""

        async def there() -> dict[str, Any] | None:
            me: dict[str, Any] = await self.me()
            return me if me["state"] == state and not me.get("progress") else None

        return await answered(there, within=90)


@asynccontextmanager
async def open_product(
    folder: Path,
    *,
    on_storage: Callable[[str], None] | None = None,
    app_dir: Path = ROOT,
    storage: Path | None = None,
    **more_settings: str,
) -> AsyncIterator[Product]:
    """Starts everything on free ports; it ends with the block.

    Args:
        folder: For files of this run.
        on_storage: Called with each request that reaches the storage, as ``METHOD /path``.
        app_dir: Where the functions are.
        storage: Where the emulator keeps everything; by default in memory.
        more_settings: Of the functions.
    """
    logs: list[str] = []
    run = LocalRun(
        Ports.free(),
        Secrets.make(),
        app_dir=app_dir,
        folder=folder,
        storage=storage,
        # Everybody is due at every sweep: the tests fire it by hand.
        more_settings={
            "SYNC_MAX_AGE_SECONDS": MAX_AGE_SECONDS,
            # Both looks are taken, without a minute between them.
            "CANCEL_AFTER_SECONDS": "1",
            **more_settings,
        },
        on_log=logs.append,
    )
    run.azurite.on_request = on_storage
    async with AsyncExitStack() as started:
        functions = await run.start(started)
        servers = await started.enter_async_context(
            httpx.AsyncClient(
                base_url=run.base_url, headers={"x-functions-key": FUNCTION_KEY}, timeout=30
            )
        )
        yield Product(run=run, functions=functions, servers=servers, logs=logs)


@asynccontextmanager
async def open_beside(product: Product) -> AsyncIterator[FunctionsProcess]:
    """Starts a second host on the same storage; browsers and posts go to the first."""
    port = Ports.free().functions
    functions = FunctionsProcess(
        settings=product.run.settings(), port=port, on_log=product.logs.append
    )
    await functions.start()
    try:
        yield functions
    finally:
        await functions.stop()


@asynccontextmanager
async def open_member(product: Product, staff: str) -> AsyncIterator[Member]:
    """Opens a browser for a Staff Member."""
    profile = product.run.booking.state.staff_member(product.account, staff)
    assert profile.email is not None
    visitor = Visitor(str(product.run.bundle))
    try:
        yield Member(
            product=product,
            staff=staff,
            name=profile.name,
            address=profile.email,
            visitor=visitor,
        )
    finally:
        await visitor.close()


@asynccontextmanager
async def open_synced(product: Product, staff: str, **choices: object) -> AsyncIterator[Member]:
    """Opens a browser for somebody whose first sync has ended."""
    await product.activate(staff)
    async with open_member(product, staff) as member:
        await member.sign_in()
        await member.start(**choices)
        await member.in_state("active")
        await product.quiet()
        yield member


def tomorrow(hour: int, minute: int = 0, *, days: int = 1) -> datetime:
    """Gives a time of a coming day in UTC; days from 60 on are free in everybody's schedule."""
    day = datetime.now(UTC).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return day + timedelta(days=days)


def meeting(subject: str, start: datetime, minutes: int = 60, **more: object) -> dict[str, object]:
    """Gives a Meeting as Graph writes it."""
    end = start + timedelta(minutes=minutes)
    return {
        "subject": subject,
        "start": {"dateTime": start.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"},
        "end": {"dateTime": end.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"},
        **more,
    }


def _is_write(name: str) -> bool:
    side, method, *place = name.split(" ", 2)
    if side == "booking":
        return method in _BOOKING_WRITES
    return method != "GET" and "subscriptions" not in place[0]
