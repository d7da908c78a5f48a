"""What the administrators' page shows, as plain values (sections 2 and 3, R12.3, R12.9)."""

from dataclasses import dataclass
from datetime import datetime

from sync.site.pages.views import Shell


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationChoice:
    """A Location of the Account, and whether the plugin is enabled there."""

    id: str
    name: str
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is missing for somebody; ``press`` names what the administrator can press about it."""

    text: str
    press: str = ""
    is_bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRow:
    """One Staff Member in the administrators' table: health, never contents (R2.3, R12.3).

    ``places`` are the names of the Locations; ``rank`` is 0 where something fails, 1 where somebody
    has to do something, else 2.
    """

    staff_id: str
    name: str
    active: bool
    state: str
    access_type: str = "staff"
    location_ids: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    can_activate: bool = True
    invitation: str = "none"
    last_sync_at: datetime | None = None
    last_sync_result: str = "none"
    waiting: int = 0
    problem: str = ""
    left_behind: int = 0
    subscription_expires_at: datetime | None = None
    rank: int = 2
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """People who can be shown by themselves, and how many they are."""

    key: str
    label: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffTable:
    """One page of the administrators' table (R12.9).

    Attributes:
        rows: What is shown.
        groups: With their numbers under the other filters.
        matching: Ids of all who match the filters, on all pages.
        total: How many people the administrator looks after.
        page: From 1.
        pages: How many there are.
        chosen: Ids of the selected, shown or not.
    """

    rows: tuple[StaffRow, ...]
    groups: tuple[Group, ...] = ()
    matching: tuple[str, ...] = ()
    total: int = 0
    page: int = 1
    pages: int = 1
    chosen: frozenset[str] = frozenset()

    @property
    def hidden(self) -> tuple[str, ...]:
        """Gives the selected who are not shown: the form carries them along."""
        return tuple(sorted(self.chosen - {row.staff_id for row in self.rows}))


@dataclass(frozen=True, slots=True, kw_only=True)
class LongWork:
    """An operation that goes on behind the answer (R3.5); ``query`` is what its address carries.

    ``said`` is what is told of it aloud, which changes at quarters only (R12.4).
    """

    label: str
    done: int
    total: int
    said: str
    query: tuple[tuple[str, str], ...]

    @property
    def is_over(self) -> bool:
        """Says whether it has reached everybody."""
        return self.done >= self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginView:
    """The administrators' page (sections 2 and 3, R12.3, R12.9).

    Attributes:
        person: Whose page it is, for the script to know its own again.
        zone: The administrator's; times are said in it.
        now: When the page was made.
        locations: Those that the administrator sees.
        can_enable: Whether this administrator may change Locations (R2.1).
        table: The people.
        address: Of this page, with its filters.
        location_id: Narrows the table; empty for all.
        words: The search as typed.
        state: The group that is shown; empty for all.
        problem: A refusal.
        refused: Who could not be served, and why.
        done: What was done.
        work: What goes on; ``None`` while nothing does.
        version: By which an open page asks whether it is still true; empty where a press was
            answered: the next look draws anew.
    """

    shell: Shell
    person: str
    zone: str
    now: datetime
    locations: tuple[LocationChoice, ...]
    can_enable: bool
    table: StaffTable
    address: str = "/plugin"
    location_id: str = ""
    words: str = ""
    state: str = ""
    problem: str = ""
    refused: tuple[str, ...] = ()
    done: str = ""
    work: LongWork | None = None
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Somebody who is about to be disconnected; ``items`` is ``None`` where nobody counted."""

    name: str
    items: int | None = None
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LetGoView:
    """Asks before people are disconnected: who, how many items, who works elsewhere too (R2.7).

    The form repeats ``fields``; its buttons add ``confirm=yes`` or ``keep=yes``.
    """

    title: str
    lines: tuple[str, ...]
    people: tuple[Leaving, ...]
    confirm_label: str
    fields: tuple[tuple[str, str], ...]
