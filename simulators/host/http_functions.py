"""HTTP triggers: routes, methods, function keys and answers as the Azure host gives them."""

import hmac
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Self
from urllib.parse import quote, unquote

from aiohttp import web
from multidict import CIMultiDict, MultiMapping

from simulators.host.settings import HostError
from simulators.host.worker import (
    Guard,
    HttpAnswer,
    InvocationFailed,
    LoadedFunction,
    invoke_http,
)

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 104_857_600  # the Azure host's own limit
_PART = re.compile(r"\{(\*?)(\w+)(\??)\}|\{[^}]*\}")
_COOKIE_ATTRIBUTES = ("domain", "path", "expires", "max-age", "samesite")
# The server sets these itself, from the body and the connection.
_OWN_HEADERS = frozenset({"content-length", "transfer-encoding", "connection"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One HTTP function and the requests that reach it.

    Attributes:
        function: what runs.
        pattern: matches the raw path; its groups are the route's parameters, still encoded.
        rank: sorts fixed segments before parameters and these before catch-alls.
        methods: upper case; empty means all.
        needs_key: whether a function key is asked for.
    """

    function: LoadedFunction
    pattern: re.Pattern[str]
    rank: tuple[int, ...]
    methods: frozenset[str]
    needs_key: bool

    @classmethod
    def of(cls, function: LoadedFunction, prefix: str) -> Self:
        """Reads the trigger binding of an HTTP function.

        Raises:
            HostError: the route is the host's own, or uses a constraint.
        """
        route = str(function.trigger.get("route") or function.name).strip("/")
        path = "/".join(part for part in (prefix, route) if part)
        if path.split("/")[0].lower() == "admin":
            raise HostError(f"{function.name}: routes that begin with admin are the host's own.")
        segments = path.split("/")
        return cls(
            function=function,
            pattern=re.compile("".join(map(_segment, segments)) + "/?", re.IGNORECASE),
            rank=tuple(_rank(segment) for segment in segments),
            methods=frozenset(
                str(method).rsplit(".", 1)[-1].upper()
                for method in function.trigger.get("methods") or ()
            ),
            needs_key=str(function.trigger.get("authLevel", "FUNCTION")).upper() != "ANONYMOUS",
        )


class HttpFunctions:
    """The catch-all handler in front of every HTTP function.

    Args:
        functions: the HTTP functions of the app.
        prefix: `routePrefix` of host.json, without slashes.
        key: the one function key that is accepted.
        guard: see `Guard`.
    """

    def __init__(
        self,
        functions: Iterable[LoadedFunction],
        *,
        prefix: str,
        key: str,
        guard: Guard[HttpAnswer],
    ) -> None:
        self._routes = sorted((Route.of(f, prefix) for f in functions), key=lambda r: r.rank)
        self._key = key
        self._guard = guard

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers one request; 404 for no function, 401 without its key, 500 when it fails."""
        began = perf_counter()
        path = request.rel_url.raw_path
        found = next(
            (
                (route, match)
                for route in self._routes
                if not route.methods or request.method in route.methods
                if (match := route.pattern.fullmatch(path))
            ),
            None,
        )
        if found is None:
            return web.Response(status=404)
        route, match = found
        if route.needs_key and not self._has_key(request):
            return web.Response(status=401)
        response = await self._run(route.function, request, match)
        log.info(
            "http.answered",
            extra={
                "method": request.method,
                "path": path,
                "status": response.status,
                "ms": round((perf_counter() - began) * 1000),
            },
        )
        return response

    async def _run(
        self, function: LoadedFunction, request: web.Request, match: re.Match[str]
    ) -> web.Response:
        call = invoke_http(
            function,
            method=request.method,
            url=str(request.url),
            headers=_joined(request.headers),
            query=_joined(request.query),
            route={name: _decoded(value) for name, value in match.groupdict().items() if value},
            body=await request.read(),
        )
        try:
            return _response(await self._guard(function, call))
        except InvocationFailed:
            return web.Response(status=500)

    def _has_key(self, request: web.Request) -> bool:
        given = request.headers.get("x-functions-key") or request.query.get("code") or ""
        return hmac.compare_digest(given.encode(), self._key.encode())


def _segment(segment: str) -> str:
    """Gives the regular expression of one route segment, its leading slash included."""
    parts = list(_PART.finditer(segment))
    if not parts:
        return "/" + re.escape(segment)
    if len(parts) > 1 or parts[0].group() != segment or parts[0][2] is None:
        raise HostError(f"The route part {segment!r} is more than this host can match.")
    every, name, optional = parts[0].groups()
    if every:
        return f"(?:/(?P<{name}>.*))?"
    return f"(?:/(?P<{name}>[^/]+))?" if optional else f"/(?P<{name}>[^/]+)"


def _rank(segment: str) -> int:
    return 2 if segment.startswith("{*") else 1 if segment.startswith("{") else 0


def _decoded(text: str) -> str:
    """Decodes a route value once; an encoded slash stays as it is, as in ASP.NET Core."""
    return unquote(re.sub("%2f", lambda match: f"%25{match[0][1:]}", text, flags=re.IGNORECASE))


def _joined(values: MultiMapping[str]) -> dict[str, str]:
    """Joins repeated headers or query parameters with commas, as the host passes them on."""
    return {name: ",".join(values.getall(name)) for name in values}


def _response(answer: HttpAnswer) -> web.Response:
    headers = CIMultiDict(
        (name, value) for name, value in answer.headers.items() if name.lower() not in _OWN_HEADERS
    )
    for cookie in answer.cookies:
        for name, morsel in cookie.items():
            # ASP.NET Core percent-encodes a cookie's value, whatever the function wrote.
            parts = [f"{name}={quote(morsel.value, safe='')}"]
            # The worker makes an empty domain of none, and the host writes it:
            # https://github.com/Azure/azure-functions-python-worker/issues/1902
            parts += [
                f"{key}={morsel[key]}"
                for key in _COOKIE_ATTRIBUTES
                if morsel[key] != "" or key == "domain"
            ]
            parts += [key for key in ("secure", "httponly") if morsel[key]]
            headers.add("Set-Cookie", "; ".join(parts))
    return web.Response(status=answer.status, headers=headers, body=answer.body)
