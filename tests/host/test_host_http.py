"""The functions host answers over HTTP as the Azure host does; one host serves all tests here."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from simulators.azurite import Azurite
from simulators.host.process import FunctionsProcess
from tests.host.conftest import APP, settings_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def functions(azurite_server: Azurite) -> AsyncIterator[FunctionsProcess]:
    process = FunctionsProcess(
        app_dir=APP, settings=settings_of(azurite_server.connection_string())
    )
    await process.start()
    yield process
    await process.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(functions: FunctionsProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=functions.base_url) as client:
        yield client


async def test_a_function_is_given_method_query_route_headers_and_body(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.post(
        "/ECHO/a%20b?x=1&x=2&y=%C3%A9",
        headers={"x-functions-key": "the-key", "X-Mixed-Case": "kept"},
        content=bytes(range(256)),
    )

    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "method": "POST",
        "url": str(answer.request.url),
        "params": {"x": "1,2", "y": "é"},
        "route": {"name": "a b"},
        "length": 256,
        "header": "kept",
    }


@pytest.mark.parametrize(
    ("headers", "query"),
    [({}, {}), ({"x-functions-key": "wrong"}, {}), ({}, {"code": "wrong"})],
)
async def test_a_missing_or_wrong_function_key_is_an_empty_401(
    http: httpx.AsyncClient, headers: dict[str, str], query: dict[str, str]
) -> None:
    answer = await http.get("/echo/x", headers=headers, params=query)

    assert (answer.status_code, answer.content) == (401, b"")


async def test_the_function_key_may_stand_in_the_query(http: httpx.AsyncClient) -> None:
    answer = await http.get("/echo/x", params={"code": "the-key"})

    assert answer.status_code == 201


async def test_an_optional_route_part_is_given_when_it_is_there(http: httpx.AsyncClient) -> None:
    answer = await http.get("/echo/x/y", params={"code": "the-key"})

    assert answer.json()["route"] == {"name": "x", "part": "y"}


async def test_several_cookies_go_out_each_with_its_attributes(http: httpx.AsyncClient) -> None:
    answer = await http.get("/echo/fixed")

    assert answer.status_code == 200
    assert answer.headers["x-answer"] == "yes"
    assert [cookie.lower() for cookie in answer.headers.get_list("set-cookie")] == [
        f"{name}={name}%3dvalue; domain=; path=/; max-age=0; samesite=lax; httponly"
        for name in ("first", "second")
    ]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_another_method_than_the_functions_is_not_found(
    http: httpx.AsyncClient, method: str
) -> None:
    answer = await http.request(method, "/echo/x", params={"code": "the-key"})

    assert (answer.status_code, answer.content) == (404, b"")


async def test_a_failing_function_gives_an_empty_500_and_one_line_in_the_log(
    http: httpx.AsyncClient, functions: FunctionsProcess
) -> None:
    answer = await http.get("/breaks")

    assert (answer.status_code, answer.content) == (500, b"")
    (line,) = [line for line in functions.logs if "secret detail of GET" in line]
    assert "function.raised function=breaks" in line


async def test_a_function_that_takes_longer_than_allowed_is_ended(http: httpx.AsyncClient) -> None:
    answer = await http.get("/slow", timeout=30)

    assert (answer.status_code, answer.content) == (500, b"")


@pytest.mark.parametrize(
    ("name", "body", "status"), [("nobody", {}, 404), ("work", {}, 400), ("echo", {}, 400)]
)
async def test_firing_by_hand_what_cannot_be_fired_is_refused(
    http: httpx.AsyncClient, name: str, body: dict[str, str], status: int
) -> None:
    answer = await http.post(f"/admin/functions/{name}", json=body)

    assert answer.status_code == status
