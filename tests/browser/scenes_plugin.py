"""The administrators' page in every state it has, and the questions that it asks."""

from datetime import timedelta

from playwright.async_api import Page, expect

from sync.people.people import (
    AccessType,
    ConnectionState,
    Goal,
    Invitation,
    InvitationStatus,
    Problem,
    Progress,
)
from tests.browser.scenes import Scene
from tests.browser.stage import Stage
from tests.site.site import ACCOUNT, NORTH, SOUTH, Client

_PAGE = "/plugin"


async def _log_in(stage: Stage, kind: AccessType = AccessType.HQ_ADMIN) -> Client:
    client = Client()
    boss = stage.add("boss", kind, locations=frozenset({NORTH}))
    await stage.log_in_as(client, boss, "/auth/booking?next=/plugin")
    return client


async def _people(stage: Stage) -> None:
    """Makes somebody for each state that a row of the table has."""
    boss = stage.add("boss", AccessType.HQ_ADMIN)
    names = ("invited", "expired", "unreachable", "reconnecting", "leaving", "behind")
    people = {name: stage.add(name) for name in names}
    people["mailless"] = stage.add("mailless", email=False)
    stage.add("bystander", locations=frozenset({SOUTH}))
    stage.add("maximiliana-hildegard-von-und-zu-hohenlohe-waldenburg-schilling")
    await stage.app.activation.set_active(
        ACCOUNT, boss.staff_id, tuple(person.staff_id for person in people.values()), ()
    )
    ended = stage.clock.now() - timedelta(hours=1)
    for name, status, expires_at in (
        ("invited", InvitationStatus.SENT, stage.clock.now() + timedelta(hours=1)),
        ("expired", InvitationStatus.SENT, ended),
        ("unreachable", InvitationStatus.FAILED, stage.clock.now() + timedelta(hours=1)),
    ):
        invitation = Invitation(id=name, status=status, expires_at=expires_at)
        stage.change(people[name], invitation=invitation)
    stage.change(
        people["reconnecting"],
        state=ConnectionState.RECONNECT_NEEDED,
        problem=Problem(code="reconnect_needed", message="Microsoft refuses the sign-in."),
    )
    stage.change(
        people["leaving"],
        state=ConnectionState.DISCONNECTING,
        goal=Goal.AUTHORIZED,
        progress=Progress(done=1, total=2),
    )
    stage.change(people["behind"], left_behind=14)
    await stage.synced("anna")


async def an_hq_admin_sees_everybody(stage: Stage, page: Page) -> int:
    await _people(stage)
    return await stage.show(page, await _log_in(stage), _PAGE)


async def some_are_selected(stage: Stage, page: Page) -> int:
    await _people(stage)
    status = await stage.show(page, await _log_in(stage), _PAGE)
    await page.fill("#words", "an")
    await expect(page.locator("#staff-count")).to_contain_text("3 of 11 shown")
    await page.check("#select-all")
    return status


async def a_thousand_people(stage: Stage, page: Page) -> int:
    await _people(stage)
    for number in range(1_000):
        stage.add(f"person-{number:03}", locations=frozenset({SOUTH if number % 3 else NORTH}))
    return await stage.show(page, await _log_in(stage), f"{_PAGE}?page=2")


async def many_are_being_activated(stage: Stage, page: Page) -> int:
    await _people(stage)
    client = await _log_in(stage)
    return await stage.show(page, client, f"{_PAGE}?done=activating&many=20&from=2")


async def some_could_not_be_activated_409(stage: Stage, page: Page) -> int:
    await _people(stage)
    await stage.show(page, await _log_in(stage), _PAGE)
    await page.check("#select-all")
    async with page.expect_navigation() as navigation:
        await page.get_by_role("button", name="Activate selected", exact=True).click()
    answer = await navigation.value
    assert answer is not None
    return answer.status


async def a_location_admin_sees_the_own_location(stage: Stage, page: Page) -> int:
    await _people(stage)
    return await stage.show(page, await _log_in(stage, AccessType.LOCATION_ADMIN), _PAGE)


async def the_question_names_who_works_elsewhere_too(stage: Stage, page: Page) -> int:
    await _people(stage)
    stage.add("anna", locations=frozenset({NORTH, SOUTH}))
    await stage.show(page, await _log_in(stage, AccessType.LOCATION_ADMIN), _PAGE)
    await page.check("input[value=anna]")
    async with page.expect_navigation() as navigation:
        await page.get_by_role("button", name="Deactivate selected").click()
    answer = await navigation.value
    assert answer is not None
    return answer.status


async def nobody_is_enabled_yet(stage: Stage, page: Page) -> int:
    client = await _log_in(stage)
    boss = stage.add("boss", AccessType.HQ_ADMIN)
    await stage.app.administration.set_enabled(ACCOUNT, boss.staff_id, frozenset())
    return await stage.show(page, client, _PAGE)


async def nobody_has_that_name(stage: Stage, page: Page) -> int:
    return await stage.show(page, await _log_in(stage), f"{_PAGE}?words=zzz&location=south")


async def something_was_done(stage: Stage, page: Page) -> int:
    await _people(stage)
    return await stage.show(page, await _log_in(stage), f"{_PAGE}?done=resent")


async def the_question_before_deactivating(stage: Stage, page: Page) -> int:
    await _people(stage)
    await stage.show(page, await _log_in(stage), _PAGE)
    await page.check("input[value=anna]")
    await page.check("input[value=invited]")
    async with page.expect_navigation() as navigation:
        await page.get_by_role("button", name="Deactivate selected").click()
    answer = await navigation.value
    assert answer is not None
    return answer.status


async def the_question_before_disabling(stage: Stage, page: Page) -> int:
    await stage.show(page, await _log_in(stage), _PAGE)
    await page.uncheck("input[value=north]")
    async with page.expect_navigation() as navigation:
        await page.get_by_role("button", name="Save Locations").click()
    answer = await navigation.value
    assert answer is not None
    return answer.status


async def nobody_was_selected_400(stage: Stage, page: Page) -> int:
    stage.add("anna")
    await stage.show(page, await _log_in(stage), _PAGE)
    async with page.expect_navigation() as navigation:
        await page.get_by_role("button", name="Activate selected", exact=True).click()
    answer = await navigation.value
    assert answer is not None
    return answer.status


async def not_an_administrator_403(stage: Stage, page: Page) -> int:
    return await stage.show(page, await _log_in(stage, AccessType.STAFF), _PAGE)


PLUGIN: tuple[Scene, ...] = (
    an_hq_admin_sees_everybody,
    some_are_selected,
    a_thousand_people,
    many_are_being_activated,
    some_could_not_be_activated_409,
    the_question_names_who_works_elsewhere_too,
    a_location_admin_sees_the_own_location,
    nobody_is_enabled_yet,
    nobody_has_that_name,
    something_was_done,
    the_question_before_deactivating,
    the_question_before_disabling,
    nobody_was_selected_400,
    not_an_administrator_403,
)
