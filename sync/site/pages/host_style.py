"""The style sheet that puts the host's accent into the pages (R12.8, R12.4)."""

from functools import cache

from sync.colours import Accent, accent_on
from sync.site.pages.statics import StaticFile

#: What accents stand on: ``--card`` and ``--ground`` of app.css.
LIGHT, DARK = ("#ffffff", "#f3f6f7"), ("#18232a", "#10181c")


@cache
def host_style(colour: str) -> StaticFile:
    """Gives the style sheet of an accent colour; it comes after app.css."""
    text = (
        f":root {{ {_variables(accent_on(colour, LIGHT))} }}\n"
        "@media (prefers-color-scheme: dark) {\n"
        f"  :root {{ {_variables(accent_on(colour, DARK))} }}\n"
        "}\n"
    )
    return StaticFile.of("host.css", text.encode())


def _variables(accent: Accent) -> str:
    return f"--accent: {accent.colour}; --accent-ink: {accent.ink}; --accent-soft: {accent.soft};"
