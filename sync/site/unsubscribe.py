"""One-click unsubscribe (RFC 8058): the link of a mail switches one notification off (R9.8)."""

from typing import TYPE_CHECKING

import azure.functions as func

from sync.people.contact import Notice
from sync.site.contact import token_of
from sync.site.html import SETTINGS, ask, notice, page_route
from sync.site.pages.views import AskView, NoticeView

if TYPE_CHECKING:
    from sync.bootstrap import App

blueprint = func.Blueprint()

_ABOUT = {
    Notice.RESYNC_COMPLETED: "that a resync is completed",
    Notice.UPDATE_FAILED: "that an appointment or reserve could not be updated from Outlook",
}


@page_route(blueprint, "unsubscribe", "GET")
async def unsubscribe_page(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Asks by a button; opening the page changes nothing: mail scanners do that."""
    token = token_of(req)
    about = _ABOUT[app.mail_choices.notice_of(token)]
    view = AskView(
        title="Get no more of these messages?",
        lines=(f"You are then not told any more {about}.", "Nothing else changes."),
        label="Send me no more of them",
        token=token,
        action="/unsubscribe",
    )
    return ask(app, view)


@page_route(blueprint, "unsubscribe", "POST")
async def unsubscribe(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Switches the notification off: by the page's button, or by a mail program on its own."""
    about = _ABOUT[await app.mail_choices.unsubscribe(token_of(req))]
    view = NoticeView(
        title="You get no more of these messages",
        lines=(
            f"You are not told any more {about}.",
            "On the settings page that can be switched on again at any time.",
        ),
        steps=(SETTINGS,),
    )
    return notice(app, view)
