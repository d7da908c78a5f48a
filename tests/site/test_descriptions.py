"""The descriptions as they are served, held to what was agreed on."""

from pathlib import Path

import pytest
import yaml

from tests.site.site import Client

ROOT = Path(__file__).parents[2]
AGREED = ROOT / "tests" / "contracts" / "connector-api.openapi.yaml"
SERVED = {
    "connector.yaml": ROOT / "sync" / "site" / "openapi" / "connector.yaml",
    "booking.yaml": ROOT / "simulators" / "booking" / "booking-api.openapi.yaml",
}
#: What is answered beyond what was agreed on, wherever it is: the contract says the most of it in
#: its own words (info), or leaves it to the rules.
MORE_STATUSES = {
    "304": "the page is as its version says (R12.5)",
    "400": "an id, a cursor, a link or a form that can't be read (info)",
    "401": "no session, or the host's own: no function key (info)",
    "403": "no token of the page (info), no right to it, or somebody else's invitation (R3.4)",
    "404": "the Account or the Staff Member isn't there",
    "409": "not active (info), disconnect first (R4.3), or nobody could be served (R3.5)",
    "410": "an invitation that has ended (R3.4)",
    "429": "enough mails for now (R5.3, R9.7), also where choices name another address",
    "503": "storage or the other side doesn't answer in time (R11.11)",
}
#: The forms of pages, which the contract names in its info.
FORMS = {"/settings": "pressSettings", "/plugin": "pressPlugin"}
#: What of ours only says more: how ids look, and what forms hold.
MORE_SCHEMAS = {"Id", "ListedId", "SettingsForm", "PluginForm", "TieForm"}
#: Members that go beyond what was agreed on: what the lines of one line are, and if they are over.
MORE = {"Activity": {"items", "over"}}
pytestmark = pytest.mark.usefixtures("site")


@pytest.mark.parametrize("name", SERVED)
async def test_a_description_is_served_to_anybody_as_yaml(name: str) -> None:
    answer = await Client().get(f"/api/openapi/{name}")

    assert answer.status == 200
    assert answer.headers["content-type"] == "text/yaml"
    assert answer.text == SERVED[name].read_text(encoding="utf-8")


async def test_a_description_that_is_known_is_not_sent_again() -> None:
    first = await Client().get("/api/openapi/booking.yaml")

    again = await Client().get(
        "/api/openapi/booking.yaml", **{"If-None-Match": first.headers["etag"]}
    )

    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("name", ["other.yaml", "..%2Fcontracts.py", "connector", "%00"])
async def test_nothing_else_is_found_there(name: str) -> None:
    answer = await Client().get(f"/api/openapi/{name}")

    assert (answer.status, answer.json["type"]) == (404, "not_found")


def test_what_is_described_is_what_was_agreed_on() -> None:
    described, agreed = (
        yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in (SERVED["connector.yaml"], AGREED)
    )

    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            wanted = agreed["paths"][path].get(method)
            if wanted is None:
                assert (method, operation["operationId"]) == ("post", FORMS[path])
                continue
            assert operation["operationId"] == wanted["operationId"]
            assert operation["security"] == wanted["security"]
            assert wanted["responses"].keys() <= operation["responses"].keys()
            assert operation["responses"].keys() - wanted["responses"].keys() <= set(MORE_STATUSES)
    schemas = described["components"]["schemas"]
    assert agreed["components"]["schemas"].keys() == schemas.keys() - MORE_SCHEMAS
    for name, wanted in agreed["components"]["schemas"].items():
        schema = schemas[name]
        known = wanted.get("properties", {}).keys() | MORE.get(name, set())
        assert schema.get("properties", {}).keys() <= known
        assert schema.get("required") == wanted.get("required")
