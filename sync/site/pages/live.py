"""What keeps an open page true (R12.5): when it has changed, and what is said of it aloud; pure."""

from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from sync.messages import said, said_many
from sync.people.people import Connection, ConnectionState, Progress, StaffMember, SyncResult
from sync.site.pages.troubles import trouble_of
from sync.site.pages.wording import BEING_DONE, PROBLEMS, STATES
from sync.words import msgid

#: How long an open list may go without being drawn anew.
LIST_TIME = timedelta(minutes=5)
_QUARTERS = 4
_PER_QUARTER = 25

#: A long piece of work: before its first quarter, at a quarter, and while it can not go on.
_WORK: dict[str, tuple[str, str, str]] = {
    ConnectionState.STARTING: (
        msgid("First sync: getting ready."),
        msgid("First sync: {percent} % done."),
        msgid("First sync: not done yet. It is tried again by itself."),
    ),
    ConnectionState.ACTIVE: (
        msgid("Resync: getting ready."),
        msgid("Resync: {percent} % done."),
        msgid("Resync: not done yet. It is tried again by itself."),
    ),
    ConnectionState.DISCONNECTING: (
        msgid("Removing: getting ready."),
        msgid("Removing: {percent} % done."),
        msgid("Removing: not done yet. It is tried again by itself."),
    ),
}
_RESULTS: dict[str, str] = {
    SyncResult.OK: msgid("Syncing: everything is in step."),
    SyncResult.PARTIAL: msgid("Syncing: some items are waiting."),
    SyncResult.FAILED: msgid("Syncing: the last sync was broken off."),
}
_FAILING = msgid("Not syncing properly. It is tried again by itself.")


def version_of(connection: Connection, csrf: str) -> str:
    """Gives what is another one whenever something of the person's page may have changed.

    Whatever a sync does it notes in the Connection at its end, after the ledger and the activity;
    after a new log-in the page's forms need another ``csrf`` token.
    """
    return sha256(msgspec.json.encode((connection, csrf), order="deterministic")).hexdigest()[:32]


def version_of_list(people: str, me: StaffMember, csrf: str, now: datetime) -> str:
    """Gives what is another one whenever something of the administrators' page may have changed.

    What only the booking product knows, and what time alone changes (an invitation that expires),
    is shown within ``LIST_TIME``.

    Args:
        people: What ``Administration.version`` gives, read before the page is drawn.
        me: Who looks: whom they see follows from their profile.
        csrf: The token of the page's forms.
        now: When it is drawn.
    """
    since = now.timestamp() // LIST_TIME.total_seconds()
    whole = (people, me, csrf, since)
    return sha256(msgspec.json.encode(whole, order="deterministic")).hexdigest()[:32]


def said_of(connection: Connection) -> str:
    """Says where the sync stands, in a sentence that changes at quarters and with results only."""
    trouble, held, last = trouble_of(connection), connection.held, connection.last_sync
    is_failing = trouble is not None and trouble.since is not None
    is_active = connection.state is ConnectionState.ACTIVE
    if connection.state in _WORK and (not is_active or connection.progress is not None):
        ready, at_quarter, stuck = _WORK[connection.state]
        percent = _percent(connection.progress)
        if is_failing:
            return stuck
        return said(at_quarter, percent=percent) if percent else ready
    if is_failing:
        return _FAILING
    if is_active and held is not None:
        if held.answer is not None:
            return BEING_DONE[held.answer]
        return said_many(
            "{count} appointment waits for your answer.",
            "{count} appointments wait for your answer.",
            held.count,
        )
    if is_active and last is not None:
        return _RESULTS[last.result]
    if connection.state is ConnectionState.RECONNECT_NEEDED:
        return PROBLEMS["reconnect_needed"]
    return STATES[connection.state]


def quarter_percent(done: int, total: int) -> int:
    """Gives the last quarter that was reached, 0 to 100; 0 of nothing."""
    return min(done * _QUARTERS // total, _QUARTERS) * _PER_QUARTER if total > 0 else 0


def _percent(progress: Progress | None) -> int:
    # The last quarter is the end, which is said as the result.
    return 0 if progress is None else min(quarter_percent(progress.done, progress.total), 75)
