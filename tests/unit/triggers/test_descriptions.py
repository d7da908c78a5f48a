"""The descriptions as they are served, held to what was agreed on."""

from pathlib import Path

import pytest
import yaml

from tests.unit.triggers.site import Client

ROOT = Path(__file__).parents[3]
AGREED = ROOT / "tests" / "contracts" / "connector-api.openapi.yaml"
SERVED = {
    "connector.yaml": ROOT / "sync" / "site" / "openapi" / "connector.yaml",
    "booking.yaml": ROOT / "simulators" / "booking" / "booking-api.openapi.yaml",
}
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
            if method != "parameters":
                wanted = agreed["paths"][path][method]
                assert operation["operationId"] == wanted["operationId"]
                assert operation["security"] == wanted["security"]
                assert operation["responses"].keys() <= wanted["responses"].keys()
    for name, schema in described["components"]["schemas"].items():
        wanted = agreed["components"]["schemas"][name]
        known = wanted.get("properties", {}).keys() | MORE.get(name, set())
        assert schema.get("properties", {}).keys() <= known
        assert schema.get("required") == wanted.get("required")
