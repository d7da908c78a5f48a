"""Schemathesis over the description that is served: requests made from it, answers held to it."""

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import requests
import schemathesis
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sync.people.people import AccessType
from sync.words import Interval, PersonKey, StaffId
from tests.contracts.surface import KEY, Surface
from tests.contracts.test_connector_api import DESCRIBED
from tests.properties import HealthCheck, settings
from tests.site.site import ACCOUNT, BASE, NORTH, SOUTH, Client, Site

#: A request that Schemathesis made.
type Made = Case[Any]

#: The long profile looks at random; otherwise each run is the same, and a few seconds long.
IS_LONG = settings.get_current_profile_name() == "ci"
BOUNDED = settings(
    max_examples=settings().max_examples // 10,
    derandomize=not IS_LONG,
    database=None,
    deadline=None,
    # Generating from a description draws much and throws much away.
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)
CONFORMS = (
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
#: Where a well-formed request may still be 400 for what it says; everywhere else it is taken.
SAYS_WHAT_IS_NOT = {
    "setEnabledLocations": "a Location that the Account doesn't have",
    "setStaffActive": "somebody in both lists",
    "previewSync": "a calendar that isn't one's own (R5.1), or isn't printable",
    "startSync": "the same",
    "changeSync": "the same",
    "pressSettings": "the same",
    "changeNotices": "an address that mail can't be sent to",
    "listActivity": "a cursor that no page gave",
    "explain": "a cursor that no page gave, or a span in the wrong order or of other centuries",
    "graphNotifications": "without a token it needs a body, which is Graph's to describe",
    "connectPage": "an invitation that nobody signed (R3.4)",
    "confirmTie": "nothing waits for a yes in this browser (R4.7)",
    "microsoftCallback": "no log-in was begun in this browser (R4.4)",
    "bookingCallback": "the same",
    "confirmContactPage": "a token that nobody signed (R5.3)",
    "confirmContact": "the same",
    "unsubscribePage": "the same",
    "unsubscribe": "the same",
    "pressPlugin": "a button without whom it is for",
}


def _schema() -> Any:
    made = schemathesis.openapi.from_dict(DESCRIBED)
    # Who asks is ours to choose: keys, cookies and tokens that were made up open nothing.
    made.config.generation.with_security_parameters = False
    return made


SCHEMA = _schema()
OPERATIONS: dict[str, APIOperation[Any, Any, Any, Any]] = {
    operation.definition.raw["operationId"]: operation
    for operation in (found.ok() for found in SCHEMA.get_all_operations())
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks: a browser, the token of its session, and whose it is."""

    client: Client
    csrf: str = ""
    key: PersonKey | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Gives what goes along with a request of the page."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        return {"X-CSRF-Token": self.csrf} | ({"Cookie": cookies} if cookies else {})


#: Those who ask.
WHO = ("connected", "syncing", "inactive", "boss", "nobody")


async def people(site: Site) -> dict[str, Person]:
    """Puts somebody into each state, and an administrator."""
    _, connected = await site.connected("anna")
    ben, syncing = await site.syncing("ben")
    start = site.clock.now() + timedelta(days=1)
    site.outlook.meet(ben, Interval(start, start + timedelta(hours=1)), subject="Team")
    inactive, boss = Client(), Client()
    await site.log_in_as(inactive, site.add("carl"))
    both = frozenset({NORTH, SOUTH})
    await site.log_in_as(boss, site.add("boss", AccessType.HQ_ADMIN, locations=both))
    clients = dict(zip(WHO, (connected, syncing, inactive, boss, Client()), strict=True))
    return {name: await known(client) for name, client in clients.items()}


async def known(client: Client) -> Person:
    """Gives a browser with the session that it has."""
    me = await client.get("/api/me")
    if me.status != HTTPStatus.OK:
        return Person(client=client)
    staff = StaffId(me.json["staff"]["id"])
    key = PersonKey(account_id=ACCOUNT, staff_id=staff)
    return Person(client=client, csrf=me.json["csrf_token"], key=key)


def make_true(case: Made, person: Person, site: Site) -> None:
    """Puts names of what is there in the place of those that were made up."""
    there: dict[str, Any] = {
        "account_id": ACCOUNT,
        "staff_id": "anna",
        "location_id": NORTH,
        "location_ids": [NORTH],
        "activate": ["anna"],
        "deactivate": ["carl"],
        "resend": "ben",
        "csrf_token": person.csrf,
        "X-Acting-Staff-Id": "boss",
    }
    if person.key is not None:
        there["calendar_id"] = site.outlook.default(person.key)
    for made in (case.path_parameters, case.query, case.headers, case.body):
        if isinstance(made, MutableMapping):
            made.update({name: there[name] for name in made if name in there})


def ask(surface: Surface, case: Made, person: Person, *, method: str = "") -> Response:
    """Sends a case as a client would, with the host's key and a person's cookies."""
    sent = case.as_transport_kwargs(base_url=BASE)
    headers = dict(sent.pop("headers", None) or {}) | {"x-functions-key": KEY} | person.headers
    allowed = {"method", "url", "params", "data", "json", "files"}
    request = requests.Request(
        headers=headers, **{name: value for name, value in sent.items() if name in allowed}
    ).prepare()
    body = request.body or b""
    assert isinstance(body, str | bytes), "no case streams its body"
    given = surface.ask(
        method or str(request.method),
        str(request.url).removeprefix(BASE) or "/",
        [(name, _text(value)) for name, value in request.headers.items()],
        body if isinstance(body, bytes) else body.encode(),
    )
    answered: dict[str, list[str]] = {}
    for name, value in given.headers:
        answered.setdefault(name.lower(), []).append(value)
    return Response(given.status, answered, given.body, request, elapsed=0.0, verify=True)


def hold(case: Made, response: Response, mode: GenerationMode) -> None:
    """Holds an answer to the description, and to what kind of request it was.

    Raises:
        FailureGroup: Names all that is wrong with it.
    """
    checks = [not_a_server_error, *CONFORMS]
    name = case.operation.definition.raw["operationId"]
    # Who has no session is sent to the log-in, whatever was pressed (R4.6).
    is_sent_on = response.status_code in {302, 303} and not case.path.startswith("/api/")
    if mode.is_negative and not is_sent_on:
        checks.append(negative_data_rejection)
    if mode.is_positive and name not in SAYS_WHAT_IS_NOT:
        checks.append(positive_data_acceptance)
    case.validate_response(response, checks=checks)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def inputs(name: str) -> Iterator[str]:
    """Gives what an operation takes besides its path."""
    operation = OPERATIONS[name]
    for one in operation.iter_parameters():
        if one.location.value != "path":
            yield one.name
    if operation.body:
        yield "body"
