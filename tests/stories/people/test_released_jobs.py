"""Queue texts that the releases wrote are read by today's code (docs/formats.md)."""

from dataclasses import replace

import msgspec
import pytest

from sync.people.people import LastSync
from sync.ports import Cause, MailKind
from sync.ports.job_texts import decode_account, decode_mail, decode_sync
from tests.ports.storage.stored import (
    ACCOUNT_JOBS,
    MAIL_JOBS,
    PART_JOB,
    RELEASED,
    SYNC_JOBS,
    jobs,
    released,
)

RELEASES = sorted(path.stem for path in RELEASED.glob("*.json"))
NEW_IN_1_1 = {Cause.DUE, Cause.ANSWERED, Cause.CHOSEN_ANEW, MailKind.HELD, MailKind.CONFIRM_CONTACT}


@pytest.mark.parametrize("release", RELEASES)
def test_r11_1_a_queued_sync_outlives_its_release(release: str) -> None:
    expected = SYNC_JOBS
    if release == "1.0":
        # It wrote no attempt: whoever waited begins to count anew.
        expected = [replace(job, attempt=0) for job in SYNC_JOBS if job.cause not in NEW_IN_1_1]

    assert [decode_sync(text) for text in released(release)["jobs"]["sync"]] == expected


@pytest.mark.parametrize("release", RELEASES)
def test_r2_5_a_queued_look_at_an_account_outlives_its_release(release: str) -> None:
    read = [decode_account(text) for text in released(release)["jobs"]["account"]]

    assert read == [job for job in ACCOUNT_JOBS if release != "1.0" or job != PART_JOB]


@pytest.mark.parametrize("release", RELEASES)
def test_r9_5_a_queued_mail_outlives_its_release(release: str) -> None:
    read = [decode_mail(text) for text in released(release)["jobs"]["mail"]]

    assert read == [job for job in MAIL_JOBS if release != "1.0" or job.kind not in NEW_IN_1_1]
    (ended,) = [job.reference for job in read if job.kind is MailKind.SYNC_COMPLETED]
    assert msgspec.json.decode(ended, type=LastSync).counts == {"created": 2}


def test_what_is_queued_today_is_what_lies_there_for_this_version() -> None:
    assert jobs() == released(RELEASES[-1])["jobs"]
