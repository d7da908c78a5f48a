"""What is kept of one person: given out, deleted, and ended when it has had its time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from sync.bootstrap import compose
from sync.engine.telling import ActivityEntry
from sync.errors import Unavailable
from sync.people.contact import Notice, chosen_address
from sync.people.letting_go import is_forgotten
from sync.people.people import ConnectionState, Subscription
from sync.people.personal_data import Receipt, Unfinished, Way
from sync.ports import AccountCause, AccountJob, Cause, LedgerChange, MailKind, SyncJob
from sync.words import CalendarId, PersonKey
from tests.fakes.clock import START
from tests.fakes.ledger import Partition
from tests.fakes.outside import settings_of
from tests.fakes.storage import shard_of
from tests.ports.suites.ledger import entry
from tests.stories.people.practice import ACCOUNT, ANNA, BERT, BOSS, NORTH, Practice, key, sign_in

SHARD = shard_of(ACCOUNT)
DAY = 86_400


class Office(Practice):
    """The practice, with what an operator's command works on."""

    def __init__(self) -> None:
        super().__init__()
        self.app = compose(settings_of(), self.outside())
        self.personal_data = self.app.personal_data

    async def synced(self) -> None:
        """Anna syncs an Appointment and a Meeting, and some activity is noted; Bert syncs."""
        await self.sync()
        await self.mirror(2)
        await self.reserve(5)
        await self.note(entry("made"))
        self.outlook.add_person(key(BERT))
        await self.activate(BERT)
        self.clear()

    async def note(self, *lines: ActivityEntry) -> None:
        """Notes activity of Anna's."""
        opened = await self.ledger.open(key(ANNA), seconds=60)
        assert opened is not None
        await self.ledger.record(opened.lease, LedgerChange(activity=lines))
        await self.ledger.close(opened.lease)

    async def delete(self, *, at_once: bool = False) -> Receipt | Unfinished:
        """Gives the command."""
        return await self.personal_data.delete(key(ANNA), at_once=at_once)

    async def pass_days(self, days: int) -> None:
        """Lets days go by, with a sweep and a renewal on each."""
        for _ in range(days):
            self.clock.advance(DAY)
            await self.sweep.run_shard(SHARD)
            for shard in range(16):
                await self.sweep.renew_shard(shard)

    def kept(self) -> str:
        """Gives all that lies anywhere of Anna, as text, but for what stays by design."""
        of = self.ledger.of(key(ANNA))
        found = {
            "connection": self.connections.rows.get(key(ANNA)),
            "ledger": None if of == Partition() else of,
            "claims": [who for who in self.claims.claims.values() if who == key(ANNA)],
            "index": [who for _, who in self.index.entries.values() if who == key(ANNA)],
            "tokens": self.microsoft.tokens.get(key(ANNA)),
            "limits": [each for each in self.limits.tallies if "anna" in each],
        }
        return str({name: each for name, each in found.items() if each})


@pytest.fixture
async def office() -> Office:
    made = Office()
    await made.synced()
    return made


async def test_r10_2_first_both_calendars_are_cleaned_then_all_is_deleted(office: Office) -> None:
    early = await office.delete()
    assert isinstance(early, Unfinished)
    assert office.woken[-1] == (ANNA, "disconnected")
    assert office.of().settings is not None
    await office.remove()
    receipt = await office.delete()

    assert isinstance(receipt, Receipt)
    assert [item.subject for item in office.subjects()] == ["Meeting"]
    assert (receipt.way, receipt.person) == (Way.DISCONNECTED_FIRST, key(ANNA))
    assert receipt.left_in_calendars is not None
    assert receipt.left_in_calendars.events_in_outlook == 0
    assert receipt.rows_deleted["connections"] == 1
    assert is_forgotten(office.of())
    assert "example" not in office.kept()
    assert "ledger" not in office.kept()


async def test_r10_2_the_command_waits_until_the_functions_have_cleaned_both_calendars(
    office: Office,
) -> None:
    sleep = office.clock.sleep

    async def work(seconds: float) -> None:
        await sleep(seconds)
        if len(office.clock.slept) == 3:
            await office.remove()

    office.clock.sleep = work  # type: ignore[method-assign]
    receipt = await office.personal_data.delete(key(ANNA), patience=timedelta(minutes=5))

    assert isinstance(receipt, Receipt)
    assert len(office.clock.slept) == 3


async def test_at_once_leaves_the_calendars_and_says_what_is_in_them(office: Office) -> None:
    receipt = await office.delete(at_once=True)

    assert isinstance(receipt, Receipt)
    assert receipt.way is Way.AT_ONCE
    assert receipt.left_in_calendars is not None
    left = receipt.left_in_calendars
    assert (left.events_in_outlook, left.reserves) == (1, 1)
    assert receipt.microsoft_subscription == "It is ended."
    assert not office.outlook.subscriptions(key(ANNA))
    assert is_forgotten(office.of())
    assert {"sentmails", "flows", "queues", "connections"} <= receipt.stays.keys()


async def test_r10_5_what_could_not_be_removed_is_said_before_anything_is_deleted(
    office: Office,
) -> None:
    await office.deactivate(ANNA)
    office.change(ANNA, state=ConnectionState.INACTIVE, goal=None, left_behind=2)

    answer = await office.delete()

    assert isinstance(answer, Unfinished)
    assert "2" in answer.why
    assert office.of().settings is not None
    assert isinstance(await office.delete(at_once=True), Receipt)


async def test_nobody_else_is_touched(office: Office) -> None:
    await office.authorize(BERT)
    await office.index.put(Subscription(id="b", expires_at=START, client_state="b"), key(BERT))
    await office.claims.claim(sign_in("ms-bert").account, CalendarId("b"), key(BERT))
    before = office.of(BERT)
    partition = office.ledger.of(key(BERT))

    await office.delete(at_once=True)

    assert office.of(BERT) == before
    assert office.ledger.of(key(BERT)) is partition
    assert [who for _, who in office.index.entries.values()] == [key(BERT)]
    assert list(office.claims.claims.values()) == [key(BERT)]
    assert set(office.microsoft.tokens) == {key(BERT)}
    assert f"invitations:{key(BERT)}" in office.limits.tallies


async def test_r4_5_a_session_of_before_is_over_for_good(office: Office) -> None:
    epoch = await office.app.session_ends.epoch(key(ANNA))

    await office.delete(at_once=True)

    assert await office.app.session_ends.epoch(key(ANNA)) > epoch


async def test_r3_5_jobs_of_before_find_nothing_to_do_and_leave_nothing_behind(
    office: Office,
) -> None:
    asked_at = office.clock.now()
    office.clock.advance(60)
    await office.delete(at_once=True)
    office.clear()
    activate = AccountJob(
        cause=AccountCause.ACTIVATE,
        account_id=ACCOUNT,
        staff_ids=(ANNA,),
        acting=BOSS,
        asked_at=asked_at,
    )

    await office.app.activation.go_on(activate)
    await office.app.runner.run(SyncJob(person=key(ANNA), cause=Cause.SWEEP))
    await office.look_at()

    assert is_forgotten(office.of())
    assert not office.mails(MailKind.INVITATION)
    await office.pass_days(8)
    assert office.kept() == "{}"


async def test_who_was_deleted_may_be_activated_anew(office: Office) -> None:
    await office.delete(at_once=True)
    office.clock.advance(60)

    await office.activate(ANNA)

    assert office.of().state is ConnectionState.INVITED
    assert office.of().staff.name == "Anna"


async def test_r5_3_a_link_in_an_old_mail_notes_nothing_of_who_was_deleted(office: Office) -> None:
    link = office.mail_choices.unsubscribe_link(key(ANNA), Notice.UPDATE_FAILED)
    await office.delete(at_once=True)
    before = office.of()

    await office.mail_choices.unsubscribe(parse_qs(urlsplit(link).query)["token"][0])

    assert office.of() == before
    office.clock.advance(60)
    await office.activate(ANNA)
    assert chosen_address(office.of()) == office.of().staff.email


@pytest.mark.parametrize("at_once", [True, False])
async def test_r11_5_dying_anywhere_it_is_begun_again(*, at_once: bool) -> None:
    steps = 0
    for number in range(60):
        office = Office()
        await office.synced()
        if not at_once:
            await office.delete()
            await office.remove()
        _die_at(office, number)
        try:
            await office.delete(at_once=at_once)
        except Unavailable:
            steps += 1
        else:
            break
        _die_at(office, None)

        receipt = await office.delete(at_once=at_once)

        assert isinstance(receipt, Receipt)
        assert is_forgotten(office.of())
        await office.pass_days(8)
        assert office.kept() == "{}"
    assert steps > 5


@pytest.mark.parametrize("at_once", [True, False])
async def test_r3_5_who_is_activated_again_while_it_goes_on_stays_activated(
    office: Office, *, at_once: bool
) -> None:
    await office.delete()
    await office.remove()

    async def delete_meanwhile(person: PersonKey, limited: tuple[str, ...]) -> Mapping[str, int]:
        office.clock.advance(1)
        await office.activate(ANNA)
        return await delete(person, limited)

    delete, office.rows.delete = office.rows.delete, delete_meanwhile  # type: ignore[method-assign]
    answer = await office.delete(at_once=at_once)

    assert isinstance(answer, Unfinished)
    assert office.of().state is ConnectionState.INVITED
    assert office.of().staff.name == "Anna"


async def test_r10_2_nothing_is_deleted_of_whom_a_later_decision_keeps_active(
    office: Office,
) -> None:
    """The clock of the operator's machine may be slow."""
    later = office.clock.now() + timedelta(minutes=3)
    office.change(ANNA, decided_at=later)
    before = office.kept()

    answer = await office.delete()

    assert isinstance(answer, Unfinished)
    assert office.kept() == before


async def test_of_somebody_unknown_nothing_is_kept_and_nothing_is_made() -> None:
    office = Office()

    receipt = await office.delete()

    assert isinstance(receipt, Receipt)
    assert receipt.way is Way.NOTHING_KEPT
    assert not office.connections.rows


async def test_an_export_names_each_table_and_what_is_elsewhere(office: Office) -> None:
    export = await office.personal_data.export(key(ANNA))

    assert "anna@private.example" in str(export.tables["connections"])
    assert "Customer" not in str(export.tables["tokencaches"])
    assert all(export.tables[name] for name in ("ledger", "claims", "subscriptions"))
    assert {"sentmails", "flows", "locations", "queues", "logs"} == set(export.elsewhere)


async def test_r3_3_who_was_deactivated_ends_with_the_last_of_their_activity(
    office: Office,
) -> None:
    await office.deactivate(ANNA)
    await office.remove()

    await office.pass_days(89)
    assert office.of().settings is not None
    await office.pass_days(10)

    assert office.kept() == "{}"


async def test_the_sweep_asks_no_question_that_reads_whole_tables(office: Office) -> None:
    await office.deactivate(ANNA)
    await office.remove()
    asked: list[str] = []
    office.rows.before = asked.append

    await office.pass_days(99)

    assert key(ANNA) not in office.connections.rows
    assert asked == []


async def test_r12_1_activity_of_who_syncs_nothing_has_an_end_and_the_choices_stay(
    office: Office,
) -> None:
    await office.own.disconnect(key(ANNA))
    await office.remove()

    await office.pass_days(100)

    assert office.ledger.of(key(ANNA)).activity == []
    assert office.of().settings is not None
    assert office.of().due_at is None


async def test_r10_5_who_left_something_behind_is_kept(office: Office) -> None:
    await office.deactivate(ANNA)
    office.change(
        ANNA, state=ConnectionState.INACTIVE, goal=None, left_behind=2, due_at=office.clock.now()
    )

    await office.pass_days(200)

    assert office.of().left_behind == 2


async def test_r3_5_a_decision_is_kept_for_as_long_as_a_job_of_before_may_come() -> None:
    office = Office()
    await office.enable(NORTH)
    await office.deactivate(ANNA)

    await office.pass_days(6)
    assert office.of().decided_at is not None
    await office.pass_days(3)

    assert key(ANNA) not in office.connections.rows


async def test_r4_5_a_log_out_of_somebody_never_activated_is_kept_for_some_days() -> None:
    office = Office()
    await office.app.session_ends.end_all(key(ANNA))
    await office.pass_days(5)
    await office.app.session_ends.end_all(key(ANNA))

    await office.pass_days(5)
    assert await office.app.session_ends.epoch(key(ANNA)) == 2
    await office.pass_days(3)

    assert key(ANNA) not in office.connections.rows


async def test_r2_5_of_who_was_let_go_nothing_new_is_noted(office: Office) -> None:
    await office.deactivate(ANNA)
    await office.remove()
    before = office.of()
    profile = replace(before.staff, name="New", email="new@example.org")
    office.booking.put_staff(ACCOUNT, profile)

    await office.look_at()

    assert office.of() == before


async def test_a_job_of_somebody_never_activated_leaves_no_row() -> None:
    office = Office()

    await office.app.runner.run(SyncJob(person=key(ANNA), cause=Cause.BOOKING_CHANGED))

    assert office.kept() == "{}"


def _die_at(office: Office, number: int | None) -> None:
    """Has the call with this number fail after it took effect."""
    left = [number]

    def die(*_: object) -> None:
        if left[0] is None:
            return
        left[0] -= 1
        if left[0] < 0:
            raise Unavailable("it died here")

    for fake in (office.connections, office.rows, office.microsoft, office.outlook, office.ledger):
        fake.after = die
