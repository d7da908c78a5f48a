"""One-click unsubscribe (RFC 8058): the link of a mail switches one notification off (R9.8)."""

from typing import TYPE_CHECKING

import azure.functions as func

from sync.people.contact import Notice
from sync.site.contact import token_of
from sync.site.html import SETTINGS, ask, notice, page_route
from sync.site.pages.views import AskView, NoticeView
from sync.words import msgid

if TYPE_CHECKING:
    from sync.bootstrap import App

blueprint = func.Blueprint()

_WILL_BE = {
    Notice.RESYNC_COMPLETED: msgid("You are then not told any more that a resync is completed."),
    Notice.UPDATE_FAILED: msgid(
        "You are then not told any more that an appointment or reserve could not be updated from "
        "Outlook."
    ),
}
_IS = {
    Notice.RESYNC_COMPLETED: msgid("You are not told any more that a resync is completed."),
    Notice.UPDATE_FAILED: msgid(
        "You are not told any more that an appointment or reserve could not be updated from "
        "Outlook."
    ),
}


@page_route(blueprint, "unsubscribe", "GET")
async def unsubscribe_page(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Asks by a button; opening the page changes nothing: mail scanners do that."""
    token = token_of(req)
    will_be = _WILL_BE[app.mail_choices.notice_of(token)]
    view = AskView(
        title=msgid("Get no more of these messages?"),
        lines=(will_be, msgid("Nothing else changes.")),
        label=msgid("Send me no more of them"),
        token=token,
        action="/unsubscribe",
    )
    return ask(app, view)


@page_route(blueprint, "unsubscribe", "POST")
async def unsubscribe(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Switches the notification off: by the page's button, or by a mail program on its own."""
    done = _IS[await app.mail_choices.unsubscribe(token_of(req))]
    view = NoticeView(
        title=msgid("You get no more of these messages"),
        lines=(
            done,
            msgid("On the settings page that can be switched on again at any time."),
        ),
        steps=(SETTINGS,),
    )
    return notice(app, view)
