"""The settings page in every state it has."""

from dataclasses import replace

from playwright.async_api import Page

from sync.engine.links import Kind
from sync.errors import AuthorizationLost, Throttled
from sync.people.people import (
    AccessType,
    ConnectionState,
    Failing,
    Goal,
    HeldAnswer,
    LastSync,
    Missing,
    Problem,
    Progress,
    SyncResult,
)
from sync.words import PersonKey
from tests.browser.scenes import Scene
from tests.browser.stage import Stage
from tests.site.site import Client

_PAGE = "/settings"


async def invited(stage: Stage, page: Page) -> int:
    anna, client = stage.add("anna"), Client()
    await stage.activate(anna)
    await stage.log_in_as(client, anna)
    return await stage.show(page, client, _PAGE)


async def signed_in(stage: Stage, page: Page) -> int:
    anna, client = await stage.connected()
    stage.outlook.add_calendar(anna, "Vertretungskalender der Gemeinschaftspraxis am Marktplatz")
    return await stage.show(page, client, _PAGE)


async def signed_in_with_a_very_long_address(stage: Stage, page: Page) -> int:
    anna = stage.add("anna")
    await stage.activate(anna)
    client = Client()
    stage.accept(anna, f"anna.maria.{'x' * 40}@gemeinschaftspraxis-am-marktplatz.example")
    await stage.walk(client, "/auth/booking")
    question = await stage.walk(client, "/auth/microsoft")
    await client.post("/connect", question.hidden)
    return await stage.show(page, client, _PAGE)


async def signed_in_with_something_left_behind(stage: Stage, page: Page) -> int:
    anna, client = await stage.connected()
    stage.change(anna, left_behind=3)
    return await stage.show(page, client, _PAGE)


async def signed_in_with_view_only_access(stage: Stage, page: Page) -> int:
    anna = stage.add("anna", AccessType.VIEW_ONLY)
    await stage.activate(anna)
    client = Client()
    await stage.go_through(client, anna)
    return await stage.show(page, client, _PAGE)


async def signed_in_while_microsoft_does_not_answer(stage: Stage, page: Page) -> int:
    anna, client = await stage.connected()
    stage.outlook.lose(anna, Throttled)
    return await stage.show(page, client, _PAGE)


async def a_wrong_address_is_marked(stage: Stage, page: Page) -> int:
    _, client = await stage.connected()
    await stage.show(page, client, _PAGE)
    await page.locator("#settings-form").evaluate("form => { form.noValidate = true }")
    await page.fill("#contact_email", "nonsense")
    for box in await page.locator("input[name=show_as]").all():
        await box.uncheck()
    await page.click("button[value=start]")
    await page.wait_for_selector("#contact_email-problem")
    return 200


async def the_calendar_serves_somebody_else(stage: Stage, page: Page) -> int:
    bob, _ = await stage.connected("bob")
    anna, client = await stage.connected()
    stage.outlook.mailboxes[anna] = stage.outlook.mailboxes[bob]
    account = stage.connections.rows[bob].value.microsoft
    stage.change(anna, microsoft=account)
    await stage.app.choices.start(bob, stage.choices(bob))
    await stage.show(page, client, _PAGE)
    await page.click("button[value=start]")
    await page.wait_for_selector("#problem")
    return 200


async def the_preview(stage: Stage, page: Page) -> int:
    anna, client = await stage.connected()
    stage.fill(anna)
    status = await stage.show(page, client, _PAGE)
    await page.click("button[value=preview]")
    await page.wait_for_selector(".preview")
    return status


async def the_first_sync_gets_ready(stage: Stage, page: Page) -> int:
    anna, client = await stage.connected()
    await stage.app.choices.start(anna, stage.choices(anna))
    stage.change(anna, progress=None)
    return await stage.show(page, client, _PAGE)


async def the_first_sync_runs(stage: Stage, page: Page) -> int:
    anna, client = await stage.connected()
    await stage.app.choices.start(anna, stage.choices(anna))
    stage.change(anna, progress=Progress(done=34, total=80))
    return await stage.show(page, client, _PAGE)


async def syncing_with_nothing_done_yet(stage: Stage, page: Page) -> int:
    anna, client = await stage.connected()
    await stage.app.choices.start(anna, stage.choices(anna))
    await stage.work()
    return await stage.show(page, client, _PAGE)


async def syncing_with_something_waiting(stage: Stage, page: Page) -> int:
    _, client = await stage.synced()
    return await stage.show(page, client, _PAGE)


async def syncing_with_everything_chosen_otherwise(stage: Stage, page: Page) -> int:
    _, client = await stage.synced(
        sync_meetings=False, sync_reserves=False, notify_resync_completed=False
    )
    return await stage.show(page, client, _PAGE)


async def syncing_with_view_only_access(stage: Stage, page: Page) -> int:
    anna, client = await stage.synced()
    viewer = replace(stage.connections.rows[anna].value.staff, access_type=AccessType.VIEW_ONLY)
    stage.change(anna, staff=viewer)
    stage.booking.put_staff(anna.account_id, viewer)
    return await stage.show(page, client, _PAGE)


async def the_last_sync_was_broken_off(stage: Stage, page: Page) -> int:
    anna, client = await stage.synced()
    stage.change(
        anna,
        problem=Problem(code="throttled", message="Microsoft asks to wait. It goes on by itself."),
        last_sync=LastSync(
            ended_at=stage.clock.now(),
            result=SyncResult.FAILED,
            message="Microsoft did not answer in time.",
        ),
    )
    return await stage.show(page, client, _PAGE)


async def syncing_fails_again_and_again(stage: Stage, page: Page) -> int:
    anna, client = await stage.synced()
    stage.change(
        anna,
        problem=Problem(code="unreachable", message="The other side could not be reached."),
        failing=Failing(since=stage.clock.now(), times=3, code="unreachable"),
    )
    return await stage.show(page, client, _PAGE)


async def the_calendar_is_missed(stage: Stage, page: Page) -> int:
    anna, client = await stage.synced()
    stage.change(anna, missing=Missing(what="calendar", since=stage.clock.now(), looks=1))
    return await stage.show(page, client, _PAGE)


async def _ask(stage: Stage) -> tuple[PersonKey, Client]:
    """Deletes all events of appointments in Outlook, which is too much to be believed (R11.7)."""
    anna, client = await stage.synced()
    stage.clock.advance(stage.app.settings.cancel_after_seconds)
    for link in (await stage.ledger.read(anna)).links:
        if link.kind is Kind.APPOINTMENT and link.outlook_id is not None:
            stage.outlook.delete(anna, link.outlook_id)
    for _ in range(2):
        await stage.app.my_connection.resync(anna)
        await stage.work()
        stage.clock.advance(stage.app.settings.cancel_after_seconds + 1)
    assert stage.connections.rows[anna].value.held is not None
    return anna, client


async def many_cancellations_wait_for_an_answer(stage: Stage, page: Page) -> int:
    _, client = await _ask(stage)
    status = await stage.show(page, client, _PAGE)
    await page.get_by_role("button", name="Put them back").wait_for()
    return status


async def the_answer_is_being_carried_out(stage: Stage, page: Page) -> int:
    anna, client = await _ask(stage)
    await stage.app.my_connection.answer_held(anna, HeldAnswer.PUT_BACK)
    return await stage.show(page, client, _PAGE)


async def a_resync_runs(stage: Stage, page: Page) -> int:
    anna, client = await stage.synced()
    stage.change(anna, progress=Progress(done=3, total=12), resync_wanted=True)
    return await stage.show(page, client, _PAGE)


async def why_it_is_not_there(stage: Stage, page: Page) -> int:
    _, client = await stage.synced()
    status = await stage.show(page, client, _PAGE)
    await page.get_by_role("button", name="Explain").click()
    await page.wait_for_selector("#why-results .entry")
    return status


async def why_without_an_answer(stage: Stage, page: Page) -> int:
    _, client = await stage.synced()
    path = f"{_PAGE}?why_from=2026-11-30&why_to=2026-11-23&why_words=lunch#why"
    return await stage.show(page, client, path)


async def older_activity(stage: Stage, page: Page) -> int:
    anna, client = await stage.synced()
    for _ in range(8):
        stage.clock.advance(60)
        await stage.app.my_connection.resync(anna)
        await stage.work()
    status = await stage.show(page, client, _PAGE)
    before = await page.locator("#activity-list .entry").count()
    await page.get_by_role("link", name="Load more").click()
    await page.wait_for_function(
        "n => document.querySelectorAll('#activity-list .entry').length > n", arg=before
    )
    return status


async def the_dialog_before_disconnecting(stage: Stage, page: Page) -> int:
    _, client = await stage.synced()
    status = await stage.show(page, client, _PAGE)
    await page.get_by_role("button", name="Disconnect Calendar").click()
    await page.wait_for_selector("dialog[open]")
    return status


async def reconnect_needed(stage: Stage, page: Page) -> int:
    anna, client = await stage.synced()
    stage.outlook.lose(anna, AuthorizationLost)
    await stage.app.my_connection.resync(anna)
    await stage.work()
    assert stage.connections.rows[anna].value.state is ConnectionState.RECONNECT_NEEDED
    return await stage.show(page, client, _PAGE)


async def disconnecting(stage: Stage, page: Page) -> int:
    anna, client = await stage.synced()
    await stage.app.my_connection.disconnect(anna)
    stage.change(anna, progress=Progress(done=5, total=14), goal=Goal.AUTHORIZED)
    return await stage.show(page, client, _PAGE)


async def a_form_from_an_old_page_403(stage: Stage, page: Page) -> int:
    _, client = await stage.synced()
    await stage.show(page, client, _PAGE)
    await page.evaluate("document.querySelector('.top-links input').value = 'old'")
    async with page.expect_navigation() as navigation:
        await page.get_by_role("button", name="log out").click()
    answer = await navigation.value
    assert answer is not None
    return answer.status


async def choices_being_changed(stage: Stage, page: Page) -> int:
    anna, client = await stage.synced()
    stage.outlook.add_calendar(anna, "Work")
    return await stage.show(page, client, "/settings?change=1")


async def what_other_choices_would_do(stage: Stage, page: Page) -> int:
    status = await choices_being_changed(stage, page)
    await page.get_by_role("checkbox", name="Tentative").check()
    await page.get_by_role("checkbox", name="Free").check()
    await page.get_by_role("button", name="What would change?").click()
    await page.get_by_role("heading", name="What saving would do").wait_for()
    return status


async def other_choices_to_be_confirmed(stage: Stage, page: Page) -> int:
    status = await choices_being_changed(stage, page)
    await page.get_by_role("checkbox", name="Reserves to Outlook").uncheck()
    await page.get_by_role("button", name="Save", exact=True).click()
    await page.get_by_role("heading", name="Save these choices?").wait_for()
    return status


async def the_log_in_has_ended_meanwhile(stage: Stage, page: Page) -> int:
    _, client = await stage.synced()
    status = await stage.show(page, client, _PAGE)
    await page.context.clear_cookies()
    # As if somebody came back to the tab.
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await page.get_by_role("link", name="Log in again").wait_for()
    return status


SETTINGS: tuple[Scene, ...] = (
    the_log_in_has_ended_meanwhile,
    choices_being_changed,
    what_other_choices_would_do,
    other_choices_to_be_confirmed,
    invited,
    signed_in,
    signed_in_with_a_very_long_address,
    signed_in_with_something_left_behind,
    signed_in_with_view_only_access,
    signed_in_while_microsoft_does_not_answer,
    a_wrong_address_is_marked,
    the_calendar_serves_somebody_else,
    the_preview,
    the_first_sync_gets_ready,
    the_first_sync_runs,
    syncing_with_nothing_done_yet,
    syncing_with_something_waiting,
    syncing_with_everything_chosen_otherwise,
    syncing_with_view_only_access,
    the_last_sync_was_broken_off,
    syncing_fails_again_and_again,
    the_calendar_is_missed,
    many_cancellations_wait_for_an_answer,
    the_answer_is_being_carried_out,
    a_resync_runs,
    why_it_is_not_there,
    why_without_an_answer,
    older_activity,
    the_dialog_before_disconnecting,
    reconnect_needed,
    disconnecting,
    a_form_from_an_old_page_403,
)
