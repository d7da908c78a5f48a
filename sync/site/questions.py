"""What the settings page asks before it does what was pressed (R5.9, R10.1)."""

from typing import TYPE_CHECKING

import azure.functions as func

from sync.messages import said, said_many
from sync.people.contact import choices_of
from sync.people.people import Connection
from sync.site.forms import settings_of, settings_values
from sync.site.html import page, shell_of, visitor_of
from sync.site.pages.render import confirm_page
from sync.site.pages.views import ConfirmView
from sync.site.pressed_forms import FIELD
from sync.site.sessions import Session
from sync.words import msgid

if TYPE_CHECKING:
    from sync.bootstrap import App


async def ask_before_saving(
    app: "App", session: Session, connection: Connection, form: dict[str, list[str]]
) -> func.HttpResponse:
    """Says what saving would add and remove, and asks (R5.9)."""
    choices = settings_of(settings_values(form))
    found = await app.previewer.preview(session.person, choices)
    product = app.settings.product_name
    sides = (
        said(
            "In Outlook: {added} added, {removed} removed",
            added=found.to_outlook.count,
            removed=found.removed_from_outlook,
        ),
        said(
            "In {product}: {added} added, {removed} removed",
            product=product,
            added=found.to_booking.count,
            removed=found.removed_from_booking,
        ),
    )
    is_moved = choices.calendar_id != choices_of(connection).calendar_id
    view = ConfirmView(
        title=msgid("Save these choices?"),
        lines=(
            msgid(
                "Your items move to the other calendar: each is made there before it is removed "
                "here."
            )
            if is_moved
            else msgid("This will change, and everything else stays as it is:"),
        ),
        points=sides,
        confirm_label=msgid("Save"),
        action="/settings",
        fields=(("action", "change"), *_repeated(form)),
    )
    shell = shell_of(app, visitor_of(app, session, connection))
    return page(app, confirm_page(shell, view))


def _repeated(form: dict[str, list[str]]) -> tuple[tuple[str, str], ...]:
    """Gives the choices of a form as fields of the one that asks."""
    own = {"action", "csrf_token", "confirm", FIELD}
    return tuple((name, value) for name in form if name not in own for value in form[name])


async def ask_before_removing(
    app: "App", session: Session, connection: Connection
) -> func.HttpResponse:
    """Says what Disconnect Calendar would remove, and asks (R10.1)."""
    events, reserves = await app.removal.counts(session.person)
    product = app.settings.product_name
    view = ConfirmView(
        title=msgid("Disconnect your calendar?"),
        lines=(
            msgid("Your own Outlook meetings and your appointments stay as they are."),
            msgid("Your choices are kept. This will be removed, also what lies in the past:"),
        ),
        points=(
            said_many(
                "{count} event from your Outlook calendar: the copies of your appointments and "
                "reserves",
                "{count} events from your Outlook calendar: the copies of your appointments and "
                "reserves",
                events,
            ),
            said_many(
                "{count} reserve from {product}: the blocked times made from Outlook meetings",
                "{count} reserves from {product}: the blocked times made from Outlook meetings",
                reserves,
                product=product,
            ),
        ),
        confirm_label=msgid("Disconnect Calendar"),
        action="/settings",
        fields=(("action", "disconnect"),),
    )
    shell = shell_of(app, visitor_of(app, session, connection))
    return page(app, confirm_page(shell, view))
