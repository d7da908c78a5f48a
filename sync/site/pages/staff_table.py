"""The administrators' table: what is missing for whom, who comes first, who is shown (R12.9).

Pure: made from the rows that the API gives as well, and from what the form says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from urllib.parse import urlencode

from sync.messages import Alternatives, said, said_many
from sync.people.people import ConnectionState, Location
from sync.people.staff_list import StaffStatus
from sync.site.pages.plugin_views import Group, Note, StaffRow, StaffTable
from sync.site.pages.wording import INVITATIONS, STATES
from sync.words import LocationId, msgid

#: Rows on one page: a phone draws them at once, and sixty people are two pages.
PAGE_ROWS = 50
ATTENTION, UNABLE = "attention", "unable"
#: What can be shown by itself, in the order of the buttons; all comes first.
GROUPS: dict[str, str] = {
    "": msgid("All"),
    ATTENTION: msgid("Needs attention"),
    **{state: STATES[state] for state in ConnectionState},
    UNABLE: msgid("Can't be activated"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is to be shown: everybody by default.

    Attributes:
        words: Of the name, as typed.
        location: A Location's id; empty for all.
        state: A key of ``GROUPS``.
        page: From 1.
    """

    words: str = ""
    location: str = ""
    state: str = ""
    page: int = 1

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """Gives the members of an address that shows the same, those that say something."""
        members = (("words", self.words), ("location", self.location), ("state", self.state))
        known = tuple((name, value) for name, value in members if value)
        return known if self.page == 1 else (*known, ("page", str(self.page)))

    def address(self, **more: str) -> str:
        """Gives the address that shows the same, with more members."""
        query = urlencode([*more.items(), *self.query])
        return f"/plugin?{query}" if query else "/plugin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """For whom the table is written.

    Attributes:
        places: The Locations that the administrator sees.
        enabled: Ids of those where the plugin works.
        can_enable: Whether the administrator may change that (R2.1).
        product: The booking product's name.
    """

    places: tuple[Location, ...]
    enabled: frozenset[str]
    can_enable: bool
    product: str


def table(
    statuses: Iterable[StaffStatus], filters: Filters, readers: Readers, chosen: frozenset[str]
) -> StaffTable:
    """Gives one page of the table, what needs attention first (R12.9).

    Args:
        statuses: Everybody whom the administrator looks after.
        filters: Who is to be shown.
        readers: For whom it is written.
        chosen: Ids of the Staff Members that are selected, shown or not.
    """
    everybody = [_row(status, readers) for status in statuses]
    found = sorted(
        (row for row in everybody if _is_wanted(row, filters)),
        key=lambda row: (row.rank, row.name.casefold()),
    )
    matching = [row for row in found if filters.state in ("", *groups_of(row))]
    pages = max(1, ceil(len(matching) / PAGE_ROWS))
    page = min(filters.page, pages)
    shown = tuple(matching[(page - 1) * PAGE_ROWS : page * PAGE_ROWS])
    return StaffTable(
        rows=shown,
        groups=_groups(found, filters.state),
        matching=tuple(row.staff_id for row in matching),
        total=len(everybody),
        page=page,
        pages=pages,
        chosen=chosen & frozenset(row.staff_id for row in everybody),
    )


def groups_of(row: StaffRow) -> tuple[str, ...]:
    """Names the groups that somebody belongs to; that of the state comes first."""
    is_unable = not row.active and not row.can_activate and row.state == ConnectionState.INACTIVE
    own = UNABLE if is_unable else row.state
    return (own, ATTENTION) if row.rank < _FINE else (own,)


def _groups(rows: list[StaffRow], chosen: str) -> tuple[Group, ...]:
    """Counts the groups; those with nobody in them are left out, unless one is being looked at."""
    numbers = dict.fromkeys(GROUPS, 0)
    numbers[""] = len(rows)
    for row in rows:
        for key in groups_of(row):
            numbers[key] += 1
    return tuple(
        Group(key=key, label=label, count=numbers[key])
        for key, label in GROUPS.items()
        if numbers[key] or key in ("", chosen)
    )


def _is_wanted(row: StaffRow, filters: Filters) -> bool:
    words = filters.words.casefold().split()
    is_here = not filters.location or filters.location in row.location_ids
    return is_here and all(word in row.name.casefold() for word in words)


_TROUBLE, _MISSING, _FINE = 0, 1, 2
_LOST = {ConnectionState.RECONNECT_NEEDED}


def _row(status: StaffStatus, readers: Readers) -> StaffRow:
    names = {place.id: place.name for place in readers.places}
    return StaffRow(
        staff_id=status.staff_id,
        name=status.name,
        active=status.active,
        state=status.state,
        access_type=status.access_type,
        location_ids=status.location_ids,
        places=_places(status, names),
        can_activate=status.can_activate,
        invitation=status.invitation,
        last_sync_at=status.last_sync_at,
        last_sync_result=status.last_sync_result,
        waiting=status.waiting,
        problem="" if status.problem is None else status.problem.message,
        left_behind=status.left_behind,
        subscription_expires_at=status.subscription_expires_at,
        rank=_rank(status),
        notes=_notes(status, readers, names),
    )


def _places(status: StaffStatus, names: Mapping[LocationId, str]) -> tuple[str, ...]:
    """Names somebody's Locations; those of other administrators have no name here (R2.2)."""
    known = tuple(names[id_] for id_ in status.location_ids if id_ in names)
    return known if len(known) == len(status.location_ids) else (*known, said("elsewhere"))


def _rank(status: StaffStatus) -> int:
    """Says what needs attention: 0 something fails, 1 somebody has to do something, 2 neither."""
    fails = status.problem is not None or status.last_sync_result == "failed"
    if (
        status.left_behind
        or status.state in _LOST
        or (status.active and (fails or status.invitation == "failed"))
    ):
        return _TROUBLE
    if status.active and (
        status.waiting
        or not status.can_activate
        or (
            status.state is ConnectionState.INVITED
            and status.invitation in {"expired", "no_email", "none"}
        )
    ):
        return _MISSING
    return _FINE


def _notes(
    status: StaffStatus, readers: Readers, names: Mapping[LocationId, str]
) -> tuple[Note, ...]:
    """Says what is missing for somebody, the worst first (R12.3, R12.9)."""
    notes = []
    if status.problem is not None:
        notes.append(Note(text=status.problem.message, is_bad=True))
    if status.left_behind:
        behind = said_many(
            "{count} item left behind in Outlook.",
            "{count} items left behind in Outlook.",
            status.left_behind,
        )
        notes.append(Note(text=behind, is_bad=True))
    unable = not status.can_activate and status.state is ConnectionState.INACTIVE
    if unable and not status.left_behind:
        notes.append(_unable(status, readers, names))
    match status.state:
        case ConnectionState.INVITED:
            word = status.invitation
            notes.append(Note(text=INVITATIONS[word], is_bad=word in {"failed", "no_email"}))
        case ConnectionState.AUTHORIZED:
            notes.append(Note(text=msgid("Has to choose a calendar and press Start Sync.")))
        case ConnectionState.RECONNECT_NEEDED:
            notes.append(Note(text=msgid("Has to sign in with Microsoft again.")))
        case ConnectionState.DISCONNECTING:
            notes.append(Note(text=msgid("What was synced is being removed.")))
        case _:
            pass
    if status.waiting and status.active:
        notes.append(
            Note(text=said_many("{count} item waits.", "{count} items wait.", status.waiting))
        )
    return tuple(notes)


def _unable(status: StaffStatus, readers: Readers, names: Mapping[LocationId, str]) -> Note:
    """Says why somebody can't be activated, and what to press."""
    theirs = [names[id_] for id_ in status.location_ids if id_ in names]
    if not theirs:
        return Note(
            text=said(
                "Works at no Location. That is changed in {product}.", product=readers.product
            )
        )
    press = said("Enable {places}", places=Alternatives(theirs))
    why = msgid("The calendar sync is enabled at none of their Locations.")
    if readers.can_enable:
        return Note(text=why, press=press)
    return Note(text=said("{why} An HQ administrator can: {press}.", why=said(why), press=press))
