"""The HTTP surface in memory: what the host does before and after a function.

Routes, methods, keys, repeated members and encoded paths are judged as the host of the simulators
judges them; behind it stands the App over fakes.
"""

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import azure.functions as func

from simulators.host.http_functions import Route, _decoded
from simulators.host.worker import LoadedFunction
from tests.site.site import BASE, MODULES

KEY = "function-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was answered; ``headers`` as they go out, a name for each line."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Gives the values of a header."""
        return [value for known, value in self.headers if known.lower() == name]


def _routes() -> list[tuple[Route, Any]]:
    found = []
    for module in MODULES:
        for builder in module.blueprint._function_builders:
            function = builder._function
            trigger = function.get_trigger()
            loaded = LoadedFunction(
                name=function.get_function_name(),
                function_id="",
                trigger={
                    "route": trigger.route,
                    "methods": [method.value for method in trigger.methods or ()],
                    "authLevel": trigger.auth_level.value,
                },
            )
            found.append((Route.of(loaded, ""), function.get_user_function()))
    return sorted(found, key=lambda one: one[0].rank)


ROUTES = _routes()


class Surface:
    """Answers requests, one after the other, in an event loop of its own."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def close(self) -> None:
        """Ends the loop."""
        self._runner.close()

    def run[T](self, work: Awaitable[T]) -> T:
        """Runs something in the loop in which requests are answered."""

        async def run() -> T:
            return await work

        return self._runner.run(run())

    def ask(
        self,
        method: str,
        target: str,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Given:
        """Answers one request.

        Args:
            method: In upper case.
            target: Path and query as they stand in the request's first line.
            headers: A name may come several times.
            body: As sent.
        """
        path, _, query = target.partition("?")
        joined = _joined((name.lower(), value) for name, value in headers)
        for route, function in ROUTES:
            match = route.pattern.fullmatch(path)
            if match is None or (route.methods and method not in route.methods):
                continue
            if route.needs_key and joined.get("x-functions-key") != KEY:
                return Given(status=401, headers=(), body=b"")
            groups = match.groupdict().items()
            request = func.HttpRequest(
                method,
                BASE + target,
                headers=joined,
                params=_joined(parse_qsl(query, keep_blank_values=True)),
                route_params={name: _decoded(text) for name, text in groups if text},
                body=body,
            )
            return _given(self.run(function(request)), has_body=method != "HEAD")
        return Given(status=404, headers=(), body=b"")


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _given(answer: func.HttpResponse, *, has_body: bool) -> Given:
    headers = tuple(answer.headers.items())
    if "content-type" not in answer.headers:
        is_text = answer.mimetype.startswith("text/")
        charset = f"; charset={answer.charset}" if is_text else ""
        headers += (("Content-Type", f"{answer.mimetype}{charset}"),)
    body = answer.get_body() if has_body else b""
    return Given(status=answer.status_code, headers=headers, body=body)
