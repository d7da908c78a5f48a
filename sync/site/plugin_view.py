"""Puts the administrators' page together for one visitor."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sync.messages import said, said_many
from sync.people.people import AccessType, Location, StaffMember
from sync.people.staff_list import Refused, StaffStatus
from sync.site.html import shell_of
from sync.site.pages.live import quarter_percent, version_of_list
from sync.site.pages.plugin_views import LocationChoice, LongWork, PluginView
from sync.site.pages.staff_table import Filters, Readers, table
from sync.site.pages.views import Shell, Visitor
from sync.site.pressed_forms import form_mark
from sync.site.sessions import Session
from sync.words import StaffId, msgid

if TYPE_CHECKING:
    from sync.bootstrap import App

_DONE = {
    # Who is disconnected by it was named in the question before.
    "locations": msgid("The Locations were saved. The numbers below follow."),
    "activated": msgid("The selected Staff Members are activated."),
    "deactivated": msgid("The selected Staff Members are deactivated."),
    "resent": msgid("A new invitation is on its way. The old link does not work any more."),
}
#: What it is called, which way the number of the active goes, and what is told at quarters.
_GOES_ON = {
    "activating": (msgid("Activating"), 1, msgid("Activating: {percent} % done.")),
    "deactivating": (msgid("Deactivating"), -1, msgid("Deactivating: {percent} % done.")),
}
_NUMBER_LIMIT = 7  # digits


class PluginReader:
    """Reads what the page shows.

    Args:
        app: The services.
        session: The visitor's.
        me: The visitor's profile, an administrator's.
    """

    def __init__(self, app: "App", session: Session, me: StaffMember) -> None:
        self._app = app
        self.session = session
        self.me = me

    @property
    def shell(self) -> Shell:
        """Gives what surrounds the page."""
        visitor = Visitor(
            name=self.me.name,
            csrf_token=self.session.csrf,
            form_of=form_mark(self._app, self.session.person),
            is_admin=True,
        )
        return shell_of(self._app, visitor)

    async def version(self) -> str:
        """Gives the list's version, to be asked for before the list is."""
        people = await self._app.administration.version(self.session.person.account_id)
        return version_of_list(people, self.me, self.session.csrf, self._app.clock.now())

    async def statuses(self) -> tuple[StaffStatus, ...]:
        """Lists everybody whom the visitor looks after."""
        return await self._app.administration.status(self.session.person.account_id, self.me.id)

    async def places(self) -> tuple[Location, ...]:
        """Lists all Locations of the Account."""
        return await self._app.booking.locations(self.session.person.account_id)

    async def view(
        self,
        filters: Filters,
        chosen: frozenset[StaffId] = frozenset(),
        *,
        problem: str = "",
        done: Mapping[str, str] | None = None,
        refused: tuple[Refused, ...] = (),
        served: int = 0,
    ) -> PluginView:
        """Makes the page.

        Args:
            filters: Who is shown.
            chosen: Who is selected.
            problem: Why nothing was done.
            done: What was, as the address says it.
            refused: Who could not be served, and why.
            served: How many others could.
        """
        places, statuses, enabled = await asyncio.gather(
            self.places(),
            self.statuses(),
            self._app.administration.enabled(self.session.person.account_id),
        )
        is_hq = self.me.access_type is AccessType.HQ_ADMIN
        visible = tuple(one for one in places if is_hq or one.id in self.me.location_ids)
        readers = Readers(
            places=visible,
            enabled=enabled,
            can_enable=is_hq,
            product=self._app.settings.product_name,
        )
        names = {status.staff_id: status.name for status in statuses}
        work = _work(done or {}, sum(status.active for status in statuses))
        result = _DONE.get((done or {}).get("done", ""), "")
        if refused:
            problem = said_many(
                "{count} person was left out; {served} served.",
                "{count} people were left out; {served} served.",
                len(refused),
                served=said_many("{count} was", "{count} were", served),
            )
            result = ""
        address = filters.address(**dict(work.query)) if work else filters.address()
        return PluginView(
            shell=self.shell,
            person=f"{self.session.person.account_id}/{self.session.person.staff_id}",
            zone=self.me.time_zone,
            now=self._app.clock.now(),
            locations=tuple(
                LocationChoice(id=one.id, name=one.name, enabled=one.id in enabled)
                for one in visible
            ),
            can_enable=is_hq,
            table=table(statuses, filters, readers, chosen),
            address=address,
            location_id=filters.location,
            words=filters.words,
            state=filters.state,
            problem=problem,
            refused=tuple(
                said(
                    "{name}: {problem}",
                    name=names.get(each.staff_id, each.staff_id),
                    problem=said(each.message),
                )
                for each in refused
            ),
            done=result,
            work=work,
        )


def _work(done: Mapping[str, str], active: int) -> LongWork | None:
    """Says how far an operation on many has come: from what the address says, and who is active."""
    known = _GOES_ON.get(done.get("done", ""))
    many, before = done.get("many", ""), done.get("from", "")
    numbers = [text for text in (many, before) if text.isdecimal() and len(text) <= _NUMBER_LIMIT]
    if known is None or len(numbers) < len((many, before)):
        return None
    label, way, at_quarter = known
    came = min(max((active - int(before)) * way, 0), int(many))
    query = (("done", done["done"]), ("many", many), ("from", before))
    told = said(at_quarter, percent=quarter_percent(came, int(many)))
    return LongWork(label=label, done=came, total=int(many), said=told, query=query)
