"""The administrators' page (sections 2 and 3, R12.3)."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from sync.errors import Unavailable
from sync.people.people import AccessType, ConnectionState, SyncSettings
from sync.words import Interval, PersonKey, StaffId
from tests.site.site import ACCOUNT, NORTH, SOUTH, Answer, Client, Site


async def administrator(site: Site, kind: AccessType = AccessType.HQ_ADMIN) -> Client:
    client = Client()
    await site.log_in_as(client, site.add("boss", kind), "/auth/booking?next=/plugin")
    return client


async def press(client: Client, **fields: Any) -> Answer:
    token = (await client.get("/api/me")).json["csrf_token"]
    return await client.post("/plugin", {"csrf_token": token} | fields)


def states(answer: Answer) -> dict[str, str]:
    """Reads the table: id to state."""
    rows = re.findall(r"<tr data-name.*?</tr>", answer.text, re.DOTALL)
    return {
        re.findall(r'name="staff_id" value="([^"]+)"', row)[0]: re.findall(
            r'class="badge \w+">([^<]+)<', row
        )[0]
        for row in rows
    }


def chosen(answer: Answer) -> set[str]:
    """Reads who is selected, shown or not."""
    hidden = re.findall(r'type="hidden" name="staff_id" value="([^"]+)"', answer.text)
    return {*hidden, *re.findall(r'name="staff_id" value="([^"]+)" checked', answer.text)}


async def test_the_log_in_leads_back_to_the_page(site: Site) -> None:
    boss = site.add("boss", AccessType.HQ_ADMIN)
    client = Client()

    sent = await client.get("/plugin")
    back = await site.log_in_as(client, boss, sent.location)
    page = await client.get(back.location)

    assert sent.status == 302
    assert sent.location.startswith("/auth/booking")
    assert back.location == "/plugin"
    assert (page.status, "Boss Example" in page.text) == (200, True)


@pytest.mark.parametrize("kind", [AccessType.STAFF, AccessType.VIEW_ONLY])
async def test_it_is_for_administrators_only(site: Site, kind: AccessType) -> None:
    client = await administrator(site, kind)

    answers = [await client.get("/plugin"), await press(client, action="locations")]

    assert [answer.status for answer in answers] == [403, 403]
    assert site.locations.rows[ACCOUNT].value.location_ids == {NORTH}


async def test_r2_1_locations_are_enabled_by_the_form(site: Site) -> None:
    client = await administrator(site)

    answer = await press(client, action="locations", location_ids=[NORTH, SOUTH])

    assert (answer.status, answer.location) == (303, "/plugin?done=locations")
    assert site.locations.rows[ACCOUNT].value.location_ids == {NORTH, SOUTH}
    assert "The Locations were saved." in (await client.get(answer.location)).text


async def test_r3_1_disabling_a_location_asks_first(site: Site) -> None:
    client = await administrator(site)

    asked = await press(client, action="locations", location_ids=[SOUTH])
    before = site.locations.rows[ACCOUNT].value.location_ids
    done = await press(client, action="locations", location_ids=[SOUTH], confirm="yes")

    assert "North" in asked.text
    assert before == {NORTH}
    assert done.status == 303
    assert site.locations.rows[ACCOUNT].value.location_ids == {SOUTH}


async def test_r2_1_a_location_admin_sees_own_locations_and_cannot_enable(site: Site) -> None:
    client = await administrator(site, AccessType.LOCATION_ADMIN)

    page = (await client.get("/plugin")).text
    refused = await press(client, action="locations", location_ids=[NORTH, SOUTH])

    assert "North" in page
    assert "South" not in page
    assert "Save Locations" not in page
    assert refused.status == 403


async def test_r3_2_the_selected_are_activated_and_deactivated_after_asking(site: Site) -> None:
    anna, bob = site.add("anna"), site.add("bob")
    client = await administrator(site)

    await press(client, action="activate", staff_id=["anna", "bob"])
    invited = await client.get("/plugin")
    asked = await press(client, action="deactivate", staff_id=["anna"])
    still = site.connections.rows[anna].value.active
    await press(client, action="deactivate", staff_id=["anna"], confirm="yes")

    assert states(invited) == {"anna": "Waiting for sign-in", "bob": "Waiting for sign-in"} | {
        "boss": "Not activated"
    }
    assert ("Anna Example" in asked.text, "Bob Example" in asked.text) == (True, False)
    assert still
    assert site.connections.rows[anna].value.state is ConnectionState.INACTIVE
    assert site.connections.rows[bob].value.active


async def test_r3_2_who_can_not_be_activated_is_named_and_the_selection_stays(site: Site) -> None:
    client = await administrator(site)
    site.add("anna")
    site.add("bob", locations=frozenset({SOUTH}))

    answer = await press(client, action="activate", staff_id=["anna", "bob"])

    ticked = re.findall(r'name="staff_id" value="(\w+)" checked', answer.text)
    assert answer.status == 409
    assert "1 person was left out; 1 was served." in answer.text
    assert "not enabled at any Location of Bob Example." in answer.text
    assert ticked == ["bob"]
    assert states(answer)["anna"] == "Waiting for sign-in"


async def test_r3_4_an_invitation_is_sent_again(site: Site) -> None:
    old = await site.activate(site.add("anna"))
    client = await administrator(site)
    site.clock.advance(60)

    answer = await press(client, resend="anna")

    assert answer.location == "/plugin?done=resent"
    assert (await Client().get(old)).status == 410


async def test_r3_6_an_invitation_too_many_says_when_it_goes_again(site: Site) -> None:
    await site.activate(site.add("anna"))
    client = await administrator(site)

    answer = await press(client, resend="anna")

    assert (answer.status, answer.headers["retry-after"]) == (429, "60")
    assert "It goes again from" in answer.text


async def test_nobody_selected_is_said(site: Site) -> None:
    client = await administrator(site)

    for action in ("activate", "deactivate"):
        answer = await press(client, action=action)

        assert answer.status == 400
        assert "Nobody was selected" in answer.text


async def test_the_table_is_searched_and_narrowed(site: Site) -> None:
    site.add("anna")
    site.add("sue", locations=frozenset({SOUTH}))
    client = await administrator(site)

    by_name = (await client.get("/plugin?words=ANN")).text
    by_place = (await client.get("/plugin?location=south")).text

    assert ("Anna Example" in by_name, "Sue Example" in by_name) == (True, False)
    assert ("Anna Example" in by_place, "Sue Example" in by_place) == (False, True)


async def test_r2_3_neither_contents_nor_addresses_are_shown(site: Site) -> None:
    await site.connected()
    client = await administrator(site)

    page = (await client.get("/plugin")).text

    assert "Anna Example" in page
    assert "contoso" not in page
    assert "anna@example.com" not in page


async def test_a_form_without_its_token_changes_nothing(site: Site) -> None:
    client = await administrator(site)

    answer = await press(client, action="locations", confirm="yes", csrf_token="wrong")

    assert answer.status == 403
    assert site.locations.rows[ACCOUNT].value.location_ids == {NORTH}


async def test_r12_9_the_selection_survives_search_filters_and_pages(site: Site) -> None:
    for number in range(120):
        site.add(f"person-{number:03}")
    client = await administrator(site)
    one, other = "person-001", "person-119"

    searched = await press(client, action="show", words="person-00", staff_id=[one, other])
    filtered = await press(client, show_state="inactive", staff_id=[one, other])
    paged = await press(client, show_page="3", staff_id=[one, other])

    assert list(states(searched)) == [f"person-{number:03}" for number in range(10)]
    assert len(states(filtered)) == 50
    assert "Page 3 of 3" in paged.text
    assert other in states(paged)
    assert [chosen(answer) for answer in (searched, filtered, paged)] == [{one, other}] * 3


async def test_r12_9_all_who_match_are_selected_also_those_on_other_pages(site: Site) -> None:
    for number in range(120):
        site.add(f"person-{number:03}")
    client = await administrator(site)

    every = await press(client, action="select_all", words="person")
    nobody = await press(client, action="select_none", staff_id=sorted(chosen(every)))

    assert len(chosen(every)) == 120
    assert "120 of 121 shown" in every.text
    assert chosen(nobody) == set()


async def test_r12_9_filters_survive_actions(site: Site) -> None:
    site.add("anna")
    client = await administrator(site)

    answer = await press(
        client, action="activate", staff_id=["anna"], words="ann", location=NORTH, state="inactive"
    )

    assert answer.location == "/plugin?done=activated&words=ann&location=north&state=inactive"


async def test_r12_9_the_confirmation_carries_filters_and_selection_also_when_nothing_is_done(
    site: Site,
) -> None:
    site.add("anna")
    client = await administrator(site)

    asked = await press(client, action="deactivate", staff_id=["anna"], words="ann")
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    kept = await press(client, **fields, keep="yes")

    assert (fields["words"], fields["staff_id"]) == ("ann", "anna")
    assert list(states(kept)) == ["anna"]
    assert chosen(kept) == {"anna"}


async def test_r2_7_deactivating_says_who_works_at_locations_of_others(site: Site) -> None:
    anna = site.add("anna", locations=frozenset({NORTH, SOUTH}))
    await site.activate(anna)
    client = await administrator(site, AccessType.LOCATION_ADMIN)

    asked = await press(client, action="deactivate", staff_id=["anna"])

    assert "Anna Example <strong>(also works at South)</strong>" in asked.text
    assert "1 of them also works at Locations that are not yours" in asked.text
    assert site.connections.rows[anna].value.active


async def test_r2_7_the_question_says_who_stays(site: Site) -> None:
    await site.activate(site.add("anna"))
    site.add("chief", AccessType.HQ_ADMIN)
    client = await administrator(site, AccessType.LOCATION_ADMIN)

    asked = await press(client, action="deactivate", staff_id=["anna", "chief"])

    assert "Deactivate 1 Staff Member?" in asked.text
    assert "Chief Example has a higher access type than you and stays active." in asked.text
    assert "<li>Chief Example" not in asked.text


async def test_r2_7_an_hq_admin_is_not_deactivated_by_the_form_of_a_location_admin(
    site: Site,
) -> None:
    chief = site.add("chief", AccessType.HQ_ADMIN)
    await site.activate(chief)
    client = await administrator(site, AccessType.LOCATION_ADMIN)

    answers = [
        await press(client, action="deactivate", staff_id=["chief"], **more)
        for more in ({}, {"confirm": "yes"})
    ]

    assert [answer.status for answer in answers] == [403, 403]
    assert all("higher access type" in answer.text for answer in answers)
    assert site.connections.rows[chief].value.active


async def test_r12_9_the_confirmation_says_how_many_items_are_removed(site: Site) -> None:
    anna, _ = await site.connected("anna")
    start = site.clock.now() + timedelta(days=1)
    for hours in (0, 2):
        begin = start + timedelta(hours=hours)
        site.booking.book(anna, Interval(begin, begin + timedelta(hours=1)))
    choices = SyncSettings(calendar_id=site.outlook.default(anna), contact_email="anna@example.com")
    await site.app.choices.start(anna, choices)
    while (job := site.jobs.take_sync()) is not None:
        await site.app.runner.run(job)
    site.add("bob")
    client = await administrator(site)

    def fail(_: str) -> None:
        raise Unavailable("storage")

    asked = await press(client, action="deactivate", staff_id=["anna", "bob"])
    site.ledger.before = fail
    uncounted = await press(client, action="deactivate", staff_id=["anna"])

    assert "Deactivate 2 Staff Members?" in asked.text
    assert "2 items are removed from the calendars." in asked.text
    assert "<li>Anna Example: 2 items</li>" in asked.text
    assert "<li>Bob Example</li>" in asked.text
    assert "How many items that are can&#39;t be said at the moment." in uncounted.text


async def test_r3_1_disabling_names_who_is_disconnected(site: Site) -> None:
    await site.activate(site.add("anna"))
    await site.activate(site.add("both", locations=frozenset({NORTH, SOUTH})))
    client = await administrator(site)

    asked = await press(client, action="locations", location_ids=[SOUTH])

    assert "1 Staff Member is not active through another enabled Location" in asked.text
    assert "Anna Example" in asked.text
    assert "Both Example" not in asked.text


async def test_r3_5_many_are_activated_behind_the_answer_with_progress(site: Site) -> None:
    ids = [f"person-{number:03}" for number in range(120)]
    for id_ in ids:
        site.add(id_)
    client = await administrator(site)

    answer = await press(client, action="activate", staff_id=ids)
    before = await client.get(answer.location)
    job = site.jobs.take_account()
    assert job is not None
    await site.app.activation.go_on(job)
    between = await client.get(answer.location)
    while (job := site.jobs.take_account()) is not None:
        await site.app.activation.go_on(job)
    after = await client.get(answer.location)

    assert answer.location == "/plugin?done=activating&many=120&from=0"
    assert 'max="120" value="0"' in before.text
    assert 'max="120" value="100"' in between.text
    assert "data-busy" in between.text
    assert "Activating: done." in after.text
    assert "data-busy" not in after.text


async def test_r3_5_many_are_deactivated_behind_the_answer_with_progress(site: Site) -> None:
    ids = [f"person-{number:03}" for number in range(120)]
    for id_ in ids:
        await site.activate(site.add(id_))
    client = await administrator(site)

    answer = await press(client, action="deactivate", staff_id=ids, confirm="yes")
    while (job := site.jobs.take_account()) is not None:
        await site.app.activation.go_on(job)
    after = await client.get(answer.location)

    assert answer.location == "/plugin?done=deactivating&many=120&from=120"
    assert 'max="120" value="120"' in after.text


@pytest.mark.parametrize(
    "query", ["done=activating&many=x&from=1", "done=activating", "done=nothing&many=1&from=1"]
)
async def test_an_address_that_says_nonsense_shows_no_progress(site: Site, query: str) -> None:
    client = await administrator(site)

    page = await client.get(f"/plugin?{query}&page=x&state=moon")

    assert page.status == 200
    assert "<progress" not in page.text


async def test_r4_5_looking_for_what_is_new_keeps_no_session_alive(site: Site) -> None:
    client = await administrator(site)
    site.clock.advance(15 * 60)

    live = await client.get("/plugin", **{"Sec-Fetch-Dest": "empty"})
    opened = await client.get("/plugin")

    assert (live.status, live.cookies) == (200, ())
    assert opened.cookies


async def test_case_82_a_page_of_five_thousand_digits_is_the_first(site: Site) -> None:
    client = await administrator(site)

    assert (await client.get(f"/plugin?page={'9' * 5_000}")).status == 200


async def test_r3_2_people_may_be_named_as_in_the_api(site: Site) -> None:
    client = await administrator(site)
    anna = site.add("anna")

    await press(client, action="activate", activate=[anna.staff_id])

    assert site.connections.rows[anna].value.active


async def test_r4_6_a_selection_that_met_an_ended_session_comes_back(site: Site) -> None:
    client = await administrator(site)
    anna, boss = site.add("anna"), PersonKey(account_id=ACCOUNT, staff_id=StaffId("boss"))
    text = (await client.get("/plugin")).text
    form = {
        "form_of": html.unescape(re.findall(r'name="form_of" value="([^"]+)"', text)[0]),
        "action": "activate",
        "staff_id": [anna.staff_id],
    }
    site.clock.advance(13 * 3600)

    sent_on = await client.post("/plugin", form)
    site.log_in.alive = boss
    page = await site.walk(client, sent_on.location)

    assert anna not in site.connections.rows
    assert "You were logged out before this was done" in page.text
    assert chosen(page) == {"anna"}


async def test_r4_6_a_stale_token_loses_no_selection(site: Site) -> None:
    client = await administrator(site)
    anna = site.add("anna")
    text = (await client.get("/plugin")).text
    mark = html.unescape(re.findall(r'name="form_of" value="([^"]+)"', text)[0])

    answer = await client.post(
        "/plugin",
        {"form_of": mark, "csrf_token": "old", "action": "activate", "staff_id": [anna.staff_id]},
    )

    assert answer.status == 403
    assert "This page was out of date" in answer.text
    assert chosen(answer) == {"anna"}
