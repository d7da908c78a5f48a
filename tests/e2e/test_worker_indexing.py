"""Azure's own worker library finds every function of function_app.py, with its bindings."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.contract import CONTRACT

ROOT = Path(__file__).resolve().parents[2]
METHODS = ("get", "put", "post", "patch", "delete")
SWEEP = "5 */7 * * * *"
QUEUES = {"sync_jobs": "sync-jobs", "account_jobs": "account-jobs", "mail_jobs": "mail-jobs"}
# One process indexes once: the library holds what it found.
_INDEX = """
import json
from pathlib import Path
from simulators.host.worker import load_functions
found = load_functions(Path.cwd())
print(json.dumps([{"name": each.name, "trigger": each.trigger} for each in found]))
"""


@pytest.fixture(scope="module")
def triggers() -> dict[str, dict[str, Any]]:
    """Gives each function's trigger by its name, under the example settings."""
    example = json.loads((ROOT / "local.settings.example.json").read_text())["Values"]
    done = subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-c", _INDEX],
        cwd=ROOT,
        env=os.environ | example | {"SWEEP_SCHEDULE": SWEEP},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    listed: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    assert len({each["name"] for each in listed}) == len(listed)
    return {each["name"]: each["trigger"] for each in listed}


def test_every_operation_of_the_contract_is_a_function_under_its_route_and_auth_level(
    triggers: dict[str, dict[str, Any]],
) -> None:
    served = {
        (method, f"/{trigger['route']}"): str(trigger["authLevel"]).upper()
        for trigger in triggers.values()
        if trigger["type"] == "httpTrigger"
        for method in trigger.get("methods", ["ANY"])
    }
    wanted = {
        (method.upper(), path): "FUNCTION" if _needs_key(entry[method]) else "ANONYMOUS"
        for path, entry in CONTRACT["paths"].items()
        for method in METHODS
        if method in entry
    }

    assert {key: served.get(key) for key in wanted} == wanted
    # HEAD is served where GET is. What else goes beyond the contract: forms of the pages, their
    # files, the way back into a frame (R12.8), the descriptions, and what no other route takes.
    beyond = {
        "/settings",
        "/plugin",
        "/static/{file}",
        "/api/openapi/{file}",
        "/frame/done",
        "/frame/session",
        "/{*path}",
    }
    heads = {("HEAD", path) for method, path in served if method == "GET"}
    assert heads <= served.keys()
    assert {path for _, path in served.keys() - wanted.keys() - heads} <= beyond
    assert all(
        level != "FUNCTION" for key, level in served.items() if key not in wanted.keys() | heads
    )


def test_every_http_function_but_the_last_has_a_method_and_none_a_route_of_the_hosts_own(
    triggers: dict[str, dict[str, Any]],
) -> None:
    http = [one for one in triggers.values() if one["type"] == "httpTrigger"]

    assert http
    # Without a list of methods the host takes all of them, also those that have no name here.
    assert [one["route"] for one in http if not one.get("methods", ())] == ["{*path}"]
    assert not [one for one in http if one.get("methods") == []]
    assert not [one["route"] for one in http if one["route"].startswith(("admin", "/"))]


def test_three_queue_functions_read_the_queues_that_jobs_are_sent_to(
    triggers: dict[str, dict[str, Any]],
) -> None:
    queues = {n: one for n, one in triggers.items() if one["type"] == "queueTrigger"}

    assert {name: one["queueName"] for name, one in queues.items()} == QUEUES
    assert {one["connection"] for one in queues.values()} == {"AzureWebJobsStorage"}


def test_r11_3_the_two_timers_keep_the_times_of_their_settings(
    triggers: dict[str, dict[str, Any]],
) -> None:
    timers = {n: one for n, one in triggers.items() if one["type"] == "timerTrigger"}

    assert {name: one["schedule"] for name, one in timers.items()} == {
        "sweep": SWEEP,
        "renewal": "0 */15 * * * *",
    }
    assert not any(one.get("runOnStartup") for one in timers.values())


def _needs_key(operation: dict[str, Any]) -> bool:
    return {"function_key": []} in operation["security"]
