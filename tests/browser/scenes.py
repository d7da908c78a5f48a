"""Every page outside of settings and administration, in every state it has.

A scene arranges a stage, opens its page in the browser and gives the page's status.
"""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page

from sync.errors import Unavailable
from sync.people.people import AccessType
from sync.ports import SignInRefused
from tests.browser.stage import Stage
from tests.site.site import ACCOUNT, Client

type Scene = Callable[[Stage, Page], Awaitable[int]]


async def _at_the_door(stage: Stage, client: Client) -> Client:
    """Gives a client of whom the door knows already that nobody is logged in."""
    look = await client.get("/connect")
    await client.get(stage.log_in.answer(look.location))
    return client


async def connect_without_an_invitation(stage: Stage, page: Page) -> int:
    return await stage.show(page, await _at_the_door(stage, Client()), "/connect")


async def connect_with_an_invitation(stage: Stage, page: Page) -> int:
    return await stage.show(page, Client(), await stage.activate(stage.add("anna")))


async def connect_after_the_microsoft_sign_in(stage: Stage, page: Page) -> int:
    anna, client = stage.add("anna"), Client()
    await client.get(await stage.activate(anna))
    stage.accept(anna)
    await client.get("/auth/microsoft")
    await client.get("/auth/microsoft/callback?code=c&state=m1")
    return await stage.show(page, await _at_the_door(stage, client), "/connect")


async def connect_asks_whether_both_are_ones_own(stage: Stage, page: Page) -> int:
    _, client = await stage.connected()
    stage.accept(stage.add("anna"), "maximiliana-christiane@contoso.example")
    await client.get("/auth/microsoft")
    await client.get("/auth/microsoft/callback?code=c&state=m1")
    return await stage.show(page, client, "/connect")


async def a_yes_that_comes_too_late_400(stage: Stage, page: Page) -> int:
    await connect_asks_whether_both_are_ones_own(stage, page)
    stage.flows.flows.clear()
    async with page.expect_response("**/connect") as answer:
        await page.get_by_role("button", name="Yes, connect them").click()
    return (await answer.value).status


async def connect_after_the_booking_log_in(stage: Stage, page: Page) -> int:
    anna, client = stage.add("anna"), Client()
    await stage.activate(anna)
    await stage.log_in_as(client, anna)
    return await stage.show(page, client, "/connect")


async def an_expired_invitation_410(stage: Stage, page: Page) -> int:
    link = await stage.activate(stage.add("anna"))
    stage.clock.advance(3601)
    return await stage.show(page, Client(), link)


async def a_replaced_invitation_410(stage: Stage, page: Page) -> int:
    anna = stage.add("anna")
    link = await stage.activate(anna)
    boss = stage.add("boss", AccessType.HQ_ADMIN)
    stage.clock.advance(60)
    await stage.app.administration.resend(ACCOUNT, boss.staff_id, anna.staff_id)
    return await stage.show(page, Client(), link)


async def a_used_invitation_410(stage: Stage, page: Page) -> int:
    anna, _ = await stage.connected()
    return await stage.show(page, Client(), stage.link(anna))


async def a_malformed_invitation_400(stage: Stage, page: Page) -> int:
    link = await stage.activate(stage.add("anna"))
    return await stage.show(page, Client(), link[:-3])


async def somebody_elses_invitation_403(stage: Stage, page: Page) -> int:
    stage.log_in.alive, client = stage.add("bob"), Client()
    await client.get(await stage.activate(stage.add("anna")))
    to_booking = await client.get("/auth/booking")
    return await stage.show(page, client, stage.log_in.answer(to_booking.location))


def _refused(refusal: SignInRefused) -> Scene:
    async def scene(stage: Stage, page: Page) -> int:
        await stage.activate(stage.add("anna"))
        client = Client()
        stage.microsoft.answer = refusal
        await client.get("/auth/microsoft")
        path = "/auth/microsoft/callback?error=access_denied&state=m1"
        return await stage.show(page, client, path)

    scene.__name__ = f"consent_{refusal.value}_400"
    return scene


async def a_replayed_callback_400(stage: Stage, page: Page) -> int:
    _, client = await stage.connected()
    return await stage.show(page, client, "/auth/microsoft/callback?code=c&state=m1")


async def a_forged_callback_400(stage: Stage, page: Page) -> int:
    client = Client()
    await client.get("/auth/microsoft")
    return await stage.show(page, client, "/auth/microsoft/callback?code=c&state=other")


async def a_declined_booking_log_in_400(stage: Stage, page: Page) -> int:
    client = Client()
    await client.get("/auth/booking")
    return await stage.show(page, client, "/auth/booking/callback?error=access_denied&state=b1")


async def another_account_while_synced_409(stage: Stage, page: Page) -> int:
    anna, client = await stage.synced()
    stage.accept(anna, "other@contoso.example")
    await client.get("/auth/microsoft")
    return await stage.show(page, client, "/auth/microsoft/callback?code=c&state=m1")


async def not_activated_with_people_to_ask(stage: Stage, page: Page) -> int:
    anna, client = stage.add("anna"), Client()
    stage.add("boss", AccessType.HQ_ADMIN)
    stage.add("maximiliana-christiane", AccessType.LOCATION_ADMIN)
    await stage.log_in_as(client, anna)
    return await stage.show(page, client, "/settings")


async def an_administrator_who_is_not_activated(stage: Stage, page: Page) -> int:
    boss, client = stage.add("boss", AccessType.HQ_ADMIN), Client()
    await stage.log_in_as(client, boss)
    return await stage.show(page, client, "/settings")


async def the_storage_fails_503(stage: Stage, page: Page) -> int:
    link = await stage.activate(stage.add("anna"))

    def fail(_: str) -> None:
        raise Unavailable("the storage failed", retry_after=7)

    stage.connections.before = fail
    return await stage.show(page, Client(), link)


async def a_defect_500(stage: Stage, page: Page) -> int:
    _, client = await stage.connected()

    def fail(_: str) -> None:
        raise ZeroDivisionError

    stage.connections.before = fail
    return await stage.show(page, client, "/settings")


DOORS: tuple[Scene, ...] = (
    connect_without_an_invitation,
    connect_with_an_invitation,
    connect_after_the_microsoft_sign_in,
    connect_asks_whether_both_are_ones_own,
    a_yes_that_comes_too_late_400,
    connect_after_the_booking_log_in,
    an_expired_invitation_410,
    a_replaced_invitation_410,
    a_used_invitation_410,
    a_malformed_invitation_400,
    somebody_elses_invitation_403,
    _refused(SignInRefused.DECLINED),
    _refused(SignInRefused.ADMIN_CONSENT),
    a_replayed_callback_400,
    a_forged_callback_400,
    a_declined_booking_log_in_400,
    another_account_while_synced_409,
    not_activated_with_people_to_ask,
    an_administrator_who_is_not_activated,
    the_storage_fails_503,
    a_defect_500,
)
