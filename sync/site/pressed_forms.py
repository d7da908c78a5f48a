"""What somebody pressed is never swallowed: a form that met an ended session comes back (R4.6).

A form says whose it is, signed: only then it is kept, and only that person gets it back, once, in
the browser that sent it.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import azure.functions as func

from sync.errors import UntrustedRequest
from sync.site.flows import Browser, Onward, Pressed
from sync.site.sessions import is_of_another_site
from sync.words import AccountId, PersonKey, StaffId, msgid

if TYPE_CHECKING:
    from sync.bootstrap import App

FIELD = "form_of"
LOGGED_OUT = msgid(
    "You were logged out before this was done: nothing has changed. What you had entered is still "
    "here; please press the button once more."
)
OUT_OF_DATE = msgid(
    "This page was out of date: nothing has changed. What you had entered is still here; please "
    "press the button once more."
)
_PURPOSE = "form"
#: Characters of all fields together, a thousand ids among them; what is longer is not kept.
_LIMIT = 98_304
#: What belongs to the page that is over, and not to what was entered.
_OF_THE_PAGE = frozenset({FIELD, "csrf_token", "confirm"})


def form_mark(app: "App", person: PersonKey) -> str:
    """Gives the value of the field that says whose a form is."""
    value = {"account_id": str(person.account_id), "staff_id": str(person.staff_id)}
    return app.signer.sign(_PURPOSE, value)


def owner_of(app: "App", form: dict[str, list[str]]) -> PersonKey | None:
    """Gives whose form it is; ``None`` where it does not say so, or somebody else wrote it."""
    try:
        value = app.signer.verify(_PURPOSE, form.get(FIELD, [""])[0])
        return PersonKey(
            account_id=AccountId(value["account_id"]), staff_id=StaffId(value["staff_id"])
        )
    except (UntrustedRequest, KeyError):
        return None


async def keep_pressed(
    app: "App", req: func.HttpRequest, form: dict[str, list[str]], page: Onward
) -> tuple[str, ...]:
    """Keeps a form over the log-in; gives the cookie line by which it is found again, if any.

    What another site sends is none that was pressed here: a colleague's form, posted from there,
    would take the place of what this browser has on its way.
    """
    if is_of_another_site(req):
        return ()
    person = owner_of(app, form)
    fields = {name: values for name, values in form.items() if name not in _OF_THE_PAGE}
    if person is None or sum(len(x) for values in fields.values() for x in values) > _LIMIT:
        return ()
    browser = Browser(app, req)
    pressed = Pressed(person=person, page=page, fields=fields)
    await browser.keep(replace(await browser.journey(), pressed=pressed))
    return (browser.cookie,)


async def take_pressed(
    app: "App", req: func.HttpRequest, person: PersonKey, page: Onward
) -> dict[str, list[str]] | None:
    """Gives the form of this page that this person pressed before the log-in, once."""
    browser = Browser(app, req)
    journey = await browser.journey()
    pressed = journey.pressed
    if pressed is None or pressed.page is not page:
        return None
    await browser.keep(replace(journey, pressed=None))
    return pressed.fields if pressed.person == person else None
