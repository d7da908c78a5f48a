"""The `/_sim/` endpoints: what office people do, what time it is, what goes wrong."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from simulators.booking.api import BookingApi
from simulators.booking.connector_acts import ConnectorActs
from simulators.booking.model import (
    Account,
    Item,
    ItemStatus,
    Location,
    Refusal,
    SimulatedClock,
    StaffMember,
)
from simulators.booking.oidc import OidcProvider
from simulators.booking.seed import seed_practice
from simulators.booking.state import AccountRecord, BookingState
from simulators.booking.webhooks import WebhookSender
from simulators.booking.wire import item_to_wire, patched, plain, problem, read_as
from simulators.common.serving import ControlError, read_object

Handler = Callable[[web.Request], Awaitable[web.Response]]
STATUS_ACTS = {
    "cancel": ItemStatus.CANCELLED,
    "complete": ItemStatus.COMPLETED,
    "no-show": ItemStatus.NO_SHOW,
    "rebook": ItemStatus.BOOKED,
}


class BookingControl:
    """Drives the booking simulator from outside.

    Args:
        state: what the booking product knows.
        acts: the connector's writes, for their policy.
        api: for its faults and its log.
        webhooks: the sender.
        oidc: the log-in.
        clock: what time it is there.
    """

    def __init__(
        self,
        *,
        state: BookingState,
        acts: ConnectorActs,
        api: BookingApi,
        webhooks: WebhookSender,
        oidc: OidcProvider,
        clock: SimulatedClock,
    ) -> None:
        self._state = state
        self._acts = acts
        self._api = api
        self._webhooks = webhooks
        self._oidc = oidc
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """Give the routes of all control endpoints."""
        account = "/_sim/accounts/{account_id}"
        staff = account + "/staff/{staff_id}"
        item = staff + "/items/{item_id}"
        table: list[tuple[str, str, Handler]] = [
            ("POST", "/_sim/reset", self._reset),
            ("POST", "/_sim/seed", self._seed),
            ("GET", "/_sim/clock", self._get_clock),
            ("PUT", "/_sim/clock", self._put_clock),
            ("GET", "/_sim/accounts", self._list_accounts),
            ("POST", "/_sim/accounts", self._create_account),
            ("PATCH", account, self._patch_account),
            ("DELETE", account, self._delete_account),
            ("POST", account + "/locations", self._create_location),
            ("PATCH", account + "/locations/{location_id}", self._patch_location),
            ("DELETE", account + "/locations/{location_id}", self._delete_location),
            ("POST", account + "/staff", self._create_staff),
            ("PATCH", staff, self._patch_staff),
            ("DELETE", staff, self._delete_staff),
            ("GET", staff + "/items", self._list_items),
            ("POST", staff + "/items", self._create_item),
            ("PATCH", item, self._patch_item),
            ("DELETE", item, self._delete_item),
            ("POST", item + "/{act}", self._act_on_item),
            ("POST", "/_sim/cursors/expire", self._expire_cursors),
            ("GET", "/_sim/faults", self._get_faults),
            ("PUT", "/_sim/faults", self._put_faults),
            ("GET", "/_sim/policy", self._get_policy),
            ("PUT", "/_sim/policy", self._put_policy),
            ("GET", "/_sim/keeping", self._get_keeping),
            ("PUT", "/_sim/keeping", self._put_keeping),
            ("GET", "/_sim/requests", self._get_requests),
            ("DELETE", "/_sim/requests", self._delete_requests),
            ("GET", "/_sim/webhooks", self._get_webhooks),
            ("PUT", "/_sim/webhooks", self._put_webhooks),
            ("DELETE", "/_sim/webhooks", self._delete_webhooks),
            ("GET", "/_sim/oidc", self._get_oidc),
            ("PUT", "/_sim/oidc", self._put_oidc),
        ]
        return [web.route(method, path, _answering(act)) for method, path, act in table]

    def reset(self) -> None:
        """Forget everything that was done, and switch every fault off; the addresses stay."""
        self._state.reset()
        self._acts.reset()
        self._api.reset()
        self._webhooks.sent.clear()
        self._webhooks.faults.clear()
        self._oidc.reset()
        self._clock.offset = timedelta()

    async def _reset(self, request: web.Request) -> web.Response:
        del request
        self.reset()
        return web.json_response({})

    async def _seed(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        now = _instant(body["now"], "now") if "now" in body else self._clock.now()
        practice = seed_practice(self._state, now=now, weeks=int(body.get("weeks", 6)))
        return web.json_response(plain(practice))

    async def _get_clock(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(
            {
                "now": self._clock.now().isoformat(),
                "offset_seconds": self._clock.offset.total_seconds(),
            }
        )

    async def _put_clock(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        if "now" in body:
            self._clock.set_now(_instant(body["now"], "now"))
        else:
            seconds = body.get("offset_seconds")
            if not isinstance(seconds, int | float):
                raise ControlError("give now, or offset_seconds")
            self._clock.offset = timedelta(seconds=seconds)
        return await self._get_clock(request)

    async def _list_accounts(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"value": [_record(entry) for entry in self._state.accounts()]})

    async def _create_account(self, request: web.Request) -> web.Response:
        account = read_as(Account, await read_object(request))
        self._state.put_account(account)
        return web.json_response(plain(account), status=201)

    async def _patch_account(self, request: web.Request) -> web.Response:
        before = self._state.account(request.match_info["account_id"]).account
        account = patched(before, _without_id(await read_object(request)))
        self._state.put_account(account)
        return web.json_response(plain(account))

    async def _delete_account(self, request: web.Request) -> web.Response:
        self._state.remove_account(request.match_info["account_id"])
        return web.Response(status=204)

    async def _create_location(self, request: web.Request) -> web.Response:
        location = read_as(Location, await read_object(request))
        self._state.put_location(request.match_info["account_id"], location)
        return web.json_response(plain(location), status=201)

    async def _patch_location(self, request: web.Request) -> web.Response:
        account_id, location_id = _ids(request, "account_id", "location_id")
        before = self._state.account(account_id).locations.get(location_id)
        if before is None:
            raise web.HTTPNotFound
        location = patched(before, _without_id(await read_object(request)))
        self._state.put_location(account_id, location)
        return web.json_response(plain(location))

    async def _delete_location(self, request: web.Request) -> web.Response:
        self._state.remove_location(*_ids(request, "account_id", "location_id"))
        return web.Response(status=204)

    async def _create_staff(self, request: web.Request) -> web.Response:
        member = read_as(StaffMember, await read_object(request))
        self._state.put_staff(request.match_info["account_id"], member)
        return web.json_response(plain(member), status=201)

    async def _patch_staff(self, request: web.Request) -> web.Response:
        account_id, staff_id = _ids(request, "account_id", "staff_id")
        before = self._state.staff_member(account_id, staff_id)
        member = patched(before, _without_id(await read_object(request)))
        self._state.put_staff(account_id, member)
        return web.json_response(plain(member))

    async def _delete_staff(self, request: web.Request) -> web.Response:
        self._state.remove_staff(*_ids(request, "account_id", "staff_id"))
        return web.Response(status=204)

    async def _list_items(self, request: web.Request) -> web.Response:
        schedule = self._state.schedule(*_ids(request, "account_id", "staff_id"))
        return web.json_response(
            {"value": [self._wire(request, item) for item in schedule.items()]}
        )

    async def _create_item(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        force = body.pop("force", False) is True
        prefix = {"appointment": "apt", "reserve": "rsv", "event": "evt"}.get(
            str(body.get("kind")), "itm"
        )
        item = read_as(Item, {"id": self._state.new_id(prefix)} | body)
        account_id, staff_id = _ids(request, "account_id", "staff_id")
        saved = self._state.add_item(account_id, staff_id, item, force=force)
        return web.json_response(self._wire(request, saved), status=201)

    async def _patch_item(self, request: web.Request) -> web.Response:
        body = _without_id(await read_object(request))
        force = body.pop("force", False) is True
        account_id, staff_id, item_id = _ids(request, "account_id", "staff_id", "item_id")
        item = patched(self._state.item(account_id, staff_id, item_id), body)
        saved = self._state.save_item(account_id, staff_id, item, force=force)
        return web.json_response(self._wire(request, saved))

    async def _delete_item(self, request: web.Request) -> web.Response:
        self._state.delete_item(*_ids(request, "account_id", "staff_id", "item_id"))
        return web.Response(status=204)

    async def _act_on_item(self, request: web.Request) -> web.Response:
        account_id, staff_id, item_id = _ids(request, "account_id", "staff_id", "item_id")
        act = request.match_info["act"]
        if act in STATUS_ACTS:
            item = self._state.set_status(account_id, staff_id, item_id, STATUS_ACTS[act])
        elif act == "save":
            item = self._state.save_item(
                account_id, staff_id, self._state.item(account_id, staff_id, item_id)
            )
        elif act == "reassign":
            body = await read_object(request)
            target = body.get("staff_id")
            if not isinstance(target, str):
                raise ControlError("staff_id says to whom")
            force = body.get("force", False) is True
            item = self._state.reassign(
                account_id, staff_id, item_id, to_staff_id=target, force=force
            )
        else:
            raise ControlError(f"unknown act; known: {sorted(STATUS_ACTS)}, save, reassign")
        return web.json_response(self._wire(request, item))

    async def _expire_cursors(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        self._state.expire_cursors(body.get("account_id"), body.get("staff_id"))
        return web.json_response({})

    async def _get_faults(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(self._api.faults.as_json() | {"feed_page": self._api.feed_page})

    async def _put_faults(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        feed_page = body.get("feed_page", self._api.feed_page)
        if not isinstance(feed_page, int) or feed_page < 1:
            raise ControlError("feed_page is a number of at least 1")
        self._api.faults.replace_from_json({"rules": body.get("rules", [])})
        self._api.feed_page = feed_page
        return await self._get_faults(request)

    async def _get_policy(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(plain(self._acts.policy))

    async def _put_policy(self, request: web.Request) -> web.Response:
        self._acts.policy = patched(self._acts.policy, await read_object(request))
        return await self._get_policy(request)

    async def _get_keeping(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(plain(self._state.keeping))

    async def _put_keeping(self, request: web.Request) -> web.Response:
        self._state.keeping = patched(self._state.keeping, await read_object(request))
        return await self._get_keeping(request)

    async def _get_requests(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(self._api.log.as_json())

    async def _delete_requests(self, request: web.Request) -> web.Response:
        del request
        self._api.log.clear()
        return web.Response(status=204)

    async def _get_webhooks(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(
            {
                "url": self._webhooks.url,
                "retry_delays": list(self._webhooks.retry_delays),
                "pending": self._webhooks.pending,
                **self._webhooks.faults.as_json(),
                "value": [webhook.as_json() for webhook in self._webhooks.sent],
            }
        )

    async def _put_webhooks(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        if "rules" in body:
            self._webhooks.faults.replace_from_json(body)
        if "url" in body:
            self._webhooks.url = body["url"]
        if "secret" in body:
            self._webhooks.set_secret(body["secret"])
        if "retry_delays" in body:
            self._webhooks.retry_delays = tuple(float(delay) for delay in body["retry_delays"])
        return await self._get_webhooks(request)

    async def _delete_webhooks(self, request: web.Request) -> web.Response:
        del request
        self._webhooks.sent.clear()
        return web.Response(status=204)

    async def _get_oidc(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(plain(self._oidc.switches))

    async def _put_oidc(self, request: web.Request) -> web.Response:
        self._oidc.switches = patched(self._oidc.switches, await read_object(request))
        return await self._get_oidc(request)

    def _wire(self, request: web.Request, item: Item) -> dict[str, Any]:
        member = self._state.staff_member(*_ids(request, "account_id", "staff_id"))
        return item_to_wire(item, ZoneInfo(member.time_zone))


def _answering(handler: Handler) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except Refusal as refusal:
            body = problem(refusal.kind, refusal.detail)
            return web.json_response(
                body, status=body["status"], content_type="application/problem+json"
            )

    return handle


def _ids(request: web.Request, *names: str) -> tuple[str, ...]:
    return tuple(request.match_info[name] for name in names)


def _without_id(body: dict[str, Any]) -> dict[str, Any]:
    if "id" in body:
        raise ControlError("an id cannot be changed")
    return body


def _instant(value: object, name: str) -> datetime:
    try:
        instant = msgspec.convert(value, datetime)
    except msgspec.ValidationError as error:
        raise ControlError(f"{name}: {error}") from error
    if instant.tzinfo is None:
        raise ControlError(f"{name} needs an offset")
    return instant


def _record(record: AccountRecord) -> dict[str, object]:
    return {
        "account": plain(record.account),
        "locations": [plain(location) for location in record.locations.values()],
        "staff": [
            plain(member) | {"items": len(record.schedules[member.id].items())}
            for member in record.staff.values()
        ],
    }
