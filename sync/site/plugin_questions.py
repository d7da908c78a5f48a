"""The questions before people are disconnected: who, how many items, who works elsewhere (R2.7)."""

from typing import TYPE_CHECKING

from sync.errors import SyncError
from sync.messages import said, said_many
from sync.people.people import ConnectionState
from sync.people.rights import others_places, outranks
from sync.people.side_by_side import MANY, side_by_side
from sync.people.staff_list import StaffStatus
from sync.site.pages.plugin_views import Leaving, LetGoView
from sync.site.plugin_view import PluginReader
from sync.words import LocationId, PersonKey, StaffId, msgid

if TYPE_CHECKING:
    from sync.bootstrap import App

#: In these something of ours may be in the calendars.
_SYNCED = {
    ConnectionState.STARTING,
    ConnectionState.ACTIVE,
    ConnectionState.RECONNECT_NEEDED,
    ConnectionState.DISCONNECTING,
}


async def before_deactivating(
    app: "App", reader: PluginReader, rows: tuple[StaffStatus, ...], chosen: tuple[StaffId, ...]
) -> LetGoView:
    """Asks before people are deactivated."""
    named = tuple(row for row in rows if row.staff_id in chosen)
    leaving = tuple(row for row in named if not outranks(row.access_type, reader.me))
    people = await _people(app, reader, leaving)
    lines = [msgid("What was synced is removed from both calendars, and the sign-in is forgotten.")]
    lines += [
        said("{name} has a higher access type than you and stays active.", name=row.name)
        for row in named
        if row not in leaving
    ]
    lines += _items_line(people)
    others = sum(bool(one.elsewhere) for one in people)
    if others:
        lines.append(
            said_many(
                "{count} of them also works at Locations that are not yours: they are disconnected "
                "there, too.",
                "{count} of them also work at Locations that are not yours: they are disconnected "
                "there, too.",
                others,
            )
        )
    return LetGoView(
        title=said_many(
            "Deactivate {count} Staff Member?", "Deactivate {count} Staff Members?", len(people)
        ),
        lines=tuple(lines),
        people=people,
        confirm_label=msgid("Deactivate"),
        fields=(("action", "deactivate"), *(("staff_id", id_) for id_ in chosen)),
    )


async def before_disabling(
    app: "App",
    reader: PluginReader,
    rows: tuple[StaffStatus, ...],
    lost: frozenset[LocationId],
    wanted: frozenset[LocationId],
) -> LetGoView:
    """Asks before Locations are disabled: who is active through them alone is named."""
    names = sorted(place.name for place in await reader.places() if place.id in lost)
    leaving = tuple(
        row
        for row in rows
        if row.active and lost & frozenset(row.location_ids) and not wanted & {*row.location_ids}
    )
    people = await _people(app, reader, leaving)
    means = said_many(
        "{count} Staff Member is not active through another enabled Location and will be "
        "disconnected: what was synced is removed from both calendars, and the sign-in is "
        "forgotten.",
        "{count} Staff Members are not active through another enabled Location and will be "
        "disconnected: what was synced is removed from both calendars, and the sign-in is "
        "forgotten.",
        len(people),
    )
    lines = (said("The calendar sync ends at: {places}.", places=", ".join(names)), means)
    return LetGoView(
        title=said_many("Disable {count} Location?", "Disable {count} Locations?", len(lost)),
        lines=(*lines, *_items_line(people)),
        people=people,
        confirm_label=msgid("Disable"),
        fields=(("action", "locations"), *(("location_ids", id_) for id_ in sorted(wanted))),
    )


async def _people(
    app: "App", reader: PluginReader, leaving: tuple[StaffStatus, ...]
) -> tuple[Leaving, ...]:
    """Counts what would be removed, for as many people as an answer can wait for."""
    account_id, me = reader.session.person.account_id, reader.me
    names = {place.id: place.name for place in await reader.places()}
    synced = [row.staff_id for row in leaving if row.state in _SYNCED]
    items: dict[StaffId, int | None] = {row.staff_id: 0 for row in leaving}
    items |= dict.fromkeys(synced)

    async def counted(staff_id: StaffId) -> int:
        return sum(await app.removal.counts(PersonKey(account_id=account_id, staff_id=staff_id)))

    found = await side_by_side(synced[:MANY], counted)
    items |= {
        staff_id: number
        for staff_id, number in zip(synced, found, strict=False)
        if not isinstance(number, SyncError)
    }
    return tuple(
        Leaving(
            name=row.name,
            items=items[row.staff_id],
            elsewhere=tuple(
                sorted(
                    names.get(id_, id_) for id_ in others_places(frozenset(row.location_ids), me)
                )
            ),
        )
        for row in leaving
    )


def _items_line(people: tuple[Leaving, ...]) -> list[str]:
    number = sum(one.items or 0 for one in people)
    is_all = all(one.items is not None for one in people)
    if not number:
        return [] if is_all else [msgid("How many items that are can't be said at the moment.")]
    if not is_all:
        return [
            said_many(
                "At least {count} item is removed from the calendars.",
                "At least {count} items are removed from the calendars.",
                number,
            )
        ]
    return [
        said_many(
            "{count} item is removed from the calendars.",
            "{count} items are removed from the calendars.",
            number,
        )
    ]
