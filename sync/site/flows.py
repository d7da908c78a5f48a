"""What one browser's log-ins need between two requests (R4.4).

The browser holds only a random number. Everything else is kept sealed and for a short time: the
flow that it must bring back, the invitation it came with, and a Microsoft sign-in that still waits
for the booking log-in.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING

import azure.functions as func
import msgspec

from sync.errors import Rejected
from sync.ports import SignIn
from sync.site.headers import drop_cookie, read_cookie, set_cookie
from sync.site.sessions import allows_frames, is_secure
from sync.words import PersonKey, msgid

if TYPE_CHECKING:
    from sync.bootstrap import App

COOKIE = "connectup_flow"
#: Left by a log-out: the next log-in in this browser asks who one is (R4.5).
ASK_COOKIE = "connectup_ask"
ASK_TIME = timedelta(days=30)
#: How long somebody may take for one log-in, and for all of them together.
LOG_IN_TIME = timedelta(minutes=15)
BROWSER_TIME = timedelta(hours=1)
_ID = re.compile(r"[0-9a-f]{32}")


class LogIn(StrEnum):
    """The two log-ins."""

    MICROSOFT = "microsoft"
    BOOKING = "booking"


class Onward(StrEnum):
    """Where a booking log-in may lead to."""

    SETTINGS = "/settings"
    PLUGIN = "/plugin"


class Look(StrEnum):
    """The silent look at who is logged in at the booking product now (R4.5)."""

    TO_COME = "to_come"
    UNDER_WAY = "under_way"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A form that met an ended session: whose and of which page it is, what was entered (R4.6)."""

    person: PersonKey
    page: Onward
    fields: dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What a browser has brought so far.

    ``invitation`` is the link's token; ``sign_in`` waits for the booking log-in and the person's
    yes (R4.7). ``look`` counts for one visit of the door: the next one looks anew. ``frame`` is the
    ticket of the frame that waits for this way's end (R12.8).
    """

    invitation: str | None = None
    sign_in: SignIn | None = None
    onward: Onward = Onward.SETTINGS
    look: Look = Look.TO_COME
    pressed: Pressed | None = None
    frame: str | None = None


class Browser:
    """One browser on its way to a connected calendar.

    Args:
        app: The App.
        req: Its request; a browser without a number is given one.
    """

    def __init__(self, app: "App", req: func.HttpRequest) -> None:
        self._app = app
        self._secure = is_secure(app)
        self._in_frames = allows_frames(app)
        cookies = req.headers.get("cookie", "")
        known = read_cookie(cookies, COOKIE, secure=self._secure) or ""
        self._known = _ID.fullmatch(known) is not None
        self._id = known if self._known else app.ids.new()
        #: Whether the next log-in has to ask who one is.
        self.must_ask = read_cookie(cookies, ASK_COOKIE, secure=self._secure) is not None

    @property
    def cookie(self) -> str:
        """Gives the cookie line that keeps the number."""
        return self._set(COOKIE, self._id, BROWSER_TIME)

    @property
    def no_cookie(self) -> str:
        """Gives the cookie line that ends the number."""
        return self._drop(COOKIE)

    @property
    def ask(self) -> str:
        """Gives the cookie line after which the next log-in asks who one is."""
        return self._set(ASK_COOKIE, "1", ASK_TIME)

    @property
    def asked(self) -> str:
        """Gives the cookie line that ends this: somebody has said who they are."""
        return self._drop(ASK_COOKIE)

    @property
    def mark(self) -> str:
        """Gives what tells this browser from others and does not tell its number."""
        return sha256(self._id.encode()).hexdigest()

    async def journey(self) -> Journey:
        """Reads what the browser has brought so far; an empty one where nothing is kept."""
        text = await self._app.flows.load(self._key("browser")) if self._known else None
        return Journey() if text is None else msgspec.json.decode(text, type=Journey)

    async def keep(self, journey: Journey) -> None:
        """Keeps it for an hour from now."""
        text = msgspec.json.encode(journey).decode()
        await self._app.flows.save(self._key("browser"), text, self._app.clock.now() + BROWSER_TIME)
        self._known = True

    async def change(self, changed: Callable[[Journey], Journey]) -> None:
        """Keeps the journey otherwise, where that makes a difference."""
        journey = await self.journey()
        if (after := changed(journey)) != journey:
            await self.keep(after)

    async def forget(self) -> None:
        """Ends the journey."""
        await self._app.flows.drop(self._key("browser"))

    async def begin(self, log_in: LogIn, flow: str) -> None:
        """Keeps the flow that the log-in has to bring back; an older one ends."""
        await self._app.flows.save(self._key(log_in), flow, self._app.clock.now() + LOG_IN_TIME)

    async def flow(self, log_in: LogIn) -> str:
        """Reads the flow.

        Raises:
            Rejected: 400 ``flow_unknown``: this browser has begun none, or it was used.
        """
        flow = await self._app.flows.load(self._key(log_in)) if self._known else None
        if flow is None:
            raise _unknown()
        return flow

    async def use_up(self, log_in: LogIn) -> Journey:
        """Ends the flow: one callback each. The browser goes on under a new number.

        Returns:
            What the browser has brought so far, kept under the old number no more.

        Raises:
            Rejected: 400 ``flow_unknown``: another request used it in the meantime.
        """
        journey = await self.journey()
        if not await self._app.flows.drop(self._key(log_in)):
            raise _unknown()
        await self.renew()
        return journey

    async def renew(self) -> None:
        """Goes on under a new number, under which nothing is kept yet."""
        await self.forget()
        self._id = self._app.ids.new()

    def _set(self, name: str, value: str, time: timedelta) -> str:
        seconds = int(time.total_seconds())
        return set_cookie(
            name, value, seconds=seconds, secure=self._secure, in_frames=self._in_frames
        )

    def _drop(self, name: str) -> str:
        return drop_cookie(name, secure=self._secure, in_frames=self._in_frames)

    def _key(self, what: str) -> str:
        return f"{what}-{self._id}"


def _unknown() -> Rejected:
    return Rejected(
        status=HTTPStatus.BAD_REQUEST,
        code="flow_unknown",
        detail=msgid(
            "This log-in was not begun in this browser, was used already, or took too long. "
            "Please begin again."
        ),
    )
