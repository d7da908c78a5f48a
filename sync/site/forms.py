"""Reads request bodies strictly: each wrong field is named, no value is repeated."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs

import azure.functions as func
import msgspec
from email_validator import EmailNotValidError, validate_email

from sync.errors import Rejected
from sync.people.contact import Notices
from sync.people.people import HeldAnswer, OnOutlookDelete, SyncSettings
from sync.site.http import ID_LIMIT, bad_request
from sync.words import CalendarId, Interval, ShowAs, msgid

#: Bytes: two thousand ids, the longest list that is taken, and what stands around them in a form.
BODY_LIMIT = 196_608
MAX_FIELDS = 3_000
MAX_SPAN_DAYS = 366
#: Years outside which neither calendar can be asked (R7.6).
EARLIEST, LATEST = 2000, 2100

#: What is named of what was sent: so many fields that don't exist, and characters of a name.
_NAMED, _NAME_LIMIT = 5, 40
#: How msgspec quotes a field that doesn't exist: its name is anybody's, at any length.
_UNKNOWN_FIELD = re.compile(r"(?<=unknown field `)(.*)(?=`)", re.DOTALL)
#: In place of what was sent; only programs send what no form offers.
_UNKNOWN_VALUE = "Unknown value"
#: How msgspec quotes a value that an enum doesn't have: what was sent is not said again.
_ENUM_VALUE = re.compile(r"^Invalid enum value .*(?= - at `[^`]*`$)", re.DOTALL)

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=ID_LIMIT)]
_Ids = Annotated[list[_Id], msgspec.Meta(max_length=2_000)]
_ShowAs = Literal["free", "tentative", "busy", "oof", "workingElsewhere"]


class LocationsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Contract: EnabledLocations."""

    location_ids: _Ids


class StaffBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Contract: body of setStaffActive."""

    activate: _Ids = []
    deactivate: _Ids = []


class HeldBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Contract: body of answerHeld."""

    answer: HeldAnswer


#: Contract: SyncSettings. Each field's type, and the sentence for a value that doesn't fit.
_FIELDS: dict[str, tuple[Any, str]] = {
    "calendar_id": (
        Annotated[str, msgspec.Meta(min_length=1, max_length=1024)],
        msgid("Please choose a calendar."),
    ),
    "contact_email": (
        # RFC 5321, 4.5.3.1.3. What is longer isn't taken apart to find that out.
        Annotated[str, msgspec.Meta(max_length=254)],
        msgid("This is not a valid e-mail address."),
    ),
    "notify_resync_completed": (bool, msgid("This is yes or no.")),
    "notify_update_failed": (bool, msgid("This is yes or no.")),
    "sync_reserves": (bool, msgid("This is yes or no.")),
    "sync_meetings": (bool, msgid("This is yes or no.")),
    "sync_meeting_details": (bool, msgid("This is yes or no.")),
    "on_outlook_delete": (Literal["cancel", "put_back"], msgid("This is cancel or put_back.")),
    "show_as": (
        list[_ShowAs],
        msgid("These are free, tentative, busy, oof and workingElsewhere, each at most once."),
    ),
}
_REQUIRED = ("calendar_id", "contact_email")
#: Contract: body of changeNotices, a part of the above.
_NOTICES = ("contact_email", "notify_resync_completed", "notify_update_failed")


class WrongFieldsError(Rejected):
    """Fields of a body don't fit.

    Attributes:
        fields: Name to sentence.
    """

    def __init__(self, fields: dict[str, str]) -> None:
        sentences = " ".join(f"{name}: {sentence}" for name, sentence in fields.items())
        super().__init__(status=400, code="bad_request", detail=sentences)
        self.fields = fields


def read_body[T](req: func.HttpRequest, kind: type[T]) -> T:
    """Reads a JSON body.

    Raises:
        Rejected: 400, naming the field.
    """
    try:
        return msgspec.json.decode(_body(req), type=kind)
    except msgspec.ValidationError as error:
        said = _ENUM_VALUE.sub(_UNKNOWN_VALUE, str(error))
        said = _UNKNOWN_FIELD.sub(lambda field: _name(field[1]), said)
        raise bad_request(f"{said}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise bad_request("The body is not JSON.") from None


def check_unique(values: list[str], name: str) -> frozenset[str]:
    """Gives a list as a set.

    Raises:
        Rejected: 400: a value stands there twice.
    """
    if len(set(values)) < len(values):
        raise bad_request(f"{name} names something twice.")
    return frozenset(values)


def read_settings(req: func.HttpRequest) -> SyncSettings:
    """Reads the settings out of a JSON body.

    Raises:
        WrongFieldsError: Names all wrong fields.
        Rejected: 400: it is not a JSON object.
    """
    return settings_of(read_body(req, dict[str, Any]))


def settings_of(values: Mapping[str, Any]) -> SyncSettings:
    """Makes settings from named values; absent ones take the contract's defaults.

    Raises:
        WrongFieldsError: Names all wrong fields.
    """
    missing = {name: msgid("This is required.") for name in _REQUIRED if name not in values}
    return SyncSettings(**_known(values, tuple(_FIELDS), missing))


def read_notices(req: func.HttpRequest) -> Notices:
    """Reads the contact address and the notifications out of a JSON body (R5.9).

    Raises:
        WrongFieldsError: Names all wrong fields.
        Rejected: 400: it is not a JSON object, or an empty one.
    """
    values = read_body(req, dict[str, Any])
    if not values:
        raise bad_request(f"One of {', '.join(_NOTICES)} is required.")
    return notices_of(values)


def notices_of(values: Mapping[str, Any]) -> Notices:
    """Makes a change of the contact address and the notifications; what is absent stays.

    Raises:
        WrongFieldsError: Names all wrong fields.
    """
    return Notices(**_known(values, _NOTICES, {}))


def notice_values(form: Mapping[str, list[str]]) -> dict[str, Any]:
    """Turns a form with the fields of mail into the values that a JSON body would hold."""
    values = settings_values(form)
    return {name: values[name] for name in _NOTICES}


def _known(
    values: Mapping[str, Any], fields: tuple[str, ...], missing: Mapping[str, str]
) -> dict[str, Any]:
    unknown = (name for name in values if name not in fields)
    wrong = {_name(name): msgid("There is no such field.") for name in islice(unknown, _NAMED)}
    wrong |= missing
    known: dict[str, Any] = {}
    for name in fields:
        kind, sentence = _FIELDS[name]
        if name in values:
            try:
                known[name] = _CHECKS.get(name, _as_it_is)(msgspec.convert(values[name], kind))
            except ValueError:
                wrong[name] = sentence
    if wrong:
        raise WrongFieldsError(wrong)
    return known


def draft_settings(values: Mapping[str, Any], base: SyncSettings) -> SyncSettings:
    """Gives back what was typed into the form, to be corrected; what makes no sense is ``base``'s.

    Args:
        values: As ``settings_values`` gives them.
        base: What the form showed before.
    """
    deletion = values["on_outlook_delete"]
    return replace(
        base,
        calendar_id=CalendarId(values["calendar_id"]),
        contact_email=values["contact_email"],
        on_outlook_delete=(
            OnOutlookDelete(deletion)
            if deletion in set(OnOutlookDelete)
            else base.on_outlook_delete
        ),
        show_as=frozenset(ShowAs(value) for value in values["show_as"] if value in set(ShowAs)),
        **{name: value for name, value in values.items() if isinstance(value, bool)},
    )


def read_form(req: func.HttpRequest) -> dict[str, list[str]]:
    """Reads an HTML form.

    Raises:
        Rejected: 400: it is too long or not a form.
    """
    try:
        return parse_qs(_body(req).decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise bad_request(msgid("The form can't be read.")) from None


def first(form: Mapping[str, list[str]], name: str) -> str:
    """Gives a form's first value of a name; empty where there is none."""
    return next(iter(form.get(name, ())), "")


def count_of(form: Mapping[str, list[str]], name: str) -> int | None:
    """Gives a form's number of that name; ``None`` where there is none."""
    text = first(form, name)
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def settings_values(form: Mapping[str, list[str]]) -> dict[str, Any]:
    """Turns a settings form into the values that a JSON body would hold.

    A box that isn't ticked doesn't come with the form: it means no.
    """
    return {
        "calendar_id": first(form, "calendar_id"),
        "contact_email": first(form, "contact_email").strip(),
        "on_outlook_delete": first(form, "on_outlook_delete"),
        "show_as": form.get("show_as", []),
    } | {name: name in form for name, (kind, _) in _FIELDS.items() if kind is bool}


def read_span(req: func.HttpRequest, default: Interval) -> Interval:
    """Reads ``from`` and ``to`` of the query; what is left out is the default's.

    Raises:
        Rejected: 400: not RFC 3339 with a zone, not in order, or too far apart.
    """
    start = _instant(req, "from") if "from" in req.params else default.start
    end = _instant(req, "to") if "to" in req.params else default.end
    if start >= end:
        raise bad_request("from has to lie before to.")
    if (end - start).days > MAX_SPAN_DAYS:
        raise bad_request(f"from and to may be {MAX_SPAN_DAYS} days apart at most.")
    return Interval(start, end)


def _instant(req: func.HttpRequest, name: str) -> datetime:
    # A plus sign that wasn't encoded arrives as a space.
    text = req.params.get(name, "").strip().replace(" ", "+")
    try:
        moment = msgspec.convert(text, Annotated[datetime, msgspec.Meta(tz=True)])
        start = Interval(moment, moment).start
        check_years(start.year)
    except (ValueError, OverflowError):
        raise bad_request(
            f"{name} is not a time like 2026-11-23T08:00:00Z, from {EARLIEST} to {LATEST}."
        ) from None
    return start


def check_years(*years: int) -> None:
    """Makes sure that calendars can be asked about these years.

    Raises:
        ValueError: They can't.
    """
    if not all(EARLIEST <= year <= LATEST for year in years):
        raise ValueError("too early or too late")


def _body(req: func.HttpRequest) -> bytes:
    body = req.get_body()
    if len(body) > BODY_LIMIT:
        raise bad_request(msgid("The body is too long."))
    return body


def _name(name: str) -> str:
    """Gives the name of a field as it was sent, cut to what a person reads."""
    return name if len(name) <= _NAME_LIMIT else f"{name[:_NAME_LIMIT]}…"


def _as_it_is(value: Any) -> Any:
    return value


def _calendar(value: str) -> CalendarId:
    if not value.isprintable():
        raise ValueError("not printable")
    return CalendarId(value)


def _address(value: str) -> str:
    try:
        # Whether mail arrives shows when it is sent. ``.test`` (RFC 2606) is for practice set-ups.
        found = validate_email(
            value,
            check_deliverability=False,
            globally_deliverable=False,
            test_environment=True,
        )
    except EmailNotValidError as error:
        raise ValueError("not an address") from error
    if "." not in found.domain:
        raise ValueError("no domain")
    return found.normalized


def _show_as(values: list[str]) -> frozenset[ShowAs]:
    chosen = frozenset(ShowAs(value) for value in values)
    if len(chosen) < len(values):
        raise ValueError("twice")
    return chosen


_CHECKS: dict[str, Any] = {
    "calendar_id": _calendar,
    "contact_email": _address,
    "on_outlook_delete": OnOutlookDelete,
    "show_as": _show_as,
}
