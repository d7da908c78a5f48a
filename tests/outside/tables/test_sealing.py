"""What is sealed opens in its own row only."""

import pytest

from sync.errors import ContractBroken
from sync.outside.tables.sealing import Sealer

OLD, NEW = b"o" * 32, b"n" * 32


def test_what_was_sealed_opens_in_its_row() -> None:
    sealer = Sealer((OLD,))

    sealed = sealer.seal("täxt", "row")

    assert "täxt" not in sealed
    assert sealer.open(sealed, "row") == "täxt"


def test_equal_texts_look_different() -> None:
    sealer = Sealer((OLD,))

    assert sealer.seal("text", "row") != sealer.seal("text", "row")


def test_a_swapped_row_does_not_open() -> None:
    sealer = Sealer((OLD,))

    with pytest.raises(ContractBroken, match="another"):
        sealer.open(sealer.seal("text", "row"), "another")


def test_the_first_key_seals_and_all_open() -> None:
    before, during, after = Sealer((OLD,)), Sealer((NEW, OLD)), Sealer((NEW,))

    assert during.open(before.seal("text", "row"), "row") == "text"
    assert after.open(during.seal("text", "row"), "row") == "text"
    with pytest.raises(ContractBroken, match="not configured"):
        after.open(before.seal("text", "row"), "row")


@pytest.mark.parametrize("change", ["cut", "garbage", "empty", "flip"])
def test_a_changed_text_does_not_open(change: str) -> None:
    sealer = Sealer((OLD,))
    sealed = sealer.seal("text", "row")
    key_id = sealed.partition(".")[0]
    flipped = "A" if sealed[-5] != "A" else "B"
    changed = {
        "cut": sealed[:-8],
        "garbage": f"{key_id}.ä!",
        "empty": f"{key_id}.",
        "flip": sealed[:-5] + flipped + sealed[-4:],
    }[change]

    with pytest.raises(ContractBroken):
        sealer.open(changed, "row")
