"""The mails that Exchange would send to attendees because of a write."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from simulators.microsoft365.model import Content, Mail

type Attendee = dict[str, object]
type Kind = Literal["invitation", "update", "cancellation", "response"]


def mails(
    kind: Kind, sender: str, content: Content, attendees: Iterable[Attendee]
) -> Iterable[Mail]:
    """Give a mail for each attendee; what somebody else organises is not ours to mail."""
    if content.organizer is not None:
        return
    for attendee in attendees:
        yield Mail(to=_address(attendee), sender=sender, kind=kind, subject=content.subject)


def mails_of_change(sender: str, before: Content, after: Content) -> Iterable[Mail]:
    """Mail everybody, or only those added and removed where nothing else changed."""
    old = {_address(a): a for a in before.attendees}
    new = {_address(a): a for a in after.attendees}
    added = [one for address, one in new.items() if address not in old]
    removed = [one for address, one in old.items() if address not in new]
    yield from mails("invitation", sender, after, added)
    yield from mails("cancellation", sender, after, removed)
    if replace(before, attendees=()) != replace(after, attendees=()):
        kept = [one for address, one in new.items() if address in old]
        yield from mails("update", sender, after, kept)


def _address(attendee: Attendee) -> str:
    email = attendee.get("emailAddress")
    return str(email.get("address", "")) if isinstance(email, dict) else ""
