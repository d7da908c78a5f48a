"""Whose a session is, and when it ends (R4.5)."""

from datetime import timedelta

import pytest

from sync.errors import ContractBroken, Unavailable
from sync.people.people import AccessType, Account, ConnectionState
from sync.ports import AccountCause, AccountJob, Prompt
from sync.words import PersonKey
from tests.site.site import ACCOUNT, Answer, Client, Site

SESSION = "__Host-connectup_session"
_AN_HOUR = timedelta(hours=1).total_seconds()


def prefer(site: Site, minutes: int) -> None:
    """Sets the Account's idle-logout preference."""
    account = Account(
        id=ACCOUNT, name="Acme", time_zone="Europe/Berlin", idle_logout_minutes=minutes
    )
    site.booking.put_account(account)


async def log_out(client: Client) -> Answer:
    token = (await client.get("/api/me")).json["csrf_token"]
    return await client.post("/auth/log-out", {"csrf_token": token})


async def let_go(site: Site, person: PersonKey) -> None:
    boss = site.add("boss", AccessType.HQ_ADMIN)
    await site.app.activation.set_active(ACCOUNT, boss.staff_id, (), (person.staff_id,))


async def test_r4_5_the_cookie_is_of_this_host_alone_and_out_of_reach(site: Site) -> None:
    answer = await site.log_in_as(Client(), site.add("anna"))

    line = next(line for line in answer.cookies if line.startswith(SESSION))
    assert line.endswith("; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure")
    assert "Domain" not in line


async def test_r4_5_a_session_without_a_visit_ends_as_the_account_prefers(site: Site) -> None:
    prefer(site, 20)
    client = Client()
    await site.log_in_as(client, site.add("anna"))
    answers = []

    for minutes in (19, 19, 20):
        site.clock.advance(timedelta(minutes=minutes).total_seconds())
        answers.append((await client.get("/api/me")).status)

    assert answers == [200, 200, 401]


async def test_r4_5_what_an_open_page_asks_by_itself_is_no_visit(site: Site) -> None:
    prefer(site, 20)
    client = Client()
    await site.log_in_as(client, site.add("anna"))
    answers = []

    for _ in range(2):
        site.clock.advance(timedelta(minutes=15).total_seconds())
        answers.append((await client.get("/api/me", **{"Sec-Fetch-Dest": "empty"})).status)

    assert answers == [200, 401]


async def test_r4_5_a_session_ends_after_twelve_hours_however_busy(site: Site) -> None:
    client = Client()
    await site.log_in_as(client, site.add("anna"))
    answers = []

    for _ in range(24):
        site.clock.advance(_AN_HOUR / 2)
        answers.append((await client.get("/api/me")).status)

    assert answers == [200] * 23 + [401]


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("cookie", ["forged.token", "x"])
async def test_r4_5_a_forged_session_is_none(cookie: str) -> None:
    assert (await Client({SESSION: cookie}).get("/api/me")).status == 401


async def test_r4_5_a_cookie_of_the_release_before_asks_to_log_in(site: Site) -> None:
    old = {"account_id": "acme", "staff_id": "anna", "csrf": "x", "at": "1790000000"}
    client = Client({SESSION: site.app.signer.sign("session", old)})

    assert (await client.get("/api/me")).status == 401


async def test_r4_5_logging_out_needs_the_token(site: Site) -> None:
    _, client = await site.connected()

    refused = await client.post("/auth/log-out", {"csrf_token": "wrong"})

    assert refused.status == 403
    assert (await client.get("/api/me")).status == 200


async def test_r4_5_a_copied_cookie_is_worth_nothing_after_the_log_out(site: Site) -> None:
    _, client = await site.connected()
    copy = Client(dict(client.cookies))

    done = await log_out(client)

    assert (done.status, done.location) == (302, "/connect")
    assert (await client.get("/api/me")).status == 401
    assert (await copy.get("/api/me")).status == 401
    assert (await copy.get("/settings")).location == "/connect"
    assert (await copy.get("/plugin")).location == "/auth/booking?next=/plugin"


async def test_r4_5_an_administrator_who_was_never_activated_logs_out_for_good_too(
    site: Site,
) -> None:
    client = Client()
    boss = site.add("boss", AccessType.HQ_ADMIN)
    await site.log_in_as(client, boss, "/auth/booking?next=/plugin")
    copy = Client(dict(client.cookies))

    await log_out(client)

    assert (await copy.get("/api/me")).status == 401
    assert (await copy.get("/plugin")).status == 302
    assert site.connections.rows[boss].value.state is ConnectionState.INACTIVE


async def test_r4_5_a_session_from_before_the_deactivation_is_over(site: Site) -> None:
    anna, client = await site.connected()
    await let_go(site, anna)

    before = await client.get("/api/me")
    await site.log_in_as(client, anna)
    after = await client.get("/api/me")
    await let_go(site, anna)

    assert before.status == 401
    assert (after.status, after.json["state"]) == (200, "inactive")
    # A repetition changes nothing more (R3.5).
    assert (await client.get("/api/me")).status == 200


async def test_r4_5_a_session_of_who_was_removed_is_over(site: Site) -> None:
    anna, client = await site.connected()
    site.booking.remove_staff(anna)
    await site.app.administration.reconcile(
        AccountJob(account_id=ACCOUNT, cause=AccountCause.STAFF_CHANGED)
    )

    assert (await client.get("/api/me")).status == 401


async def test_r4_5_after_a_log_out_the_next_log_in_asks_and_the_one_after_does_not(
    site: Site,
) -> None:
    anna, client = await site.connected()
    site.log_in.alive = anna
    await log_out(client)

    door = await site.walk(client, "/connect")
    asked = site.log_in.prompts[-1]
    await site.walk(client, "/auth/booking")
    first = site.log_in.prompts[-1]
    await site.walk(client, "/auth/booking")

    assert door.steps == ["/auth/booking"]
    assert asked is not Prompt.NEVER
    assert (first, site.log_in.prompts[-1]) == (Prompt.ALWAYS, None)


async def test_r4_5_a_log_out_forgets_the_sign_in_that_waited_for_a_yes(site: Site) -> None:
    anna, client = await site.connected()
    site.accept(anna, "other@contoso.example")
    question = await site.walk(client, "/auth/microsoft")
    await log_out(client)
    page = await site.walk(client, "/auth/booking")

    assert "other@contoso.example" in question.text
    assert "other@contoso.example" not in page.text
    assert not any("tokens" in flow.content for flow in site.flows.flows.values())


async def test_r4_5_another_sites_form_can_not_log_anybody_out(site: Site) -> None:
    await site.connected()

    # Browsers send no SameSite cookie along with it, but would take one that is set.
    answer = await Client().post("/auth/log-out", {})

    assert answer.cookies == ()


async def test_case_78_the_next_person_at_a_shared_computer_is_never_the_first_one(
    site: Site,
) -> None:
    """Anna logs out of the booking product, Bob logs in there and comes from his profile."""
    anna, client = await site.connected()
    bob = site.add("bob")
    await site.activate(bob)
    site.log_in.alive = bob

    page = await site.walk(client, "/connect")

    assert "Bob Example" in page.text
    assert "Anna Example" not in page.text
    assert "anna@contoso.example" not in page.text
    assert (await client.get("/api/me")).json["staff"]["name"] == "Bob Example"
    assert site.connections.rows[anna].value.microsoft is not None


async def test_case_78_nobody_logged_in_there_is_nobody_here(site: Site) -> None:
    _, client = await site.connected()
    site.log_in.alive = None

    page = await site.walk(client, "/connect")

    assert page.steps == ["/auth/booking"]
    assert (await client.get("/api/me")).status == 401


async def test_case_78_a_sign_in_that_the_first_one_left_is_put_to_the_second(site: Site) -> None:
    anna, bob, client = site.add("anna"), site.add("bob"), Client()
    link = await site.activate(anna)
    await site.activate(bob)
    site.accept(anna)
    await client.get(link)
    await client.get("/auth/microsoft")
    await client.get("/auth/microsoft/callback?code=c&state=m1")
    site.log_in.alive = bob

    page = await site.walk(client, "/auth/booking?invitation=none")

    assert "Bob Example" in page.text
    assert "anna@contoso.example" in page.text
    assert not site.microsoft.tokens


async def test_case_78_an_invitation_finds_out_who_is_there_whatever_the_session_says(
    site: Site,
) -> None:
    _, client = await site.connected()
    bob = site.add("bob")
    link = await site.activate(bob)
    site.log_in.alive = bob

    page = await site.walk(client, link)
    site.accept(bob)
    question = await site.walk(client, "/auth/microsoft")

    assert page.steps == ["/auth/microsoft"]
    assert "Bob Example" in question.text
    assert "bob@contoso.example" in question.text


async def test_case_78_a_session_begun_in_another_tab_says_nothing_of_who_was_invited(
    site: Site,
) -> None:
    anna, bob, client = site.add("anna"), site.add("bob"), Client()
    await site.activate(bob)
    await client.get(await site.activate(anna))
    await site.log_in_as(client, bob)
    site.log_in.alive = anna
    site.accept(anna)

    question = await site.walk(client, "/auth/microsoft")

    assert "Anna Example" in question.text


@pytest.mark.parametrize("broken", [Unavailable("down"), ContractBroken("garbled")])
async def test_case_78_a_newcomers_way_that_breaks_off_ends_the_session_of_before(
    site: Site, broken: Exception
) -> None:
    _, client = await site.connected()
    bob = site.add("bob")
    site.log_in.person = bob
    start = await client.get("/auth/booking?prompt=login")

    def fail(*_: object) -> None:
        raise broken

    site.booking.before = fail
    page = await client.get(site.log_in.answer(start.location))
    site.booking.before = None

    assert page.status in {500, 503}
    assert (await client.get("/api/me")).status == 401


async def test_r4_6_forms_that_are_open_still_count_after_a_look_at_who_is_there(
    site: Site,
) -> None:
    anna, client = await site.connected()
    site.log_in.alive = anna
    token = (await client.get("/api/me")).json["csrf_token"]

    await site.walk(client, "/connect")
    same = (await client.get("/api/me")).json["csrf_token"]
    site.log_in.alive = site.add("bob")
    await site.walk(client, "/connect")

    assert same == token
    # Somebody else's form must not count as this person's.
    assert (await client.get("/api/me")).json["csrf_token"] != token


async def test_r4_5_somebody_who_would_be_another_is_asked_who_they_are(site: Site) -> None:
    anna, client = await site.connected()
    bob = site.add("bob")
    await site.activate(bob)
    site.log_in.alive, site.log_in.person = anna, bob

    page = await site.walk(client, "/auth/booking?prompt=login")

    assert site.log_in.prompts[-1] is Prompt.ALWAYS
    assert "Bob Example" in page.text


async def test_case_82_an_answer_without_an_id_token_is_a_page_that_leads_on(site: Site) -> None:
    _, client = await site.invited()
    site.log_in.broken = ContractBroken("the token answer has no id_token")

    page = await site.walk(client, "/auth/booking")
    site.log_in.broken = None

    assert (page.status, page.steps) == (400, ["/auth/booking"])
    assert (await site.walk(client, page.steps[0])).steps == ["/auth/microsoft"]


async def test_r3_4_what_a_browser_has_brought_outlives_a_log_in_that_breaks_off(
    site: Site,
) -> None:
    anna, client = site.add("anna"), Client()
    await client.get(await site.activate(anna))
    site.accept(anna)
    await client.get("/auth/microsoft")
    start = await client.get(
        (await client.get("/auth/microsoft/callback?code=c&state=m1")).location
    )

    def fail(*_: object) -> None:
        raise Unavailable("down")

    site.booking.before = fail
    page = await client.get(site.log_in.answer(start.location))
    site.booking.before = None
    question = await site.walk(client, "/auth/booking")

    assert page.status == 503
    assert "anna@contoso.example" in question.text
    await client.post("/connect", question.hidden)
    assert (await Client().get(site.link(anna))).status == 410
