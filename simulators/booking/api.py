"""The booking API: every operation of the contract, checked both ways, with faults on demand."""

import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from simulators.booking.connector_acts import ConnectorActs
from simulators.booking.contract import Call, Contract
from simulators.booking.model import PROBLEM_STATUS, ProblemType, Refusal
from simulators.booking.state import BookingState
from simulators.booking.wire import change_to_wire, item_to_wire, plain, problem, staff_to_wire
from simulators.common.faults import FaultBoard
from simulators.common.openapi import ContractBroken, Operation
from simulators.common.request_log import RequestLog
from simulators.common.serving import drop_connection, retry_after

API_PREFIX = "/v1"
FAULT_KINDS = (
    "latency",
    "status",
    "timeout_before_effect",
    "timeout_after_effect",
    "refuse_all",
    "cursor_expired",
    "stale_feed",
    "garbled",
)
STATUS_PROBLEMS = {status: kind for kind, status in PROBLEM_STATUS.items()}
CURSOR_PREFIX: Final = "after."
FEED_PAGE: Final = 100
WRITES = frozenset({"createReserve", "updateItem", "removeItem"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back.

    Attributes:
        status: of the answer.
        body: JSON values; None for no body.
        retry_after: for the header, as it is; None leaves it out.
    """

    status: int
    body: Any = None
    retry_after: float | str | None = None


class BookingApi:
    """Answers the contract's operations out of the state.

    Args:
        state: what the booking product knows.
        acts: the connector's writes.
        contract: what requests and answers are checked against.
        token: the bearer token asked for.

    Attributes:
        faults: what goes wrong on demand, by operationId and Staff Member.
        log: the calls made.
        feed_page: feed entries in one answer of listChanges.
    """

    def __init__(
        self, state: BookingState, acts: ConnectorActs, contract: Contract, token: str
    ) -> None:
        self._state = state
        self._acts = acts
        self._contract = contract
        self._token = token
        self.faults = FaultBoard(FAULT_KINDS)
        self.log = RequestLog()
        self.feed_page = FEED_PAGE
        self._answers: dict[str, Callable[[Call], Answer]] = {
            "getAccount": self._get_account,
            "listLocations": self._list_locations,
            "listStaff": self._list_staff,
            "getStaffMember": self._get_staff_member,
            "listItems": self._list_items,
            "listChanges": self._list_changes,
            "createReserve": self._create_reserve,
            "getItem": self._get_item,
            "updateItem": self._update_item,
            "removeItem": self._remove_item,
        }

    def routes(self) -> list[web.RouteDef]:
        """Give a route for each operation of the contract."""
        return [
            web.route(operation.method, API_PREFIX + operation.path, self._handler(operation))
            for operation in self._contract.operations
        ]

    def reset(self) -> None:
        """Switch the faults off, forget the calls, and page the feed as by default."""
        self.faults.clear()
        self.log.clear()
        self.feed_page = FEED_PAGE

    def _handler(self, operation: Operation) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            answer = await self._answer(operation, request)
            self.log.note(
                operation.operation_id,
                method=request.method,
                path=request.path_qs,
                status=answer.status if answer else None,
                at=self._state.clock.now().isoformat(),
                detail=answer.body.get("detail") if answer and answer.status >= 400 else None,
            )
            if answer is None:
                drop_connection(request)
                return web.Response()
            self._contract.check_answer(operation, answer.status, answer.body)
            subject = request.match_info.get("staff_id")
            garbled = self.faults.strike("garbled", operation.operation_id, subject)
            return _written(answer if garbled is None else _garbled(answer, garbled.item))

        return handle

    async def _answer(self, operation: Operation, request: web.Request) -> Answer | None:
        try:
            if not self._is_authorized(request):
                return _refused(ProblemType.UNAUTHORIZED, "The bearer token is wrong.")
            call = self._contract.check_request(
                operation,
                path=request.match_info,
                query=request.query,
                headers=request.headers,
                body=await request.read(),
            )
        except ContractBroken as broken:
            return _refused(ProblemType.BAD_REQUEST, f"{broken}.")
        name, subject = operation.operation_id, call.path.get("staff_id")
        item = call.path.get("item_id")
        struck = await self.faults.play_before(name, subject, item)
        if struck is not None and struck.kind == "status":
            kind = STATUS_PROBLEMS.get(struck.status, ProblemType.UNAVAILABLE)
            body = problem(kind, "A fault that was asked for.", struck.status)
            return Answer(status=struck.status, body=body, retry_after=struck.retry_after)
        if struck is not None:
            return None
        answer = self._carried_out(call, subject)
        return None if await self.faults.loses_answer(name, subject, item) else answer

    def _carried_out(self, call: Call, subject: str | None) -> Answer:
        name = call.operation_id
        if name in WRITES and self.faults.strike("refuse_all", name, subject):
            return _refused(ProblemType.NOT_PERMITTED, "The booking product refuses this.")
        try:
            return self._answers[name](call)
        except Refusal as refusal:
            return _refused(refusal.kind, refusal.detail)

    def _is_authorized(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode())

    def _get_account(self, call: Call) -> Answer:
        return Answer(status=200, body=plain(self._state.account(call.path["account_id"]).account))

    def _list_locations(self, call: Call) -> Answer:
        locations = self._state.account(call.path["account_id"]).locations.values()
        return Answer(status=200, body={"value": [plain(location) for location in locations]})

    def _list_staff(self, call: Call) -> Answer:
        record = self._state.account(call.path["account_id"])
        at = call.query.get("location_id")
        after = _staff_cursor(call.query.get("cursor"))
        limit: int = call.query["limit"]
        found = [
            record.staff[staff_id]
            for staff_id in sorted(record.staff)
            if staff_id > after and (at is None or at in record.staff[staff_id].location_ids)
        ]
        body: dict[str, Any] = {"value": [staff_to_wire(member) for member in found[:limit]]}
        if len(found) > limit:
            body["next_cursor"] = CURSOR_PREFIX + found[limit - 1].id
        return Answer(status=200, body=body)

    def _get_staff_member(self, call: Call) -> Answer:
        return Answer(status=200, body=staff_to_wire(self._state.staff_member(*_whose(call))))

    def _list_items(self, call: Call) -> Answer:
        start, end = (datetime.fromisoformat(call.query[name]) for name in ("from", "to"))
        if start >= end:
            raise Refusal(ProblemType.BAD_REQUEST, "from must be before to.")
        page = self._state.schedule(*_whose(call)).listing(
            start, end, limit=call.query["limit"], cursor=call.query.get("cursor")
        )
        zone = self._zone(call)
        body: dict[str, Any] = {"value": [item_to_wire(item, zone) for item in page.items]}
        if page.next_cursor is not None:
            body["next_cursor"] = page.next_cursor
        if page.changes_cursor is not None:
            body["changes_cursor"] = page.changes_cursor
        return Answer(status=200, body=body)

    def _list_changes(self, call: Call) -> Answer:
        account_id, staff_id = _whose(call)
        schedule = self._state.schedule(account_id, staff_id)
        if self.faults.strike("cursor_expired", call.operation_id, staff_id):
            raise Refusal(ProblemType.CURSOR_EXPIRED, "The cursor is too old; list the items.")
        cursor = call.query["cursor"]
        page = schedule.changes(cursor, limit=self.feed_page)
        if self.faults.strike("stale_feed", call.operation_id, staff_id):
            return Answer(status=200, body={"value": [], "cursor": cursor, "more": False})
        zone = self._zone(call)
        body = {
            "value": [change_to_wire(change, zone) for change in page.changes],
            "cursor": page.cursor,
            "more": page.more,
        }
        return Answer(status=200, body=body)

    def _create_reserve(self, call: Call) -> Answer:
        account_id, staff_id = _whose(call)
        key = call.headers["Idempotency-Key"]
        first = self._acts.remembered(account_id, staff_id, key)
        if first is None:
            reserve = self._acts.create_reserve(account_id, staff_id, call.body)
            first = item_to_wire(reserve, self._zone(call))
            self._acts.remember(account_id, staff_id, key, first)
        return Answer(status=201, body=first)

    def _get_item(self, call: Call) -> Answer:
        item = self._state.schedule(*_whose(call)).read(call.path["item_id"])
        return Answer(status=200, body=item_to_wire(item, self._zone(call)))

    def _update_item(self, call: Call) -> Answer:
        item = self._acts.update(
            *_whose(call), call.path["item_id"], call.body, call.headers.get("If-Match")
        )
        return Answer(status=200, body=item_to_wire(item, self._zone(call)))

    def _remove_item(self, call: Call) -> Answer:
        self._acts.remove(*_whose(call), call.path["item_id"], call.headers.get("If-Match"))
        return Answer(status=204)

    def _zone(self, call: Call) -> ZoneInfo:
        return ZoneInfo(self._state.staff_member(*_whose(call)).time_zone)


def _whose(call: Call) -> tuple[str, str]:
    return call.path["account_id"], call.path["staff_id"]


def _staff_cursor(cursor: str | None) -> str:
    if cursor is None:
        return ""
    if not cursor.startswith(CURSOR_PREFIX):
        raise Refusal(ProblemType.BAD_REQUEST, "This is no cursor of the staff list.")
    return cursor.removeprefix(CURSOR_PREFIX)


def _garbled(answer: Answer, item_id: str | None) -> Answer:
    """Give the answer with a start that nobody can read: of one item, or of all.

    Where the rule names a Staff Member, the access type of that profile is one that nobody knows.
    """

    def spoilt(node: Any) -> Any:
        if isinstance(node, list):
            return [spoilt(part) for part in node]
        if not isinstance(node, dict):
            return node
        if "version" in node and item_id in (None, node["id"]):
            return node | {"start": "soon"}
        if "access_type" in node and item_id == node["id"]:
            return node | {"access_type": "owner"}
        return {name: spoilt(part) for name, part in node.items()}

    return replace(answer, body=spoilt(answer.body))


def _refused(kind: ProblemType, detail: str) -> Answer:
    body = problem(kind, detail)
    return Answer(status=body["status"], body=body)


def _written(answer: Answer) -> web.Response:
    headers = retry_after(answer.retry_after)
    if answer.body is None:
        return web.Response(status=answer.status, headers=headers)
    return web.Response(
        status=answer.status,
        text=json.dumps(answer.body),
        content_type="application/json" if answer.status < 400 else "application/problem+json",
        headers=headers,
    )
