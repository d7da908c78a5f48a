"""The walks of docs/accessibility.md, followed by keyboard, step by step (R12.4)."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser import scenes, scenes_plugin, scenes_settings
from tests.browser.people import tab_to
from tests.browser.scenes import Scene
from tests.browser.stage import Stage
from tests.browser.windows import open_window

pytestmark = pytest.mark.asyncio(loop_scope="module")
_PAGE = Path(__file__).resolve().parents[2] / "docs" / "accessibility.md"
_WALK = re.compile(
    r"^### `(\w+)`\n(?:.*?)^Headings: (.*?)\n\n"
    r"\| do \| then \|\n\| --- \| --- \|\n((?:\|[^\n]*\n)+)",
    re.MULTILINE | re.DOTALL,
)
_CONTROL = re.compile(r'^(\w+) "(.+)"$')


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What is pressed on a page, and what is to be heard or seen then."""

    scene: str
    headings: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]


def walks() -> list[Walk]:
    return [
        Walk(
            scene=scene,
            headings=tuple(headings.split("; ")),
            steps=tuple(_cells(row) for row in rows.splitlines()),
        )
        for scene, headings, rows in _WALK.findall(_PAGE.read_text(encoding="utf-8"))
    ]


def _cells(row: str) -> tuple[str, str]:
    do, then = (cell.strip() for cell in row.removeprefix("|").removesuffix("|").split("|"))
    return do, then


def scene_of(name: str) -> Scene:
    for module in (scenes, scenes_settings, scenes_plugin):
        if hasattr(module, name):
            return cast("Scene", getattr(module, name))
    raise AssertionError(f"there is no scene {name}")


async def test_r12_4_every_walk_can_be_read() -> None:
    text = _PAGE.read_text(encoding="utf-8")

    assert len(walks()) == text.count("\n### ")
    assert all(walk.steps for walk in walks())


@pytest.mark.parametrize("walk", walks(), ids=lambda walk: walk.scene)
async def test_r12_4_a_page_keeps_to_its_walk(chromium: Browser, stage: Stage, walk: Walk) -> None:
    async with open_window(chromium) as page:
        await scene_of(walk.scene)(stage, page)

        shown = await page.locator("h1, h2, h3").locator("visible=true").all_inner_texts()
        assert [re.sub(r"\s+", " ", heading).strip() for heading in shown] == list(walk.headings)
        at: Locator | None = None
        for do, then in walk.steps:
            at = await _do(page, do, at)
            await _then(page, then, at)


async def _do(page: Page, step: str, at: Locator | None) -> Locator | None:
    if step.startswith("Tab to "):
        wanted = _control(page, step.removeprefix("Tab to "))
        await tab_to(page, wanted)
        return wanted
    if step.startswith("press "):
        await page.keyboard.press(step.removeprefix("press "))
    else:
        assert not step, f"nobody knows how to {step}"
    return at


async def _then(page: Page, said: str, at: Locator | None) -> None:
    match said:
        case "":
            return
        case "is on" | "is off":
            assert at is not None
            await expect(at).to_be_checked(checked=said == "is on")
        case _ if said.startswith("told "):
            await expect(page.locator("#said")).to_contain_text(said[len('told "') : -1])
        case _:
            assert said.endswith(" has the focus"), f"nobody knows how to see that {said}"
            control = _control(page, said.removesuffix(" has the focus"))
            await expect(control).to_be_focused()


def _control(page: Page, text: str) -> Locator:
    found = _CONTROL.match(text)
    assert found is not None, f"{text} names no control"
    role: Any = found[1]
    # The name begins so: a hint of a choice belongs to its name, too.
    name = re.compile(rf"^\s*{re.escape(found[2])}(?!\w)")
    return page.get_by_role(role, name=name).locator("visible=true").first
