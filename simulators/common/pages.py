"""Pages of the simulators: jinja2 templates with everything escaped, and the forms on them."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

_FOLDER = Path(__file__).parent
SHARED = _FOLDER / "static"
"""Style sheet and script of the pages that show a grid of days."""


class Pages:
    """The templates of one simulator; all may extend `frame.html`.

    Args:
        folder: the simulator's, with `templates` in it.
    """

    def __init__(self, folder: Path) -> None:
        self.environment = Environment(
            loader=ChoiceLoader(
                [FileSystemLoader(each / "templates") for each in (folder, _FOLDER)]
            ),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, template: str, *, status: int = 200, **values: Any) -> web.Response:
        """Gives a page.

        Args:
            template: its file's name.
            status: of the answer.
            values: what the template asks for.
        """
        text = self.environment.get_template(template).render(**values)
        return web.Response(status=status, text=text, content_type="text/html")


def see_other(where: str) -> web.Response:
    """Sends the browser to another page, which it GETs."""
    return web.Response(status=303, headers={"Location": where})


def texts(form: Mapping[str, object]) -> dict[str, str]:
    """Gives a form's texts, trimmed."""
    return {name: value.strip() for name, value in form.items() if isinstance(value, str)}


def read_day(text: str | None) -> date | None:
    """Reads a date; None for anything else."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def read_wall(form: Mapping[str, str], name: str) -> datetime:
    """Reads a date and time of a form, as the clock on the wall shows it.

    Raises:
        ValueError: it is none.
    """
    text = form.get(name, "")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError as error:
        raise ValueError(f"The {name} is no date and time: {text or 'nothing'}.") from error
