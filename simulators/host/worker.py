"""The official Python worker library, driven without its gRPC edge.

`azure-functions-runtime` indexes the function app and checks its bindings as on Azure. Its
invocation entry takes and gives `Datum` values, so nothing here depends on protobuf; the few
protobuf names that indexing asks for stand below as plain objects.
"""

import importlib
import json
import logging
import sys
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from http.cookies import SimpleCookie
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from azure_functions_runtime import handle_event, native_invocation, start_threadpool_executor
from azure_functions_runtime.bindings.datumdef import Datum
from azure_functions_runtime.bindings.meta import load_binding_registry

from simulators.common.logs import describe_error
from simulators.host.settings import HostError


class _BindingInfo(SimpleNamespace):
    """Stands for the protobuf message of the same name, with its enumeration's numbers."""

    undefined, out, inout = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedFunction:
    """One indexed function.

    Attributes:
        name: unique in its app.
        function_id: the worker's own id.
        trigger: the trigger's binding, as function.json would hold it.
    """

    name: str
    function_id: str
    trigger: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What an HTTP function returned; `cookies` become one Set-Cookie header each."""

    status: int
    headers: dict[str, str]
    cookies: tuple[SimpleCookie, ...]
    body: bytes


type Guard[T] = Callable[[LoadedFunction, Awaitable[T]], Awaitable[T]]
"""Runs an invocation within the function's time; raises InvocationFailed past it."""


class InvocationFailed(Exception):  # noqa: N818 - a fact, not this host's error
    """A function raised; the message is the error's, the traceback stands in `trace`."""

    def __init__(self, message: str, trace: str) -> None:
        super().__init__(message)
        self.trace = trace


def load_functions(app_dir: Path) -> tuple[LoadedFunction, ...]:
    """Imports and indexes the app's function_app.py; works once in a process.

    Raises:
        HostError: it can't be imported, or the worker rejects a binding.
    """
    # The worker logs each failed invocation with its traceback; the host says it in its own line.
    logging.getLogger("azure.functions").setLevel(logging.CRITICAL)
    handle_event.protos = SimpleNamespace(
        BindingInfo=_BindingInfo,
        RpcFunctionMetadata=SimpleNamespace,
        RpcRetryOptions=SimpleNamespace,
    )
    if str(app_dir) not in sys.path:
        sys.path.insert(0, str(app_dir))
    importlib.invalidate_caches()
    start_threadpool_executor()
    load_binding_registry()
    try:
        handle_event.load_function_metadata(str(app_dir), caller_info="functions_host")
    except (Exception, SystemExit) as error:
        logging.getLogger(__name__).debug("host.load_failed", exc_info=True)
        raise HostError(f"The function app did not load: {describe_error(error)}") from error
    indexed = handle_event._metadata_result  # noqa: SLF001 - the library has no other way out
    if not indexed:
        raise HostError("There is no function_app.py with functions in this folder.")
    return tuple(_loaded(metadata) for metadata in indexed)


async def invoke_http(
    function: LoadedFunction,
    *,
    method: str,
    url: str,
    headers: dict[str, str],
    query: dict[str, str],
    route: dict[str, str],
    body: bytes,
) -> HttpAnswer:
    """Runs an HTTP function.

    Raises:
        InvocationFailed: it raised, or returned what its binding can't take.
    """
    request = Datum(
        {
            "method": Datum(method, "string"),
            "url": Datum(url, "string"),
            "headers": _strings(headers),
            "query": _strings(query),
            "params": _strings(route),
            "body": Datum(body, "bytes"),
        },
        "http",
    )
    returned = await _invoke(function, request, {})
    if returned is None:
        return HttpAnswer(status=204, headers={}, cookies=(), body=b"")
    if returned.type != "http":
        text = {"content-type": "text/plain; charset=utf-8"}
        return HttpAnswer(status=200, headers=text, cookies=(), body=str(returned.value).encode())
    value = returned.value
    return HttpAnswer(
        status=int(value["status_code"].value),
        headers={name: header.value for name, header in value["headers"].items()},
        cookies=tuple(value["cookies"] or ()),
        body=value["body"].value,
    )


async def invoke_queue(
    function: LoadedFunction,
    *,
    text: str,
    message_id: str,
    pop_receipt: str,
    dequeue_count: int,
    inserted: datetime,
    expires: datetime,
    next_visible: datetime,
) -> None:
    """Runs a queue function on one message; `text` is decoded, the times are aware UTC.

    Raises:
        InvocationFailed: it raised.
    """
    metadata = {
        "Id": Datum(message_id, "string"),
        "PopReceipt": Datum(pop_receipt, "string"),
        "DequeueCount": Datum(dequeue_count, "int"),
        "InsertionTime": Datum(inserted.isoformat(), "string"),
        "ExpirationTime": Datum(expires.isoformat(), "string"),
        "NextVisibleTime": Datum(next_visible.isoformat(), "string"),
    }
    await _invoke(function, Datum(text, "string"), metadata)


async def invoke_timer(function: LoadedFunction, *, last: datetime | None, upcoming: str) -> None:
    """Runs a timer function; `last` is its run before this one in this host, None for the first.

    Raises:
        InvocationFailed: it raised.
    """
    status = {"Last": last.isoformat() if last else "0001-01-01T00:00:00", "Next": upcoming}
    timer = {"IsPastDue": False, "ScheduleStatus": status, "Schedule": {"AdjustForDST": True}}
    await _invoke(function, Datum(json.dumps(timer), "json"), {})


async def _invoke(
    function: LoadedFunction, value: Datum, metadata: dict[str, Datum]
) -> Datum | None:
    ok, returned, _, error, trace = await native_invocation.invocation_request_native(
        str(uuid.uuid4()), function.function_id, [(function.trigger["name"], value)], metadata
    )
    if not ok:
        raise InvocationFailed(error, trace)
    return returned


def _loaded(metadata: SimpleNamespace) -> LoadedFunction:
    bindings = [json.loads(raw) for raw in metadata.raw_bindings]
    triggers = [binding for binding in bindings if binding["type"].endswith("Trigger")]
    others = [binding for binding in bindings if binding not in triggers]
    if any(binding["type"] != "http" for binding in others):
        raise HostError(f"{metadata.name}: this host drives triggers and HTTP answers only.")
    return LoadedFunction(name=metadata.name, function_id=metadata.function_id, trigger=triggers[0])


def _strings(values: dict[str, str]) -> dict[str, Datum]:
    return {name: Datum(value, "string") for name, value in values.items()}
