"""The service's front: who asks, for what, and whether it may.

One pipeline for HTTP and for the inner requests of a batch: token, switches, throttling, the
published description, the handler.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from simulators.microsoft365 import calendars
from simulators.microsoft365.delta import DeltaHandlers
from simulators.microsoft365.errors import GraphError, access_denied, bad_request
from simulators.microsoft365.events import EventHandlers
from simulators.microsoft365.faults import Faults
from simulators.microsoft365.messages import Request, Response
from simulators.microsoft365.model import Calendar, Instance, User
from simulators.microsoft365.paths import TIME_ZONES, Target, no_such_path, read_path
from simulators.microsoft365.posting import Poster
from simulators.microsoft365.refusals import (
    broken,
    given_answer,
    mailbox_gone,
    no_answer,
    retry_after,
    too_many,
)
from simulators.microsoft365.state import State
from simulators.microsoft365.subscriptions import SubscriptionHandlers, is_person
from simulators.microsoft365.validation import description

type TokenCheck = Callable[[str], str | None]
"""Gives the user id or address behind an access token; None, or a GraphError, refuses it."""

MOST_PARALLEL = 4
MOST_REQUESTS = 10_000
QUOTA_WINDOW = timedelta(minutes=10)
_WRITES = frozenset({"POST", "PATCH", "DELETE"})
_OF_MAILBOX: dict[tuple[str, str], Callable[[State, Request], Response]] = {
    ("GET", "/me"): calendars.show_me,
    ("PATCH", "/me"): calendars.change_me,
    ("GET", "/me/calendars"): calendars.list_calendars,
    ("POST", "/me/calendars"): calendars.create_calendar,
    ("POST", "/me/translateExchangeIds"): calendars.translate_ids,
}
_OF_CALENDAR: dict[str, Callable[[State, Request, Calendar], Response]] = {
    "GET": calendars.show_calendar,
    "PATCH": calendars.change_calendar,
    "DELETE": calendars.delete_calendar,
}
#: What a switch answers before a request has any effect, in the order in which they strike.
_BEFORE: dict[str, Callable[[dict[str, Any], datetime], Exception]] = {
    "error": broken,
    "answer": given_answer,
    "timeout_before_effect": no_answer,
}


class GraphService:
    """The simulated Graph calendar service.

    Args:
        state: The mailboxes.
        faults: The switches.
        poster: Sends notifications.
        token_check: Knows access tokens; by default `state.tokens` does.

    Attributes:
        most_in_flight: How many requests were on the way to a mailbox at once at most, refused
            ones included, by the user's id.
    """

    def __init__(
        self,
        state: State,
        faults: Faults,
        poster: Poster,
        *,
        token_check: TokenCheck | None = None,
    ) -> None:
        self.state = state
        self.faults = faults
        self.token_check: TokenCheck = token_check or state.tokens.get
        self.events = EventHandlers(state, faults)
        self.delta = DeltaHandlers(state, faults)
        self.subscriptions = SubscriptionHandlers(state, faults, poster)
        self._description = description()
        self._in_calendar: dict[tuple[str, str], Callable[[Request, Calendar], Response]] = {
            ("GET", "/events"): self.events.list_events,
            ("POST", "/events"): self.events.create,
            ("GET", "/calendarView"): self.events.list_view,
            ("GET", "/calendarView/delta()"): self.delta.answer,
        }
        self._of_event: dict[tuple[str, str], Callable[[Request, Instance], Response]] = {
            ("GET", ""): self.events.show,
            ("PATCH", ""): self.events.change,
            ("DELETE", ""): self.events.delete,
            ("GET", "/instances"): self.events.list_instances,
            ("POST", "/cancel"): self.events.cancel,
        }
        self._of_subscription: dict[tuple[str, str], Callable[[Request, str], Response]] = {
            ("GET", "/{id}"): self.subscriptions.show,
            ("PATCH", "/{id}"): self.subscriptions.renew,
            ("DELETE", "/{id}"): self.subscriptions.delete,
            ("POST", "/{id}/reauthorize"): self.subscriptions.reauthorize,
        }
        self.most_in_flight: Counter[str] = Counter()
        self._in_flight: Counter[str] = Counter()
        self._recent: dict[str, deque[datetime]] = {}

    def identify(self, request: Request) -> User:
        """Find whose token a request bears.

        Raises:
            GraphError: 401 InvalidAuthenticationToken.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        found = self.token_check(token) if scheme.lower() == "bearer" and token else None
        user = None if found is None else self.state.find_user(found)
        if user is None:
            raise GraphError(
                401,
                "InvalidAuthenticationToken",
                "Access token is empty."
                if not token
                else "Access token has expired or is not yet valid.",
                headers={"WWW-Authenticate": 'Bearer realm="", error="invalid_token"'},
            )
        return user

    async def handle(self, request: Request) -> Response:
        """Answer one request, and put it in the log.

        Raises:
            GraphError: The refusal.
            ConnectionDropped: No answer at all is to be sent.
        """
        status = 0
        shape = request.raw_path
        try:
            target = read_path(request)
            shape = target.shape
            request.user = self.identify(request)
            answer = await self._guarded(request, target)
            status = answer.status
        except GraphError as error:
            status = error.status
            raise
        else:
            if request.preferences.applied:
                answer.headers["Preference-Applied"] = ", ".join(request.preferences.applied)
            return answer
        finally:
            self.state.requests.note(
                f"{request.method} {shape}",
                at=self.state.clock.now().isoformat(),
                method=request.method,
                shape=shape,
                path=request.raw_path,
                status=status,
                user=request.user.address if request.user is not None else None,
            )

    async def _guarded(self, request: Request, target: Target) -> Response:
        user = request.person
        mailbox = target.shape.startswith("/me")
        if mailbox:
            self.count(user)
        self._throttle(request)
        key = "*" if self.faults.hits(request, "concurrency_per_app") else user.user_id
        self._in_flight[key] += 1
        if mailbox:
            self.most_in_flight[key] = max(self.most_in_flight[key], self._in_flight[key])
        try:
            if mailbox and self._in_flight[key] > MOST_PARALLEL:
                wait = {"Retry-After": "1"}
                raise too_many("ApplicationThrottled", wait, "MailboxConcurrency limit.")
            await self._fail_before(request)
            answer = await self._route(request, target)
            if request.method in _WRITES:
                self._fail_after(request)
            return answer
        finally:
            self._in_flight[key] -= 1

    def reset(self) -> None:
        """Forget users, events, subscriptions, delta tokens, switches and the request log."""
        self.state.reset()
        self.faults.clear()
        self._recent.clear()
        self.subscriptions.all.clear()
        self.delta.forget()

    def count(self, user: User) -> None:
        """Count a request against the mailbox's quota; those refused count as well (section 6)."""
        now = self.state.clock.now()
        recent = self._recent.setdefault(user.user_id, deque())
        recent.append(now)
        while recent and recent[0] <= now - QUOTA_WINDOW:
            recent.popleft()
        if len(recent) > MOST_REQUESTS:
            wait = (recent[0] + QUOTA_WINDOW - now).total_seconds()
            raise too_many("TooManyRequests", {"Retry-After": str(int(wait) + 1)}, "request quota.")

    def _throttle(self, request: Request) -> None:
        struck = self.faults.strike_on(request, "throttle")
        if struck is not None:
            headers = retry_after({"retry_after": 10} | struck, self.state.clock.now())
            code = str(struck.get("code", "ApplicationThrottled"))
            raise too_many(code, headers, "MailboxConcurrency limit.")

    async def _fail_before(self, request: Request) -> None:
        slow = self.faults.strike_on(request, "latency")
        if slow is not None:
            await asyncio.sleep(float(slow.get("ms", 100)) / 1000)
        now = self.state.clock.now()
        for name, refusal in _BEFORE.items():
            struck = self.faults.strike_on(request, name)
            if struck is not None:
                raise refusal(struck, now)
        if self.faults.hits(request, "mailbox_gone"):
            raise mailbox_gone(request)
        if self.faults.hits(request, "access_denied"):
            raise access_denied()

    def _fail_after(self, request: Request) -> None:
        lost = self.faults.strike_on(request, "timeout_after_effect")
        if lost is not None:
            raise no_answer(lost, self.state.clock.now())

    async def _route(self, request: Request, target: Target) -> Response:
        self._description.check_query(request.method, target.shape, request.query)
        if request.body and request.method in ("POST", "PATCH"):
            if not request.headers.get("content-type", "").lower().startswith("application/json"):
                raise bad_request("Write requests must contain a Content-Type header declaration.")
            self._description.check_body(request.method, target.shape, request.json())
        if target.shape.startswith("/subscriptions"):
            return await self._route_subscription(request, target)
        self._check_mailbox(request)
        method, shape = request.method, target.shape
        if (method, shape) in _OF_MAILBOX:
            return _OF_MAILBOX[method, shape](self.state, request)
        if method == "GET" and shape.lower().startswith(TIME_ZONES):
            return calendars.list_time_zones(request, iana="iana" in shape.lower())
        calendar = self._calendar(request, target)
        inside = shape.removeprefix("/me").removeprefix("/calendars/{id}")
        if inside.startswith("/events/{id}"):
            return self._route_event(request, target, calendar, inside)
        if calendar is not None and not inside and method in _OF_CALENDAR:
            return _OF_CALENDAR[method](self.state, request, calendar)
        if (method, inside) not in self._in_calendar:
            raise no_such_path(request)
        in_delta = calendar is not None and inside.endswith("/delta()")
        if in_delta and self.faults.hits(request, "delta_no_calendar"):
            raise GraphError(501, "NotImplemented", "Delta is not supported here.")
        place = calendar or self.state.default_calendar(request.person)
        return self._in_calendar[method, inside](request, place)

    def _route_event(
        self, request: Request, target: Target, calendar: Calendar | None, inside: str
    ) -> Response:
        item_id = target.rest[1]
        if request.method == "DELETE" and request.preferences.immutable_ids:
            self.events.refuse_second_delete(item_id)
        instance = self.events.find(request, item_id, calendar)
        act = (request.method, inside.removeprefix("/events/{id}"))
        if act not in self._of_event:
            raise no_such_path(request)
        return self._of_event[act](request, instance)

    async def _route_subscription(self, request: Request, target: Target) -> Response:
        act = (request.method, target.shape.removeprefix("/subscriptions"))
        if act == ("POST", ""):
            return await self.subscriptions.create(request)
        if act == ("GET", ""):
            return self.subscriptions.list_own(request)
        if act not in self._of_subscription:
            raise no_such_path(request)
        return self._of_subscription[act](request, target.rest[1])

    def _check_mailbox(self, request: Request) -> None:
        """Let a person reach their own mailbox only, however the path names it."""
        head = request.segments[0].lower()
        if head == "me":
            return
        named = request.segments[1]
        # The SDK writes this for /me where nothing maps it back.
        if named.lower() == "me-token-to-replace" or is_person(named, request.person):
            return
        if self.state.find_user(named) is None:
            raise GraphError(404, "ErrorInvalidUser", f"The requested user '{named}' is invalid.")
        raise access_denied()

    def _calendar(self, request: Request, target: Target) -> Calendar | None:
        if target.calendar_id is None:
            return None
        if not target.calendar_id:
            return self.state.default_calendar(request.person)
        return calendars.find_calendar(self.state, request, target.calendar_id)
