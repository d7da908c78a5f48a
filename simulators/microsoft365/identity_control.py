"""The `/_sim/` endpoints of the simulated identity platform."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from aiohttp import web

from simulators.common.control import read_object
from simulators.common.errors import ControlError
from simulators.microsoft365.identity_acts import IdentityActs
from simulators.microsoft365.identity_model import Person
from simulators.microsoft365.identity_sign_in import SignInSwitches

Handler = Callable[[web.Request], Awaitable[web.Response]]


class IdentityControl:
    """Drives the identity simulator from outside; each endpoint is one of its methods.

    Args:
        simulator: what is driven.
    """

    def __init__(self, simulator: IdentityActs) -> None:
        self._simulator = simulator

    def routes(self) -> list[web.RouteDef]:
        """Give the routes of all control endpoints."""
        table: list[tuple[str, str, Handler]] = [
            ("POST", "/_sim/reset", self._reset),
            ("GET", "/_sim/users", self._list_users),
            ("POST", "/_sim/users", self._add_user),
            ("POST", "/_sim/users/{address}/{act}", self._act_on_user),
            ("POST", "/_sim/access-tokens/expire", self._expire_access_tokens),
            ("GET", "/_sim/faults", self._get_faults),
            ("PUT", "/_sim/faults", self._put_faults),
            ("GET", "/_sim/settings", self._get_settings),
            ("PUT", "/_sim/settings", self._put_settings),
            ("GET", "/_sim/requests", self._get_requests),
            ("DELETE", "/_sim/requests", self._delete_requests),
        ]
        return [web.route(method, path, handler) for method, path, handler in table]

    async def _reset(self, request: web.Request) -> web.Response:
        del request
        self._simulator.reset()
        return web.json_response({})

    async def _list_users(self, request: web.Request) -> web.Response:
        del request
        people = self._simulator.directory.people()
        return web.json_response({"value": [_person(person) for person in people]})

    async def _add_user(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        unknown = set(body) - {"address", "name", "oid", "tid"}
        if unknown or not all(isinstance(value, str) for value in body.values()):
            raise ControlError("give address, and if you like name, oid, tid, each a text")
        if not body.get("address"):
            raise ControlError("address is required")
        person = self._simulator.add_user(
            body["address"], name=body.get("name"), oid=body.get("oid"), tid=body.get("tid")
        )
        return web.json_response(_person(person), status=201)

    async def _act_on_user(self, request: web.Request) -> web.Response:
        address, act = request.match_info["address"], request.match_info["act"]
        simulator, body = self._simulator, await read_object(request)
        match act:
            case "revoke":
                simulator.revoke(address)
            case "withdraw-consent":
                simulator.withdraw_consent(address)
            case "consent":
                simulator.consent(address, *str(body.get("scopes", "")).split())
            case "change-password":
                simulator.change_password(address, by_admin=body.get("by_admin") is True)
            case "close":
                simulator.close_account(address)
            case "require-mfa":
                simulator.require_mfa(address)
            case "require-admin":
                simulator.require_admin(address, str(body.get("mode", "redirect")))
            case _:
                raise ControlError(f"unknown act {act!r}")
        return web.json_response(_person(simulator.person(address)))

    async def _expire_access_tokens(self, request: web.Request) -> web.Response:
        self._simulator.expire_access_tokens((await read_object(request)).get("address"))
        return web.json_response({})

    async def _get_faults(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(self._simulator.faults.as_json())

    async def _put_faults(self, request: web.Request) -> web.Response:
        self._simulator.faults.replace_from_json(await read_object(request))
        return await self._get_faults(request)

    async def _get_settings(self, request: web.Request) -> web.Response:
        del request
        switches = self._simulator.switches
        return web.json_response(
            {
                "expires_in": self._simulator.expires_in,
                "offset_seconds": self._simulator.directory.offset.total_seconds(),
                "auto": switches.auto,
                "auto_user": switches.auto_user,
                "auto_consent": switches.auto_consent,
            }
        )

    async def _put_settings(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        before = self._simulator.switches
        user = body.get("auto_user", before.auto_user)
        expires_in = body.get("expires_in", self._simulator.expires_in)
        offset = body.get("offset_seconds", 0)
        numbers = isinstance(expires_in, int) and isinstance(offset, int | float)
        if not numbers or not (user is None or isinstance(user, str)):
            raise ControlError("expires_in and offset_seconds are numbers, auto_user is a text")
        self._simulator.expires_in = expires_in
        if "offset_seconds" in body:
            self._simulator.directory.offset = timedelta(seconds=offset)
        self._simulator.switches = SignInSwitches(
            auto=body.get("auto", before.auto) is True,
            auto_user=user,
            auto_consent=body.get("auto_consent", before.auto_consent) is True,
        )
        return await self._get_settings(request)

    async def _get_requests(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(self._simulator.log.as_json())

    async def _delete_requests(self, request: web.Request) -> web.Response:
        del request
        self._simulator.log.clear()
        return web.Response(status=204)


def _person(person: Person) -> dict[str, object]:
    return {
        "address": person.address,
        "name": person.name,
        "oid": person.oid,
        "tid": person.tid,
        "consented": sorted(person.consented),
        "is_closed": person.is_closed,
    }
