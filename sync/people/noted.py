"""What is noted of what was pressed or decided, until a sync has told it (R12.1).

Only pure steps ``Connection -> Connection`` that add to ``deeds`` may live here; how a deed is said
is for ``sync/engine/deeds.py``.
"""

from dataclasses import fields, replace
from datetime import datetime

from sync.people.contact import Notice, choices_of, contact_address
from sync.people.people import Connection, Deed, DeedKind, SyncSettings

#: So many deeds wait at most; each is a line of activity.
_DEEDS = 20


def with_change_noted(connection: Connection, settings: SyncSettings, at: datetime) -> Connection:
    """Notes which choices change, for the activity; saving the same ones is no change (R12.1)."""
    before = connection.settings
    changed = tuple(
        field.name
        for field in fields(settings)
        if before is not None and getattr(before, field.name) != getattr(settings, field.name)
    )
    if not changed:
        return connection
    deeds = with_deed(connection, DeedKind.SETTINGS_CHANGED, at, changed)
    return replace(connection, deeds=deeds)


def with_mail_change_noted(before: Connection, after: Connection, at: datetime) -> Connection:
    """Notes which choices of mail were changed (R12.1).

    An address counts once mail goes there: one that waits for its confirmation has changed nothing.
    """
    one, other = choices_of(before), choices_of(after)
    changed = [notice.value for notice in Notice if getattr(one, notice) != getattr(other, notice)]
    if contact_address(before) != contact_address(after):
        changed.insert(0, "contact_email")
    if not changed:
        return after
    deeds = with_deed(after, DeedKind.SETTINGS_CHANGED, at, tuple(changed))
    return replace(after, deeds=deeds)


def with_deed(
    connection: Connection, what: DeedKind, at: datetime, changed: tuple[str, ...] = ()
) -> tuple[Deed, ...]:
    """Gives what is to be noted with one more; of many in an outage the newest are enough."""
    last = next(iter(connection.deeds[-1:]), None)
    if last is not None and (last.at, last.what) == (at, what):
        # One line of activity has both.
        both = dict.fromkeys((*last.changed, *changed))
        return (*connection.deeds[:-1], replace(last, changed=tuple(both)))
    return (*connection.deeds, Deed(at=at, what=what, changed=changed))[-_DEEDS:]
