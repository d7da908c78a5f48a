"""The queues: decode a job, call its service (STYLE: a job run twice does no harm)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import azure.functions as func

from sync import telemetry
from sync.app import get_app
from sync.background.failures import without_quotations
from sync.errors import ContractBroken, TransientError
from sync.ports import AccountCause, AccountJob
from sync.ports.job_texts import decode_account, decode_mail, decode_sync, trace_of

_log = logging.getLogger(__name__)

blueprint = func.Blueprint()
STORAGE = "AzureWebJobsStorage"
SYNC_QUEUE = "sync-jobs"
ACCOUNT_QUEUE = "account-jobs"
MAIL_QUEUE = "mail-jobs"

#: Seconds before another try where the other side named none, and the longest wait.
_DELAY = 30.0
_LONGEST = 3_600.0


@blueprint.queue_trigger(arg_name="msg", queue_name=SYNC_QUEUE, connection=STORAGE)
async def sync_jobs(msg: func.QueueMessage) -> None:
    """Runs one person's sync; the runner sees to its own errors and delays."""
    app = await get_app()
    with _telling("sync", msg) as told:
        job = decode_sync(_text(msg))
        told.cause = job.cause
        told.outcome = await app.runner.run(job)


@blueprint.queue_trigger(arg_name="msg", queue_name=ACCOUNT_QUEUE, connection=STORAGE)
async def account_jobs(msg: func.QueueMessage) -> None:
    """Looks at an Account after a change (R2.5), or at a shard of all people for a timer.

    What was asked for more people than one answer waits for goes on here as well (R3.5).

    Raises:
        ContractBroken: The message can't be read; it ends in the poison queue.
    """
    app = await get_app()
    with _telling("account", msg) as told:
        job = decode_account(_text(msg))
        told.cause = job.cause
        try:
            match job.cause:
                case AccountCause.SWEEP_SHARD:
                    await app.sweep.run_shard(_shard(job))
                case AccountCause.RENEWAL_SHARD:
                    await app.sweep.renew_shard(_shard(job))
                case AccountCause.STAFF_CHANGED | AccountCause.LOCATIONS_CHANGED:
                    await app.administration.reconcile(job)
                case AccountCause.ACTIVATE | AccountCause.DEACTIVATE:
                    await app.activation.go_on(job)
        except TransientError as error:
            told.outcome = "postponed"
            await app.jobs.account(job, delay=_wait(error, job.cause))


@blueprint.queue_trigger(arg_name="msg", queue_name=MAIL_QUEUE, connection=STORAGE)
async def mail_jobs(msg: func.QueueMessage) -> None:
    """Sends one mail (R9.5).

    Raises:
        ContractBroken: The message can't be read; it ends in the poison queue.
    """
    app = await get_app()
    with _telling("mail", msg) as told:
        job = decode_mail(_text(msg))
        told.cause = job.kind
        try:
            await app.courier.deliver(job)
        except TransientError as error:
            told.outcome = "postponed"
            await app.jobs.mail(job, delay=_wait(error, job.kind))


@contextmanager
def _telling(queue: str, msg: func.QueueMessage) -> Iterator[telemetry.Job]:
    trace, tries = trace_of(_text(msg)), msg.dequeue_count or 1
    with (
        without_quotations(f"{queue}_jobs"),
        telemetry.job(queue, trace_parent=trace, tries=tries) as told,
    ):
        yield told


def _text(msg: func.QueueMessage) -> str:
    return msg.get_body().decode(errors="replace")


def _shard(job: AccountJob) -> int:
    if job.shard is None:
        raise ContractBroken("a queue message of a timer lacks its shard")
    return job.shard


def _wait(error: TransientError, what: str) -> float:
    delay = min(max(error.retry_after or _DELAY, 1.0), _LONGEST)
    _log.info("queue.put_back", extra={"job": what, "delay": delay, "error": type(error).__name__})
    return delay
