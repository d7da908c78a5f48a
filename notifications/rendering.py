"""From a letter to a mail: HTML and plain text by one template each; pure."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from notifications.letters import Letter
from notifications.names import one_line
from sync.messages import Language, language
from sync.ports import Mail


def render(letter: Letter, to: str, spoken: Language) -> Mail:
    """Gives the mail to one address, in the language of whoever reads it.

    Everybody's data is escaped in the HTML, and kept to one line everywhere: a title can neither
    become markup nor pretend to be a line of ours.
    """
    environment = _environment(spoken.code)
    return Mail(
        to=to,
        subject=one_line(spoken.show(letter.subject)),
        text=environment.get_template("layout.txt.jinja").render(letter=letter),
        html=environment.get_template("layout.html.jinja").render(letter=letter),
        unsubscribe_url=letter.unsubscribe_url,
    )


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
