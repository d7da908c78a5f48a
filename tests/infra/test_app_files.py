"""The files beside the code that Azure, its tools and the functions host read."""

import json
import re
from pathlib import Path
from typing import Any

import yaml
from pathspec import PathSpec

from simulators.host_settings import read_host_options
from tests.infra.test_bicep import PLAIN_SETTINGS, SECRET_SETTINGS, parsed

ROOT = Path(__file__).resolve().parents[2]


def read_json(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / name).read_text())
    return document


def test_the_host_serves_routes_without_a_prefix_and_looks_at_queues_4_times_a_second() -> None:
    options = read_host_options(ROOT)

    assert options.route_prefix == ""
    assert options.queues.max_polling_interval.total_seconds() == 0.25
    assert options.queues.visibility_timeout.total_seconds() == 10
    assert options.queues.max_dequeue_count == 5
    assert options.queues.base64
    assert options.function_timeout.total_seconds() == 600


def test_telemetry_is_open_telemetry() -> None:
    assert read_json("host.json")["telemetryMode"] == "OpenTelemetry"


def test_the_example_settings_hold_every_setting() -> None:
    values = read_json("local.settings.example.json")["Values"]

    assert set(values) == SECRET_SETTINGS | PLAIN_SETTINGS | {
        "AzureWebJobsStorage",
        "FUNCTIONS_WORKER_RUNTIME",
        "LOCAL_FUNCTION_KEY",
    }
    assert all(values.values())


def test_the_deployment_parameters_are_those_of_the_main_file() -> None:
    given = read_json("infra/main.parameters.json")["parameters"]
    declared = parsed("main.bicep")["parameters"]

    needed = {name for name, each in declared.items() if each["default"] is None}

    assert needed <= set(given) <= set(declared)
    for name, each in declared.items():
        if {"type": "secure"} in each["decorators"]:
            assert re.fullmatch(r"\$\{[A-Z_]+\}", given[name]["value"])


def test_azd_deploys_this_folder_as_functions() -> None:
    azure = yaml.safe_load((ROOT / "azure.yaml").read_text())

    assert azure["services"]["functions"] == {"project": ".", "language": "py", "host": "function"}
    hook = azure["hooks"]["preprovision"]["posix"]["run"]
    assert (ROOT / hook).is_file()


def test_nothing_but_the_product_is_packed() -> None:
    packing, versioned = (
        PathSpec.from_lines("gitignore", (ROOT / name).read_text().splitlines())
        for name in (".funcignore", ".gitignore")
    )
    names = [f"{each.name}/" if each.is_dir() else each.name for each in ROOT.iterdir()]

    packed = {name for name in names if not packing.match_file(name)}
    left_out = ["sync/.hidden", "x_env/", "venv/", "mutants/", "node_modules/", ".venv-infra/"]

    assert {name for name in packed if not versioned.match_file(name)} == {
        "function_app.py",
        "host.json",
        "notifications/",
        "requirements.txt",
        "sync/",
    }
    assert all(map(packing.match_file, left_out))
    assert not [
        path
        for folder in ("sync", "notifications")
        for path in (ROOT / folder).rglob("*")
        if packing.match_file(path.relative_to(ROOT).as_posix())
    ]


def test_requirements_are_exact_and_name_no_registry() -> None:
    for path in sorted(ROOT.glob("requirements*.txt")):
        lines = [line for line in path.read_text().splitlines() if line and line[0] != "#"]
        for line in lines:
            assert line == "-r requirements.txt" or re.fullmatch(r"[\w.-]+==[\w.]+", line), line


def test_the_package_lock_names_no_registry() -> None:
    lock = read_json("package-lock.json")

    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert lock["packages"]["node_modules/azurite"]["version"] == "3.35.0"
