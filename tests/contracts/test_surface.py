"""What a client may make of the description is answered as described (contract: connector-api).

Schemathesis makes the requests, well-formed ones and others; they are asked in memory by people in
each state. ``HYPOTHESIS_PROFILE=ci`` asks many more, at random.
"""

import warnings
from collections.abc import Iterator

import pytest

from sync.app import use_app
from tests.properties import given, st

with warnings.catch_warnings():
    # Microsoft's SDK calls its own classes deprecated when it is imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    from schemathesis import GenerationMode

    from tests.contracts.described import (
        BOUNDED,
        OPERATIONS,
        SAYS_WHAT_IS_NOT,
        WHO,
        Made,
        ask,
        hold,
        inputs,
        make_true,
        people,
    )
    from tests.contracts.surface import KEY, ROUTES, Surface
    from tests.contracts.test_connector_api import DESCRIBED, METHODS
    from tests.site.site import Site


@pytest.fixture(scope="module")
def surface() -> Iterator[Surface]:
    made = Surface()
    yield made
    made.close()
    use_app(None)


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_the_description_allows_is_taken_and_answered_as_described(
    surface: Surface, name: str
) -> None:
    _try(surface, name, GenerationMode.POSITIVE)


@pytest.mark.parametrize("name", [name for name in OPERATIONS if any(inputs(name))])
def test_what_the_description_does_not_allow_is_refused_as_described(
    surface: Surface, name: str
) -> None:
    _try(surface, name, GenerationMode.NEGATIVE)


def _try(surface: Surface, name: str, mode: GenerationMode) -> None:
    @BOUNDED
    @given(
        case=OPERATIONS[name].as_strategy(generation_mode=mode),
        who=st.sampled_from(WHO),
        is_true=st.booleans(),
    )
    def answered_as_described(case: Made, who: str, is_true: bool) -> None:  # noqa: FBT001
        site = Site()
        person = surface.run(people(site))[who]
        if mode.is_positive and is_true:
            make_true(case, person, site)
        hold(case, ask(surface, case, person), mode)

    answered_as_described()


def test_where_a_well_formed_request_may_be_refused_is_said_of_operations_that_there_are() -> None:
    assert SAYS_WHAT_IS_NOT.keys() <= OPERATIONS.keys()


def _templates() -> list[str]:
    return [str(template) for template in DESCRIBED["paths"]]


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("template", _templates())
def test_a_method_that_is_not_described_is_405_with_those_that_are(
    surface: Surface, template: str, method: str
) -> None:
    Site()
    described = {known.upper() for known in DESCRIBED["paths"][template] if known in METHODS}
    if method in described:
        return
    path = template.format(account_id="acme", staff_id="anna")

    answer = surface.ask(method, path, [("x-functions-key", KEY)])

    heads = {"HEAD"} if "GET" in described else set[str]()
    assert answer.status == 405
    assert set(answer.all("allow")[0].split(", ")) == described | heads


@pytest.mark.parametrize("template", _templates())
def test_head_is_answered_as_get_without_a_body(surface: Surface, template: str) -> None:
    site = Site()
    person = surface.run(people(site))["syncing"]
    path = template.format(account_id="acme", staff_id="anna")
    headers = [("x-functions-key", KEY), ("X-Acting-Staff-Id", "boss"), *person.headers.items()]

    head, got = (surface.ask(method, path, headers) for method in ("HEAD", "GET"))

    assert head.body == b""
    assert head.status == got.status
    assert head.all("content-type") == got.all("content-type")


def test_every_function_is_described_but_for_files_and_the_last_one() -> None:
    undescribed = {
        route.function.trigger["route"]
        for route, _ in ROUTES
        if not any(
            route.pattern.fullmatch(template.format(account_id="a", staff_id="b"))
            for template in _templates()
        )
    }

    # Only our own page in a frame asks for these two, and nobody else may (R12.8).
    of_a_frame = {"frame/session", "frame/done"}
    assert undescribed == {"api/openapi/{file}", "static/{file}", *of_a_frame}
