"""The host's accent can be read, whatever it is (R12.8)."""

from itertools import product

import pytest

from sync.colours import BLACK, WHITE, accent_on, contrast, mix

LIGHT, DARK = (WHITE, "#f3f6f7"), ("#18232a", "#10181c")
STEPS = ("00", "33", "66", "99", "cc", "ff")
MANY = [f"#{red}{green}{blue}" for red, green, blue in product(STEPS, repeat=3)]


@pytest.mark.parametrize("grounds", [LIGHT, DARK])
def test_r12_8_every_accent_can_be_read_on_every_ground(grounds: tuple[str, ...]) -> None:
    for colour in MANY:
        accent = accent_on(colour, grounds)

        for ground in (*grounds, accent.soft):
            assert contrast(accent.colour, ground) >= 4.5, (colour, ground)
        assert contrast(accent.ink, accent.colour) >= 4.5, colour


@pytest.mark.parametrize(
    ("grounds", "colour"), [(LIGHT, "#0b6e7f"), (LIGHT, "#7a1fa2"), (DARK, "#58c4d4")]
)
def test_r12_8_an_accent_that_can_be_read_stays_as_it_is(
    grounds: tuple[str, ...], colour: str
) -> None:
    assert accent_on(colour, grounds).colour == colour


def test_r12_8_one_that_can_not_is_changed_as_little_as_will_do() -> None:
    pale = accent_on("#ffd54a", LIGHT)

    assert contrast(pale.colour, pale.soft) < 4.7
    assert accent_on("#ffd54a", DARK).colour == "#ffd54a"


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast("#777777", WHITE) == pytest.approx(4.48, abs=0.01)
    assert contrast(WHITE, "#777777") == contrast("#777777", WHITE)


def test_a_mix_lies_between() -> None:
    assert mix("#000000", "#ffffff", 50) == "#808080"
    assert mix("#102030", "#ffffff", 0) == "#102030"
