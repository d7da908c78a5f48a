"""What the settings page asks before it does what was pressed (R5.9, R10.1)."""

from typing import TYPE_CHECKING

import azure.functions as func

from sync.people.contact import choices_of
from sync.people.people import Connection
from sync.site.forms import settings_of, settings_values
from sync.site.html import page, visitor_of
from sync.site.pages.render import confirm_page
from sync.site.pages.views import ConfirmView, Shell
from sync.site.pages.wording import count
from sync.site.pressed_forms import FIELD
from sync.site.sessions import Session

if TYPE_CHECKING:
    from sync.bootstrap import App

_EVENTS = "{} from your Outlook calendar: the copies of your appointments and reserves"
_RESERVES = "{} from {}: the blocked times made from Outlook meetings"


async def ask_before_saving(
    app: "App", session: Session, connection: Connection, form: dict[str, list[str]]
) -> func.HttpResponse:
    """Says what saving would add and remove, and asks (R5.9)."""
    choices = settings_of(settings_values(form))
    found = await app.previewer.preview(session.person, choices)
    product = app.settings.product_name
    sides = (
        ("In Outlook", found.to_outlook.count, found.removed_from_outlook),
        (f"In {product}", found.to_booking.count, found.removed_from_booking),
    )
    is_moved = choices.calendar_id != choices_of(connection).calendar_id
    view = ConfirmView(
        title="Save these choices?",
        lines=(
            "Your items move to the other calendar: each is made there before it is removed here."
            if is_moved
            else "This will change, and everything else stays as it is:",
        ),
        points=tuple(f"{where}: {added} added, {gone} removed" for where, added, gone in sides),
        confirm_label="Save",
        action="/settings",
        fields=(("action", "change"), *_repeated(form)),
    )
    shell = Shell(product=product, visitor=visitor_of(app, session, connection))
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
        title="Disconnect your calendar?",
        lines=(
            "Your own Outlook meetings and your appointments stay as they are.",
            "Your choices are kept. This will be removed, also what lies in the past:",
        ),
        points=(
            _EVENTS.format(count(events, "event", "events")),
            _RESERVES.format(count(reserves, "reserve", "reserves"), product),
        ),
        confirm_label="Disconnect Calendar",
        action="/settings",
        fields=(("action", "disconnect"),),
    )
    shell = Shell(product=product, visitor=visitor_of(app, session, connection))
    return page(app, confirm_page(shell, view))
