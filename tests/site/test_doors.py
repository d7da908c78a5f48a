"""The two doors and the two log-ins (R3.4, section 4)."""

from datetime import timedelta

import pytest

from sync.errors import Unavailable
from sync.people.people import AccessType, ConnectionState, SyncSettings
from sync.ports import Prompt, SignInRefused
from sync.words import PersonKey
from tests.site.site import ACCOUNT, Client, Site

FLOW = "__Host-connectup_flow"


async def test_r4_1_an_invitation_leads_over_both_log_ins_to_the_settings_page(site: Site) -> None:
    anna = site.add("anna")
    client = Client()
    site.accept(anna)

    page = await client.get(await site.activate(anna))
    to_microsoft = await client.get("/auth/microsoft")
    to_booking = await client.get("/auth/microsoft/callback?code=c&state=m1")
    onward = await site.log_in_as(client, anna)
    question = await client.get(onward.location)
    yes = await client.post("/connect", question.hidden)
    settings = await client.get("/settings")

    assert (page.status, 'href="/auth/microsoft"' in page.text) == (200, True)
    assert to_microsoft.location.startswith("https://login.example.org/")
    assert (to_booking.status, to_booking.location) == (302, "/auth/booking")
    assert (onward.status, onward.location) == (302, "/connect")
    assert (yes.status, yes.location) == (303, "/settings")
    assert "anna@contoso.example" in settings.text
    assert site.connections.rows[anna].value.state is ConnectionState.AUTHORIZED


async def test_r4_1_the_profile_leads_there_too_with_the_booking_log_in_first(site: Site) -> None:
    anna = site.add("anna")
    await site.activate(anna)
    client = Client()
    site.accept(anna)

    door = await site.walk(client, "/connect")
    next_door = await site.walk(client, "/auth/booking")
    question = await site.walk(client, "/auth/microsoft")
    onward = await client.post("/connect", question.hidden)

    assert door.steps == ["/auth/booking"]
    assert next_door.steps == ["/auth/microsoft"]
    assert onward.location == "/settings"


async def test_r4_1_who_is_logged_in_at_the_booking_product_is_not_asked_again(site: Site) -> None:
    anna = site.add("anna")
    await site.activate(anna)
    site.log_in.alive = anna
    client = Client()

    page = await site.walk(client, "/connect")

    assert page.steps == ["/auth/microsoft"]
    assert site.log_in.prompts == [Prompt.NEVER]


async def test_r4_1_log_ins_that_are_both_alive_lead_to_the_settings(site: Site) -> None:
    anna, client = await site.connected()
    site.log_in.alive = anna

    assert "anna@contoso.example" in (await site.walk(client, "/connect")).text
    assert site.log_in.prompts[-1] is Prompt.NEVER


async def test_r4_1_a_microsoft_sign_in_that_is_kept_is_not_asked_for_again(site: Site) -> None:
    anna, _ = await site.connected()
    another = Client()

    assert (await site.log_in_as(another, anna)).location == "/settings"


async def test_r3_4_opening_a_link_does_not_use_it_up(site: Site) -> None:
    link = await site.activate(site.add("anna"))

    assert [(await Client().get(link)).status for _ in range(3)] == [200, 200, 200]


async def test_r3_4_a_link_is_used_up_by_the_sign_in(site: Site) -> None:
    anna = site.add("anna")
    link = await site.activate(anna)
    client = Client()
    await client.get(link)
    await site.go_through(client, anna)

    page = await Client().get(link)

    assert page.status == 410
    assert 'href="/settings"' in page.text


async def test_r3_4_an_expired_a_replaced_and_a_broken_link_say_so(site: Site) -> None:
    anna = site.add("anna")
    old = await site.activate(anna)
    boss = site.add("boss", AccessType.HQ_ADMIN)
    site.clock.advance(60)
    await site.app.administration.resend(ACCOUNT, boss.staff_id, anna.staff_id)
    new = site.link(anna)

    replaced = await Client().get(old)
    broken = await Client().get(new[:-3])
    site.clock.advance(3601)
    expired = await Client().get(new)

    assert [page.status for page in (replaced, broken, expired)] == [410, 400, 410]
    assert "newest mail" in replaced.text
    assert "has expired" in expired.text
    assert all(page.headers["content-type"] == "text/html" for page in (replaced, broken, expired))


async def test_r3_4_somebody_elses_link_is_refused_after_the_log_in(site: Site) -> None:
    anna, bob = site.add("anna"), site.add("bob")
    await site.activate(bob)
    client = Client()
    await client.get(await site.activate(anna))

    page = await site.go_through(client, bob)

    assert page.status == 403
    assert site.connections.rows[bob].value.state is ConnectionState.INVITED
    assert site.connections.rows[anna].value.state is ConnectionState.INVITED
    assert not site.microsoft.tokens


async def test_r3_4_somebody_elses_link_is_refused_at_once_where_the_log_in_is_alive(
    site: Site,
) -> None:
    bob, client = await site.connected("bob")
    site.log_in.alive = bob

    page = await site.walk(client, await site.activate(site.add("anna")))

    assert page.status == 403
    assert site.log_in.prompts[-1] is Prompt.NEVER


async def test_r3_4_somebody_elses_link_is_refused_to_who_is_not_activated_too(site: Site) -> None:
    link = await site.activate(site.add("anna"))
    site.accept(site.add("bob"))
    client = Client()
    await client.get(link)

    assert (await site.walk(client, "/auth/microsoft")).status == 403
    assert not site.microsoft.tokens


async def test_r3_4_a_link_that_is_no_good_takes_the_place_of_one_that_was(site: Site) -> None:
    bob = site.add("bob")
    await site.activate(bob)
    link = await site.activate(site.add("anna"))
    client = Client()
    await client.get(link)
    await client.get(link[:-3])
    site.log_in.alive = bob

    assert "Bob Example" in (await site.walk(client, "/auth/booking")).text


@pytest.mark.parametrize("refusal", SignInRefused)
async def test_r4_2_refused_consent_ends_on_a_page_and_stores_nothing(
    site: Site, refusal: SignInRefused
) -> None:
    await site.activate(site.add("anna"))
    client = Client()
    site.microsoft.answer = refusal
    await client.get("/auth/microsoft")

    page = await client.get("/auth/microsoft/callback?error=access_denied&state=m1")

    assert page.status == 400
    assert 'href="/auth/microsoft"' in page.text
    assert not site.microsoft.tokens
    assert not any(
        "sign_in" in flow.content and "tokens" in flow.content for flow in site.flows.flows.values()
    )


async def test_r4_4_a_callback_in_another_browser_is_refused(site: Site) -> None:
    await site.invited()
    await Client().get("/auth/microsoft")

    page = await Client().get("/auth/microsoft/callback?code=c&state=m1")

    assert (page.status, page.headers["content-type"]) == (400, "text/html")


async def test_r4_4_a_replayed_callback_is_refused(site: Site) -> None:
    _, client = await site.connected()

    replays = [
        await client.get("/auth/microsoft/callback?code=c&state=m1"),
        await client.get("/auth/booking/callback?code=c&state=b1"),
    ]

    assert [page.status for page in replays] == [400, 400]


async def test_r4_4_who_only_looks_at_a_log_in_begins_and_ends_none(site: Site) -> None:
    _, client = await site.invited()
    await client.get("/auth/microsoft")
    cookies = dict(client.cookies)
    microsoft = "/auth/microsoft/callback?code=c&state=m1"

    for path, status in (
        (microsoft, 400),
        ("/auth/microsoft", 302),
        ("/auth/booking", 302),
        ("/auth/booking/callback?code=c", 400),
    ):
        looked = await client.send("HEAD", path)
        assert (looked.status, looked.text, client.cookies) == (status, "", cookies)

    assert (await client.get(microsoft)).status == 302


async def test_r4_4_a_forged_state_is_refused_and_the_true_one_still_counts(site: Site) -> None:
    _, client = await site.invited()
    await client.get("/auth/microsoft")

    forged = await client.get("/auth/microsoft/callback?code=c&state=other")
    true = await client.get("/auth/microsoft/callback?code=c&state=m1")

    assert (forged.status, true.status) == (400, 302)


async def test_r4_4_a_log_in_that_took_too_long_is_refused(site: Site) -> None:
    client = Client()
    await client.get("/auth/microsoft")
    site.clock.advance(timedelta(minutes=16).total_seconds())

    assert (await client.get("/auth/microsoft/callback?code=c&state=m1")).status == 400


@pytest.mark.usefixtures("site")
async def test_a_declined_booking_log_in_ends_on_a_page() -> None:
    client = Client()
    await client.get("/auth/booking")

    page = await client.get("/auth/booking/callback?error=access_denied&state=b1")

    assert page.status == 400
    assert 'href="/auth/booking"' in page.text


async def test_r2_6_who_is_not_activated_learns_whom_to_ask(site: Site) -> None:
    anna = site.add("anna")
    site.add("boss", AccessType.HQ_ADMIN)
    site.add("chef", AccessType.LOCATION_ADMIN)
    client = Client()

    onward = await site.go_through(client, anna)
    page = await client.get(onward.location)

    assert page.status == 200
    assert "Boss Example" in page.text
    assert "Chef Example" in page.text
    assert not site.microsoft.tokens
    assert anna not in site.connections.rows


async def test_r4_3_another_account_while_synced_is_refused(site: Site) -> None:
    anna, client = await site.connected()
    await site.app.choices.start(anna, _settings(site, anna))
    site.accept(anna, "other@contoso.example")

    page = await site.walk(client, "/auth/microsoft")

    assert page.status == 409
    assert "isconnect" in page.text
    # It isn't offered again either.
    assert "other@contoso.example" not in (await site.walk(client, "/connect")).text


async def test_r4_3_who_may_not_have_another_account_is_logged_in_all_the_same(site: Site) -> None:
    _, client = await site.connected("bob")
    anna, _ = await site.connected()
    await site.app.choices.start(anna, _settings(site, anna))
    site.accept(anna, "other@contoso.example")
    await site.walk(client, await _fresh_link(site, anna))

    page = await site.walk(client, "/auth/microsoft")

    assert page.status == 409
    assert "Anna Example" in (await client.get("/settings")).text


async def test_r4_7_both_are_named_and_nothing_is_stored_before_the_yes(site: Site) -> None:
    anna, client = await site.invited()
    await site.walk(client, "/auth/booking")

    question = await site.walk(client, "/auth/microsoft")

    assert question.status == 200
    assert "Anna Example" in question.text
    assert "anna@contoso.example" in question.text
    assert 'method="post" action="/connect"' in question.text
    assert not site.microsoft.tokens
    assert site.connections.rows[anna].value.microsoft is None
    assert site.connections.rows[anna].value.state is ConnectionState.INVITED


async def test_r4_7_the_same_account_is_not_asked_about_again(site: Site) -> None:
    _, client = await site.connected()

    again = await site.walk(client, "/auth/microsoft")

    assert "Are these both yours?" not in again.text
    assert "anna@contoso.example" in again.text


async def test_r4_7_another_account_is_asked_about_and_says_what_it_replaces(site: Site) -> None:
    anna, client = await site.connected()
    site.accept(anna, "other@contoso.example")

    question = await site.walk(client, "/auth/microsoft")

    assert "It takes the place of anna@contoso.example" in question.text
    known = site.connections.rows[anna].value.microsoft
    assert known is not None
    assert known.address == "anna@contoso.example"


async def test_r4_7_a_yes_counts_only_from_our_page_in_this_browser_and_once(site: Site) -> None:
    anna, client = await site.invited()
    await site.walk(client, "/auth/booking")
    question = await site.walk(client, "/auth/microsoft")

    elsewhere = await Client().post("/connect", question.hidden)
    foreign = await client.post("/connect", {**question.hidden, "csrf_token": "guessed"})
    bare = await client.post("/connect", {})
    other = await client.post("/connect", {**question.hidden, "microsoft_account": "x@y.example"})
    assert not site.microsoft.tokens
    copy = Client(dict(client.cookies))
    yes = await client.post("/connect", question.hidden)
    over = await client.post("/connect", question.hidden)
    replayed = await copy.post("/connect", question.hidden)

    assert [one.status for one in (elsewhere, foreign, bare, other)] == [400, 403, 403, 400]
    assert (yes.status, yes.location) == (303, "/settings")
    assert (over.status, replayed.status) == (400, 400)
    assert site.microsoft.tokens == {anna: "tokens"}


async def test_r4_7_a_yes_that_met_a_decision_of_somebody_else_stores_nothing(site: Site) -> None:
    anna, client = await site.invited()
    await site.walk(client, "/auth/booking")
    question = await site.walk(client, "/auth/microsoft")
    boss = site.add("boss", AccessType.HQ_ADMIN)
    await site.app.activation.set_active(ACCOUNT, boss.staff_id, (), (anna.staff_id,))

    page = await client.post("/connect", question.hidden)

    assert page.status == 400
    assert not site.microsoft.tokens


async def test_r4_7_a_yes_to_what_is_not_possible_any_more_is_refused_once(site: Site) -> None:
    anna, client = await site.connected()
    site.accept(anna, "other@contoso.example")
    question = await site.walk(client, "/auth/microsoft")
    site.log_in.alive = anna
    await site.app.choices.start(anna, _settings(site, anna))

    page = await client.post("/connect", question.hidden)
    after = await site.walk(client, "/connect")

    assert (page.status, after.status) == (409, 200)
    assert "other@contoso.example" not in after.text
    assert site.microsoft.tokens == {anna: "tokens"}


async def test_r4_4_the_number_of_a_browser_is_a_new_one_after_each_return(site: Site) -> None:
    _, client = await site.invited()
    numbers = []

    for path in ("/connect", "/auth/booking", "/auth/microsoft"):
        await site.walk(client, path)
        numbers.append(client.cookies[FLOW])

    assert len(set(numbers)) == 3


async def test_a_failing_storage_gives_a_page_and_a_time_to_come_back(site: Site) -> None:
    def fail(_: str) -> None:
        raise Unavailable("the storage failed", retry_after=7)

    site.connections.before = fail

    page = await Client().get(_link(site))

    assert (page.status, page.headers["retry-after"]) == (503, "7")


async def test_after_a_log_in_only_our_own_pages_are_gone_to(site: Site) -> None:
    anna, _ = await site.connected()
    client = Client()

    answer = await site.log_in_as(client, anna, "/auth/booking?next=https://evil.example")

    assert answer.location == "/settings"


async def _fresh_link(site: Site, person: PersonKey) -> str:
    boss = site.add("boss", AccessType.HQ_ADMIN)
    site.clock.advance(60)
    await site.app.administration.resend(ACCOUNT, boss.staff_id, person.staff_id)
    return site.link(person)


def _link(site: Site) -> str:
    token = site.app.signer.sign(
        "invitation", {"account_id": "acme", "staff_id": "anna", "invitation_id": "1"}
    )
    return f"/connect?invitation={token}"


def _settings(site: Site, person: PersonKey) -> SyncSettings:
    return SyncSettings(calendar_id=site.outlook.default(person), contact_email="anna@example.com")


async def test_the_bare_address_leads_on(site: Site) -> None:
    _, client = await site.connected()

    assert (await client.get("/")).location == "/settings"


@pytest.mark.parametrize("path", ["/setings", "/settings/more", "/index.php"])
async def test_an_unknown_address_has_a_page_that_leads_on(site: Site, path: str) -> None:
    del site
    answer = await Client().get(path)

    assert (answer.status, answer.headers["content-type"]) == (404, "text/html")
    assert "There is no such page" in answer.text
    assert 'href="/settings"' in answer.text
    assert path not in answer.text


async def test_an_unknown_address_of_the_api_is_a_problem(site: Site) -> None:
    del site
    answer = await Client().get("/api/nothing")

    assert (answer.status, answer.json["type"]) == (404, "not_found")
