"""Writes the messages of section 9 with sample contents, as files to look at.

``python -m scripts.mail_gallery OUTDIR`` makes ``NAME.html`` and ``NAME.txt`` for each message, and
``index.html`` that shows them all.
"""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

from notifications import messages, sync_messages
from notifications.letters import Context, Letter
from notifications.rendering import render
from sync.engine.telling import Tell
from sync.engine.texts import Product
from sync.messages import ENGLISH
from sync.people.people import (
    AccessType,
    Connection,
    ConnectionState,
    Invitation,
    InvitationStatus,
    LastSync,
    MicrosoftAccount,
    PendingContact,
    StaffMember,
    SyncResult,
    SyncSettings,
)
from sync.words import AccountId, CalendarId, Interval, LocationId, PersonKey, StaffId

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
BASE_URL = "https://connect-up.example"
END = f"{BASE_URL}/unsubscribe?token=sample"

STAFF = StaffMember(
    id=StaffId("maria"),
    name="Maria Lindqvist",
    access_type=AccessType.STAFF,
    location_ids=frozenset({LocationId("main")}),
    time_zone="America/New_York",
    email="maria@example.org",
)
INVITED = Connection(
    person=PersonKey(account_id=AccountId("practice"), staff_id=STAFF.id),
    active=True,
    state=ConnectionState.INVITED,
    staff=STAFF,
)
CONNECTED = replace(
    INVITED,
    state=ConnectionState.ACTIVE,
    microsoft=MicrosoftAccount(id="account", address="maria@practice.example"),
    settings=SyncSettings(calendar_id=CalendarId("calendar"), contact_email="maria@example.org"),
    calendar_name="Calendar",
    waiting=2,
)
TELLS = (
    Tell(
        title="Kim Adler - Massage",
        tried="You moved the event in Outlook.",
        reason="The time is already taken in the booking product.",
        now="The event is back where it was.",
        state="1",
        old=Interval(NOW + timedelta(days=1), NOW + timedelta(days=1, hours=1)),
        new=Interval(NOW + timedelta(days=2), NOW + timedelta(days=2, hours=1)),
    ),
    Tell(
        title="Lunch & learn",
        tried="You deleted the event in Outlook.",
        reason="Your access is view only.",
        now="The event is back where it was.",
        state="2",
        old=Interval(NOW + timedelta(hours=3), NOW + timedelta(hours=4)),
    ),
)
BLOCKED = Tell(
    title="Team meeting",
    tried="Your Outlook meeting should block this time.",
    reason="The time is already taken in the booking product.",
    now="The meeting does not block time.",
    state="3",
    new=Interval(NOW + timedelta(days=1), NOW + timedelta(days=1, hours=1)),
)
HELD = tuple(
    Tell(
        title=title,
        tried="",
        reason="",
        now="",
        state=title,
        old=Interval(NOW + timedelta(days=day), NOW + timedelta(days=day, hours=1)),
    )
    for day, title in enumerate(
        (
            "Kim Adler - Massage",
            "Jona Weiss - First visit",
            "Ada Novak - Massage",
            "Sam Ortiz - Check-up",
            "Noor Haddad - Massage",
            "Lee Park - Check-up",
        ),
        start=1,
    )
)
COUNTS = {
    "to_outlook.created": 41,
    "to_outlook.updated": 3,
    "to_booking.created": 17,
    "to_booking.deleted": 1,
    "left_out.all_day": 4,
    "left_out.show_as": 6,
    "left_out.time_taken": 2,
}


def letters() -> dict[str, Letter]:
    """Gives every message by the name of its file."""
    product = Product(name="DaySmart Appointments", tag="DA")
    before = Context(product=product, base_url=BASE_URL, connection=INVITED)
    after = Context(product=product, base_url=BASE_URL, connection=CONNECTED)
    sent = Invitation(
        id="1", status=InvitationStatus.QUEUED, expires_at=NOW + timedelta(minutes=60)
    )
    asked = PendingContact(
        address="maria@elsewhere.example", id="1", expires_at=NOW + timedelta(days=7)
    )
    last = LastSync(ended_at=NOW, result=SyncResult.PARTIAL, counts=COUNTS)
    return {
        "1-invitation": messages.invitation(before, sent, f"{BASE_URL}/connect?invitation=sample"),
        "2-sync-completed": replace(
            sync_messages.sync_completed(after, last, (BLOCKED,)), unsubscribe_url=END
        ),
        "3-not-updated": replace(sync_messages.not_updated(after, TELLS), unsubscribe_url=END),
        "4-reconnect-needed": messages.disconnected(after, "reconnect_needed"),
        "5-disconnected": messages.disconnected(after, "calendar_gone"),
        "6-deactivated": messages.disconnected(after, "deactivated"),
        "7-reconnected": messages.reconnected(after),
        "8-held": sync_messages.held(after, HELD, NOW + timedelta(days=1)),
        "9-confirm-contact": messages.confirm_contact(
            after, asked, f"{BASE_URL}/contact/confirm?token=sample"
        ),
    }


def write(folder: Path) -> None:
    """Writes all messages into a folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = []
    for name, letter in letters().items():
        mail = render(letter, STAFF.email or "", ENGLISH)
        (folder / f"{name}.html").write_text(mail.html, encoding="utf-8")
        (folder / f"{name}.txt").write_text(mail.text, encoding="utf-8")
        frames.append(
            f'<h2>{escape(mail.subject)}</h2><p><a href="{name}.txt">as plain text</a></p>'
            f'<iframe src="{name}.html" title="{escape(mail.subject)}" '
            'width="720" height="760"></iframe>'
        )
    page = f'<!DOCTYPE html><html lang="en"><title>Messages</title>{"".join(frames)}</html>'
    (folder / "index.html").write_text(page, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Runs the command; gives its exit status."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m scripts.mail_gallery OUTDIR\n")
        return 2
    write(Path(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
