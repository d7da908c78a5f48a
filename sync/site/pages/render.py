"""Renders the pages: one function for each view."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from sync.messages import Said, language
from sync.site.languages import spoken
from sync.site.pages import wording
from sync.site.pages.host_style import host_style
from sync.site.pages.plugin_views import LetGoView, PluginView
from sync.site.pages.statics import static_address
from sync.site.pages.views import (
    AskView,
    ConfirmView,
    ConnectView,
    NoticeView,
    OwnWindowView,
    SettingsView,
    Shell,
    TieView,
)
from sync.words import ShowAs

#: Marks that turn around what follows them, up to the end of the line: of our sentence, too.
_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


@cache
def _environment(code: str) -> Environment:
    """Makes the templates of one language."""
    shown_in = language(code)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_unturned,
    )

    def say(message: str, **values: object) -> Markup:
        """Says a message of a template, which may hold markup; its values are escaped."""
        return _filled(shown_in.pattern(message, None, {}), values)

    def say_many(one: str, many: str, count: int, **values: object) -> Markup:
        """Says a message of a template that depends on a number."""
        return _filled(shown_in.pattern(one, many, {"count": count}), {"count": count, **values})

    def _filled(pattern: str, values: Mapping[str, object]) -> Markup:
        known = {
            name: shown_in.number(value) if isinstance(value, int) else value
            for name, value in values.items()
        }
        return Markup(pattern).format(**known)  # noqa: S704 - our own text, as all templates are

    def say_title(title: str, more: int = 0) -> str:
        """Says a title where it is ours; anybody else's is no message, whatever it says."""
        shown = wording.titled(title, more)
        return shown_in.say(shown) if isinstance(shown, Said) else shown

    environment.filters["iso"] = wording.iso
    environment.filters["said"] = shown_in.say
    environment.filters["shown"] = shown_in.show
    environment.filters["title"] = say_title
    environment.filters["when"] = shown_in.when
    environment.filters["briefly"] = shown_in.briefly
    environment.filters["number"] = shown_in.number
    environment.filters["zone"] = wording.say_zone
    environment.globals.update(
        _=say,
        _n=say_many,
        language=shown_in.code,
        static=static_address,
        span=shown_in.span,
        say_ago=shown_in.ago,
        host_style=lambda colour: host_style(colour).address,
        states=wording.STATES,
        state_tones=wording.STATE_TONES,
        access_types=wording.ACCESS_TYPES,
        problems=wording.PROBLEMS,
        sync_results=wording.SYNC_RESULTS,
        sync_results_then=wording.SYNC_RESULTS_THEN,
        being_done=wording.BEING_DONE,
        say_done=wording.say_done,
        results=wording.RESULTS,
        show_as_words=wording.SHOW_AS,
        show_as_values=[value for value in ShowAs if value is not ShowAs.UNKNOWN],
    )
    return environment


def _unturned(value: object) -> object:
    """Takes out of a text what others may have put in to make our own read otherwise."""
    if isinstance(value, str) and not value.isascii():
        return value.translate(_TURNING)
    return value


def _template(name: str) -> Template:
    return _environment(spoken().code).get_template(name)


def notice_page(shell: Shell, view: NoticeView) -> str:
    """Renders a page that says what happened and what to do next."""
    return _template("notice.html").render(shell=shell, view=view)


def connect_page(shell: Shell, view: ConnectView) -> str:
    """Renders the two doors (R4.1)."""
    return _template("connect.html").render(shell=shell, view=view)


def tie_page(shell: Shell, view: TieView) -> str:
    """Renders the question whether this Microsoft account belongs to this person (R4.7)."""
    return _template("tie.html").render(shell=shell, view=view)


def own_window_page(shell: Shell, view: OwnWindowView) -> str:
    """Renders the link to a log-in in a window of its own, for a frame (R12.8)."""
    return _template("own_window.html").render(shell=shell, view=view)


def confirm_page(shell: Shell, view: ConfirmView) -> str:
    """Renders the question before a removal."""
    return _template("confirm.html").render(shell=shell, view=view)


def ask_page(shell: Shell, view: AskView) -> str:
    """Renders the question that a link of a mail leads to."""
    return _template("ask.html").render(shell=shell, view=view)


def settings_page(view: SettingsView) -> str:
    """Renders the Staff Member's settings page."""
    return _template("settings.html").render(shell=view.shell, view=view)


def plugin_page(view: PluginView) -> str:
    """Renders the administrators' page."""
    return _template("plugin.html").render(shell=view.shell, view=view)


def let_go_page(shell: Shell, view: LetGoView, fields: tuple[tuple[str, str], ...]) -> str:
    """Renders the question before people are disconnected; its form repeats ``fields``."""
    template = _template("plugin_confirm.html")
    return template.render(shell=shell, view=view, fields=fields)
