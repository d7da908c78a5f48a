"""What is said aloud of a sync: at quarters and with results, never at each step (R12.4, R12.5)."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from sync.people.people import (
    AccessType,
    Connection,
    ConnectionState,
    Failing,
    Held,
    HeldAnswer,
    LastSync,
    Problem,
    Progress,
    StaffMember,
    SyncResult,
)
from sync.site.pages.live import quarter_percent, said_of, version_of
from sync.words import AccountId, LocationId, PersonKey, StaffId

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONNECTION = Connection(
    person=PersonKey(account_id=AccountId("acme"), staff_id=StaffId("anna")),
    active=True,
    state=ConnectionState.ACTIVE,
    staff=StaffMember(
        id=StaffId("anna"),
        name="Anna",
        access_type=AccessType.STAFF,
        location_ids=frozenset({LocationId("north")}),
        time_zone="Europe/Berlin",
        email=None,
    ),
)
FAILING = {
    "problem": Problem(code="unreachable", message="Nobody answered."),
    "failing": Failing(since=NOON, times=2, code="unreachable"),
}


@pytest.mark.parametrize(
    ("state", "name"),
    [
        (ConnectionState.STARTING, "First sync"),
        (ConnectionState.ACTIVE, "Resync"),
        (ConnectionState.DISCONNECTING, "Removing"),
    ],
)
def test_r12_5_progress_is_told_at_quarters_only(state: ConnectionState, name: str) -> None:
    told = [
        said_of(replace(CONNECTION, state=state, progress=Progress(done=done, total=81)))
        for done in range(82)
    ]

    assert list(dict.fromkeys(told)) == [
        f"{name}: getting ready.",
        f"{name}: 25 % done.",
        f"{name}: 50 % done.",
        f"{name}: 75 % done.",
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"state": ConnectionState.STARTING}, "First sync: getting ready."),
        ({"progress": Progress(done=0, total=0)}, "Resync: getting ready."),
        (
            {"progress": Progress(done=5, total=6), **FAILING},
            "Resync: not done yet. It is tried again by itself.",
        ),
        (FAILING, "Not syncing properly. It is tried again by itself."),
        (
            {"last_sync": LastSync(ended_at=NOON, result=SyncResult.OK)},
            "Syncing: everything is in step.",
        ),
        (
            {"last_sync": LastSync(ended_at=NOON, result=SyncResult.PARTIAL)},
            "Syncing: some items are waiting.",
        ),
        ({"held": Held(since=NOON, count=7)}, "7 appointments wait for your answer."),
        (
            {"held": Held(since=NOON, count=7, answer=HeldAnswer.CANCEL)},
            "Being done: the appointments are being cancelled.",
        ),
        (
            {"state": ConnectionState.RECONNECT_NEEDED},
            "Microsoft does not accept the sign-in any more, so syncing has stopped.",
        ),
        ({"state": ConnectionState.AUTHORIZED}, "Signed in, not syncing"),
    ],
)
def test_r12_5_how_things_stand_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert said_of(replace(CONNECTION, **changes)) == sentence


def test_r12_5_a_sync_that_ends_as_the_one_before_is_not_told_again() -> None:
    ended = LastSync(ended_at=NOON, result=SyncResult.OK)
    before = replace(CONNECTION, last_sync=ended)
    after = replace(CONNECTION, last_sync=replace(ended, ended_at=NOON.replace(hour=13)))

    assert said_of(after) == said_of(before)
    assert version_of(after, "token") != version_of(before, "token")


def test_r12_5_a_page_of_another_log_in_is_another_one_for_its_forms() -> None:
    assert version_of(CONNECTION, "one") != version_of(CONNECTION, "other")


@pytest.mark.parametrize(
    ("done", "total", "percent"), [(0, 0, 0), (0, 3, 0), (1, 3, 25), (2, 3, 50), (3, 3, 100)]
)
def test_r12_5_a_quarter_is_told_once_it_is_reached(done: int, total: int, percent: int) -> None:
    assert quarter_percent(done, total) == percent
