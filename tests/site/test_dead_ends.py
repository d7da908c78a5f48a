"""Each page where the way in ends says what to do next, and that works (R3.4, R4.2)."""

import re
from collections.abc import Awaitable, Callable
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from sync.errors import ContractBroken
from sync.people.people import AccessType, SyncSettings
from sync.ports import SignInRefused
from sync.words import PersonKey
from tests.site.site import ACCOUNT, Answer, Client, Site

type DeadEnd = Callable[[Site, Client, PersonKey], Awaitable[Answer]]

#: What a page that helps offers: a next step of the way in, or the end of it.
_HELPS = (
    "Connect your Outlook calendar",
    "My calendar sync",
    "Are these both yours?",
    "is not activated for you",
)


async def expired(site: Site, client: Client, anna: PersonKey) -> Answer:
    link = await site.activate(anna)
    site.clock.advance(3601)
    return await client.get(link)


async def replaced(site: Site, client: Client, anna: PersonKey) -> Answer:
    link = await site.activate(anna)
    boss = site.add("boss", AccessType.HQ_ADMIN)
    site.clock.advance(60)
    await site.app.administration.resend(ACCOUNT, boss.staff_id, anna.staff_id)
    return await client.get(link)


async def withdrawn(site: Site, client: Client, anna: PersonKey) -> Answer:
    link = await site.activate(anna)
    boss = site.add("boss", AccessType.HQ_ADMIN)
    await site.app.activation.set_active(ACCOUNT, boss.staff_id, (), (anna.staff_id,))
    return await client.get(link)


async def used_up(site: Site, client: Client, anna: PersonKey) -> Answer:
    link = await site.activate(anna)
    await site.go_through(Client(), anna)
    return await client.get(link)


async def malformed(site: Site, client: Client, anna: PersonKey) -> Answer:
    return await client.get((await site.activate(anna))[:-3])


async def somebody_elses(site: Site, client: Client, anna: PersonKey) -> Answer:
    bob = site.add("bob")
    await site.activate(bob)
    await client.get(await site.activate(anna))
    await client.get("/auth/microsoft")
    await client.get("/auth/microsoft/callback?code=c&state=m1")
    site.log_in.alive = bob
    return await site.walk(client, "/auth/booking")


async def somebody_elses_who_is_not_activated(
    site: Site, client: Client, anna: PersonKey
) -> Answer:
    site.log_in.alive = site.add("bob")
    await client.get(await site.activate(anna))
    return await site.walk(client, "/auth/booking")


def refused(refusal: SignInRefused) -> DeadEnd:
    async def dead_end(site: Site, client: Client, anna: PersonKey) -> Answer:
        await client.get(await site.activate(anna))
        accepted, site.microsoft.answer = site.microsoft.answer, refusal
        page = await site.walk(client, "/auth/microsoft")
        site.microsoft.answer = accepted
        return page

    dead_end.__name__ = refusal.value
    return dead_end


async def begun_elsewhere(site: Site, client: Client, anna: PersonKey) -> Answer:
    await site.activate(anna)
    return await client.get("/auth/booking/callback?code=c&state=b1")


async def of_another_flow(site: Site, client: Client, anna: PersonKey) -> Answer:
    await site.activate(anna)
    await client.get("/auth/microsoft")
    return await client.get("/auth/microsoft/callback?code=c&state=other")


async def declined(site: Site, client: Client, anna: PersonKey) -> Answer:
    await site.activate(anna)
    site.log_in.person = None
    page = await site.walk(client, "/auth/booking")
    site.log_in.person = anna
    return page


async def without_an_id_token(site: Site, client: Client, anna: PersonKey) -> Answer:
    await site.activate(anna)
    site.log_in.broken = ContractBroken("the token answer has no id_token")
    page = await site.walk(client, "/auth/booking")
    site.log_in.broken = None
    return page


async def another_account(site: Site, client: Client, anna: PersonKey) -> Answer:
    await site.activate(anna)
    await site.go_through(client, anna)
    choices = SyncSettings(calendar_id=site.outlook.default(anna), contact_email="a@b.example")
    await site.app.choices.start(anna, choices)
    site.accept(anna, "other@contoso.example")
    return await site.walk(client, "/auth/microsoft")


async def confirmed_already(site: Site, client: Client, anna: PersonKey) -> Answer:
    await site.activate(anna)
    await site.walk(client, "/auth/booking")
    question = await site.walk(client, "/auth/microsoft")
    await client.post("/connect", question.hidden)
    return await client.post("/connect", question.hidden)


async def confirmed_elsewhere(site: Site, client: Client, anna: PersonKey) -> Answer:
    await site.activate(anna)
    other = Client()
    await site.walk(other, "/auth/booking")
    return await client.post("/connect", (await site.walk(other, "/auth/microsoft")).hidden)


async def confirmed_by_no_page_of_ours(site: Site, client: Client, anna: PersonKey) -> Answer:
    await site.activate(anna)
    await site.walk(client, "/auth/booking")
    await site.walk(client, "/auth/microsoft")
    return await client.post("/connect", {"csrf_token": "guessed"})


async def not_an_administrator(site: Site, client: Client, anna: PersonKey) -> Answer:
    await site.activate(anna)
    return await site.walk(client, "/plugin")


async def not_activated(site: Site, client: Client, anna: PersonKey) -> Answer:
    del anna
    return await site.walk(client, "/auth/booking")


DEAD_ENDS: list[tuple[DeadEnd, int]] = [
    (expired, 410),
    (replaced, 410),
    (withdrawn, 410),
    (used_up, 410),
    (malformed, 400),
    (somebody_elses, 403),
    (somebody_elses_who_is_not_activated, 403),
    *((refused(refusal), 400) for refusal in SignInRefused),
    (begun_elsewhere, 400),
    (of_another_flow, 400),
    (declined, 400),
    (without_an_id_token, 400),
    (another_account, 409),
    (confirmed_already, 400),
    (confirmed_elsewhere, 400),
    (confirmed_by_no_page_of_ours, 403),
    (not_an_administrator, 403),
    (not_activated, 200),
]


@pytest.mark.parametrize(
    ("dead_end", "status"), DEAD_ENDS, ids=lambda one: getattr(one, "__name__", str(one))
)
async def test_r3_4_every_button_of_every_dead_end_leads_to_a_page_that_helps(
    site: Site, dead_end: DeadEnd, status: int
) -> None:
    count = len((await _at(site, dead_end))[1].steps)
    assert count

    for number in range(count):
        fresh = Site()
        client, page = await _at(fresh, dead_end)
        step = page.steps[number]
        onward = await fresh.walk(client, step)

        assert page.status == status
        assert step.partition("?")[0] in {
            "/auth/microsoft",
            "/auth/booking",
            "/settings",
            "/plugin",
        }
        assert onward.status == 200, step
        assert any(words in onward.text for words in _HELPS), step


async def _at(site: Site, dead_end: DeadEnd) -> tuple[Client, Answer]:
    anna, client = site.add("anna"), Client()
    site.accept(anna)
    return client, await dead_end(site, client, anna)


async def test_r3_4_an_invitation_survives_the_log_in_as_the_invited_person(site: Site) -> None:
    anna, client = site.add("anna"), Client()
    site.accept(anna)
    page = await somebody_elses(site, client, anna)
    site.log_in.person = anna

    question = await site.walk(client, page.steps[0])
    yes = await client.post("/connect", question.hidden)

    assert page.steps[0] == "/auth/booking?prompt=login"
    assert "Anna Example" in question.text
    assert yes.status == 303
    invitation = site.connections.rows[anna].value.invitation
    assert invitation is not None
    assert invitation.used


async def test_r3_4_who_goes_on_without_the_invitation_comes_to_their_own(site: Site) -> None:
    anna, client = site.add("anna"), Client()
    site.accept(anna)
    page = await somebody_elses(site, client, anna)

    onward = await site.walk(client, page.steps[1])

    assert "Bob Example" in onward.text
    assert "You have been invited" not in onward.text


async def test_r12_8_where_it_has_to_allow_it_the_page_has_the_link_for_it(site: Site) -> None:
    answer = await refused(SignInRefused.ADMIN_CONSENT)(site, Client(), site.add("anna"))

    shown = re.findall(r'<a href="([^"]+)">([^<]+)</a>', answer.text.partition("<main")[2])
    parts = urlsplit(unescape(shown[0][0]))
    assert shown[0][0] == shown[0][1], "it can be read and copied"
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
        f"{site.app.settings.microsoft_authority}/adminconsent"
    )
    assert parse_qs(parts.query) == {
        "client_id": [site.app.settings.microsoft_client_id],
        "redirect_uri": [f"{site.app.settings.public_base_url}/auth/microsoft/callback"],
    }


@pytest.mark.parametrize(
    "refusal", [each for each in SignInRefused if each is not SignInRefused.ADMIN_CONSENT]
)
async def test_r12_8_no_other_page_sends_anybody_to_it(site: Site, refusal: SignInRefused) -> None:
    answer = await refused(refusal)(site, Client(), site.add("anna"))

    assert "adminconsent" not in answer.text


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("admin_consent=True&tenant=t", 200, "is approved for your organisation"),
        ("error=access_denied&admin_consent=True&tenant=t", 400, "was not approved"),
    ],
)
async def test_r12_8_the_administrator_of_it_is_told_what_became_of_it(
    site: Site, query: str, status: int, said: str
) -> None:
    answer = await Client().get(f"/auth/microsoft/callback?{query}")

    assert answer.status == status
    assert said in answer.text
    assert answer.cookies == ()
    assert site.flows.flows == {}
