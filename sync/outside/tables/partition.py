"""What stands in a person's partition of the ledger: pure.

========================  =====================================================================
row key                   what stands there
========================  =====================================================================
``act-<time>-<number>``   an activity entry, sealed; the newest sorts first
``act-<time>-<action>``   the same, of what was done to the sync as a whole
``cursor``                both change feeds' cursors
``format``                nothing: release 1.0 takes it for a Link that it can't read, and stops
``held``, ``held.1`` …    the Links that wait for something or have an intent (see packs.py)
``idle``                  stands while nobody wants a sync (see wishes.py)
``alone``                 stands while no job was turned away by the lease (see wishes.py)
``lease``                 who may write (see leases.py)
``link-<key>``            a Link that release 1.0 has written (see released.py)
``links-<week>``          the other Links of a week, later weeks first
``tell-<number>``         something to tell, sealed; column ``Bundle`` names the mail it goes into
========================  =====================================================================

What a sync reads is all from ``cursor`` to the first week that has passed.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sync.engine.links import Link
from sync.errors import NewerFormat
from sync.outside.tables.packs import HELD, WEEKS, Packs, changed, merged, passed_from, read_pack
from sync.outside.tables.released import links_of_1_0
from sync.outside.tables.rows import Row, from_json, make_row, row_text
from sync.ports import Cursors, Ledger, Stored

VERSION = 2
CURSOR_ROW = "cursor"
FORMAT_ROW = "format"
LEASE_ROW = "lease"
RELEASED = "link-"


@dataclass(slots=True)
class Content:
    """What is known of a partition.

    Attributes:
        now: When it was read.
        lease: The lease row as read.
        etag: Of the lease row as written last.
        number: How many numbers were ever given to rows.
        asked_on: The day (``2026-11-22``) on which activity was trimmed last.
        echoes: Hashes of versions that our writes made, the newest last.
        cursors: Of the change feeds.
        packs: By row.
        released: Rows that release 1.0 has left.
        has_format: Whether release 1.0 is kept out.
        has_passed: Whether ``packs`` holds the weeks that have passed as well.
    """

    now: datetime
    lease: Row | None = None
    etag: str = ""
    number: int = 0
    asked_on: str = ""
    echoes: str = ""
    cursors: Cursors | None = None
    packs: Packs = field(default_factory=dict)
    released: list[Row] = field(default_factory=list)
    has_format: bool = False
    has_passed: bool = False

    @property
    def passed_from(self) -> str:
        """Gives the row key from which on packs were left unread."""
        return passed_from(self.now)

    def written(self, etag: str, columns: dict[str, str], packs: Packs) -> None:
        """Notes what a transaction has written."""
        self.etag = etag
        self._take_columns(columns)
        self.packs |= packs
        for row in [row for row, pack in self.packs.items() if not pack]:
            del self.packs[row]

    def take_lease(self, found: Stored[Row]) -> None:
        """Notes the lease row as read."""
        self.lease, self.etag = found.value, found.etag
        self._take_columns(found.value)

    def ahead(self) -> Ledger:
        """Gives what a sync needs, without what has passed."""
        packs = {row: pack for row, pack in self.packs.items() if row < self.passed_from}
        return Ledger(links=merged(packs), cursors=self.cursors)

    def passed(self) -> tuple[Link, ...]:
        """Gives the Links of weeks that have passed."""
        return merged({row: pack for row, pack in self.packs.items() if row >= self.passed_from})

    def brought_forward(self) -> Packs:
        """Gives the packs that change when the Links of release 1.0 move into them."""
        known = {key for pack in self.packs.values() for key in pack}
        links = [link for row in self.released for link in links_of_1_0(row_text(row))]
        # One that is there already has moved before, in a try that broke off.
        return changed(self.packs, [link for link in links if link.key not in known], ())

    def _take_columns(self, columns: Row | dict[str, str]) -> None:
        self.number = int(columns.get("Written", self.number))
        self.asked_on = columns.get("AskedOn", self.asked_on)
        self.echoes = columns.get("Echoes", self.echoes)


def ledger_row(partition: str, row: str, text: str | None = None, **columns: str) -> Row:
    """Builds a row of the ledger."""
    return make_row(partition, row, text, **columns) | {"V": VERSION}


def check_version(row: Row) -> int:
    """Gives the version of a row.

    Raises:
        NewerFormat: A newer release has written it.
    """
    version = int(row.get("V", 1))
    if version > VERSION:
        raise NewerFormat(f"a row of the ledger has the format {version}, {VERSION} is known")
    return version


def read_content(content: Content, found: list[Stored[Row]]) -> Content:
    """Reads the rows of a partition into what is known of it.

    Raises:
        NewerFormat: A newer release has written one of them.
        ContractBroken: One can't be read.
    """
    for each in found:
        row = each.value
        version, key = check_version(row), row["RowKey"]
        if key == LEASE_ROW:
            content.take_lease(each)
        elif key == FORMAT_ROW:
            content.has_format = True
        elif key == CURSOR_ROW and version == VERSION:
            # Cursors of 1.0 are passed over: the next sync reads in full.
            content.cursors = from_json(row_text(row), Cursors)
        elif key.partition(".")[0] == HELD or key.startswith(WEEKS):
            content.packs[key] = read_pack(row_text(row))
        elif key.startswith(RELEASED):
            content.released.append(row)
    return content


def all_links(content: Content) -> tuple[Link, ...]:
    """Gives every Link, those of release 1.0 in today's form."""
    return merged(content.packs | content.brought_forward())
