"""The control interface under /_sim/: JSON, without log-in, for tests, pages and the launcher.

docs/simulators.md lists the paths.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web

from simulators.microsoft365.errors import GraphError
from simulators.microsoft365.seed import seed_calendars

if TYPE_CHECKING:
    from simulators.microsoft365.server import GraphSimulator

type _Handler = Callable[[web.Request], Awaitable[web.Response]]


def add_control_routes(app: web.Application, simulator: "GraphSimulator") -> None:
    """Add the control interface of one simulator to its application."""
    control = _Control(simulator)
    for method, path, handler in (
        ("POST", "/reset", control.reset),
        ("GET", "/users", control.list_users),
        ("POST", "/users", control.add_user),
        ("GET", "/users/{address}", control.mailbox),
        ("PUT", "/tokens/{token}", control.add_token),
        ("DELETE", "/tokens/{token}", control.remove_token),
        ("POST", "/users/{address}/calendars", control.add_calendar),
        ("POST", "/users/{address}/calendar-acts", control.calendar_act),
        ("POST", "/users/{address}/events", control.create_event),
        ("POST", "/users/{address}/odd", control.serve_odd),
        ("POST", "/users/{address}/move", control.move_mailbox),
        ("PUT", "/users/{address}/lag", control.set_lag),
        ("POST", "/acts", control.act),
        ("GET", "/faults", control.list_faults),
        ("PUT", "/faults", control.set_faults),
        ("POST", "/faults", control.add_faults),
        ("DELETE", "/faults", control.clear_faults),
        ("GET", "/subscriptions", control.list_subscriptions),
        ("POST", "/subscriptions/{id}/lifecycle", control.lifecycle),
        ("POST", "/delta-tokens/forget", control.forget_delta),
        ("GET", "/requests", control.requests),
        ("DELETE", "/requests", control.clear_requests),
        ("GET", "/mails", control.mails),
        ("GET", "/clock", control.clock),
        ("PUT", "/clock", control.set_clock),
        ("POST", "/seed", control.seed),
    ):
        app.router.add_route(method, f"/_sim{path}", _safe(handler))


def _safe(handler: _Handler) -> _Handler:
    async def answer(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except KeyError as error:
            return web.json_response({"error": f"not found: {error.args[0]}"}, status=404)
        except GraphError as error:
            return web.json_response({"error": str(error)}, status=error.status)
        except (TypeError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)

    return answer


async def _body(request: web.Request) -> dict[str, Any]:
    read = await request.json() if request.can_read_body else {}
    if not isinstance(read, dict):
        raise TypeError("the body must be a JSON object")
    return read


def _done() -> web.Response:
    return web.json_response({"done": True})


class _Control:
    def __init__(self, simulator: "GraphSimulator") -> None:
        self._simulator = simulator

    async def reset(self, _: web.Request) -> web.Response:
        self._simulator.reset()
        return _done()

    async def list_users(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(u) for u in self._simulator.state.users.values()])

    async def add_user(self, request: web.Request) -> web.Response:
        body = await _body(request)
        user = self._simulator.state.add_user(
            body["address"],
            body["name"],
            time_zone=body.get("time_zone", "UTC"),
            user_id=body.get("user_id"),
        )
        return web.json_response(asdict(user), status=201)

    async def mailbox(self, request: web.Request) -> web.Response:
        return web.json_response(self._simulator.acts.mailbox(request.match_info["address"]))

    async def add_token(self, request: web.Request) -> web.Response:
        body = await _body(request)
        user = self._simulator.acts.user(body["user"])
        self._simulator.state.tokens[request.match_info["token"]] = user.user_id
        return _done()

    async def remove_token(self, request: web.Request) -> web.Response:
        self._simulator.state.tokens.pop(request.match_info["token"], None)
        return _done()

    async def add_calendar(self, request: web.Request) -> web.Response:
        body = await _body(request)
        calendar_id = self._simulator.acts.add_calendar(
            request.match_info["address"], body["name"], read_only=body.get("read_only", False)
        )
        return web.json_response({"id": calendar_id}, status=201)

    async def calendar_act(self, request: web.Request) -> web.Response:
        body = await _body(request)
        acts, address = self._simulator.acts, request.match_info["address"]
        calendar = body.get("calendar")
        match body["act"]:
            case "delete":
                acts.delete_calendar(address, str(calendar))
                return _done()
            case "share":
                shared = acts.share_calendar(
                    address, calendar, body["to"], body.get("role", "read")
                )
                return web.json_response({"id": shared})
            case "renew_id":
                return web.json_response({"id": acts.renew_calendar_id(address, calendar)})
            case "rename":
                self._simulator.state.rename_calendar(
                    acts.calendar(address, calendar), body["name"]
                )
                return _done()
            case other:
                raise KeyError(other)

    async def create_event(self, request: web.Request) -> web.Response:
        body = await _body(request)
        item_id = self._simulator.acts.create(
            request.match_info["address"],
            body["event"],
            calendar=body.get("calendar"),
            organizer=body.get("organizer"),
            response=body.get("response", "notResponded"),
        )
        return web.json_response({"id": item_id}, status=201)

    async def serve_odd(self, request: web.Request) -> web.Response:
        body = await _body(request)
        item_id = self._simulator.acts.serve(
            request.match_info["address"], body["event"], calendar=body.get("calendar")
        )
        return web.json_response({"id": item_id}, status=201)

    async def move_mailbox(self, request: web.Request) -> web.Response:
        body = await _body(request)
        self._simulator.acts.move_mailbox(
            request.match_info["address"],
            drop_property=body.get("drop_property"),
            feed_tells=body.get("feed_tells", False),
        )
        return _done()

    async def set_lag(self, request: web.Request) -> web.Response:
        body = await _body(request)
        self._simulator.acts.lag(request.match_info["address"], float(body["seconds"]))
        return _done()

    async def act(self, request: web.Request) -> web.Response:
        body = await _body(request)
        acts, item_id = self._simulator.acts, body["id"]
        match body["act"]:
            case "patch":
                acts.change(item_id, body["event"])
            case "delete":
                acts.delete(item_id)
            case "drag":
                item_id = acts.drag_to_calendar(item_id, body["calendar"])
            case "restore":
                item_id = acts.restore(item_id)
            case "spoil":
                acts.spoil(item_id, body.get("members"))
            case "copy":
                item_id = acts.copy(item_id, calendar=body.get("calendar"))
            case "make_private":
                acts.make_private(item_id)
            case "make_all_day":
                acts.make_all_day(item_id)
            case "respond":
                acts.respond(item_id, body["response"])
            case "cancel_by_organizer":
                acts.cancel_by_organizer(item_id)
            case "occurrences":
                window = [
                    datetime.fromisoformat(body[name]).astimezone(UTC) for name in ("begin", "end")
                ]
                return web.json_response({"ids": acts.occurrences(item_id, *window)})
            case other:
                raise KeyError(other)
        return web.json_response({"id": item_id})

    async def list_faults(self, _: web.Request) -> web.Response:
        return web.json_response(self._simulator.faults.to_json())

    async def set_faults(self, request: web.Request) -> web.Response:
        body = await _body(request)
        self._simulator.faults.clear()
        return self._add(body)

    async def add_faults(self, request: web.Request) -> web.Response:
        return self._add(await _body(request))

    def _add(self, body: dict[str, Any]) -> web.Response:
        if "seed" in body:
            self._simulator.faults.seed(int(body["seed"]))
        for fault in body.get("faults", ()):
            values = fault.pop("values", {})
            self._simulator.faults.set(**fault, **values)
        return web.json_response(self._simulator.faults.to_json())

    async def clear_faults(self, request: web.Request) -> web.Response:
        self._simulator.faults.clear(request.query.get("name"))
        return web.json_response(self._simulator.faults.to_json())

    async def list_subscriptions(self, request: web.Request) -> web.Response:
        wanted = request.query.get("user")
        owner = self._simulator.acts.user(wanted).user_id if wanted else None
        alive = self._simulator.service.subscriptions.alive()
        return web.json_response(
            [one.to_json() | {"held": one.held} for one in alive if owner in (None, one.user_id)]
        )

    async def lifecycle(self, request: web.Request) -> web.Response:
        body = await _body(request)
        event = body["event"]
        if event not in ("missed", "subscriptionRemoved", "reauthorizationRequired"):
            raise KeyError(event)
        subscriptions = self._simulator.service.subscriptions
        subscriptions.alive()
        subscriptions.send_lifecycle(
            subscriptions.all[request.match_info["id"]], event, hold=body.get("hold", False)
        )
        return _done()

    async def forget_delta(self, _: web.Request) -> web.Response:
        self._simulator.service.delta.forget()
        return _done()

    async def requests(self, request: web.Request) -> web.Response:
        state = self._simulator.state
        wanted = request.query.get("user")
        listed = [one for one in state.requests if wanted in (None, one.user)]
        shown = [asdict(one) | {"at": one.at.isoformat()} for one in listed]
        return web.json_response({"counts": dict(state.request_counts(wanted)), "requests": shown})

    async def clear_requests(self, _: web.Request) -> web.Response:
        self._simulator.state.requests.clear()
        return _done()

    async def mails(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(mail) for mail in self._simulator.state.mails])

    async def clock(self, _: web.Request) -> web.Response:
        clock = self._simulator.state.clock
        held = clock.frozen_at is not None
        return web.json_response({"now": clock.now().isoformat(), "held": held})

    async def set_clock(self, request: web.Request) -> web.Response:
        body = await _body(request)
        clock = self._simulator.state.clock
        if "now" in body:
            clock.set(datetime.fromisoformat(body["now"]), hold=body.get("hold", False))
        clock.advance(timedelta(seconds=float(body.get("advance_seconds", 0))))
        return await self.clock(request)

    async def seed(self, request: web.Request) -> web.Response:
        body = await _body(request)
        now = self._simulator.state.clock.now()
        if "now" in body:
            now = datetime.fromisoformat(body["now"])
        made = seed_calendars(
            self._simulator.acts, self._simulator.state, body["addresses"], now=now
        )
        return web.json_response(made, status=201)
