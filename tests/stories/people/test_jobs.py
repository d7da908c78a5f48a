"""What queue messages look like, and what is not one."""

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC

import pytest

from sync.errors import ContractBroken, NewerFormat
from sync.ports import AccountCause, AccountJob, Cause, MailJob, MailKind, SyncJob
from sync.ports.job_texts import (
    decode_account,
    decode_mail,
    decode_sync,
    encode_account,
    encode_mail,
    encode_sync,
)
from sync.words import AccountId, PersonKey, StaffId
from tests.properties import given, st

texts = st.text(min_size=1, max_size=40)
people = st.builds(PersonKey, account_id=texts.map(AccountId), staff_id=texts.map(StaffId))


@given(
    st.builds(SyncJob, person=people, cause=st.sampled_from(Cause), attempt=st.integers(0, 1000))
)
def test_a_sync_job_is_read_as_it_was_written(job: SyncJob) -> None:
    assert decode_sync(encode_sync(job)) == job


@given(
    st.builds(
        AccountJob,
        cause=st.sampled_from(AccountCause),
        account_id=st.none() | texts.map(AccountId),
        staff_id=st.none() | texts.map(StaffId),
        shard=st.none() | st.integers(0, 15),
        staff_ids=st.lists(texts.map(StaffId), max_size=3).map(tuple),
        acting=st.none() | texts.map(StaffId),
        asked_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    )
)
def test_an_account_job_is_read_as_it_was_written(job: AccountJob) -> None:
    assert decode_account(encode_account(job)) == job


@given(
    st.builds(
        MailJob,
        kind=st.sampled_from(MailKind),
        person=people,
        key=texts,
        reference=st.text(max_size=40),
    )
)
def test_a_mail_job_is_read_as_it_was_written(job: MailJob) -> None:
    assert decode_mail(encode_mail(job)) == job


def test_a_message_names_its_version() -> None:
    job = SyncJob(
        person=PersonKey(account_id=AccountId("a"), staff_id=StaffId("s")), cause=Cause.SWEEP
    )

    assert json.loads(encode_sync(job)) == {
        "v": 1,
        "account_id": "a",
        "staff_id": "s",
        "cause": "sweep",
        "attempt": 0,
    }


def test_r11_6_no_member_of_a_job_is_left_out() -> None:
    person = PersonKey(account_id=AccountId("a"), staff_id=StaffId("s"))
    texts_of = {
        SyncJob: encode_sync(SyncJob(person=person, cause=Cause.SWEEP, attempt=3)),
        AccountJob: encode_account(AccountJob(cause=AccountCause.SWEEP_SHARD)),
        MailJob: encode_mail(MailJob(kind=MailKind.HELD, person=person, key="k")),
    }

    for kind, text in texts_of.items():
        assert {field.name for field in fields(kind)} - {"person"} <= set(json.loads(text))


def test_messages_of_release_1_0_are_read() -> None:
    person = PersonKey(account_id=AccountId("a"), staff_id=StaffId("s"))

    sync = decode_sync('{"v":1,"account_id":"a","staff_id":"s","cause":"outlook_changed"}')
    shard = decode_account('{"v":1,"cause":"sweep_shard","shard":0}')
    staff = decode_account('{"v":1,"cause":"staff_changed","account_id":"a","staff_id":"s"}')
    mail = decode_mail(
        '{"v":1,"account_id":"a","staff_id":"s","kind":"not_updated","key":"k","reference":"r"}'
    )

    assert sync == SyncJob(person=person, cause=Cause.OUTLOOK_CHANGED)
    assert shard == AccountJob(cause=AccountCause.SWEEP_SHARD, shard=0)
    assert staff == AccountJob(
        cause=AccountCause.STAFF_CHANGED, account_id=AccountId("a"), staff_id=StaffId("s")
    )
    assert mail == MailJob(kind=MailKind.NOT_UPDATED, person=person, key="k", reference="r")


@pytest.mark.parametrize("decode", [decode_sync, decode_account, decode_mail])
def test_a_message_of_a_newer_release_is_not_read(decode: Callable[[str], object]) -> None:
    with pytest.raises(NewerFormat):
        decode('{"v":2,"account_id":"a","staff_id":"s","cause":"unheard_of"}')


def test_members_of_a_newer_version_are_passed_over() -> None:
    text = '{"v":1,"account_id":"a","staff_id":"s","cause":"sweep","new":[1]}'

    assert decode_sync(text).cause is Cause.SWEEP


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        "[]",
        '"canary"',
        "{}",
        "[" * 100_000,
        '{"v":0,"account_id":"a","staff_id":"s","cause":"sweep"}',
        '{"v":true,"account_id":"a","staff_id":"s","cause":"sweep"}',
        '{"account_id":"a","staff_id":"s","cause":"sweep"}',
        '{"v":1,"staff_id":"s","cause":"sweep"}',
        '{"v":1,"account_id":"","staff_id":"s","cause":"sweep"}',
        '{"v":1,"account_id":7,"staff_id":"s","cause":"sweep"}',
        '{"v":1,"account_id":"a","staff_id":"s","cause":"canary"}',
        '{"v":1,"account_id":"a","staff_id":"s"}',
    ],
)
def test_what_is_no_job_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ContractBroken) as error:
        decode_sync(text)
    assert "canary" not in str(error.value)


@pytest.mark.parametrize("shard", ['"3"', "true", "1.5"])
def test_a_shard_is_a_whole_number(shard: str) -> None:
    with pytest.raises(ContractBroken, match="AccountJob"):
        decode_account(f'{{"v":1,"cause":"sweep_shard","shard":{shard}}}')
