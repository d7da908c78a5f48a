"""The queues' and timers' functions, and the registrations."""

import os
import subprocess
import sys
import traceback
from pathlib import Path

import azure.functions as func
import pytest
from azure.functions.decorators.timer import TimerTrigger

from sync.background import queues
from sync.background.failures import FunctionFailed
from sync.background.timers import timers
from sync.errors import ContractBroken, NewerFormat, SyncError, Throttled, Unavailable
from sync.logs import LIBRARIES
from sync.people.people import AccessType
from sync.ports import AccountCause, AccountJob, Cause, MailJob, MailKind, SyncJob
from sync.ports.job_texts import encode_account, encode_mail, encode_sync
from sync.words import PersonKey
from tests.fakes.outside import ENVIRONMENT as NOTHING_THERE
from tests.site.site import ACCOUNT, Site

ROOT = Path(__file__).parents[2]
CANARY = "kanarienvogel"


def message(text: str) -> func.QueueMessage:
    return func.QueueMessage(body=text.encode())


def fail(_: str) -> None:
    raise Throttled("busy", retry_after=90)


async def test_r11_3_the_sweep_queues_each_shard_and_each_wakes_who_is_due(site: Site) -> None:
    anna, client = await site.connected()
    choices = {
        "calendar_id": site.outlook.default(anna),
        "contact_email": "anna@example.com",
    }
    await client.call("POST", "/api/me/sync", choices)
    site.jobs.syncs.clear()
    site.clock.advance(7200)
    blueprint = timers(sweep_schedule="0 */5 * * * *", renewal_schedule="0 */15 * * * *")
    named = {
        builder._function.get_function_name(): builder._function.get_user_function()
        for builder in blueprint._function_builders
    }

    await named["sweep"](None)
    jobs = [queued.job for queued in site.jobs.accounts]
    for job in jobs:
        await queues.account_jobs(message(encode_account(job)))

    assert [job.shard for job in jobs] == list(range(16))
    assert [queued.job.person for queued in site.jobs.syncs] == [anna]

    await named["renewal"](None)

    assert site.jobs.accounts[-1].job.cause is AccountCause.RENEWAL_SHARD


def test_r11_3_the_timers_come_when_their_settings_say() -> None:
    blueprint = timers(sweep_schedule="0 */30 * * * *", renewal_schedule="0 0 * * * *")
    schedules = {
        builder._function.get_function_name(): trigger.schedule
        for builder in blueprint._function_builders
        if isinstance(trigger := builder._function.get_trigger(), TimerTrigger)
    }

    assert schedules == {"sweep": "0 */30 * * * *", "renewal": "0 0 * * * *"}


async def test_r11_6_an_account_job_that_is_throttled_goes_back_with_the_delay(site: Site) -> None:
    job = AccountJob(cause=AccountCause.LOCATIONS_CHANGED, account_id=ACCOUNT)
    site.connections.before = fail

    await queues.account_jobs(message(encode_account(job)))

    (queued,) = site.jobs.accounts
    assert queued.job == job
    assert (queued.visible_at - site.clock.now()).total_seconds() == 90


async def test_r3_5_a_part_of_an_operation_on_many_is_done_and_put_back_while_storage_fails(
    site: Site,
) -> None:
    boss, anna = site.add("boss", AccessType.HQ_ADMIN), site.add("anna")
    job = AccountJob(
        cause=AccountCause.ACTIVATE,
        account_id=ACCOUNT,
        staff_ids=(anna.staff_id,),
        acting=boss.staff_id,
        asked_at=site.clock.now(),
    )

    site.connections.before = fail
    await queues.account_jobs(message(encode_account(job)))
    site.connections.before = None
    (queued,) = site.jobs.accounts
    await queues.account_jobs(message(encode_account(queued.job)))

    assert queued.job == job
    assert site.connections.rows[anna].value.active


async def test_r9_5_a_mail_job_that_fails_for_now_goes_back(site: Site) -> None:
    person = PersonKey(account_id=ACCOUNT, staff_id=site.add("anna").staff_id)
    job = MailJob(kind=MailKind.INVITATION, person=person, key="invitation-1")

    def unavailable(_: str) -> None:
        raise Unavailable("no answer")

    site.connections.before = unavailable
    await queues.mail_jobs(message(encode_mail(job)))

    (queued,) = site.jobs.mails
    assert queued.job == job
    assert queued.visible_at > site.clock.now()


async def test_a_sync_job_of_somebody_unknown_ends_quietly(site: Site) -> None:
    person = PersonKey(account_id=ACCOUNT, staff_id=site.add("anna").staff_id)

    await queues.sync_jobs(message(encode_sync(SyncJob(person=person, cause=Cause.SWEEP))))

    assert not site.jobs.mails


@pytest.mark.parametrize("run", [queues.sync_jobs, queues.account_jobs, queues.mail_jobs])
@pytest.mark.parametrize("text", ["", "{", "{}", '{"v":1,"cause":"sweep_shard"}'])
@pytest.mark.usefixtures("site")
async def test_a_message_that_cannot_be_read_goes_to_the_poison_queue(
    run: object, text: str
) -> None:
    with pytest.raises(ContractBroken):
        await run(message(text))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("error", "told"),
    [(None, "FunctionFailed: ValueError"), (NewerFormat("a new row"), "NewerFormat: a new row")],
)
async def test_r7_3_the_host_learns_of_an_error_without_what_a_library_says(
    site: Site, error: SyncError | None, told: str
) -> None:
    person = PersonKey(account_id=ACCOUNT, staff_id=site.add("anna").staff_id)
    job = encode_mail(MailJob(kind=MailKind.INVITATION, person=person, key="invitation-1"))

    def quote(_: str) -> None:
        try:
            int(CANARY)
        except ValueError as cause:
            if error is None:
                raise
            raise error from cause

    site.connections.before = quote
    with pytest.raises((FunctionFailed, NewerFormat)) as raised:
        await queues.mail_jobs(message(job))

    # The worker hands the host all of this.
    said = "".join(traceback.format_exception(raised.value))
    assert said.splitlines()[-1].endswith(told)
    assert CANARY not in said


@pytest.mark.parametrize("run", [queues.sync_jobs, queues.account_jobs, queues.mail_jobs])
@pytest.mark.usefixtures("site")
async def test_a_message_of_a_newer_release_is_brought_again(run: object) -> None:
    with pytest.raises(NewerFormat):
        await run(message('{"v":99}'))  # type: ignore[operator]


ENVIRONMENT = {"PATH": os.environ["PATH"]} | NOTHING_THERE
LOOK = """
import sys, function_app
heavy = [name for name in sys.modules if name.split(".")[0] in ("msgraph", "kiota_abstractions",
         "msal", "httpx", "authlib") or name.startswith(("azure.data", "azure.storage"))]
names = [one.get_function_name() for one in function_app.app.get_functions()]
print(heavy, sorted(names), len(names) == len(set(names)))
"""


def run_python(code: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - our own interpreter on our own text
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_importing_the_functions_loads_nothing_heavy_and_names_each_function_once() -> None:
    ended = run_python(LOOK, ENVIRONMENT)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("[] ")
    assert ended.stdout.rstrip().endswith("True")
    for name in ("sweep", "renewal", "sync_jobs", "account_jobs", "mail_jobs", "health"):
        assert f"'{name}'" in ended.stdout


def test_r7_3_libraries_are_quiet_from_the_start_on_whatever_the_root_logger_lets_through() -> None:
    loud = f"""
import logging
logging.getLogger().setLevel(logging.DEBUG)
import function_app
print([name for name in {LIBRARIES} if logging.getLogger(name + ".any").isEnabledFor(logging.INFO)])
print(logging.getLogger("sync.engine.run").isEnabledFor(logging.INFO))
"""

    ended = run_python(loud, ENVIRONMENT)

    assert ended.stdout.split() == ["[]", "True"], ended.stderr


def test_missing_settings_stop_the_start_with_one_message_that_names_them_all() -> None:
    some = {
        name: value
        for name, value in ENVIRONMENT.items()
        if name not in {"SESSION_SECRET", "BOOKING_API_TOKEN"}
    }

    ended = run_python("import function_app", some)

    assert ended.returncode != 0
    last = ended.stderr.strip().splitlines()[-1]
    assert "SESSION_SECRET is missing" in last
    assert "BOOKING_API_TOKEN is missing" in last
