"""The azd hooks against an Azure that lists vaults, and an azd that keeps its environment."""

import base64
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scripts import azd_hooks
from scripts.azd_hooks import GENERATED, HANDED_OUT, StopError

ROOT = Path(__file__).resolve().parents[2]
SUBSCRIPTION = "/subscriptions/11111111-2222-3333-4444-555555555555"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-trial"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-cu-abc"
ALL_SECRETS = [azd_hooks._secret(name) for name in GENERATED + HANDED_OUT]
WHERE = {
    "AZURE_ENV_NAME": "trial",
    "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION.rpartition("/")[2],
    "AZURE_LOCATION": "westeurope",
}
GIVEN = WHERE | {
    "MICROSOFT_CLIENT_ID": "client",
    "BOOKING_API_URL": "https://booking.example.org",
    "BOOKING_OIDC_ISSUER": "https://login.example.org",
    "BOOKING_OIDC_CLIENT_ID": "connector",
}
HANDED = {name: f"canary-{name.lower()}" for name in HANDED_OUT}


@dataclass
class Azure:
    """What the control plane lists, and the azd environment."""

    vaults: list[str] = field(default_factory=list)
    deleted: list[tuple[str, str]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    zones: bool = True
    environ: dict[str, str] = field(default_factory=lambda: GIVEN | HANDED)

    def ask(self, path: str, version: str) -> list[dict[str, Any]]:
        assert version
        if path.endswith("/locations"):
            here = {"name": "westeurope", "type": "Region"}
            zones = [{"logicalZone": "1", "physicalZone": "westeurope-az1"}]
            other = {"name": "elsewhere", "availabilityZoneMappings": zones}
            return [here | ({"availabilityZoneMappings": zones} if self.zones else {}), other]
        if path.endswith("/deletedVaults"):
            return [
                {"name": "some", "properties": {"vaultId": each, "location": location}}
                for each, location in self.deleted
            ]
        if path.endswith("/vaults"):
            return [{"id": each} for each in self.vaults]
        assert path == f"{VAULT}/secrets"
        return [{"name": name} for name in self.secrets]

    def before(self) -> list[str]:
        return azd_hooks.before_provision(self.environ, self.ask, self.environ.__setitem__)

    def after(self) -> list[str]:
        return azd_hooks.after_provision(self.environ, self.ask, self.environ.__setitem__)


def test_the_first_time_the_generated_secrets_are_made() -> None:
    azure = Azure()

    azure.before()

    made = [azure.environ[name] for name in GENERATED]
    assert all(len(base64.b64decode(each, validate=True)) == 32 for each in made)
    assert len(set(made)) == 2
    assert azure.environ["VAULT_CREATE_MODE"] == "default"


def test_after_a_provision_that_failed_the_same_ones_are_used() -> None:
    azure = Azure()
    azure.before()
    made = dict(azure.environ)

    assert azure.before() == []
    assert azure.environ == made


@pytest.mark.parametrize("in_environment", ["", "other"])
def test_what_the_vault_has_is_neither_made_again_nor_overwritten(in_environment: str) -> None:
    azure = Azure(vaults=[VAULT], secrets=ALL_SECRETS)
    azure.environ.update(dict.fromkeys(GENERATED, in_environment))

    azure.before()

    assert [azure.environ.get(name) for name in GENERATED] == ["", ""]


def test_from_another_machine_nothing_secret_has_to_be_set_again() -> None:
    azure = Azure(vaults=[VAULT], secrets=ALL_SECRETS, environ=dict(GIVEN))

    azure.before()

    assert azure.environ == GIVEN | {"VAULT_CREATE_MODE": "default"}


def test_a_new_value_of_a_handed_out_secret_goes_to_the_vault() -> None:
    azure = Azure(vaults=[VAULT], secrets=ALL_SECRETS)

    azure.before()

    assert azure.environ["MICROSOFT_CLIENT_SECRET"] == HANDED["MICROSOFT_CLIENT_SECRET"]


def test_other_vaults_do_not_count() -> None:
    others = [
        VAULT.replace("rg-trial", "rg-trial2"),
        VAULT.replace("kv-cu-", "kv-other-"),
    ]
    azure = Azure(vaults=others, deleted=[(each, "westeurope") for each in others])

    azure.before()

    assert all(azure.environ[name] for name in GENERATED)
    assert azure.environ["VAULT_CREATE_MODE"] == "default"


def test_a_deleted_vault_is_recovered_and_keeps_its_secrets() -> None:
    azure = Azure(deleted=[(VAULT.lower(), "West Europe")], environ=dict(GIVEN))

    azure.before()

    assert azure.environ == GIVEN | {"VAULT_CREATE_MODE": "recover"}


def test_a_vault_that_is_there_or_was_elsewhere_is_not_recovered() -> None:
    for azure in (
        Azure(vaults=[VAULT], secrets=ALL_SECRETS, deleted=[(VAULT, "westeurope")]),
        Azure(deleted=[(VAULT, "northeurope")]),
    ):
        azure.environ["VAULT_CREATE_MODE"] = "recover"
        azure.before()

        assert azure.environ["VAULT_CREATE_MODE"] == "default"


def test_all_that_is_missing_is_named_at_once_and_nothing_is_set() -> None:
    azure = Azure(vaults=[VAULT], secrets=["booking-api-token"], environ=dict(WHERE))

    with pytest.raises(StopError) as stop:
        azure.before()

    for name in {*azd_hooks.REQUIRED, *HANDED_OUT} - {"BOOKING_API_TOKEN"}:
        assert f"{name} is missing" in str(stop.value)
    assert "BOOKING_API_TOKEN" not in str(stop.value)
    assert azure.environ == WHERE


def test_where_it_goes_is_asked_for_first() -> None:
    with pytest.raises(StopError, match="AZURE_SUBSCRIPTION_ID, AZURE_LOCATION missing"):
        Azure(environ={"AZURE_ENV_NAME": "trial"}).before()


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("BOOKING_API_TOKEN", 'canary"', "holds a double quote"),
        ("BOOKING_PRODUCT_NAME", "canary\\", "holds a double quote"),
        ("SYNC_WINDOW_DAYS", "canary", "is no whole number"),
        ("ALWAYS_READY_HTTP_INSTANCES", "-1", "is no whole number"),
    ],
)
def test_what_azd_would_break_or_drop_is_refused(name: str, value: str, problem: str) -> None:
    azure = Azure()
    azure.environ[name] = value

    with pytest.raises(StopError, match=f"{name} {problem}") as stop:
        azure.before()
    assert "canary" not in str(stop.value)


@pytest.mark.parametrize("redundancy", ["", "Standard_ZRS", "Standard_GZRS"])
def test_a_region_without_zones_takes_no_zone_redundancy(redundancy: str) -> None:
    azure = Azure(zones=False)
    azure.environ["STORAGE_REDUNDANCY"] = redundancy

    with pytest.raises(StopError, match="westeurope has no zones"):
        azure.before()

    azure.environ["STORAGE_REDUNDANCY"] = "Standard_LRS"
    azure.before()


def test_afterwards_secrets_are_in_the_vault_alone() -> None:
    azure = Azure()
    azure.before()
    azure.vaults, azure.secrets = [VAULT], ALL_SECRETS
    azure.environ["CONNECTOR_URL"] = "https://connector.example.org"

    said = azure.after()

    assert [azure.environ[name] for name in GENERATED + HANDED_OUT] == [""] * 6
    assert any(
        line.endswith("https://connector.example.org/auth/microsoft/callback") for line in said
    )
    assert any(
        line.endswith("https://connector.example.org/auth/booking/callback") for line in said
    )


def test_a_secret_that_did_not_reach_the_vault_stays_and_is_named() -> None:
    azure = Azure(
        vaults=[VAULT], secrets=[each for each in ALL_SECRETS if each != "session-secret"]
    )
    azure.environ["SESSION_SECRET"] = "the only one"

    with pytest.raises(StopError, match="the vault lacks SESSION_SECRET"):
        azure.after()
    assert azure.environ["SESSION_SECRET"] == "the only one"


# --- as azd runs it ---


class _Listing(BaseHTTPRequestHandler):
    """A control plane that lists one page at a time."""

    azure: Azure
    status = 200
    next_host = "127.0.0.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        assert query["api-version"]
        assert self.headers["Authorization"] == "Bearer canary-access"
        listed = self.azure.ask(parts.path, query["api-version"][0])
        skip = int(query.get("skip", ["0"])[0])
        page: dict[str, Any] = {"value": listed[skip : skip + 1]}
        if skip + 1 < len(listed):
            host = f"{self.next_host}:{self.headers['Host'].rpartition(':')[2]}"
            page["nextLink"] = f"http://{host}{parts.path}?api-version=1&skip={skip + 1}"
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(json.dumps(page).encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def listing() -> Iterator[tuple[type[_Listing], str]]:
    handler = type("Listing", (_Listing,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield handler, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def azd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Puts an azd on the path that writes what it is told to set into a file."""
    told = tmp_path / "told.json"
    command = tmp_path / "azd"
    command.write_text(
        f"""#!{sys.executable}
import json, pathlib, sys
told = pathlib.Path({str(told)!r})
if sys.argv[1:] == ["auth", "token", "--output", "json"]:
    print(json.dumps({{"token": "canary-access", "expiresOn": "2026-01-01T00:00:00Z"}}))
else:
    assert sys.argv[1:3] == ["env", "set"] and sys.argv[5:] == ["--environment", "trial"]
    values = json.loads(told.read_text()) if told.exists() else {{}}
    told.write_text(json.dumps(values | {{sys.argv[3]: sys.argv[4]}}))
"""
    )
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    for name in GENERATED:
        monkeypatch.delenv(name, raising=False)
    for name, value in (GIVEN | HANDED).items():
        monkeypatch.setenv(name, value)
    return told


def test_azure_is_asked_page_by_page_and_azd_is_told(
    listing: tuple[type[_Listing], str], azd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler, address = listing
    handler.azure = Azure(vaults=["/other", VAULT], secrets=["unknown", "session-secret"])

    assert azd_hooks.main(["preprovision"], address) == 0

    told = json.loads(azd.read_text())
    assert set(told) == {"VAULT_CREATE_MODE", "TOKEN_ENCRYPTION_KEYS"}
    said = capsys.readouterr().out
    assert said == "TOKEN_ENCRYPTION_KEYS is made.\n"


@pytest.mark.parametrize("status", [403, 404, 500])
def test_without_the_vaults_answer_nothing_is_made(
    listing: tuple[type[_Listing], str],
    azd: Path,
    capsys: pytest.CaptureFixture[str],
    status: int,
) -> None:
    handler, address = listing
    handler.azure, handler.status = Azure(), status

    assert azd_hooks.main(["preprovision"], address) == 1

    assert f"Stopped: Azure answered {status}" in capsys.readouterr().err
    assert not azd.exists()


def test_a_next_page_elsewhere_does_not_get_the_token(listing: tuple[type[_Listing], str]) -> None:
    handler, address = listing
    handler.azure, handler.next_host = Azure(vaults=["/one", "/two"]), "localhost"

    with pytest.raises(StopError, match="leads elsewhere"):
        azd_hooks.asker("canary-access", address)(f"{SUBSCRIPTION}/x/vaults", "1")


@pytest.mark.skipif(shutil.which("python3") is None, reason="there is no python3 here")
def test_the_command_of_azure_yaml_runs_and_says_what_is_missing(azd: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "AZURE_ENV_NAME": "trial"}
    result = subprocess.run(
        ["sh", "-c", "python3 scripts/azd_hooks.py preprovision"],  # noqa: S607
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert result.stderr.startswith("Stopped: AZURE_SUBSCRIPTION_ID, AZURE_LOCATION missing")
    assert not azd.exists()
