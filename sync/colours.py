"""Colours of the host that can be read on every ground (R12.8, R12.4); pure.

Colours are ``#rrggbb``. Contrast is that of WCAG 2.1: from 1 to 21, and 4.5 at least for text.
"""

from collections.abc import Iterable
from dataclasses import dataclass

#: WCAG 2.1, 1.4.3.
READABLE = 4.5
BLACK, WHITE = "#000000", "#ffffff"
#: How much of the accent is in its soft ground, of 100.
_SOFT = 12
_STEPS = 100
#: sRGB (IEC 61966-2-1): below it the curve is a straight line.
_LINEAR_BELOW = 0.04045


@dataclass(frozen=True, slots=True, kw_only=True)
class Accent:
    """An accent colour, the text on it, and a soft ground on which it is text itself."""

    colour: str
    ink: str
    soft: str


def accent_on(colour: str, grounds: Iterable[str]) -> Accent:
    """Gives the accent next to a colour that can be read on each ground and on its soft one.

    It is darkened on light grounds and lightened on dark ones, as little as will do. The soft one
    is made from the first ground.
    """
    known = tuple(grounds)
    end = BLACK if contrast(BLACK, known[0]) > contrast(WHITE, known[0]) else WHITE
    for step in range(_STEPS):
        found = _accent(mix(colour, end, step), known[0])
        if all(contrast(found.colour, each) >= READABLE for each in (*known, found.soft)):
            return found
    return _accent(end, known[0])


def contrast(one: str, other: str) -> float:
    """Gives the contrast of two colours."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mix(one: str, other: str, share: int) -> str:
    """Gives a colour between two: ``share`` of the other, of 100."""
    pairs = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share / 100):02x}" for a, b in pairs)


def _accent(colour: str, ground: str) -> Accent:
    ink = max((WHITE, BLACK), key=lambda each: contrast(each, colour))
    return Accent(colour=colour, ink=ink, soft=mix(ground, colour, _SOFT))


def _parts(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _luminance(colour: str) -> float:
    shares = (part / 255 for part in _parts(colour))
    linear = (
        share / 12.92 if share <= _LINEAR_BELOW else ((share + 0.055) / 1.055) ** 2.4
        for share in shares
    )
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
