"""The control door of every simulator: JSON under `/_sim/`, without log-in.

An act is a plain function of what was asked, and what it gives goes back as JSON. Every error has
one form, `{"error": "a sentence"}`: 400 for what makes no sense, 404 for what isn't there, and the
product's own status for what the product refuses.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from simulators.common.clock import SimulatedClock
from simulators.common.errors import ControlError, Refused
from simulators.common.faults import FaultBoard
from simulators.common.request_log import RequestLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One control request: the names in its path, its query, and its body (empty for none)."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Created:
    """What an act has made; answered with 201."""

    value: Any


type Act = Callable[[Asked], Any]
"""Gives JSON values or dataclasses; None where there is nothing to say."""


def control_routes(acts: Mapping[str, Act]) -> list[web.RouteDef]:
    """Give the routes of acts, each named by method and path: `GET /users/{address}`."""
    found = []
    for name, act in acts.items():
        method, path = name.split(" ")
        found.append(web.route(method, f"/_sim{path}", _answering(act)))
    return found


def usual_acts(
    *,
    reset: Callable[[], None],
    log: RequestLog,
    faults: FaultBoard | None = None,
    clock: SimulatedClock | None = None,
) -> dict[str, Act]:
    """Give the acts that simulators have in common.

    Args:
        reset: forgets everything.
        log: the calls.
        faults: its fault rules; None where it has others.
        clock: what time it is there; None where time can't be moved.
    """
    acts: dict[str, Act] = {
        "POST /reset": lambda _: reset(),
        "GET /requests": lambda asked: log.as_json(asked.query.get("user")),
        "DELETE /requests": lambda _: log.clear(),
    }
    if faults is not None:
        acts |= {
            "GET /faults": lambda _: faults.as_json(),
            "PUT /faults": lambda asked: faults.replace_from_json(asked.body),
        }
    if clock is not None:
        acts |= {
            "GET /clock": lambda _: _time(clock),
            "PUT /clock": lambda asked: _set_time(clock, asked.body),
        }
    return acts


async def read_object(request: web.Request) -> dict[str, Any]:
    """Read the body as a JSON object; an empty body is an empty object.

    Raises:
        ControlError: it is something else.
    """
    body = await request.read()
    if not body:
        return {}
    try:
        value = json.loads(body)
    except ValueError as error:
        raise ControlError(f"the body is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise ControlError("the body must be a JSON object")
    return value


def read_instant(value: object, name: str) -> datetime:
    """Read a time with an offset.

    Raises:
        ControlError: it is none.
    """
    try:
        instant = msgspec.convert(value, datetime)
    except msgspec.ValidationError as error:
        raise ControlError(f"{name}: {error}") from error
    if instant.tzinfo is None:
        raise ControlError(f"{name} needs an offset")
    return instant


@web.middleware
async def control_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn a `ControlError` into 400 `{"error": message}`."""
    try:
        return await handler(request)
    except ControlError as error:
        return _error(400, str(error))


def _answering(act: Act) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            body = await read_object(request)
            given = act(Asked(path=request.match_info, query=request.query, body=body))
        except Refused as error:
            return _error(error.status, str(error))
        except KeyError as error:
            return _error(404, f"not found: {error.args[0]}")
        except (TypeError, ValueError) as error:
            return _error(400, str(error))
        if given is None and request.method == "DELETE":
            return web.Response(status=204)
        status, value = (
            (201, given.value)
            if isinstance(given, Created)
            else (200, {} if given is None else given)
        )
        return web.Response(
            status=status, body=msgspec.json.encode(value), content_type="application/json"
        )

    return answer


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"error": message}, status=status)


def _time(clock: SimulatedClock) -> dict[str, object]:
    return {
        "now": clock.now().isoformat(),
        "offset_seconds": clock.offset.total_seconds(),
        "held": clock.held_at is not None,
    }


def _set_time(clock: SimulatedClock, body: Mapping[str, Any]) -> dict[str, object]:
    if not body.keys() & {"now", "offset_seconds", "advance_seconds"}:
        raise ControlError("give now, offset_seconds or advance_seconds")
    if "now" in body:
        clock.set(read_instant(body["now"], "now"), hold=body.get("hold", False))
    if "offset_seconds" in body:
        clock.offset = timedelta(seconds=body["offset_seconds"])
    clock.advance(timedelta(seconds=body.get("advance_seconds", 0)))
    return _time(clock)
