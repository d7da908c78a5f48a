"""What the functions host is told: local.settings.json, the environment, host.json."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from simulators.azurite import connection_string

_SETTING = re.compile(r"%([^%\s]+)%")
_TIME_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)")
DEVELOPMENT_STORAGE = connection_string({"Blob": 10000, "Queue": 10001, "Table": 10002})


class HostError(RuntimeError):
    """The host can't start; the message is one sentence for the person who started it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOptions:
    """`extensions.queues` of host.json, with Azure's defaults.

    Attributes:
        max_polling_interval: the longest pause between two polls of an empty queue.
        visibility_timeout: how long a message rests after a failure.
        batch_size: messages fetched at once, 1 to 32.
        new_batch_threshold: a new batch is fetched once no more than so many are running.
        max_dequeue_count: after so many failed tries a message goes to the poison queue.
        base64: whether message texts are base64 (Azure's default) or plain.
    """

    max_polling_interval: timedelta = timedelta(minutes=1)
    visibility_timeout: timedelta = timedelta(0)
    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    base64: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.batch_size <= 32:
            raise HostError("host.json: extensions.queues.batchSize must be 1 to 32.")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOptions:
    """What host.json says, as far as this host follows it.

    Attributes:
        route_prefix: stands before every route; may be empty; Azure's default is `api`.
        function_timeout: an invocation that takes longer is ended and counts as failed.
        queues: how queues are polled.
    """

    route_prefix: str = "api"
    function_timeout: timedelta = timedelta(minutes=30)
    queues: QueueOptions = QueueOptions()


def read_host_options(app_dir: Path) -> HostOptions:
    """Reads host.json of a function app.

    Raises:
        HostError: it is missing, not JSON, or says something that can't be.
    """
    document = _read_json(app_dir / "host.json")
    extensions = document.get("extensions", {})
    queues = extensions.get("queues", {})
    given: dict[str, Any] = {}
    for key, name, read in (
        ("maxPollingInterval", "max_polling_interval", read_time_span),
        ("visibilityTimeout", "visibility_timeout", read_time_span),
        ("batchSize", "batch_size", int),
        ("newBatchThreshold", "new_batch_threshold", int),
        ("maxDequeueCount", "max_dequeue_count", int),
        ("messageEncoding", "base64", lambda text: text.lower() == "base64"),
    ):
        if key in queues:
            given[name] = read(queues[key])
    if "batch_size" in given:
        given.setdefault("new_batch_threshold", given["batch_size"] // 2)
    return HostOptions(
        route_prefix=extensions.get("http", {}).get("routePrefix", "api").strip("/"),
        function_timeout=read_time_span(document.get("functionTimeout", "00:30:00")),
        queues=QueueOptions(**given),
    )


def read_settings(app_dir: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Gives the app's settings: `Values` of local.settings.json, the environment winning.

    Raises:
        HostError: the file is not JSON, or encrypted.
    """
    path = app_dir / "local.settings.json"
    document = _read_json(path) if path.is_file() else {}
    if document.get("IsEncrypted"):
        raise HostError("local.settings.json is encrypted: run `func settings decrypt`.")
    values = {name: str(value) for name, value in document.get("Values", {}).items()}
    return values | dict(environ)


def expand(text: str, settings: Mapping[str, str]) -> str:
    """Puts the settings in for `%NAME%`, as Azure does in queue names and schedules.

    Raises:
        HostError: a name is no setting, or an empty one.
    """

    def value(match: re.Match[str]) -> str:
        found = settings.get(match[1], "")
        if not found:
            raise HostError(f"{match[0]} does not resolve to a value: the setting is missing.")
        return found

    return _SETTING.sub(value, text)


def storage_connection(settings: Mapping[str, str], name: str) -> str:
    """Gives the connection string that a binding's `connection` names.

    Raises:
        HostError: it is missing, or names an account for a managed identity, which only Azure has.
    """
    found = settings.get(name) or settings.get(f"AzureWebJobs{name}")
    if found:
        return DEVELOPMENT_STORAGE if found.strip() == "UseDevelopmentStorage=true" else found
    if any(key.startswith(f"{name}__") for key in settings):
        raise HostError(f"{name}: this host takes a connection string, not an identity.")
    raise HostError(f"{name} is missing: it names the storage that holds the queues.")


def read_time_span(text: str) -> timedelta:
    """Reads `[days.]hh:mm:ss`.

    Raises:
        HostError: it is something else.
    """
    match = _TIME_SPAN.fullmatch(text)
    if match is None:
        raise HostError(f"host.json: {text!r} is not a time span like 00:10:00.")
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise HostError(f"{path.name} is missing: this is not a function app's folder.") from None
    except ValueError as error:
        raise HostError(f"{path.name} is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise HostError(f"{path.name} must hold one JSON object.")
    return document
