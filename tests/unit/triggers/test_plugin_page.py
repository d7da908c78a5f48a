"""The administrators' page (sections 2 and 3, R12.3)."""

import re
from typing import Any

import pytest

from sync.people.people import AccessType, ConnectionState
from tests.unit.triggers.site import ACCOUNT, NORTH, SOUTH, Answer, Client, Site


async def administrator(site: Site, kind: AccessType = AccessType.HQ_ADMIN) -> Client:
    client = Client()
    await site.log_in_as(client, site.add("boss", kind), "/auth/booking?next=/plugin")
    return client


async def press(client: Client, **fields: Any) -> Answer:
    token = (await client.get("/api/me")).json["csrf_token"]
    return await client.post("/plugin", {"csrf_token": token} | fields)


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

    answer = await press(client, action="locations", location_id=[NORTH, SOUTH])

    assert (answer.status, answer.location) == (303, "/plugin?done=locations")
    assert site.locations.rows[ACCOUNT].value.location_ids == {NORTH, SOUTH}
    assert "The Locations were saved." in (await client.get(answer.location)).text


async def test_r3_1_disabling_a_location_asks_first(site: Site) -> None:
    client = await administrator(site)

    asked = await press(client, action="locations", location_id=[SOUTH])
    before = site.locations.rows[ACCOUNT].value.location_ids
    done = await press(client, action="locations", location_id=[SOUTH], confirm="yes")

    assert "North" in asked.text
    assert before == {NORTH}
    assert done.status == 303
    assert site.locations.rows[ACCOUNT].value.location_ids == {SOUTH}


async def test_r2_1_a_location_admin_sees_own_locations_and_cannot_enable(site: Site) -> None:
    client = await administrator(site, AccessType.LOCATION_ADMIN)

    page = (await client.get("/plugin")).text
    refused = await press(client, action="locations", location_id=[NORTH, SOUTH])

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

    assert invited.text.count("Waiting for sign-in") == 2
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
    assert "not enabled at any Location of Bob Example." in answer.text
    assert ticked == ["anna", "bob"]


async def test_r3_4_an_invitation_is_sent_again(site: Site) -> None:
    old = await site.activate(site.add("anna"))
    client = await administrator(site)
    site.clock.advance(60)

    answer = await press(client, resend="anna")

    assert answer.location == "/plugin?done=resent"
    assert (await Client().get(old)).status == 410


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
