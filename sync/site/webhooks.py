"""What Graph and the booking product post: prove, queue, 202 (R11.1). Nothing syncs in here."""

import asyncio
import logging
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import batched
from typing import TYPE_CHECKING

import azure.functions as func

from sync import telemetry
from sync.errors import ContractBroken, UntrustedRequest
from sync.ports import AccountCause, AccountJob, Cause
from sync.site.headers import api_headers
from sync.site.http import accepted, problem, route
from sync.words import PersonKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.bootstrap import App, ChangeNotice

_log = logging.getLogger(__name__)

blueprint = func.Blueprint()
TOKEN_LIMIT = 4_096
#: Subscriptions looked up for one post at most; Graph's posts hold far fewer.
LOOKUP_LIMIT = 1_000
_LOOKUPS_AT_ONCE = 16
#: A write may be reported before it is answered: so long a post waits for the end of that, as long
#: as the person's sync runs. Graph wants its answer within three seconds.
PATIENCE = timedelta(seconds=2)
_MOMENT = 0.25


@route(blueprint, "api/webhooks/graph", "POST")
async def graph_notifications(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Takes change and lifecycle notifications.

    A storage that fails answers 503: Graph then posts again for up to four hours.
    """
    token = req.params.get("validationToken")
    if token is not None:
        return _echo(token)
    with telemetry.post("outlook"):
        return await _take_notifications(app, req)


async def _take_notifications(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    try:
        notices = app.graph_notifications(req.get_body())
    except UntrustedRequest:
        # Nobody learns from the answer what is taken and what isn't (case 35).
        _log.warning("graph.post_oversized", extra={"bytes": len(req.get_body())})
        return accepted()
    except ContractBroken:
        _log.warning("graph.post_unreadable", extra={"bytes": len(req.get_body())})
        return problem(
            HTTPStatus.BAD_REQUEST, "bad_request", "This is no collection of notifications."
        )
    whose = await _people(app, notices)
    people: dict[ChangeNotice, PersonKey] = {}
    for one in notices:
        behind = whose.get((one.subscription_id, one.client_state))
        if behind is not None:
            people[one] = behind
    for one, person in people.items():
        if one.lifecycle is not None:
            await app.subscriptions.answer(person, one.subscription_id, one.lifecycle)
    told: dict[PersonKey, set[str]] = {}
    for one, person in people.items():
        if not one.lifecycle:
            told.setdefault(person, set()).add(one.version)
    until = app.clock.now() + PATIENCE
    for some in batched(told, _LOOKUPS_AT_ONCE, strict=False):
        await asyncio.gather(*(_look(app, person, told[person], until) for person in some))
    ignored = len(set(notices)) - len(people)
    if ignored:
        _log.warning("graph.notifications_not_ours", extra={"ignored": ignored})
    return accepted()


@route(blueprint, "api/webhooks/booking", "POST")
async def booking_webhook(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    """Takes a signed notice of the booking product."""
    with telemetry.post("booking"):
        return await _take_notice(app, req)


async def _take_notice(app: "App", req: func.HttpRequest) -> func.HttpResponse:
    try:
        notice = app.booking_webhooks.read(req.headers, req.get_body())
    except UntrustedRequest:
        _log.warning("booking.webhook_untrusted")
        return problem(HTTPStatus.UNAUTHORIZED, "signature_invalid", "The signature does not hold.")
    except ContractBroken:
        _log.warning("booking.webhook_unreadable", extra={"bytes": len(req.get_body())})
        return problem(HTTPStatus.BAD_REQUEST, "bad_request", "The body is no notice.")
    match notice.type:
        case "items.changed":
            if notice.staff_id is None:
                return problem(HTTPStatus.BAD_REQUEST, "bad_request", "staff_id is missing.")
            person = PersonKey(account_id=notice.account_id, staff_id=notice.staff_id)
            until = app.clock.now() + PATIENCE
            if not await _are_echoes(app, person, {notice.version}, until):
                await app.waker.wake(person, Cause.BOOKING_CHANGED)
        case "staff.changed" | "staff.removed":
            await app.jobs.account(
                AccountJob(
                    cause=AccountCause.STAFF_CHANGED,
                    account_id=notice.account_id,
                    staff_id=notice.staff_id,
                )
            )
        case _:
            await app.jobs.account(
                AccountJob(cause=AccountCause.LOCATIONS_CHANGED, account_id=notice.account_id)
            )
    return accepted()


async def _people(
    app: "App", notices: "Iterable[ChangeNotice]"
) -> dict[tuple[str, str], PersonKey | None]:
    """Finds who is behind the notices, by subscription id and client state."""
    # One post may name a subscription many times over: once is enough.
    distinct = dict.fromkeys((one.subscription_id, one.client_state) for one in notices)
    believable = app.subscriptions.believable(tuple(distinct)[:LOOKUP_LIMIT])
    people: dict[tuple[str, str], PersonKey | None] = {}
    for chunk in batched(believable, _LOOKUPS_AT_ONCE, strict=False):
        found = await asyncio.gather(*(app.subscriptions.whose(*one) for one in chunk))
        people |= dict(zip(chunk, found, strict=True))
    return people


async def _look(app: "App", person: PersonKey, versions: set[str], until: datetime) -> None:
    if not await _are_echoes(app, person, versions, until):
        await app.waker.wake(person, Cause.OUTLOOK_CHANGED)


async def _are_echoes(app: "App", person: PersonKey, versions: set[str], until: datetime) -> bool:
    """Says whether all that is told of are writes of our own: they wake nobody (R8.8)."""
    unknown = set(versions)
    if "" in unknown:
        return False
    while True:
        for version in sorted(unknown):
            is_ours = await app.ledger.wrote(person, version)
            if is_ours is False:
                return False
            if is_ours:
                unknown.remove(version)
        if not unknown:
            return True
        if app.clock.now() >= until:
            return False
        await app.clock.sleep(_MOMENT)


def _echo(token: str) -> func.HttpResponse:
    """Answers Graph's question whether we are there (never logged, never as markup)."""
    if len(token) > TOKEN_LIMIT:
        return problem(HTTPStatus.BAD_REQUEST, "bad_request", "validationToken is too long.")
    return func.HttpResponse(token, mimetype="text/plain", headers=api_headers())
