"""What each page shows, as plain values: a page is a pure function of one of these.

Times are aware UTC; the templates put them into ``zone``, an IANA name (R12.4).
"""

from dataclasses import dataclass, field
from datetime import datetime

from sync.engine.lines import Line
from sync.host import Host
from sync.people.people import Connection, HeldAnswer, SyncSettings
from sync.site.pages.live import said_of, version_of
from sync.site.pages.troubles import Trouble, trouble_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who looks at the page.

    ``csrf_token`` goes into every form (R4.4), ``form_of`` into those that come back after an ended
    session: it says whose they are (R4.6).
    """

    name: str
    csrf_token: str
    form_of: str = ""
    is_admin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """What surrounds every page; ``visitor`` is ``None`` while nobody is logged in."""

    product: str
    visitor: Visitor | None = None
    host: Host = field(default_factory=Host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A next step that a page offers: a plain link."""

    label: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """A page that says what happened and what to do next.

    ``people`` are names of people to ask (R2.6); the first of ``steps`` is the main one.
    ``address`` is a link to be handed on to somebody else, shown as it is; empty where none is.
    """

    title: str
    lines: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    people: tuple[str, ...] = ()
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectView:
    """The two doors (R4.1): which log-ins are alive, and the address of the next one."""

    invited: bool
    microsoft_alive: bool
    booking_alive: bool
    next_step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWindowView:
    """In a frame: a log-in is opened in a window of its own, and waited for (R12.8).

    ``address`` is the log-in's; the form repeats ``fields`` and leads to ``onward`` once it is
    done. ``is_waiting`` is whether the window was opened already.
    """

    address: str
    is_microsoft: bool
    fields: tuple[tuple[str, str], ...]
    onward: str
    is_waiting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TieView:
    """Asks before a Microsoft account is tied to a person (R4.7): both by name.

    ``replaces`` is the address of the account that it would replace; empty where there is none.
    """

    name: str
    account: str
    replaces: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmView:
    """Asks before something is removed; the form repeats ``fields`` and adds ``confirm=yes``.

    ``points`` are what will happen; ``action`` is the address that the form posts to.
    """

    title: str
    lines: tuple[str, ...]
    points: tuple[str, ...]
    confirm_label: str
    action: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskView:
    """Asks whoever came by a link of a mail; the button posts ``token`` back to ``action``."""

    title: str
    lines: tuple[str, ...]
    label: str
    token: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """Where mail goes (R5.3): ``None`` where nowhere, and what waits for its confirmation.

    ``asked_until`` is how long the link is good that was sent to ``waiting``; ``None`` where none
    is.
    """

    address: str | None
    waiting: str | None = None
    asked_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChoice:
    """A calendar that may be chosen (R5.1)."""

    id: str
    name: str
    is_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """Why one item is or is not on the other side (R12.2); ``side`` is booking or outlook."""

    side: str
    title: str
    start: datetime
    end: datetime
    synced: bool
    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewItemView:
    """One item that would be made."""

    title: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewSideView:
    """How many items would be made on one side, and the first of them."""

    count: int
    first: tuple[PreviewItemView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutView:
    """How many Meetings one rule would leave out."""

    rule: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewView:
    """What Start Sync, or saving other choices, would do (R5.6, R5.9)."""

    to_outlook: PreviewSideView
    to_booking: PreviewSideView
    removed_from_outlook: int = 0
    removed_from_booking: int = 0
    taken: tuple[PreviewItemView, ...] = ()
    left_out: tuple[LeftOutView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalView:
    """What Disconnect Calendar would remove (R10.1)."""

    events: int
    reserves: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldView:
    """The question about many cancellations (R11.7).

    ``until`` is when the events are put back without an answer; ``answer`` is the person's, while
    it is being carried out. ``items`` may be fewer than ``count``: a calendar did not answer.
    ``question`` names it, so that an answer counts for no other one.
    """

    count: int
    until: datetime
    question: str = ""
    answer: HeldAnswer | None = None
    items: tuple[VerdictView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyView:
    """The answer to "Why is it not there?"; dates as typed (``YYYY-MM-DD``), words as typed.

    ``verdicts`` are those of one page, ``None`` before anything was asked; ``total`` and
    ``missing`` count those of all pages. ``next_page`` and ``first_page`` are addresses, empty
    where there is no such page.
    """

    first_day: str
    last_day: str
    words: str = ""
    is_missing: bool = False
    problem: str = ""
    verdicts: tuple[VerdictView, ...] | None = None
    total: int = 0
    missing: int = 0
    next_page: str = ""
    first_page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsView:
    """The Staff Member's settings page (section 5, R10.1, R12.1, R12.2).

    Attributes:
        connection: The person's Connection as stored.
        account: The Microsoft account's address (R4.3); ``None`` before the sign-in.
        choices: What the form shows: stored, or as typed where something was wrong.
        mail: Where mail goes.
        now: When the page was made; how long ago things were is counted from it (R12.5).
        window_days: Days of the Window, which the form tells of (R12.6).
        calendars: What may be chosen; empty while no settings can be changed.
        field_problems: Name of a wrong field to the sentence that says what is wrong.
        problem: A refusal that is about the whole page.
        preview: ``None`` unless one was asked for.
        held: The question about many cancellations; ``None`` while there is none.
        waiting: What could not be synced, with reasons.
        activity: Newest first; ``activity_next`` is where the next page starts.
        is_older: The activity does not begin with the newest.
        removal: What Disconnect Calendar would remove; ``None`` where there is nothing to remove.
        why: The search for missing items; ``None`` while nothing is synced.
    """

    shell: Shell
    connection: Connection
    account: str | None
    choices: SyncSettings
    mail: MailView
    now: datetime
    window_days: int
    calendars: tuple[CalendarChoice, ...] = ()
    field_problems: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    preview: PreviewView | None = None
    held: HeldView | None = None
    waiting: tuple[VerdictView, ...] = ()
    activity: tuple[Line, ...] = ()
    activity_next: str | None = None
    is_older: bool = False
    removal: RemovalView | None = None
    why: WhyView | None = None

    @property
    def zone(self) -> str:
        """Gives the person's time zone, an IANA name."""
        return self.connection.staff.time_zone

    @property
    def trouble(self) -> Trouble | None:
        """Gives what is failing (R10.6, R11.8)."""
        return trouble_of(self.connection)

    @property
    def version(self) -> str:
        """Gives what another state of the page differs in (R12.5)."""
        visitor = self.shell.visitor
        return version_of(self.connection, "" if visitor is None else visitor.csrf_token)

    @property
    def said(self) -> str:
        """Says in one sentence where the sync stands, for who listens (R12.4, R12.5)."""
        return said_of(self.connection)

    @property
    def is_draft(self) -> bool:
        """Says whether the page shows something that was entered and is not stored."""
        return bool(self.problem or self.field_problems or self.preview)
