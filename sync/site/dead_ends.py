"""The pages on the way in where it does not go on as hoped: what happened, and what to do next.

Each step is one that works from there, whoever is logged in where (R3.4, R4.2).
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import azure.functions as func

from sync.messages import said
from sync.ports import SignInRefused
from sync.site.html import BEGIN_AGAIN, LOG_IN, LOG_IN_AS_ANOTHER, MICROSOFT, SETTINGS, notice
from sync.site.pages.views import NoticeView, Step
from sync.words import msgid

if TYPE_CHECKING:
    from sync.bootstrap import App

NOTHING_STORED = msgid("Nothing was stored.")
MICROSOFT_AGAIN = Step(label=msgid("Try again"), href=MICROSOFT.href)
LOG_IN_AGAIN = Step(label=msgid("Try again"), href=LOG_IN.href)
_WITHOUT = Step(label=msgid("Go on without this invitation"), href=f"{LOG_IN.href}?invitation=none")

_REFUSALS: dict[SignInRefused, tuple[str, str]] = {
    SignInRefused.DECLINED: (
        msgid("You did not allow access"),
        msgid("Nothing can be synced without it. If that was a mistake, sign in again and accept."),
    ),
    SignInRefused.ADMIN_CONSENT: (
        msgid("Your organisation has to allow this first"),
        msgid("Ask your IT department to approve it by the link below, then sign in again."),
    ),
    SignInRefused.MISSING_SCOPE: (
        msgid("A permission is missing"),
        msgid(
            "The calendar sync must read and write your calendars. Sign in again and allow all of "
            "it."
        ),
    ),
    SignInRefused.FAILED: (
        msgid("The sign-in did not work"),
        msgid("Microsoft did not complete the sign-in. Please try again."),
    ),
}


def no_access(app: "App", refused: SignInRefused) -> func.HttpResponse:
    """Says why Microsoft gave no access (R4.2)."""
    title, line = _REFUSALS[refused]
    view = NoticeView(
        title=title,
        lines=(line, NOTHING_STORED),
        steps=(MICROSOFT_AGAIN,),
        address=_consent_address(app) if refused is SignInRefused.ADMIN_CONSENT else "",
    )
    return notice(app, view, HTTPStatus.BAD_REQUEST)


def _consent_address(app: "App") -> str:
    """Gives where an administrator of the organisation allows the connector for everybody.

    Source: Microsoft identity platform, "Admin consent on the Microsoft identity platform"; seen
    2026-11-27.
    """
    query = {
        "client_id": app.settings.microsoft_client_id,
        "redirect_uri": f"{app.settings.public_base_url}/auth/microsoft/callback",
    }
    return f"{app.settings.microsoft_authority}/adminconsent?{urlencode(query)}"


def consent_answered(app: "App", query: Mapping[str, str]) -> func.HttpResponse:
    """Tells an administrator what became of their consent; nothing follows from this page."""
    if "error" in query:
        view = NoticeView(
            title=msgid("The calendar sync was not approved"),
            lines=(msgid("Nobody of your organisation can sign in before it is."),),
        )
        return notice(app, view, HTTPStatus.BAD_REQUEST)
    view = NoticeView(
        title=msgid("The calendar sync is approved for your organisation"),
        lines=(
            msgid("Everybody there who is invited can sign in now. You can close this window."),
        ),
    )
    return notice(app, view)


def not_logged_in(app: "App") -> func.HttpResponse:
    """Says that the booking product vouched for nobody."""
    view = NoticeView(
        title=msgid("You are not logged in"),
        lines=(
            said("{product} did not complete the log-in.", product=app.settings.product_name),
            NOTHING_STORED,
        ),
        steps=(LOG_IN_AGAIN,),
    )
    return notice(app, view, HTTPStatus.BAD_REQUEST)


def somebody_else(app: "App") -> func.HttpResponse:
    """Says that the invitation is not for who is logged in; it is kept for who it is for (R3.4)."""
    view = NoticeView(
        title=msgid("This invitation is for somebody else"),
        lines=(
            said(
                "You are logged in to {product} as another person.",
                product=app.settings.product_name,
            ),
            msgid("Log in as the invited person, or go on as yourself without the invitation."),
            NOTHING_STORED,
        ),
        steps=(LOG_IN_AS_ANOTHER, _WITHOUT),
    )
    return notice(app, view, HTTPStatus.FORBIDDEN)


def forged(app: "App", again: Step) -> func.HttpResponse:
    """Says that a log-in belongs to no flow of this browser (R4.4)."""
    view = NoticeView(
        title=msgid("This log-in can't be finished here"),
        lines=(
            msgid(
                "It does not belong to a log-in that was begun in this browser, or it was used "
                "before."
            ),
            NOTHING_STORED,
        ),
        steps=(again,),
    )
    return notice(app, view, HTTPStatus.BAD_REQUEST)


def nothing_to_confirm(app: "App") -> func.HttpResponse:
    """Says that no sign-in waits for a yes in this browser (R4.7)."""
    view = NoticeView(
        title=msgid("There is nothing to confirm here"),
        lines=(
            msgid(
                "The sign-in was begun in another browser, took too long, or was confirmed already."
            ),
            NOTHING_STORED,
        ),
        steps=(SETTINGS, BEGIN_AGAIN),
    )
    return notice(app, view, HTTPStatus.BAD_REQUEST)
