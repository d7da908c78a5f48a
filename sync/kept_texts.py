"""Texts that are stored with their values in them, and how they are read again (R12.7). Pure.

What is kept of a sync is kept in English, for whoever reads it later in whatever language. A
sentence without values is its own key in the catalogue; one with values is made by a form, and
recognised by it, also in what an earlier release has stored.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

#: A placeholder, and the character with which the text goes on.
_PLACE = re.compile(r"\\{(\w+)\\}(?=\\?(.))")
#: A number as it was written by any release, with or without commas. Nothing else of digits and
#: commas is one: a title or the other side's sentence is looked at, too.
_NUMBER = r"[0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,3}"


@dataclass(frozen=True, slots=True)
class Form:
    """A text with values; where it has a ``{count}``, ``text`` may be what is said of one."""

    text: str
    many: str | None = None
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Where English says the same of one and of many, other languages don't.
        forms = dict.fromkeys(form for form in (self.text, self.many) if form is not None)
        text = "|".join(_PLACE.sub(_group, re.escape(form)) for form in forms)
        object.__setattr__(self, "_pattern", re.compile(text))

    def of(self, count: int) -> str:
        """Gives the text of a number, to be kept."""
        form = self.text if count == 1 or self.many is None else self.many
        return form.format(count=f"{count:,}")

    def values(self, text: str) -> Mapping[str, str] | None:
        """Reads the values out of a text; ``None`` where it was made by another form."""
        found = self._pattern.fullmatch(text)
        return None if found is None else found.groupdict()

    def count(self, text: str) -> int | None:
        """Reads the number out of a text with nothing else; ``None`` where it has none."""
        values = self.values(text)
        if values is None or "count" not in values:
            return None
        # In the text of one the number is a word, and the group empty.
        return int((values["count"] or "1").replace(",", ""))


def _group(place: re.Match[str]) -> str:
    name, following = place.groups()
    # A value holds nothing that could end it: there is one way to read a text, however long.
    return rf"(?P<count>{_NUMBER})" if name == "count" else rf"(?P<{name}>[^.{following}]+)"


CREATED = Form("{count} created", "{count} created")
UPDATED = Form("{count} updated", "{count} updated")
MOVED = Form("{count} moved", "{count} moved")
PUT_BACK = Form("{count} put back", "{count} put back")
DELETED = Form("{count} deleted", "{count} deleted")
LEFT_THERE = Form("{count} could not be removed.", "{count} could not be removed.")
APPOINTMENTS = Form("1 appointment", "{count} appointments")
ITEMS_WAIT = Form("1 item waits.", "{count} items wait.")
REFUSED_THERE = Form(
    "1 item could not be removed, because the other side refused it.",
    "{count} items could not be removed, because the other side refused it.",
)
NO_ACCESS_THERE = Form(
    "1 item could not be removed from Outlook, because Microsoft gives no access any more. "
    "Signing in again with the same Microsoft account removes what is left.",
    "{count} items could not be removed from Outlook, because Microsoft gives no access any more. "
    "Signing in again with the same Microsoft account removes what is left.",
)
#: Since when syncs end badly, by the problem's code.
FAILING_SINCE = {
    "unreachable": Form(
        "Microsoft or the booking product can't be reached properly since {since}. It is tried "
        "again by itself, and nothing is removed."
    ),
    "booking_unreachable": Form(
        "The booking product can't be reached properly since {since}. It is tried again by "
        "itself, and nothing is removed."
    ),
    "microsoft_unreachable": Form(
        "Microsoft can't be reached properly since {since}. It is tried again by itself, and "
        "nothing is removed."
    ),
    "unreadable": Form(
        "Microsoft or the booking product gives answers that can't be understood since {since}. "
        "Support has to look at it; it is tried again by itself."
    ),
    "sign_in_unreadable": Form(
        "The Microsoft sign-in that is stored can't be opened since {since}. Support has to look "
        "at it, or the person signs in again; nothing is removed."
    ),
    "unforeseen": Form(
        "The sync breaks off for a reason that nobody foresaw since {since}. Support has to look "
        "at it; it is tried again by itself."
    ),
}
#: A choice and what became of it, or a side and what was done there.
BECAME = Form("{what}: {became}.")
FORMS = (
    CREATED,
    UPDATED,
    MOVED,
    PUT_BACK,
    DELETED,
    LEFT_THERE,
    APPOINTMENTS,
    ITEMS_WAIT,
    REFUSED_THERE,
    NO_ACCESS_THERE,
    *FAILING_SINCE.values(),
    BECAME,
)
