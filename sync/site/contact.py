"""The link of the confirmation mail (R5.3): a page with a button, for whoever got the mail."""

from typing import TYPE_CHECKING

import azure.functions as func

from sync.messages import said
from sync.site.html import ask, notice, page_route
from sync.site.pages.views import AskView, NoticeView
from sync.words import msgid

if TYPE_CHECKING:
    from sync.bootstrap import App
    from sync.people.mail_choices import Confirmation

blueprint = func.Blueprint()
TOKEN_LIMIT = 2_000


@page_route(blueprint, "contact/confirm", "GET")
async def confirm_contact_page(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Shows the address and a button; opening the page changes nothing: mail scanners do that."""
    token = token_of(req)
    opened = await app.mail_choices.opened(token)
    if opened.is_done:
        return notice(app, _done(opened))
    view = AskView(
        title=msgid("Confirm this e-mail address?"),
        lines=(
            said(
                "Messages of the calendar sync are then sent to {address}.", address=opened.address
            ),
            msgid("If you did not ask for this, close this page: nothing is sent to you."),
        ),
        label=msgid("Confirm this address"),
        token=token,
        action="/contact/confirm",
    )
    return ask(app, view)


@page_route(blueprint, "contact/confirm", "POST")
async def confirm_contact(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Takes the address into use; the token is the proof, so that no log-in is asked for."""
    return notice(app, _done(await app.mail_choices.confirm(token_of(req))))


def token_of(req: func.HttpRequest) -> str:
    """Gives the token of a link; what is longer than any of ours verifies as little as none."""
    token: str = req.params.get("token", "")
    return token[:TOKEN_LIMIT]


def _done(confirmed: "Confirmation") -> NoticeView:
    return NoticeView(
        title=msgid("This e-mail address is confirmed"),
        lines=(
            said(
                "From now on messages of the calendar sync go to {address}.",
                address=confirmed.address,
            ),
            msgid(
                "Which of them, and to which address, can be changed on the settings page at any "
                "time."
            ),
        ),
    )
