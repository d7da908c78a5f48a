"""The files beside the code that Azure, its tools and the functions host read."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pathspec import PathSpec

from scripts import azd_hooks
from simulators.host.settings import read_host_options
from sync.config import Settings, SettingsError
from sync.engine.record import LEASE_SECONDS
from tests.infra.host_look import HOST_LOOK
from tests.infra.test_bicep import PLAIN_SETTINGS, SECRET_SETTINGS, parsed

ROOT = Path(__file__).resolve().parents[2]
_PIN = re.compile(r"[\w.-]+==[\w.]+( ; [^#]+?)?(    --hash=sha256:[0-9a-f]{64})+")


def read_json(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / name).read_text())
    return document


def test_the_host_serves_routes_without_a_prefix_and_looks_at_queues_4_times_a_second() -> None:
    options = read_host_options(ROOT)

    assert options.route_prefix == ""
    assert options.queues.max_polling_interval.total_seconds() == 0.25
    assert options.queues.max_dequeue_count == 5
    assert options.queues.base64
    assert options.function_timeout.total_seconds() == 600


def test_r11_5_a_job_that_failed_comes_again_when_its_own_lease_has_run_out() -> None:
    """Sooner, it would meet the lease of nobody and end, and the next sweep would be the first."""
    assert read_host_options(ROOT).queues.visibility_timeout.total_seconds() > LEASE_SECONDS


def test_telemetry_is_open_telemetry() -> None:
    assert read_json("host.json")["telemetryMode"] == "OpenTelemetry"


def test_the_example_settings_hold_every_setting() -> None:
    values = read_json("local.settings.example.json")["Values"]

    assert set(values) == SECRET_SETTINGS | PLAIN_SETTINGS | {
        "AzureWebJobsStorage",
        "FUNCTIONS_WORKER_RUNTIME",
        "LOCAL_FUNCTION_KEY",
    }
    # The look of a host that nobody has, and frames that nobody asked for, would only mislead.
    assert {name for name, value in values.items() if not value} == set(HOST_LOOK)


def test_every_parameter_can_be_set_in_the_azd_environment() -> None:
    given = read_json("infra/main.parameters.json")["parameters"]

    assert list(given) == list(parsed("main.bicep")["parameters"])
    for name, each in given.items():
        assert each == {"value": f"${{{variable(name)}}}"}


def variable(parameter: str) -> str:
    own = {"environmentName": "AZURE_ENV_NAME", "location": "AZURE_LOCATION"}
    return own.get(parameter) or re.sub(r"([A-Z])", r"_\1", parameter).upper()


def test_every_setting_that_is_not_azures_own_is_a_parameter() -> None:
    variables = {variable(name) for name in parsed("main.bicep")["parameters"]}

    assert (SECRET_SETTINGS | PLAIN_SETTINGS) - variables == {"EMAIL_CONNECTION_STRING"}


def test_every_variable_of_the_deployment_is_described() -> None:
    pages = [(ROOT / "docs" / name).read_text() for name in ("settings.md", "operations.md")]

    for name in parsed("main.bicep")["parameters"]:
        assert any(f"`{variable(name)}`" in page for page in pages), name


def test_the_outputs_that_the_pages_use_are_there() -> None:
    used = re.findall(r"azd env get-value (\w+)", (ROOT / "docs/operations.md").read_text())
    given = {variable(name) for name in parsed("main.bicep")["parameters"]}

    assert {"CONNECTOR_URL", "AZURE_KEY_VAULT_NAME"} <= set(used)
    assert set(used) <= given | set(parsed("main.bicep")["outputs"])


def test_what_has_no_default_is_what_the_first_hook_asks_for() -> None:
    parameters = parsed("main.bicep")["parameters"]
    needed = {variable(name) for name, each in parameters.items() if each["default"] is None}

    assert needed == {*azd_hooks.REQUIRED, "AZURE_ENV_NAME", "AZURE_LOCATION"}
    assert {*azd_hooks.GENERATED, *azd_hooks.HANDED_OUT, "EMAIL_CONNECTION_STRING"} == (
        SECRET_SETTINGS
    )


def test_no_output_takes_the_place_of_a_setting() -> None:
    outputs = set(parsed("main.bicep")["outputs"])

    assert not outputs & {variable(name) for name in parsed("main.bicep")["parameters"]}


def test_what_azure_is_told_by_default_is_what_the_connector_takes_by_default() -> None:
    defaults = {
        variable(name): str(each["default"])
        for name, each in parsed("main.bicep")["parameters"].items()
        if each["default"] not in (None, "") and variable(name) in PLAIN_SETTINGS
    }
    defaults["MICROSOFT_AUTHORITY"] = "https://login.microsoftonline.com/organizations"
    example = read_json("local.settings.example.json")["Values"]
    of_deployment = {name: example[name] for name in SECRET_SETTINGS | PLAIN_SETTINGS - {*defaults}}
    of_deployment["AzureWebJobsStorage__accountName"] = "account1"

    assert len(defaults) == 12
    assert Settings.from_env(of_deployment | defaults) == Settings.from_env(of_deployment)


def test_azure_takes_the_numbers_that_the_connector_takes() -> None:
    example = read_json("local.settings.example.json")["Values"]
    numbers = {
        variable(name): bounds(each)
        for name, each in parsed("main.bicep")["parameters"].items()
        if each["type"] == "int" and variable(name) in PLAIN_SETTINGS
    }

    assert len(numbers) == 6
    for name, (least, most) in numbers.items():
        for good in (least, most):
            Settings.from_env(example | {name: str(good)})
        for bad in (least - 1, most + 1):
            with pytest.raises(SettingsError):
                Settings.from_env(example | {name: str(bad)})


def bounds(parameter: dict[str, Any]) -> tuple[int, int]:
    said = {each["type"]: each["argument"] for each in parameter["decorators"]}
    return said["min_value"], said["max_value"]


def test_azd_deploys_this_folder_as_functions() -> None:
    azure = yaml.safe_load((ROOT / "azure.yaml").read_text())

    assert azure["services"]["functions"] == {"project": ".", "language": "py", "host": "function"}


@pytest.mark.parametrize("hook", ["preprovision", "postprovision"])
def test_a_hook_runs_the_same_script_on_every_system(hook: str) -> None:
    azure = yaml.safe_load((ROOT / "azure.yaml").read_text())
    posix, windows = azure["hooks"][hook]["posix"], azure["hooks"][hook]["windows"]

    assert (posix["shell"], windows["shell"]) == ("sh", "pwsh")
    assert posix["run"] == f"python3 scripts/azd_hooks.py {hook}"
    assert windows["run"] == f"python scripts/azd_hooks.py {hook}; exit $LASTEXITCODE"
    assert (ROOT / "scripts/azd_hooks.py").is_file()


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


def test_requirements_are_exact_have_hashes_and_name_no_registry() -> None:
    for path in sorted(ROOT.glob("requirements*.txt")):
        text = re.sub(r"^ *#.*\n", "", path.read_text().replace(" \\\n", ""), flags=re.MULTILINE)
        for line in text.splitlines():
            assert _PIN.fullmatch(line), line[:80]


def test_what_is_asked_for_is_what_is_pinned() -> None:
    for path in sorted(ROOT.glob("requirements*.in")):
        asked = [line for line in path.read_text().splitlines() if line[0] not in "#-"]
        pinned = re.findall(r"^([\w.-]+)==", path.with_suffix(".txt").read_text(), re.MULTILINE)

        assert asked == sorted(asked)
        assert set(asked) <= set(pinned)


def test_the_package_lock_names_no_registry() -> None:
    lock = read_json("package-lock.json")

    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert lock["packages"]["node_modules/azurite"]["version"] == "3.35.0"
