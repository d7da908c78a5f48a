"""A person whom messages are for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sync.engine.texts import Product
from sync.people.contact import Notice
from sync.people.people import (
    AccessType,
    Connection,
    ConnectionState,
    Invitation,
    InvitationStatus,
    LastSync,
    MicrosoftAccount,
    StaffMember,
    SyncResult,
    SyncSettings,
)
from sync.words import AccountId, CalendarId, LocationId, PersonKey, StaffId
from tests.fakes.clock import START

ANN = PersonKey(account_id=AccountId("acc-1"), staff_id=StaffId("ann"))
PRODUCT = Product(name="DaySmart Appointments", tag="DA")
BASE_URL = "https://connect-up.example"

SETTINGS = SyncSettings(calendar_id=CalendarId("cal-1"), contact_email="contact@example.org")
INVITATION = Invitation(
    id="inv-1", status=InvitationStatus.QUEUED, expires_at=START + timedelta(hours=1)
)


def connection(**changes: Any) -> Connection:
    """Gives Ann's Connection: active, all messages chosen, a Resync just ended."""
    staff = StaffMember(
        id=ANN.staff_id,
        name="Ann",
        access_type=AccessType.STAFF,
        location_ids=frozenset({LocationId("loc-1")}),
        time_zone="America/New_York",
        email="profile@example.org",
    )
    usual = Connection(
        person=ANN,
        active=True,
        state=ConnectionState.ACTIVE,
        staff=staff,
        microsoft=MicrosoftAccount(id="home-1", address="ann@microsoft.example"),
        settings=SETTINGS,
        calendar_name="Work",
        last_sync=LastSync(ended_at=START, result=SyncResult.OK),
    )
    return replace(usual, **changes)


def invited(**changes: Any) -> Connection:
    """Gives Ann's Connection right after her activation."""
    return connection(
        **{
            "state": ConnectionState.INVITED,
            "invitation": INVITATION,
            "microsoft": None,
            "settings": None,
            "calendar_name": None,
            "last_sync": None,
            **changes,
        }
    )


def without(settings: SyncSettings, notice: Notice) -> SyncSettings:
    """Gives choices with one notification switched off."""
    off: dict[str, Any] = {notice.value: False}
    return replace(settings, **off)
