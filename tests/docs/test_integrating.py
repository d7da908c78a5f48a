"""Every command of docs/integrating.md, run by a shell against the running product."""

import asyncio
import os
import re
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from tests.contracts.contract import CONTRACT
from tests.e2e.product import Product, open_product

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "integrating.md").read_text(encoding="utf-8")
_STEP = re.compile(
    r"^```sh\n(?P<shell>.*?)^```\n\nAnswers: (?P<answers>[^\n]*)", re.DOTALL | re.MULTILINE
)
_SENTENCE = re.compile(r"^(.*?)(?:\. |\.$)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
#: Where the paths begin that a booking product calls; the others are for browsers and Graph.
FOR_SERVERS = ("/api/accounts", "/api/health", "/api/webhooks/booking")
PATIENCE = 60.0  # seconds after which a command counts as hanging

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One block of commands, and the statuses that stand beside it, in order."""

    name: str
    shell: str
    statuses: tuple[str, ...]


def steps() -> list[Step]:
    found: list[Step] = []
    for match in _STEP.finditer(PAGE):
        sentence = _SENTENCE.match(match["answers"])
        assert sentence is not None
        headings = _HEADING.findall(PAGE[: match.start()])
        found.append(
            Step(
                name=f"{len(found) + 1:02} {headings[-1]}",
                shell=match["shell"],
                statuses=tuple(re.findall(r"`(\d{3})`", sentence[1])),
            )
        )
    return found


STEPS = steps()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def variables(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, str]]:
    """Starts the product and gives what the page's variables stand for."""
    folder = tmp_path_factory.mktemp("integrating")
    # The commands stay as they are on the page: curl itself is told to say each status.
    (folder / ".curlrc").write_text('silent\nwrite-out = "%{stderr}%{http_code}\\n"\n')
    async with open_product(folder) as product:
        yield _variables(product) | {"CURL_HOME": str(folder), "PATH": os.environ["PATH"]}


def _variables(product: Product) -> dict[str, str]:
    return product.run.variables() | {"STAFF": product.hire("Ines")}


async def test_every_command_is_answered_as_the_page_says(variables: dict[str, str]) -> None:
    answered: dict[str, tuple[str, ...]] = {}
    # In the page's order: a later step needs what an earlier one did.
    for step in STEPS:
        answered[step.name] = await run(step.shell, variables)

    assert answered == {step.name: step.statuses for step in STEPS}


async def run(shell: str, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Runs commands; gives the status of each call."""
    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", shell, stdout=PIPE, stderr=PIPE, env=dict(variables)
    )
    async with asyncio.timeout(PATIENCE):
        _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    return tuple(said.decode().split())


async def test_every_command_of_the_page_is_run() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)

    assert [step.shell for step in STEPS] == blocks
    for step in STEPS:
        calls = len(re.findall(r"\bcurl\b", step.shell)) + len(
            re.findall(r"\breserve \w", step.shell)
        )
        assert len(step.statuses) == calls - step.shell.count("reserve() {"), step.name


async def test_every_variable_of_the_commands_is_explained() -> None:
    explained = set(re.findall(r"`([A-Z_]+)`", PAGE[: PAGE.index("## What the booking")]))
    used = {name for step in STEPS for name in re.findall(r"\$\{?([A-Z_]+)", step.shell)}
    own = {name for step in STEPS for name in re.findall(r"^([A-Z]+)=", step.shell, re.MULTILINE)}

    assert used - own == explained - {"PUBLIC_BASE_URL"}


async def test_every_endpoint_for_servers_is_called_by_a_command() -> None:
    called = {
        path.replace("{account_id}", "$ACCOUNT").replace("{staff_id}", "$STAFF")
        for path in CONTRACT["paths"]
        if path.startswith(FOR_SERVERS)
    }

    assert called
    assert [path for path in sorted(called) if f"$CONNECTOR{path}" not in PAGE] == []


async def test_every_kind_of_webhook_stands_on_the_page() -> None:
    booking = yaml.safe_load(
        (ROOT / "sync" / "site" / "openapi" / "booking.yaml").read_text(encoding="utf-8")
    )
    schema = booking["webhooks"]["changed"]["post"]["requestBody"]["content"]["application/json"]

    kinds = schema["schema"]["properties"]["type"]["enum"]

    assert [kind for kind in kinds if f"`{kind}`" not in PAGE] == []
