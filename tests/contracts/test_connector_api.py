"""What the functions answer fits the published description of the connector's HTTP surface."""

import re
import warnings
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS31Validator

from sync.app import use_app
from sync.people.people import AccessType, Failing, Held, Problem
from sync.words import Interval, PersonKey
from tests.contracts.contract import CONTRACT

with warnings.catch_warnings():
    # Microsoft's SDK calls its own classes deprecated when it is imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    from tests.site.site import ROUTES, Answer, Client, Site

WEB = Path(__file__).parents[2] / "sync" / "site"
DESCRIBED = yaml.safe_load((WEB / "openapi" / "connector.yaml").read_text())
METHODS = {"get", "put", "post", "patch", "delete"}
BOSS = {"X-Acting-Staff-Id": "boss"}


@pytest.fixture
def site() -> Iterator[Site]:
    yield Site()
    use_app(None)


def check(answer: Answer, method: str, template: str) -> None:
    """Holds status, media type and body against the contract."""
    responses = CONTRACT["paths"][template][method.lower()]["responses"]
    described = resolve(responses.get(str(answer.status)) or PROBLEM)
    content = described.get("content")
    if content is None:
        return
    media, rule = next(iter(content.items()))

    assert answer.headers["content-type"] == media
    schema = {"$ref": "#/$defs/it", "$defs": {"it": rule["schema"]}, **CONTRACT}
    errors = list(OAS31Validator(schema).iter_errors(answer.json))
    assert not errors, errors


PROBLEM: dict[str, Any] = CONTRACT["components"]["responses"]["Problem"]


def resolve(value: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in value:
        return value
    found: Any = CONTRACT
    for part in value["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return resolve(found)


def operations(document: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Gives the operations of a description by their names: path and method."""
    return {
        operation["operationId"]: (template, method)
        for template, path in document["paths"].items()
        for method, operation in path.items()
        if method in METHODS
    }


def is_served(template: str, method: str) -> bool:
    path = re.sub(r"\{\w+\}", "x", template)
    return any(
        known.lower() == method and pattern.fullmatch(path)
        for known, pattern, _ in ROUTES
        # What takes every other address serves none of them.
        if not pattern.fullmatch("/none/of/ours")
    )


def test_every_operation_of_the_contract_has_a_function() -> None:
    missing = {name for name, where in operations(CONTRACT).items() if not is_served(*where)}

    assert missing == set()


def test_what_is_published_is_what_is_served() -> None:
    # The forms of pages stand in the contract's info.
    forms = {"pressSettings": ("/settings", "post"), "pressPlugin": ("/plugin", "post")}

    assert operations(DESCRIBED) == operations(CONTRACT) | forms
    assert all(is_served(*where) for where in forms.values())


async def test_the_api_for_servers_answers_as_described(site: Site) -> None:
    site.add("boss", AccessType.HQ_ADMIN)
    site.add("anna")
    client = Client()
    base = "/api/accounts/{account_id}"
    invitation = f"{base}/staff/{{staff_id}}/invitation"
    steps = [
        ("GET", f"{base}/locations", "", None),
        ("PUT", f"{base}/locations", "", {"location_ids": ["north", "south"]}),
        ("PUT", f"{base}/locations", "", {"location_ids": ["nowhere"]}),
        ("PATCH", f"{base}/staff", "", {"activate": ["anna"]}),
        ("PATCH", f"{base}/staff", "", {"activate": ["anna", "ghost"]}),
        ("PATCH", f"{base}/staff", "", {"activate": ["ghost"]}),
        ("PATCH", f"{base}/staff", "", {"activate": 1}),
        ("GET", f"{base}/staff", "?location_id=north", None),
        ("POST", invitation, "", None),
        ("POST", invitation, "", None),
    ]
    for method, template, query, body in steps:
        path = template.format(account_id="acme", staff_id="anna") + query
        check(await client.call(method, path, body, **BOSS), method, template)


async def test_the_persons_own_api_answers_as_described(site: Site) -> None:
    anna, client = await site.connected()
    start = site.clock.now() + timedelta(days=1)
    site.outlook.meet(anna, Interval(start, start + timedelta(hours=1)), subject="Team")
    span = "?from=2026-11-23T00:00:00Z&to=2026-11-30T00:00:00Z"
    steps: list[tuple[str, str, str, Any]] = [
        ("GET", "/api/me", "", None),
        ("PATCH", "/api/me/settings", "", {"contact_email": "other@example.org"}),
        ("PATCH", "/api/me/settings", "", {"contact_email": "other@example.org"}),
        ("PATCH", "/api/me/settings", "", {"contact_email": "other@example.org"}),
        ("PATCH", "/api/me/settings", "", {"contact_email": "other@example.org"}),
        ("PATCH", "/api/me/settings", "", {}),
        ("GET", "/api/me", "", None),
        ("GET", "/api/me/calendars", "", None),
        ("POST", "/api/me/preview", "", choices(site, anna)),
        ("POST", "/api/me/preview", "", {}),
        ("DELETE", "/api/me/sync", "", None),
        ("POST", "/api/me/sync", "", choices(site, anna)),
        ("POST", "/api/me/sync", "", choices(site, anna)),
        ("GET", "/api/me", "", None),
        ("run", "", "", None),
        ("GET", "/api/me", "", None),
        ("GET", "/api/me/activity", "", None),
        ("GET", "/api/me/explain", span, None),
        ("GET", "/api/me/explain", "", None),
        ("POST", "/api/me/held", "", {"answer": "cancel"}),
        ("hold", "", "", None),
        ("GET", "/api/me", "", None),
        ("POST", "/api/me/held", "", {"answer": "keep"}),
        ("POST", "/api/me/held", "", {"answer": "put_back"}),
        ("GET", "/api/me", "", None),
        ("POST", "/api/me/resync", "", None),
        ("DELETE", "/api/me/sync", "", None),
    ]
    for method, template, query, body in steps:
        if method == "run":
            job = site.jobs.take_sync()
            assert job is not None
            await site.app.runner.run(job)
            continue
        if method == "hold":
            hold(site, anna)
            continue
        check(await client.call(method, template + query, body), method, template)


@pytest.mark.usefixtures("site")
async def test_strangers_and_health_are_answered_as_described() -> None:
    client = Client()
    for method, path in (
        ("GET", "/api/health"),
        ("GET", "/api/me"),
        ("POST", "/api/webhooks/booking"),
    ):
        check(await client.send(method, path), method, path)


async def test_who_is_not_active_is_answered_as_described(site: Site) -> None:
    client = Client()
    await site.log_in_as(client, site.add("anna"))

    check(await client.get("/api/me"), "GET", "/api/me")
    check(await client.get("/api/me/calendars"), "GET", "/api/me/calendars")


def hold(site: Site, person: PersonKey) -> None:
    """Puts the question about held cancellations, and something that fails, where a sync does."""
    now = site.clock.now()
    site.change(
        person,
        held=Held(since=now, count=7),
        failing=Failing(since=now, times=2, code="unreachable"),
        problem=Problem(code="unreachable", message="The other side could not be reached."),
    )


def choices(site: Site, person: PersonKey) -> dict[str, Any]:
    return {"calendar_id": site.outlook.default(person), "contact_email": "anna@example.com"}
