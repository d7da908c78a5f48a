"""What `make run` makes up and checks before it starts anything."""

import base64
import socket
import stat
from dataclasses import asdict
from pathlib import Path

import pytest

from simulators.common.ports import port_is_taken
from simulators.host.settings import HostError
from simulators.run_settings import Ports, Secrets
from tests.host.conftest import free_base


def test_ten_ports_in_a_row_begin_at_the_base() -> None:
    base = free_base()

    ports = Ports.from_env({"CONNECTUP_PORT_BASE": str(base)})

    assert sorted(asdict(ports).values()) == list(range(base, base + 10))
    assert ports.functions == base


def test_a_taken_port_is_named_with_what_to_do() -> None:
    base = free_base()
    with socket.create_server(("127.0.0.1", base + 1)):
        said = f"{base + 1} is taken. Is another run still going.* set CONNECTUP_PORT_BASE"

        with pytest.raises(HostError, match=said):
            Ports.from_env({"CONNECTUP_PORT_BASE": str(base)})


@pytest.mark.parametrize("value", ["", "seven", "0", "65530", "70000", "-1"])
def test_what_leaves_no_room_for_ten_ports_is_refused(value: str) -> None:
    with pytest.raises(HostError, match="CONNECTUP_PORT_BASE must be a port up to 65526"):
        Ports.from_env({"CONNECTUP_PORT_BASE": value})


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
