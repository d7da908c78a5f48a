"""Numbers and traces: which, of what, and that nothing private is in them (R7.3)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import azure.functions as func
import httpx
import pytest
from opentelemetry import trace

from simulators.host.settings import read_host_options
from sync import telemetry
from sync.background import queues
from sync.engine.items import BookingKind
from sync.errors import ContractBroken, Throttled
from sync.outside.booking.gateway import HttpBookingGateway
from sync.outside.http_client import BoundedClient
from sync.people.sweep import SHARDS
from sync.ports import AccountCause, AccountJob, Cause, MailJob, MailKind, SyncJob
from sync.ports.job_texts import (
    decode_account,
    decode_mail,
    decode_sync,
    encode_account,
    encode_mail,
    encode_sync,
    trace_of,
)
from sync.words import AccountId, PersonKey, StaffId
from tests.fakes.clock import START
from tests.site.site import Site
from tests.stories.sync.moments import at
from tests.stories.sync.world import World
from tests.telemetry.told import Told, taken_down

ROOT = Path(__file__).parents[2]
CANARY = "kanarienvogel"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ANNA = PersonKey(account_id=AccountId("acme"), staff_id=StaffId("anna"))
JOB = SyncJob(person=ANNA, cause=Cause.OUTLOOK_CHANGED)


@pytest.fixture
def told() -> Iterator[Told]:
    with taken_down() as all_of_it:
        yield all_of_it


def message(text: str, tries: int = 1) -> func.QueueMessage:
    class Message(func.QueueMessage):
        @property
        def dequeue_count(self) -> int:
            return tries

    return Message(body=text.encode())


# Traces


def test_what_is_queued_within_a_post_is_part_of_its_trace(told: Told) -> None:
    with telemetry.post("outlook"):
        soon, later = telemetry.carried(600), telemetry.carried(601)
    with (
        telemetry.job("sync", trace_parent=soon, tries=1),
        telemetry.call("booking", "POST") as call,
    ):
        call.status = 201

    post, job, made = (told.spans[n] for n in ("outlook post", "sync job", "booking POST"))
    assert post.context is not None
    assert made.context is not None
    assert job.parent is not None
    assert (job.parent.trace_id, job.parent.span_id) == (
        post.context.trace_id,
        post.context.span_id,
    )
    assert made.parent == job.context
    assert made.context.trace_id == post.context.trace_id
    assert later == ""


def test_without_telemetry_no_message_says_anything_of_a_trace() -> None:
    with telemetry.post("outlook"), telemetry.job("sync", trace_parent="", tries=1):
        assert telemetry.carried(0) == ""
        assert "traceparent" not in encode_sync(JOB, telemetry.carried(0))


def test_a_message_bears_its_trace_beside_its_job() -> None:
    account = AccountJob(cause=AccountCause.SWEEP_SHARD, shard=3)
    mail = MailJob(kind=MailKind.INVITATION, person=ANNA, key="k")
    texts = encode_sync(JOB, TRACE), encode_account(account, TRACE), encode_mail(mail, TRACE)

    assert [trace_of(text) for text in texts] == [TRACE] * 3
    assert decode_sync(texts[0]) == JOB
    assert decode_account(texts[1]) == account
    assert decode_mail(texts[2]) == mail


@pytest.mark.parametrize("text", ["", "{", "[]", '{"traceparent":7}', "[" * 9999, encode_sync(JOB)])
def test_a_message_without_a_trace_that_can_be_read_has_none(text: str) -> None:
    assert trace_of(text) == ""


async def test_a_job_with_an_unreadable_trace_runs_in_one_of_its_own(
    site: Site, told: Told
) -> None:
    person = PersonKey(account_id=ANNA.account_id, staff_id=site.add("anna").staff_id)

    await queues.sync_jobs(message(encode_sync(SyncJob(person=person, cause=Cause.DUE), CANARY)))

    assert told.spans["sync job"].parent is None


# What is kept


def test_a_story_of_which_something_fails_is_kept_whole() -> None:
    with taken_down(kept=0) as told:
        with telemetry.job("sync", trace_parent="", tries=1):
            with telemetry.call("outlook", "GET") as call:
                call.status = 200
            with telemetry.call("outlook", "PATCH") as call:
                call.status = 503
        with telemetry.post("booking"):
            pass

        assert set(told.spans) == {"sync job", "outlook GET", "outlook PATCH"}


def test_of_one_trace_all_quiet_stories_are_kept_or_none() -> None:
    kept: set[frozenset[str]] = set()
    for _ in range(40):
        with taken_down(kept=0.5) as told:
            with telemetry.post("outlook"):
                carried = telemetry.carried(0)
            with telemetry.job("sync", trace_parent=carried, tries=1):
                pass
            kept.add(frozenset(told.spans))

    assert kept == {frozenset(), frozenset({"outlook post", "sync job"})}


def test_what_ends_after_its_story_is_kept_nowhere_but_told(told: Told) -> None:
    story = telemetry.job("sync", trace_parent="", tries=1)
    left = telemetry.call("outlook", "GET")

    story.__enter__()
    left.__enter__()
    story.__exit__(None, None, None)
    left.__exit__(None, None, None)

    assert set(told.spans) == {"sync job", "outlook GET"}
    assert not told.stories._first
    assert not told.stories._ended


def test_r7_3_an_error_is_told_without_its_message(told: Told) -> None:
    for story in (
        telemetry.post("booking"),
        telemetry.job("mail", trace_parent="", tries=1),
        telemetry.call("outlook", "GET"),
    ):
        with pytest.raises(ValueError, match=CANARY), story:
            raise ValueError(CANARY)

    assert len(told.spans) == 3
    for span in told.spans.values():
        assert not span.status.is_ok
        assert not span.events
        assert CANARY not in span.to_json()


def test_libraries_have_no_provider_of_ours(told: Told) -> None:
    with telemetry.post("outlook"), trace.get_tracer("a.library").start_as_current_span(CANARY):
        pass

    assert set(told.spans) == {"outlook post"}


# Numbers


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((200, "ok"), (304, "ok"), (404, "refused"), (412, "refused"), (429, "throttled")),
        *((500, "failed"), (503, "failed"), (None, "unanswered")),
    ],
)
def test_a_call_is_counted_by_how_it_ended(told: Told, status: int | None, outcome: str) -> None:
    with telemetry.call("outlook", "GET") as call:
        call.status = status

    assert told.numbers("connect_up.calls") == {("outlook", outcome): 1}
    assert told.spans["outlook GET"].status.is_ok == (outcome not in {"failed", "unanswered"})


async def test_every_call_of_the_booking_product_is_counted(told: Told) -> None:
    statuses = iter([200, 429, 500])
    answer = httpx.MockTransport(lambda _: httpx.Response(next(statuses), json={}))
    gateway = HttpBookingGateway(
        client=BoundedClient(transport=answer),
        base_url="https://booking.example.org",
        token="t",
    )

    for error in (ContractBroken, Throttled, Exception):
        with pytest.raises(error):
            await gateway.staff_member(ANNA)

    assert told.numbers("connect_up.calls") == {
        ("booking", "ok"): 1,
        ("booking", "throttled"): 1,
        ("booking", "failed"): 1,
    }


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(("tries", "outcome"), [(1, "again"), (4, "again"), (5, "poisoned")])
async def test_a_message_that_fails_for_the_last_time_is_counted_as_poison(
    told: Told, tries: int, outcome: str
) -> None:
    with pytest.raises(ContractBroken):
        await queues.mail_jobs(message("{}", tries))

    assert told.numbers("connect_up.jobs") == {("mail", "unread", outcome): 1}


def test_the_last_try_is_the_hosts() -> None:
    assert read_host_options(ROOT).queues.max_dequeue_count == telemetry.LAST_TRY


async def test_a_job_that_is_put_back_is_counted_so(site: Site, told: Told) -> None:
    def busy(_: str) -> None:
        raise Throttled("busy", retry_after=90)

    site.connections.before = busy
    await queues.account_jobs(
        message(encode_account(AccountJob(cause=AccountCause.SWEEP_SHARD, shard=0)))
    )

    assert told.numbers("connect_up.jobs") == {("account", "sweep_shard", "postponed"): 1}


@pytest.mark.parametrize(
    ("seconds", "within"),
    [(-2, "10s"), (10, "10s"), (11, "1min"), (600, "10min"), (3_600, "1h"), (3_601, "longer")],
)
def test_a_change_is_counted_by_the_time_that_it_took(
    told: Told, seconds: int, within: str
) -> None:
    telemetry.changed("outlook", START, START + timedelta(seconds=seconds))

    assert told.numbers("connect_up.changes") == {("outlook", within): 1}


def test_a_change_is_not_late_that_nobody_dates_or_that_only_came_into_sight(told: Told) -> None:
    telemetry.changed("outlook", None, START)
    telemetry.changed("outlook", START - timedelta(days=2), START)

    assert not told.points()


async def test_changes_of_both_sides_are_timed_but_not_what_is_awaited(told: Told) -> None:
    world = World()
    anna = world.add_person()
    old = world.booking.book(anna, at(2))
    await world.start(anna)
    assert not told.numbers("connect_up.changes")

    world.booking.book(anna, at(4))
    world.clock.advance(30)
    await world.sync(anna)
    world.outlook.meet(anna, at(7))
    world.clock.advance(300)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)
    world.booking.move(anna, old.id, at(9))
    await world.sync(anna)

    assert told.numbers("connect_up.changes") == {
        ("outlook", "1min"): 1,
        ("booking", "10min"): 1,
        ("outlook", "10s"): 1,
    }


async def test_what_waits_and_what_is_held_is_counted(told: Told) -> None:
    world = World()
    anna = world.add_person()
    items = [world.booking.book(anna, at(2 + hour)) for hour in range(12)]
    await world.start(anna)
    assert told.numbers("connect_up.waiting") == {(): 0}

    for item in items:
        world.outlook.delete(anna, world.event_of(anna, item).id)
    await world.sync(anna, Cause.OUTLOOK_CHANGED)

    assert world.connection(anna).held is not None
    assert told.numbers("connect_up.held") == {(): 12}


async def test_subscriptions_are_counted_as_they_near_their_end(told: Told) -> None:
    world = World()
    anna = await world.started_person()
    subscription = world.connection(anna).subscription
    assert subscription is not None

    for left in (timedelta(hours=30), timedelta(hours=2), timedelta(hours=-1)):
        world.clock.time = subscription.expires_at - left
        for shard in range(SHARDS):
            await world.sweep.renew_shard(shard)

    assert told.numbers("connect_up.subscriptions") == {("1",): 1, ("0",): 1, ("ended",): 1}


async def test_r7_3_the_words_beside_numbers_are_few_and_name_nobody(told: Told) -> None:
    world = World()
    anna = await world.started_person(CANARY)
    world.booking.block(anna, at(4), title=CANARY, kind=BookingKind.RESERVE)
    world.outlook.meet(anna, at(7), subject=CANARY)
    await world.sync(anna)
    await world.sweep_all()

    names = {"side", "outcome", "queue", "cause", "kind", "to", "within", "days_left"}
    assert {name for name, *_ in told.points()} >= {"connect_up.changes", "connect_up.mails"}
    for name, words, _ in told.points():
        assert set(words) <= names, name
        assert CANARY not in str(words), name
