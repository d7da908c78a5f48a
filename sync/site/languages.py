"""In which language a request is answered: the profile's, else the browser's, else English (R12.7).

Whoever writes a page or a refusal does not carry the language along: it belongs to the request.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

import azure.functions as func

from sync.messages import (
    ENGLISH,
    Language,
    accepted_language,
    known_language,
    language,
    language_for,
)
from sync.people.people import Connection, StaffMember
from sync.words import PersonKey

if TYPE_CHECKING:
    from sync.bootstrap import App


@dataclass(slots=True)
class _Asked:
    """What is known of a request; shared with the task that answers it."""

    browser: str | None
    spoken: Language


_asked: ContextVar[_Asked | None] = ContextVar("asked", default=None)


def listen(req: func.HttpRequest) -> None:
    """Takes what the browser asks for, as a request begins."""
    browser = accepted_language(req.headers.get("Accept-Language", ""))
    _asked.set(_Asked(browser=browser, spoken=language(browser) if browser else ENGLISH))


def speak_to(staff: StaffMember) -> None:
    """Takes what the profile of whoever asks says, once that is known."""
    asked = _asked.get()
    if asked is not None:
        asked.spoken = language_for(staff.language, asked.browser)


async def who_asks(app: "App", person: PersonKey, *, visits: bool = False) -> Connection:
    """Gives the Connection of whoever asks, and speaks their language from here on.

    Args:
        app: The services.
        person: Whose session it is.
        visits: A page is looked at: mail is written in what the browser asks for now.

    Raises:
        Rejected: 404 ``unknown_staff``.
    """
    connection = await app.my_connection.me(person)
    speak_to(connection.staff)
    asked = _asked.get()
    browser = None if asked is None or not visits else asked.browser
    is_news = browser != connection.language and known_language(connection.staff.language) is None
    if browser is not None and is_news:
        connection = await app.my_connection.visited(connection, browser)
    return connection


def spoken() -> Language:
    """Gives the language of the answer."""
    asked = _asked.get()
    return ENGLISH if asked is None else asked.spoken
