"""Renders the pages: one function for each view."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sync.site.pages import wording
from sync.site.pages.plugin_views import LetGoView, PluginView
from sync.site.pages.statics import static_address
from sync.site.pages.views import (
    AskView,
    ConfirmView,
    ConnectView,
    NoticeView,
    SettingsView,
    Shell,
    TieView,
)
from sync.words import ShowAs


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["iso"] = wording.iso
    environment.filters["when"] = wording.say_time
    environment.filters["briefly"] = wording.say_moment
    environment.filters["zone"] = wording.say_zone
    environment.globals.update(
        static=static_address,
        span=wording.say_span,
        count=wording.count,
        states=wording.STATES,
        state_tones=wording.STATE_TONES,
        access_types=wording.ACCESS_TYPES,
        problems=wording.PROBLEMS,
        sync_results=wording.SYNC_RESULTS,
        sync_results_then=wording.SYNC_RESULTS_THEN,
        being_done=wording.BEING_DONE,
        say_ago=wording.say_ago,
        say_done=wording.say_done,
        results=wording.RESULTS,
        show_as_words=wording.SHOW_AS,
        show_as_values=[value for value in ShowAs if value is not ShowAs.UNKNOWN],
    )
    return environment


def notice_page(shell: Shell, view: NoticeView) -> str:
    """Renders a page that says what happened and what to do next."""
    return _environment().get_template("notice.html").render(shell=shell, view=view)


def connect_page(shell: Shell, view: ConnectView) -> str:
    """Renders the two doors (R4.1)."""
    return _environment().get_template("connect.html").render(shell=shell, view=view)


def tie_page(shell: Shell, view: TieView) -> str:
    """Renders the question whether this Microsoft account belongs to this person (R4.7)."""
    return _environment().get_template("tie.html").render(shell=shell, view=view)


def confirm_page(shell: Shell, view: ConfirmView) -> str:
    """Renders the question before a removal."""
    return _environment().get_template("confirm.html").render(shell=shell, view=view)


def ask_page(shell: Shell, view: AskView) -> str:
    """Renders the question that a link of a mail leads to."""
    return _environment().get_template("ask.html").render(shell=shell, view=view)


def settings_page(view: SettingsView) -> str:
    """Renders the Staff Member's settings page."""
    return _environment().get_template("settings.html").render(shell=view.shell, view=view)


def plugin_page(view: PluginView) -> str:
    """Renders the administrators' page."""
    return _environment().get_template("plugin.html").render(shell=view.shell, view=view)


def let_go_page(shell: Shell, view: LetGoView, fields: tuple[tuple[str, str], ...]) -> str:
    """Renders the question before people are disconnected; its form repeats ``fields``."""
    template = _environment().get_template("plugin_confirm.html")
    return template.render(shell=shell, view=view, fields=fields)
