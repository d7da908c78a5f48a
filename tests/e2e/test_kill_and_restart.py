"""The functions die at a bad moment, notifications get lost: nothing goes wrong by it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from simulators.common.faults import FaultRule
from tests.e2e.product import (
    Member,
    Product,
    eventually,
    meeting,
    open_member,
    open_synced,
    tomorrow,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

_HOUR = timedelta(hours=1)


async def test_r11_5_a_kill_in_the_middle_of_the_first_sync_doubles_and_loses_nothing(
    product: Product,
) -> None:
    sam = product.run.practice.staff_id
    await product.activate(sam)
    async with open_member(product, sam) as member:
        await member.sign_in()
        preview = (await member.call("POST", "/preview", await member.choices())).json()
        wanted = preview["to_outlook"]["count"], preview["to_booking"]["count"]
        slow_down(product, member)
        await member.start()

        await kill_when(product, lambda: len(product.ours(member.address)) >= 6)
        await kill_when(product, lambda: len(product.ours(member.address)) >= 18)
        product.run.graph.faults.clear()
        me = await member.in_state("active")
        await product.quiet()

        assert_no_doubles(product, member)
        made = len(product.made(sam)) + len(me["waiting"])
        assert (len(product.ours(member.address)), made) == wanted
        told = [one for one in product.mails(member.address) if "were compared" in one["subject"]]
        assert len(told) == 1


async def test_r10_5_a_kill_in_the_middle_of_a_removal_leaves_nothing_behind(
    product: Product,
) -> None:
    luis = product.run.practice.location_admin_id
    native = {one["id"] for one in product.events("luis@practice.example")}
    schedule = {one.id for one in product.items(luis)}
    async with open_synced(product, luis) as member:
        ours = len(product.ours(member.address))
        slow_down(product, member)

        assert (await member.call("DELETE", "/sync")).status_code == 202
        await kill_when(product, lambda: not product.made(luis))
        await kill_when(product, lambda: len(product.ours(member.address)) < ours - 5)
        product.run.graph.faults.clear()
        await member.in_state("authorized")
        await product.quiet()

        assert not product.ours(member.address)
        assert {one["id"] for one in product.events(member.address)} == native
        assert {one.id for one in product.items(luis)} == schedule


async def test_r11_5_answers_that_get_lost_double_nothing(product: Product) -> None:
    staff, address = product.hire("Tara"), "tara@practice.example"
    at = tomorrow(14)
    async with open_synced(product, staff) as member:
        product.run.graph.faults.set(
            "timeout_after_effect", user=address, method="POST", times=2, drop=True
        )
        product.run.booking.api.faults.add(
            FaultRule(
                kind="timeout_after_effect", operations=("createReserve",), subject=staff, times=1
            )
        )

        for n in range(2):
            product.run.booking.state.book_appointment(
                product.account, staff, start=at + n * _HOUR, end=at + (n + 1) * _HOUR
            )
        product.run.graph.acts.create(address, meeting("Supplier", at + timedelta(days=1)))
        await eventually(lambda: len(product.ours(address)) >= 2 and product.made(staff))
        await product.quiet()

        assert_no_doubles(product, member)
        assert (len(product.events(address)), len(product.made(staff))) == (3, 1)


async def test_r11_5_what_changes_while_the_functions_are_down_arrives_afterwards(
    product: Product,
) -> None:
    staff, address = product.hire("Mila"), "mila@practice.example"
    at = tomorrow(14)
    async with open_synced(product, staff) as member:
        await product.functions.kill()
        product.run.booking.state.book_appointment(
            product.account, staff, start=at, end=at + _HOUR, customer="Ada", service="Cut"
        )
        product.run.graph.acts.create(address, meeting("Supplier", at + timedelta(days=1)))

        await product.functions.start()

        await eventually(lambda: product.event(address, "Ada - Cut"))
        await eventually(lambda: product.reserve(staff, "Supplier"))
        assert_no_doubles(product, member)


async def test_r11_3_a_sweep_finds_what_no_notification_told(product: Product) -> None:
    staff, address = product.hire("Lena"), "lena@practice.example"
    at = tomorrow(14)
    async with open_synced(product, staff):
        product.run.graph.faults.set("notifications_lost", user=address)
        product.run.booking.webhooks.faults.add(FaultRule(kind="lost", subject=staff))
        product.run.booking.state.book_appointment(
            product.account, staff, start=at, end=at + _HOUR, customer="Ada", service="Cut"
        )
        product.run.graph.acts.create(address, meeting("Supplier", at + timedelta(days=1)))
        await product.quiet()
        assert not product.ours(address)
        assert not product.made(staff)

        await product.sweep()
        product.run.booking.webhooks.faults.clear()
        product.run.graph.faults.clear("notifications_lost")

        assert product.event(address, "Ada - Cut") is not None
        assert product.reserve(staff, "Supplier") is not None


@pytest.mark.parametrize("event", ["subscriptionRemoved", "missed", "reauthorizationRequired"])
async def test_r11_3_each_lifecycle_notification_is_answered_and_nothing_is_missed(
    product: Product, event: str
) -> None:
    first_name = {"subscriptionRemoved": "Remo", "missed": "Misa"}.get(event, "Reto")
    staff, address = product.hire(first_name), f"{first_name.lower()}@practice.example"
    subscriptions = product.run.graph.service.subscriptions
    async with open_synced(product, staff):
        (before,) = product.subscriptions(address)
        ends = before.expires
        if event == "missed":
            product.run.graph.faults.set("notifications_lost", user=address)
            product.run.graph.acts.create(address, meeting("Supplier", tomorrow(14)))
            await product.quiet()
            assert not product.made(staff)
            product.run.graph.faults.clear("notifications_lost")

        hold = event == "reauthorizationRequired"
        subscriptions.send_lifecycle(before, event, hold=hold)
        if event != "missed":
            product.run.graph.acts.create(address, meeting("Supplier", tomorrow(14)))

        await eventually(lambda: product.reserve(staff, "Supplier"))
        await product.quiet()
        (after,) = product.subscriptions(address)
        same = after.subscription_id == before.subscription_id
        assert same is (event != "subscriptionRemoved")
        assert not after.held
        if hold:
            assert after.expires > ends


def slow_down(product: Product, member: Member) -> None:
    """Makes each write to a person's Outlook take long enough to be interrupted."""
    for method in ("POST", "PATCH", "DELETE"):
        product.run.graph.faults.set("latency", user=member.address, method=method, ms=80)


async def kill_when(product: Product, moment: Callable[[], bool]) -> None:
    """Kills the functions at a moment, and starts them again."""
    await eventually(moment)
    await product.crash()


def assert_no_doubles(product: Product, member: Member) -> None:
    """Makes sure that no mark, no reference and no event stands there twice."""
    ours = product.ours(member.address)
    marks = {one["singleValueExtendedProperties"][0]["value"] for one in ours}
    shown = {(one["subject"], one["start"]["dateTime"]) for one in ours}
    refs = {one.external_ref for one in product.made(member.staff)}
    assert len(marks) == len(shown) == len(ours)
    assert len(refs) == len(product.made(member.staff))
