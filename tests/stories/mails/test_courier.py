import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from notifications.courier import MAIL_FAILED, Courier
from sync.engine.telling import Tell
from sync.errors import ContractBroken, Rejected, Throttled, Unavailable
from sync.host import Host
from sync.messages import language, said
from sync.people.contact import Notice
from sync.people.people import (
    Connection,
    ConnectionState,
    Contact,
    Held,
    HeldAnswer,
    Invitation,
    InvitationStatus,
    LastSync,
    PendingContact,
    Problem,
    SyncResult,
)
from sync.ports import LedgerChange, Mail, MailJob, MailKind
from sync.words import PersonKey, StaffId
from tests.fakes.clock import START
from tests.fakes.outside import Memory
from tests.stories.mails.people import (
    ANN,
    BASE_URL,
    INVITATION,
    PRODUCT,
    SETTINGS,
    connection,
    invited,
)

BUNDLE = "bundle-1"
REFUSED = Rejected(status=400, code="mail_refused", detail="no")


class FakeSender:
    """A mail service that takes each operation once, and fails as it is told to."""

    def __init__(self) -> None:
        self.mails: dict[str, Mail] = {}
        self.attempts = 0
        self.failures: Iterator[Exception | None] = iter(())

    async def send(self, mail: Mail, *, operation_id: str) -> None:
        self.attempts += 1
        failure = next(self.failures, None)
        if failure is not None:
            raise failure
        self.mails.setdefault(operation_id, mail)

    @property
    def sent(self) -> list[Mail]:
        return list(self.mails.values())


class Post(Memory):
    """A courier with everything around it in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.sender = FakeSender()
        self.courier = Courier(
            replace(self.outside(), email=self.sender),
            invitation_link=_link,
            confirmation_link=_confirmation_link,
            unsubscribe_link=_unsubscribe_link,
            product=PRODUCT,
            base_url=f"{BASE_URL}/",
            host=Host(name="Salon Planner"),
            held_for=timedelta(days=1),
        )

    async def keep(self, person: Connection) -> None:
        row = await self.connections.get(person.person)
        await self.connections.put(person, row.etag if row else None)

    async def ann(self) -> Connection:
        row = await self.connections.get(ANN)
        assert row is not None
        return row.value

    async def tell(self, *titles: str) -> None:
        opened = await self.ledger.open(ANN, seconds=60)
        assert opened is not None
        lease = opened.lease
        tells = tuple(
            Tell(title=title, tried="t", reason="r", now="n", state=title) for title in titles
        )
        await self.ledger.record(lease, LedgerChange(tells=tells))
        await self.ledger.bundle_tells(lease, BUNDLE)
        await self.ledger.close(lease)


def _link(invitation: Invitation, person: PersonKey) -> str:
    return f"{BASE_URL}/connect?invitation={person}-{invitation.id}"


def _confirmation_link(asked: PendingContact, person: PersonKey) -> str:
    return f"{BASE_URL}/contact/confirm?token={person}-{asked.id}"


def _unsubscribe_link(person: PersonKey, notice: Notice) -> str:
    return f"{BASE_URL}/unsubscribe?token={person}-{notice}"


def job(kind: MailKind, reference: str = "", key: str = "cause-1") -> MailJob:
    return MailJob(kind=kind, person=ANN, key=key, reference=reference)


INVITE = job(MailKind.INVITATION, INVITATION.id, INVITATION.id)
COMPLETED = job(MailKind.SYNC_COMPLETED)
NOT_UPDATED = job(MailKind.NOT_UPDATED, BUNDLE)
DISCONNECTED = job(MailKind.DISCONNECTED, "reconnect_needed")
RECONNECTED = job(MailKind.RECONNECTED)
CONFIRM = job(MailKind.CONFIRM_CONTACT, "ask-1", "ask-1")
CONFIRMED = Contact(confirmed="contact@example.org", confirmed_by="ask-0")
WAITING = Contact(
    pending=PendingContact(
        address="contact@example.org", id="ask-1", expires_at=START + timedelta(days=7)
    )
)
HELD = job(MailKind.HELD, BUNDLE, f"held-{START.isoformat()}")
ASKED = Held(since=START, count=2)
OF_TELLS = (NOT_UPDATED, HELD)


@pytest.fixture
def post() -> Post:
    return Post()


async def test_r9_1_an_invitation_goes_to_the_profiles_address(post: Post) -> None:
    await post.keep(invited())

    await post.courier.deliver(INVITE)

    (mail,) = post.sender.sent
    assert mail.to == "profile@example.org"
    assert f"{BASE_URL}/connect?invitation=acc-1:ann-inv-1" in mail.text
    invitation = (await post.ann()).invitation
    assert invitation is not None
    assert invitation.status is InvitationStatus.SENT


@pytest.mark.parametrize("each", [COMPLETED, DISCONNECTED, RECONNECTED, HELD])
async def test_r9_6_everything_else_goes_to_the_contact_address(post: Post, each: MailJob) -> None:
    await post.keep(connection(held=ASKED, contact=CONFIRMED))
    await post.tell("First")

    await post.courier.deliver(each)

    assert [mail.to for mail in post.sender.sent] == ["contact@example.org"]


@pytest.mark.parametrize("each", [COMPLETED, NOT_UPDATED, DISCONNECTED, RECONNECTED, HELD])
@pytest.mark.parametrize(
    "contact", [Contact(), WAITING, replace(CONFIRMED, confirmed="old@b.example")]
)
async def test_r5_3_an_address_that_nobody_confirmed_gets_none_of_it(
    post: Post, each: MailJob, contact: Contact
) -> None:
    await post.keep(connection(held=ASKED, contact=contact))
    await post.tell("First")

    await post.courier.deliver(each)

    assert [mail.to for mail in post.sender.sent] == ["profile@example.org"]


async def test_r5_3_a_confirmation_goes_to_the_address_that_waits_once(post: Post) -> None:
    await post.keep(connection(contact=WAITING))

    await post.courier.deliver(CONFIRM)
    await post.courier.deliver(CONFIRM)

    (mail,) = post.sender.sent
    assert mail.to == "contact@example.org"
    assert f"{BASE_URL}/contact/confirm?token=acc-1:ann-ask-1" in mail.text
    assert mail.unsubscribe_url is None


@pytest.mark.parametrize(
    ("contact", "seconds"), [(CONFIRMED, 0), (Contact(), 0), (WAITING, 7 * 86_400)]
)
async def test_r5_3_a_confirmation_that_is_over_is_not_sent(
    post: Post, contact: Contact, seconds: float
) -> None:
    await post.keep(connection(contact=contact))
    post.clock.advance(seconds)

    await post.courier.deliver(CONFIRM)

    assert post.sender.attempts == 0


async def test_r5_3_a_refused_confirmation_is_no_problem_of_the_sync(post: Post) -> None:
    await post.keep(connection(contact=WAITING))
    post.sender.failures = iter([REFUSED])

    await post.courier.deliver(CONFIRM)

    assert (await post.ann()).problem is None


async def test_r9_7_the_eleventh_mail_in_ten_minutes_waits_and_none_is_lost(post: Post) -> None:
    await post.keep(connection())
    jobs = [replace(COMPLETED, key=f"cause-{number}") for number in range(11)]

    for each in jobs[:10]:
        await post.courier.deliver(each)
    post.clock.advance(60)
    for _ in range(3):
        with pytest.raises(Throttled) as caught:
            await post.courier.deliver(jobs[10])
    assert caught.value.retry_after == 540
    assert len(post.sender.sent) == 10
    post.clock.advance(540)
    await post.courier.deliver(jobs[10])

    assert len(post.sender.sent) == 11


async def test_r9_7_no_address_gets_more_than_fifty_mails_a_day(post: Post) -> None:
    await post.keep(connection())
    sent = 0

    for number in range(200):
        with suppress(Throttled):
            await post.courier.deliver(replace(COMPLETED, key=f"cause-{number}"))
            sent += 1
        post.clock.advance(400)

    # 200 times 400 seconds are less than a day.
    assert sent == 50


async def test_r9_7_an_address_is_the_same_for_all_people_and_in_any_spelling(post: Post) -> None:
    for number in range(11):
        who = replace(ANN, staff_id=StaffId(f"s{number}"))
        email = "Profile@Example.org" if number % 2 else "profile@example.org"
        person = connection(person=who, staff=replace(connection().staff, email=email))
        await post.keep(person)
        if number < 10:
            await post.courier.deliver(replace(COMPLETED, person=who))

    with pytest.raises(Throttled):
        await post.courier.deliver(replace(COMPLETED, person=who))


async def test_r9_7_what_is_not_wanted_is_not_counted(post: Post) -> None:
    quiet = replace(SETTINGS, notify_resync_completed=False)
    await post.keep(connection(settings=quiet))

    for number in range(20):
        await post.courier.deliver(replace(COMPLETED, key=f"cause-{number}"))
    await post.courier.deliver(DISCONNECTED)

    assert len(post.sender.sent) == 1


async def test_r3_6_an_invitation_that_has_to_wait_is_not_sent_before(post: Post) -> None:
    later = replace(INVITATION, send_at=START + timedelta(seconds=40))
    await post.keep(invited(invitation=later))

    with pytest.raises(Throttled) as caught:
        await post.courier.deliver(INVITE)
    assert caught.value.retry_after == 40
    post.clock.advance(40)
    await post.courier.deliver(INVITE)

    assert len(post.sender.sent) == 1


@pytest.mark.parametrize(
    ("each", "notice"),
    [(COMPLETED, "notify_resync_completed"), (NOT_UPDATED, "notify_update_failed")],
)
async def test_r9_8_what_is_a_choice_ends_by_one_click(
    post: Post, each: MailJob, notice: str
) -> None:
    await post.keep(connection())
    await post.tell("First")

    await post.courier.deliver(each)

    (mail,) = post.sender.sent
    assert mail.unsubscribe_url == f"{BASE_URL}/unsubscribe?token=acc-1:ann-{notice}"
    assert mail.unsubscribe_url in mail.text
    assert mail.unsubscribe_url in mail.html


@pytest.mark.parametrize("each", [INVITE, DISCONNECTED, RECONNECTED, HELD])
async def test_r9_8_what_is_no_choice_has_no_such_link(post: Post, each: MailJob) -> None:
    await post.keep(invited() if each is INVITE else connection(held=ASKED))
    await post.tell("First")

    await post.courier.deliver(each)

    assert [mail.unsubscribe_url for mail in post.sender.sent] == [None]


def completed_with(*bundles: str) -> MailJob:
    ended = {"ended_at": START.isoformat(), "result": "partial", "counts": {}, "bundles": bundles}
    return replace(COMPLETED, reference=json.dumps(ended))


async def test_r9_8_a_sync_that_met_taken_times_is_one_mail(post: Post) -> None:
    await post.keep(connection(waiting=1))
    await post.tell("Team")

    await post.courier.deliver(completed_with(BUNDLE))
    await post.courier.deliver(NOT_UPDATED)

    (mail,) = post.sender.sent
    assert "Team" in mail.text
    assert "in sync" not in mail.subject
    assert await post.ledger.open_bundles(ANN) == ()


@pytest.mark.parametrize(
    ("completed", "failed", "mails"), [(True, False, 1), (False, True, 1), (False, False, 0)]
)
async def test_r5_4_of_a_joint_mail_only_what_was_chosen_is_told(
    post: Post, *, completed: bool, failed: bool, mails: int
) -> None:
    chosen = replace(SETTINGS, notify_resync_completed=completed, notify_update_failed=failed)
    await post.keep(connection(settings=chosen))
    await post.tell("Team")

    await post.courier.deliver(completed_with(BUNDLE))

    assert len(post.sender.sent) == mails
    assert all(("Team" in mail.text) == failed for mail in post.sender.sent)
    assert await post.ledger.open_bundles(ANN) == ()


async def test_r5_3_without_a_contact_address_the_profiles_counts(post: Post) -> None:
    await post.keep(connection(settings=None))

    await post.courier.deliver(DISCONNECTED)

    assert [mail.to for mail in post.sender.sent] == ["profile@example.org"]


async def test_r9_3_one_mail_tells_of_a_whole_sync_and_forgets_it(post: Post) -> None:
    await post.keep(connection())
    await post.tell("First", "Second")

    await post.courier.deliver(NOT_UPDATED)

    (mail,) = post.sender.sent
    assert "First" in mail.text
    assert "Second" in mail.text
    assert await post.ledger.open_bundles(ANN) == ()


@pytest.mark.parametrize(
    ("each", "choice"),
    [(COMPLETED, "notify_resync_completed"), (NOT_UPDATED, "notify_update_failed")],
)
async def test_r5_4_a_message_that_was_not_chosen_is_not_sent(
    post: Post, each: MailJob, choice: str
) -> None:
    changes: dict[str, Any] = {choice: False}
    await post.keep(connection(settings=replace(SETTINGS, **changes)))
    await post.tell("First")

    await post.courier.deliver(each)

    assert post.sender.attempts == 0


async def test_r5_4_what_is_not_told_is_forgotten(post: Post) -> None:
    await post.keep(connection(settings=replace(SETTINGS, notify_update_failed=False)))
    await post.tell("First")

    await post.courier.deliver(NOT_UPDATED)

    assert await post.ledger.open_bundles(ANN) == ()


async def test_r9_4_a_disconnection_is_told_whatever_was_chosen(post: Post) -> None:
    quiet = replace(SETTINGS, notify_resync_completed=False, notify_update_failed=False)
    await post.keep(connection(settings=quiet))

    await post.courier.deliver(DISCONNECTED)

    assert len(post.sender.sent) == 1


async def test_r11_7_held_cancellations_are_asked_about_whatever_was_chosen(post: Post) -> None:
    quiet = replace(SETTINGS, notify_resync_completed=False, notify_update_failed=False)
    await post.keep(connection(settings=quiet, held=ASKED))
    await post.tell("First", "Second")

    await post.courier.deliver(HELD)

    (mail,) = post.sender.sent
    assert "2 appointments wait for your answer" in mail.subject
    assert "First" in mail.text
    assert "Second" in mail.text
    assert "Tuesday 24 November 2026, 03:00 (EST)" in mail.text
    assert await post.ledger.open_bundles(ANN) == ()


@pytest.mark.parametrize("held", [None, replace(ASKED, answer=HeldAnswer.PUT_BACK)])
async def test_r11_7_nobody_is_asked_what_is_no_question_any_more(
    post: Post, held: Held | None
) -> None:
    await post.keep(connection(held=held))
    await post.tell("First")

    await post.courier.deliver(HELD)

    assert post.sender.attempts == 0
    assert await post.ledger.open_bundles(ANN) == ()


async def test_r9_5_another_question_is_another_mail(post: Post) -> None:
    for day in (0, 2):
        since = START + timedelta(days=day)
        await post.keep(connection(held=replace(ASKED, since=since)))
        await post.tell("First")
        await post.courier.deliver(replace(HELD, key=f"held-{since.isoformat()}"))

    assert len(post.sender.sent) == 2


@pytest.mark.parametrize("each", [COMPLETED, NOT_UPDATED, DISCONNECTED, RECONNECTED, HELD])
async def test_r9_5_the_same_cause_is_mailed_once(post: Post, each: MailJob) -> None:
    await post.keep(connection(held=ASKED))
    await post.tell("First")

    for _ in range(3):
        await post.courier.deliver(each)

    assert post.sender.attempts == 1


async def test_r9_2_the_sync_that_ended_is_told_even_if_another_ended_since(post: Post) -> None:
    await post.keep(connection())
    counts = {"to_outlook.created": 41, "left_out.all_day": 4}
    ended = LastSync(ended_at=post.clock.now(), result=SyncResult.PARTIAL, counts=counts)
    reference = json.dumps(
        {"ended_at": ended.ended_at.isoformat(), "result": ended.result, "counts": counts}
    )

    await post.courier.deliver(replace(COMPLETED, reference=reference))

    (mail,) = post.sender.sent
    assert "Created: 41" in mail.text
    assert "4 items" in mail.text


async def test_a_completed_sync_that_can_not_be_read_breaks_the_contract(post: Post) -> None:
    await post.keep(connection())

    with pytest.raises(ContractBroken):
        await post.courier.deliver(replace(COMPLETED, reference="{}"))


async def test_another_cause_is_another_mail(post: Post) -> None:
    await post.keep(connection())

    await post.courier.deliver(COMPLETED)
    await post.courier.deliver(replace(COMPLETED, key="cause-2"))

    assert len(post.sender.sent) == 2


async def test_r3_5_an_invitation_goes_out_once(post: Post) -> None:
    await post.keep(invited())

    for _ in range(3):
        await post.courier.deliver(INVITE)

    assert post.sender.attempts == 1


async def test_r9_5_a_failure_that_passes_is_raised_and_tried_again(post: Post) -> None:
    await post.keep(connection())
    post.sender.failures = iter([Unavailable("busy", retry_after=9), Unavailable("busy")])

    for _ in range(2):
        with pytest.raises(Unavailable):
            await post.courier.deliver(COMPLETED)
    await post.courier.deliver(COMPLETED)
    await post.courier.deliver(COMPLETED)

    assert len(post.sender.sent) == 1
    assert post.sender.attempts == 3
    assert (await post.ann()).problem is None


class Crash(BaseException):
    """The process dies."""


@pytest.mark.parametrize(
    "each",
    [INVITE, COMPLETED, NOT_UPDATED, DISCONNECTED, RECONNECTED, HELD, CONFIRM],
)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", range(12))
async def test_r9_5_a_death_at_any_step_neither_loses_nor_doubles_a_mail(
    post: Post, each: MailJob, when: str, step: int
) -> None:
    usual = connection(held=ASKED, contact=WAITING)
    await post.keep(invited() if each is INVITE else usual)
    await post.tell("First")
    steps = iter(range(100))

    def die(name: str) -> None:
        if next(steps) == step:
            raise Crash(name)

    hooks = (post.connections, post.ledger, post.sent, post.limits)
    for fake in hooks:
        setattr(fake, when, die)
    with suppress(Crash):
        await post.courier.deliver(each)
    for fake in hooks:
        setattr(fake, when, None)
    await post.courier.deliver(each)
    await post.courier.deliver(each)

    assert len(post.sender.sent) == 1
    assert await post.ledger.open_bundles(ANN) == (() if each in OF_TELLS else (BUNDLE,))


async def test_r9_5_two_deliveries_at_once_are_one_mail_to_the_service(post: Post) -> None:
    await post.keep(connection())
    inner = FakeSender.send

    async def again(mail: Mail, *, operation_id: str) -> None:
        post.sender.send = inner.__get__(post.sender)  # type: ignore[method-assign]
        await post.courier.deliver(COMPLETED)
        await inner(post.sender, mail, operation_id=operation_id)

    post.sender.send = again  # type: ignore[method-assign]
    await post.courier.deliver(COMPLETED)

    assert len(post.sender.sent) == 1
    (operation_id,) = post.sender.mails
    assert UUID(operation_id).version == 5


async def test_r9_5_a_refused_invitation_shows_as_failed(post: Post) -> None:
    await post.keep(invited())
    post.sender.failures = iter([REFUSED])

    await post.courier.deliver(INVITE)
    await post.courier.deliver(INVITE)

    invitation = (await post.ann()).invitation
    assert invitation is not None
    assert invitation.status is InvitationStatus.FAILED
    assert post.sender.attempts == 1


async def test_r9_5_another_refused_mail_is_noted_for_administrators(post: Post) -> None:
    await post.keep(connection())
    post.sender.failures = iter([REFUSED])

    await post.courier.deliver(COMPLETED)
    await post.courier.deliver(COMPLETED)

    assert (await post.ann()).problem == MAIL_FAILED
    assert post.sender.attempts == 1


async def test_a_refused_mail_hides_no_greater_problem(post: Post) -> None:
    greater = Problem(code="reconnect_needed", message="Sign in again.")
    await post.keep(connection(problem=greater))
    post.sender.failures = iter([REFUSED])

    await post.courier.deliver(DISCONNECTED)

    assert (await post.ann()).problem == greater


async def test_a_mail_that_goes_through_ends_the_problem(post: Post) -> None:
    await post.keep(connection(problem=MAIL_FAILED))

    await post.courier.deliver(COMPLETED)

    assert (await post.ann()).problem is None


@pytest.mark.parametrize(
    "changes",
    [
        {"invitation": replace(INVITATION, id="inv-2")},
        {"invitation": replace(INVITATION, used=True)},
        {"invitation": None},
        {"active": False, "state": ConnectionState.INACTIVE},
    ],
)
async def test_r3_4_an_invitation_that_is_no_good_any_more_is_not_sent(
    post: Post, changes: dict[str, object]
) -> None:
    await post.keep(invited(**changes))

    await post.courier.deliver(INVITE)

    assert post.sender.attempts == 0


async def test_an_invitation_that_expired_on_its_way_shows_as_failed(post: Post) -> None:
    await post.keep(invited())
    post.clock.advance(timedelta(hours=1).total_seconds())

    await post.courier.deliver(INVITE)

    invitation = (await post.ann()).invitation
    assert invitation is not None
    assert invitation.status is InvitationStatus.FAILED
    assert post.sender.attempts == 0


async def test_r3_2_a_person_without_an_address_can_not_be_invited(post: Post) -> None:
    await post.keep(invited(staff=replace(invited().staff, email=None)))

    await post.courier.deliver(INVITE)

    invitation = (await post.ann()).invitation
    assert invitation is not None
    assert invitation.status is InvitationStatus.NO_EMAIL


@pytest.mark.parametrize("each", [INVITE, COMPLETED, NOT_UPDATED, DISCONNECTED, RECONNECTED, HELD])
async def test_a_mail_for_nobody_is_dropped(post: Post, each: MailJob) -> None:
    await post.courier.deliver(each)

    assert post.sender.attempts == 0


async def test_a_connection_that_changes_meanwhile_is_read_again(post: Post) -> None:
    await post.keep(invited())
    writes = iter([True])

    def change(name: str) -> None:
        if name == "put" and next(writes, False):
            row = post.connections.rows[ANN]
            post.connections.rows[ANN] = replace(row, etag="another")

    post.connections.before = change
    await post.courier.deliver(INVITE)

    invitation = (await post.ann()).invitation
    assert invitation is not None
    assert invitation.status is InvitationStatus.SENT


async def test_no_address_title_or_link_is_logged(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await post.keep(invited())
    await post.courier.deliver(INVITE)
    await post.keep(connection())
    await post.tell("canary")
    await post.courier.deliver(NOT_UPDATED)

    everything = " ".join(str(record.__dict__) for record in caplog.records)
    assert "mail.sent" in everything
    for private in ("@example.org", "canary", "/connect?", "@microsoft.example"):
        assert private not in everything


@pytest.mark.parametrize(
    ("profile", "visited", "code"), [(None, "de", "de"), ("fr-CA", "de", "fr"), ("nl", None, "en")]
)
async def test_r12_7_mail_is_in_the_profiles_language_else_that_of_the_last_visit(
    profile: str | None, visited: str | None, code: str
) -> None:
    post = Post()
    person = connection()
    staff = replace(person.staff, language=profile)
    await post.keep(replace(person, staff=staff, language=visited))

    await post.courier.deliver(RECONNECTED)

    (mail,) = post.sender.sent
    message = said("{product}: your Outlook calendar is connected again", product=PRODUCT.name)
    assert mail.subject == language(code).say(message)
    assert f'<html lang="{code}">' in mail.html
