"""The booking product's pages: jinja2 templates, everything escaped."""

from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent
_environment = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, *, status: int = 200, **values: object) -> web.Response:
    """Give a page.

    Args:
        template: file name in the folder of templates.
        status: of the answer.
        values: what the template asks for.
    """
    text = _environment.get_template(template).render(**values)
    return web.Response(status=status, text=text, content_type="text/html")
