"""docs/settings.md names each setting, with its default, and no other."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from sync.config import Settings, SettingsError
from tests.laws.test_config import REQUIRED

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
ROW = re.compile(r"^\| `(\w+)` \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)


class Asked(Mapping[str, str]):
    """An empty environment that notes what it is asked for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __getitem__(self, name: str) -> str:
        self.names.append(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@pytest.fixture
def rows() -> dict[str, tuple[str, str, str]]:
    found = ROW.findall(PAGE.read_text())
    assert len(found) == len({name for name, *_ in found})
    return {name: (meaning, default, example) for name, meaning, default, example in found}


def test_each_setting_is_explained_and_no_other(rows: dict[str, tuple[str, str, str]]) -> None:
    asked = Asked()
    with pytest.raises(SettingsError):
        Settings.from_env(asked)

    assert set(rows) == set(asked.names)


def test_what_is_required_says_so(rows: dict[str, tuple[str, str, str]]) -> None:
    required = {name for name, (_, default, _) in rows.items() if "required" in default}

    assert required == set(REQUIRED)


def test_each_default_is_the_one_in_force(rows: dict[str, tuple[str, str, str]]) -> None:
    spelled_out = {
        name: match[1]
        for name, (_, default, _) in rows.items()
        if (match := re.fullmatch(r"`(.+)`", default))
    }

    assert len(spelled_out) == 12
    assert Settings.from_env(REQUIRED | spelled_out) == Settings.from_env(REQUIRED)
