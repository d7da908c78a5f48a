"""What `make run` makes up and checks before it starts anything."""

import base64
import socket
import stat
from dataclasses import asdict
from pathlib import Path

import pytest

from simulators.host_settings import HostError
from simulators.ports import port_is_taken
from simulators.run_settings import Ports, Secrets
from tests.host.conftest import free_ports


@pytest.fixture
def environ() -> dict[str, str]:
    names = ("FUNCTIONS", "BOOKING", "GRAPH", "IDENTITY", "MAILBOX", "DEMO", "SIGN_IN")
    storage = ("BLOB", "QUEUE", "TABLE")
    return {
        f"CONNECTUP_PORT_{name}": str(port)
        for name, port in zip((*names, *storage), free_ports(10), strict=True)
    }


def test_every_port_is_a_setting(environ: dict[str, str]) -> None:
    ports = Ports.from_env(environ)

    assert sorted(asdict(ports).values()) == sorted(int(port) for port in environ.values())


def test_a_taken_port_is_named_with_its_setting(environ: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environ["CONNECTUP_PORT_BOOKING"] = str(port)

        with pytest.raises(HostError, match=f"Port {port} is taken: set CONNECTUP_PORT_BOOKING"):
            Ports.from_env(environ)


@pytest.mark.parametrize("value", ["", "seven", "0", "70000", "-1"])
def test_what_is_no_port_is_refused(environ: dict[str, str], value: str) -> None:
    environ["CONNECTUP_PORT_GRAPH"] = value

    with pytest.raises(HostError, match="CONNECTUP_PORT_GRAPH must be a port"):
        Ports.from_env(environ)


def test_two_parts_cannot_share_a_port(environ: dict[str, str]) -> None:
    environ["CONNECTUP_PORT_GRAPH"] = environ["CONNECTUP_PORT_DEMO"]

    with pytest.raises(HostError, match="the same port"):
        Ports.from_env(environ)


def test_secrets_stay_the_same_between_runs_and_are_nobody_elses_to_read(tmp_path: Path) -> None:
    first, second = Secrets.load(tmp_path), Secrets.load(tmp_path)

    assert first == second
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert len(base64.b64decode(first.token_encryption_keys)) == 32
    assert first.booking_webhook_secret.startswith("whsec_")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"session_secret": 1}'])
def test_secrets_of_another_version_are_made_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.json").write_text(content)

    assert Secrets.load(tmp_path) == Secrets.load(tmp_path)


def test_two_runs_beside_each_other_take_free_ports() -> None:
    ports = Ports.free()

    assert ports.functions
    assert not port_is_taken(ports.functions)
    assert {ports.booking, ports.graph, ports.identity, ports.mailbox, ports.table} == {0}
