"""Addresses and methods that nothing serves (contract: info)."""

import pytest

from tests.site.site import Client

pytestmark = pytest.mark.usefixtures("site")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/api/me", "GET, HEAD"),
        ("GET", "/api/me/resync", "POST"),
        ("POST", "/api/accounts/acme/staff", "GET, HEAD, PATCH"),
        ("DELETE", "/settings", "GET, HEAD, POST"),
        ("OPTIONS", "/auth/log-out", "POST"),
        ("TRACE", "/api/me", "GET, HEAD"),
        ("TRACE", "/settings/", "GET, HEAD, POST"),
        ("POST", "/", "GET, HEAD"),
    ],
)
async def test_another_method_is_405_and_says_which_there_are(
    method: str, path: str, allowed: str
) -> None:
    answer = await Client().send(method, path)

    assert (answer.status, answer.headers["allow"]) == (405, allowed)
    is_api = path.startswith("/api/")
    assert (answer.headers["content-type"] == "application/problem+json") == is_api
    assert not is_api or answer.json["type"] == "method_not_allowed"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
async def test_what_is_not_there_is_404_whatever_the_method(method: str) -> None:
    assert (await Client().send(method, "/api/nothing")).status == 404
    assert (await Client().send(method, "/nothing")).status == 404


@pytest.mark.parametrize("path", ["//settings", "/settings//", "//api/me"])
async def test_an_address_that_only_resembles_ours_is_404_and_refuses_no_method_that_it_names(
    path: str,
) -> None:
    answer = await Client().get(path)

    assert (answer.status, "allow" in answer.headers) == (404, False)


async def test_head_is_served_where_get_is() -> None:
    client = Client()

    for path in ("/api/me", "/settings", "/connect", "/contact/confirm", "/api/health"):
        got = await client.get(path)
        assert (await client.send("HEAD", path)).status == got.status
