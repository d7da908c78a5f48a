"""From a letter to a mail: HTML and plain text by one template each; pure."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from notifications.letters import Letter
from notifications.names import one_line
from sync.colours import accent_on
from sync.host import OWN_LOOK, Host
from sync.messages import Language, language
from sync.ports import Mail

#: What links and buttons stand on in the template: the card and the page around it.
_LIGHT, _DARK = ("#ffffff", "#f2f4f7"), ("#1f262e", "#14181d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """Of buttons and links, the text on buttons, and links where it is dark."""

    accent: str = "#0f5ea8"
    ink: str = "#ffffff"
    dark_link: str = "#8fc1ff"


def render(letter: Letter, to: str, spoken: Language, host: Host = OWN_LOOK) -> Mail:
    """Gives the mail to one address, in the reader's language and the host's look (R12.7, R12.8).

    Everybody's data is escaped in the HTML, and kept to one line everywhere: a title can neither
    become markup nor pretend to be a line of ours.
    """
    environment, shown = _environment(spoken.code), {"letter": letter, "host": host}
    return Mail(
        to=to,
        subject=one_line(spoken.show(letter.subject)),
        text=environment.get_template("layout.txt.jinja").render(shown),
        html=environment.get_template("layout.html.jinja").render(
            shown, colours=_colours(host.colour)
        ),
        unsubscribe_url=letter.unsubscribe_url,
    )


def _colours(accent: str) -> Colours:
    if not accent:
        return Colours()
    light, dark = accent_on(accent, _LIGHT), accent_on(accent, _DARK)
    return Colours(accent=light.colour, ink=light.ink, dark_link=dark.colour)


@cache
def _environment(code: str) -> Environment:
    shown_in = language(code)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(enabled_extensions=("html.jinja",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["line"] = lambda value: one_line(shown_in.show(value))
    environment.globals.update(_=shown_in.say, language=code)
    return environment
