"""Accounts, Staff Members, their settings and the Connection to an Outlook calendar.

Only values and questions that a value answers about itself may live here.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sync.kept_texts import FAILING_SINCE
from sync.words import AccountId, CalendarId, ConnectionId, LocationId, PersonKey, ShowAs, StaffId


class AccessType(StrEnum):
    """What a Staff Member may do in the booking product."""

    HQ_ADMIN = "hq_admin"
    LOCATION_ADMIN = "location_admin"
    STAFF = "staff"
    VIEW_ONLY = "view_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A customer of the booking product and the preferences that matter here.

    ``time_zone`` is an IANA name; ``idle_logout_minutes`` is how long an invitation is good (R3.4),
    and a session without a visit (R4.5).
    """

    id: AccountId
    name: str
    time_zone: str
    idle_logout_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place of an Account; ``time_zone`` is an IANA name."""

    id: LocationId
    name: str
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """A person with a schedule.

    ``email`` is ``None`` where the profile has none, ``language`` where it names none (BCP 47).
    """

    id: StaffId
    name: str
    access_type: AccessType
    location_ids: frozenset[LocationId]
    time_zone: str
    email: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnabledLocations:
    """The Locations of an Account where the plugin is enabled (R3.1).

    ``looked_at`` is when the sweep last had the whole Account looked at (R2.5).
    """

    account_id: AccountId
    location_ids: frozenset[LocationId] = frozenset()
    looked_at: datetime | None = None


class OnOutlookDelete(StrEnum):
    """What deleting a synced item in Outlook does (R5.5)."""

    CANCEL = "cancel"
    PUT_BACK = "put_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncSettings:
    """A Staff Member's choices (R5.3 to R5.5)."""

    calendar_id: CalendarId
    contact_email: str
    notify_resync_completed: bool = True
    notify_update_failed: bool = True
    sync_reserves: bool = True
    sync_meetings: bool = True
    sync_meeting_details: bool = True
    on_outlook_delete: OnOutlookDelete = OnOutlookDelete.CANCEL
    show_as: frozenset[ShowAs] = frozenset({ShowAs.BUSY, ShowAs.OOF})


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingContact:
    """A contact address whose confirmation was asked for; ``id`` is what the link names (R5.3)."""

    address: str
    id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What was confirmed of contact addresses, and what waits for it (R5.3).

    ``confirmed_by`` is the link that confirmed: pressing its button again is fine. ``unread`` is
    all of it as it is sealed, where no key opens it; nothing else is known then.
    """

    confirmed: str | None = None
    confirmed_by: str = ""
    pending: PendingContact | None = None
    unread: str = ""


class ConnectionState(StrEnum):
    """Where a person's Connection stands (contract: ConnectionState)."""

    INACTIVE = "inactive"
    INVITED = "invited"
    AUTHORIZED = "authorized"
    STARTING = "starting"
    ACTIVE = "active"
    RECONNECT_NEEDED = "reconnect_needed"
    DISCONNECTING = "disconnecting"


class InvitationStatus(StrEnum):
    """What became of the newest invitation (contract: StaffStatus.invitation).

    Whether a sent one has expired is a matter of the time at which one asks.
    """

    NONE = "none"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    NO_EMAIL = "no_email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """The newest invitation of a person; a link that names another ``id`` was replaced (R3.4).

    ``send_at`` is set where its mail has to wait, because others went before it (R3.6).
    """

    id: str
    status: InvitationStatus
    expires_at: datetime
    used: bool = False
    send_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrosoftAccount:
    """The Microsoft account in use; ``id`` is MSAL's home account id, ``address`` its user name."""

    id: str
    address: str


class SyncResult(StrEnum):
    """How a sync ended: everything done, some items wait, or broken off."""

    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSync:
    """How and when the last sync ended; ``counts`` is actions done by name."""

    ended_at: datetime
    result: SyncResult
    message: str = ""
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Steps of the first sync or Resync done, out of all that were planned."""

    done: int
    total: int


#: Problems that end with the next try that goes through (``engine/report.py``).
_PASSING = frozenset(FAILING_SINCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is failing, in words for an administrator: a code and a sentence, never contents."""

    code: str
    message: str

    @property
    def is_passing(self) -> bool:
        """Says whether it only tells that something is tried again by itself (R11.8)."""
        return self.code in _PASSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A Graph change-notification subscription; ``client_state`` proves that a post is Graph's.

    ``calendar_id`` is whose changes it tells; ``None`` where nobody noted it.
    """

    id: str
    expires_at: datetime
    client_state: str
    calendar_id: CalendarId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """The calendar that a person's items are moved out of, since the choice of another (R5.9)."""

    calendar_id: CalendarId
    since: datetime


class Goal(StrEnum):
    """What a removal leads to (R10): the state that the Connection takes when it is done."""

    AUTHORIZED = "authorized"
    INVITED = "invited"
    INACTIVE = "inactive"


class HeldAnswer(StrEnum):
    """The person's answer about held cancellations (contract: answerHeld)."""

    CANCEL = "cancel"
    PUT_BACK = "put_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A question to the person: many cancellations wait for an answer (R11.7).

    ``since`` names the question; ``answer`` is ``None`` until the person has pressed a button.
    """

    since: datetime
    count: int
    answer: HeldAnswer | None = None

    @property
    def question(self) -> str:
        """Gives the question's name, for a form."""
        return self.since.isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """Syncs that ended badly, one after another (R11.8, R11.9).

    ``times`` counts them, ``since`` is when the first of them ended, ``code`` how the last did.
    """

    since: datetime
    times: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """The calendar or mailbox was not there: how often it was looked for, since when (R10.6)."""

    what: str
    since: datetime
    looks: int


class DeedKind(StrEnum):
    """What is done to a sync as a whole (contract: Activity.action)."""

    STARTED = "started"
    RESYNCED = "resynced"
    SETTINGS_CHANGED = "settings_changed"
    DISCONNECTED = "disconnected"
    RECONNECTED = "reconnected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that was done to the sync as a whole, until it is carried out (R12.1).

    ``at`` and ``what`` together name it: the activity has one line for it. ``changed`` are the
    names of the choices that were changed.
    """

    at: datetime
    what: DeedKind
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One Staff Member's tie to one Outlook calendar, from activation on.

    Attributes:
        person: Whose it is.
        active: Whether an administrator activated the person (R3.2).
        state: Where it stands; ``INACTIVE`` while not active, or while active but suspended: at no
            Location where the plugin is enabled (R2.5).
        staff: The Staff Member's profile as last read from the booking product.
        invitation: The newest invitation; ``None`` before the first.
        microsoft: The account last used; ``None`` before the first sign-in. Whether its tokens are
            there is for ``transitions.signed_in`` to say.
        settings: The person's choices; kept over a disconnect (R10.1). Without a calendar while
            only mail was chosen (R5.9).
        contact: Which address was confirmed, and which waits for it (R5.3).
        calendar_name: Name of the chosen calendar as last seen.
        calendar_owner: Address of its owner; with the name it finds a changed id (R10.4).
        calendar_is_default: Whether it is the mailbox's default calendar (R10.4).
        connection_id: New at each Start Sync; part of every mark, so that copies of events from an
            earlier Connection are ordinary Meetings (R8.11).
        progress: Of the sync under way; ``None`` while none shows progress.
        last_sync: ``None`` before the first has ended.
        waiting: Number of items that could not be synced.
        problem: What is failing; ``None`` while all is well.
        left_behind: Items that a removal could not remove (R10.5).
        goal: Where a removal under way leads; ``None`` while none is.
        subscription: ``None`` while there is none.
        due_at: When the sweep wakes this person next; ``None`` while no sync is wanted (R11.3).
        resync_wanted: A Resync was asked for and has not ended yet.
        request_id: Names the newest first sync or Resync that was asked for: one mail for each.
        paused_until: No sync for this person before this time: a job that waits for it is queued
            (R11.6, R11.9).
        policy: Fingerprint of the access type, Locations and settings under which the last
            sync planned; another one means a full read (R2.5).
        held: The question about many cancellations; ``None`` while nothing is held (R11.7).
        failing: ``None`` while syncs end well.
        missing: The calendar or mailbox that was not there when last looked for.
        leaving: Another calendar that the person may have claimed: the one that their items are
            being moved out of (R5.9). ``None`` while nothing moves.
        session_epoch: Sessions that were begun under a smaller one are over (R4.5).
        deeds: What was pressed or decided and is not carried out yet, for the activity (R12.1).
        decided_at: When the administrator's decision that stands was made, for or against; ``None``
            where that was before it was kept. A job of an earlier one changes nothing (R3.5).
        language: What the browser asked for at the last visit, for mail; ``None`` where that was
            none of ours (R12.7).
    """

    person: PersonKey
    active: bool
    state: ConnectionState
    staff: StaffMember
    invitation: Invitation | None = None
    microsoft: MicrosoftAccount | None = None
    settings: SyncSettings | None = None
    contact: Contact = Contact()
    calendar_name: str | None = None
    calendar_owner: str | None = None
    calendar_is_default: bool = False
    connection_id: ConnectionId | None = None
    progress: Progress | None = None
    last_sync: LastSync | None = None
    waiting: int = 0
    problem: Problem | None = None
    left_behind: int = 0
    goal: Goal | None = None
    subscription: Subscription | None = None
    due_at: datetime | None = None
    resync_wanted: bool = False
    request_id: str = ""
    paused_until: datetime | None = None
    policy: str = ""
    held: Held | None = None
    failing: Failing | None = None
    missing: Missing | None = None
    leaving: Leaving | None = None
    session_epoch: int = 0
    deeds: tuple[Deed, ...] = ()
    decided_at: datetime | None = None
    language: str | None = None

    @property
    def is_removing(self) -> bool:
        """Says whether everything of ours is being taken away (section 10)."""
        return self.state is ConnectionState.DISCONNECTING

    @property
    def is_syncing(self) -> bool:
        """Says whether jobs may read and write for this person."""
        return self.state in {ConnectionState.STARTING, ConnectionState.ACTIVE}
