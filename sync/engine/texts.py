"""What is written on either side: titles, bodies, notes, and their fingerprints.

Only functions from an item to text may live here. Private text never passes (R7.3), and text of
the booking product never becomes markup (R6.2).
"""

from dataclasses import dataclass
from hashlib import sha256
from html import escape

from sync.engine.items import BookingItem, BookingKind, EventContent, OutlookItem, ReserveContent
from sync.words import msgid

#: Outlook cuts longer subjects by itself; cutting here keeps the cut visible.
SUBJECT_LIMIT = 255
#: Limits of the booking product (contract: NewReserve).
TITLE_LIMIT = 255
NOTES_LIMIT = 4000

NO_TITLE = msgid("(no title)")
PRIVATE_TITLE = msgid("Reserved")
#: For an item whose title was not read.
UNREAD_TITLE = msgid("An item of your schedule")
#: For a Meeting that was not seen: its title may be private (R7.3).
UNSEEN_MEETING = msgid("A meeting in Outlook")
#: For what is told of a sync as a whole.
THE_CALENDAR = msgid("Your calendar")
REMOVED_EVENTS = msgid("Appointments and reserves")
REMOVED_RESERVES = msgid("Times blocked for meetings")
#: The only titles that are ours to translate (R12.7).
OWN_TITLES = frozenset(
    {
        NO_TITLE,
        PRIVATE_TITLE,
        UNREAD_TITLE,
        UNSEEN_MEETING,
        THE_CALENDAR,
        REMOVED_EVENTS,
        REMOVED_RESERVES,
    }
)
_CUT = "…"
_CUT_NOTES = "… [cut: the whole text is in Outlook]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """How the booking product is named in calendars and mail."""

    name: str
    tag: str


def booking_title(item: BookingItem) -> str:
    """Gives the title that an item of the booking product has in Outlook (R6.2)."""
    if item.kind is BookingKind.APPOINTMENT:
        parts = (_one_line(item.customer_name or ""), _one_line(item.service_name or ""))
        title = " - ".join(part for part in parts if part)
        return _cut(title or msgid("Appointment"), SUBJECT_LIMIT, _CUT)
    return _cut(_one_line(item.title or "") or "Reserve", SUBJECT_LIMIT, _CUT)


def event_content(item: BookingItem, product: Product) -> EventContent:
    """Gives subject and body of the event that shows an item in Outlook (R6.2)."""
    lines = [f"From {product.name} ({product.tag})"]
    for entry in item.fields:
        value = _one_line(entry.value or "")
        if value:
            lines.append(f"{_one_line(entry.label)}: {value}")
    body = "<br>\n".join(escape(line) for line in lines)
    return EventContent(subject=booking_title(item), body_html=body)


def meeting_title(item: OutlookItem) -> str:
    """Gives the title that a Meeting has outside Outlook (R7.2, R7.3)."""
    if not item.is_normal:
        return PRIVATE_TITLE
    return _cut(_one_line(item.subject or "") or NO_TITLE, TITLE_LIMIT, _CUT)


def reserve_content(item: OutlookItem, *, details: bool) -> ReserveContent:
    """Gives title and notes of the Reserve that stands for a Meeting (R7.2, R7.3)."""
    notes = ""
    if details and item.is_normal:
        notes = _cut(_text(item.body or ""), NOTES_LIMIT, _CUT_NOTES)
    return ReserveContent(title=meeting_title(item), notes=notes)


def event_fingerprint(content: EventContent) -> str:
    """Tells two event texts apart."""
    return _fingerprint(content.subject, content.body_html)


def reserve_fingerprint(content: ReserveContent) -> str:
    """Tells two Reserve texts apart."""
    return _fingerprint(content.title, content.notes)


def _fingerprint(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _clean(text: str) -> str:
    if text.isprintable():
        return text
    # Half a surrogate pair can't be written as UTF-8; control characters break tables and mails.
    return "".join(
        "\ufffd"
        if "\ud800" <= c <= "\udfff"
        else " "
        if (c < " " and c not in "\t\n\r") or "\x7f" <= c <= "\x9f"
        else c
        for c in text
    )


def _one_line(text: str) -> str:
    return " ".join(_clean(text).split())


def _text(text: str) -> str:
    lines = _clean(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def _cut(text: str, limit: int, mark: str) -> str:
    if len(text) <= limit:
        return text
    kept = text[: limit - len(mark)]
    # A cut inside a sequence of joined emoji would leave a torn one behind.
    return kept.rstrip("\u200d\ufe0f") + mark
