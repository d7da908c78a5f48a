"""The booking product's staff list, profiles and plugin page: where Connect-Up is administered."""

from zoneinfo import ZoneInfo

from aiohttp import web

from simulators.booking.connector import Connector, ConnectorRefused
from simulators.booking.model import ADMINISTRATORS, AccessType, Account, StaffMember
from simulators.booking.oidc import OidcProvider
from simulators.booking.staff_words import Column, column
from simulators.booking.state import BookingState
from simulators.booking.templating import render
from simulators.common.pages import see_other


class StaffPages:
    """Pages about people; only administrators see how the connector is for somebody (R2.3).

    Args:
        state: what the booking product knows.
        oidc: keeps the log-ins.
        connector: asked in the name of who is logged in; it checks the rights.
    """

    def __init__(self, state: BookingState, oidc: OidcProvider, connector: Connector) -> None:
        self._state = state
        self._oidc = oidc
        self._connector = connector

    def routes(self) -> list[web.RouteDef]:
        """Give the routes of all pages."""
        return [
            web.get("/staff", self._list),
            web.post("/staff", self._update),
            web.get("/staff/{staff_id}", self._profile),
            web.post("/staff/{staff_id}/invitation", self._invite),
            web.get("/profile", self._own_profile),
            web.get("/connect-up", self._plugin),
            web.post("/connect-up", self._enable),
        ]

    # Staff list (R3.2)

    async def _list(self, request: web.Request) -> web.Response:
        account, person = self._oidc.person(request)
        said = "Connect-Up was updated." if "updated" in request.query else None
        return await self._list_page(account, person, said=said)

    async def _update(self, request: web.Request) -> web.Response:
        account, person = self._oidc.person(request)
        form = await request.post()
        # What was shown travels along: somebody whom another administrator has activated in the
        # meantime was not unticked here.
        ticked, shown = ({str(one) for one in form.getall(name, ())} for name in ("on", "was"))
        activate, deactivate = sorted(ticked - shown), sorted(shown - ticked)
        if not (activate or deactivate):
            return see_other("/staff")
        if deactivate and "confirmed" not in form:
            staff = self._state.account(account.id).staff
            rules_all = person.access_type is AccessType.HQ_ADMIN
            return render(
                "staff_confirm.html",
                person=person,
                ticked=sorted(ticked),
                shown=sorted(shown),
                activate=[staff[one].name for one in activate if one in staff],
                leaving=[
                    (
                        staff[one].name,
                        "" if rules_all else self._places(account, staff[one], besides=person),
                    )
                    for one in deactivate
                    if one in staff
                ],
            )
        try:
            refused = await self._connector.update(
                account.id, person.id, activate=activate, deactivate=deactivate
            )
        except ConnectorRefused as error:
            return await self._list_page(account, person, error=error)
        if not refused:
            return see_other("/staff?updated")
        return await self._list_page(account, person, refused=refused)

    async def _list_page(
        self,
        account: Account,
        person: StaffMember,
        *,
        said: str | None = None,
        error: ConnectorRefused | None = None,
        refused: list[dict[str, str]] | None = None,
    ) -> web.Response:
        record = self._state.account(account.id)
        columns, enabled, unreached = await self._asked(account, person)
        return render(
            "staff.html",
            status=error.status if error else 200,
            account=account,
            person=person,
            rows=[
                {"member": member, "places": self._places(account, member)}
                for member in sorted(record.staff.values(), key=lambda one: one.name)
            ],
            columns=columns,
            enabled=[one.name for key, one in record.locations.items() if key in enabled],
            disabled=[one.name for key, one in record.locations.items() if key not in enabled],
            said=said,
            error=error.detail if error else unreached,
            refused=[
                (record.staff[one["staff_id"]].name, one["message"])
                for one in refused or ()
                if one["staff_id"] in record.staff
            ],
        )

    async def _asked(
        self, account: Account, person: StaffMember
    ) -> tuple[dict[str, Column] | None, frozenset[str], str | None]:
        """Give the column by Staff Member and the enabled Locations.

        The column is None for who may not see it, and with a sentence where it can't be had.
        """
        if person.access_type not in ADMINISTRATORS or self._connector.url is None:
            return None, frozenset(), None
        zone = ZoneInfo(person.time_zone)
        places = {key: one.name for key, one in self._state.account(account.id).locations.items()}
        try:
            enabled = await self._connector.enabled(account.id)
            rows = await self._connector.staff(account.id, person.id)
        except ConnectorRefused as error:
            return None, frozenset(), error.detail
        return {key: column(row, places, zone) for key, row in rows.items()}, enabled, None

    # Profiles (R4.1, R3.6)

    async def _own_profile(self, request: web.Request) -> web.Response:
        account, person = self._oidc.person(request)
        return await self._profile_page(account, person, person)

    async def _profile(self, request: web.Request) -> web.Response:
        account, person, member = self._other(request)
        return await self._profile_page(account, person, member)

    async def _invite(self, request: web.Request) -> web.Response:
        account, person, member = self._other(request)
        try:
            await self._connector.invite(account.id, person.id, member.id)
        except ConnectorRefused as error:
            return await self._profile_page(account, person, member, error=error)
        said = f"An invitation is on its way to {member.email}. Earlier links are no good any more."
        return await self._profile_page(account, person, member, said=said)

    async def _profile_page(
        self,
        account: Account,
        person: StaffMember,
        member: StaffMember,
        *,
        said: str | None = None,
        error: ConnectorRefused | None = None,
    ) -> web.Response:
        columns, _, unreached = await self._asked(account, person)
        return render(
            "profile.html",
            status=error.status if error else 200,
            account=account,
            person=person,
            member=member,
            places=self._places(account, member),
            column=(columns or {}).get(member.id),
            is_administrator=person.access_type in ADMINISTRATORS,
            connector_url=self._connector.url,
            said=said,
            error=error.detail if error else unreached,
        )

    # The plugin as the marketplace shows it (R3.1)

    async def _plugin(self, request: web.Request) -> web.Response:
        account, person = self._oidc.person(request)
        said = "The Locations were saved." if "saved" in request.query else None
        try:
            enabled = await self._enabled(account)
        except ConnectorRefused as error:
            return self._plugin_page(account, person, frozenset(), error=error)
        return self._plugin_page(account, person, enabled, said=said)

    async def _enable(self, request: web.Request) -> web.Response:
        account, person = self._oidc.person(request)
        wanted = frozenset(str(one) for one in (await request.post()).getall("location", ()))
        try:
            await self._connector.enable(account.id, person.id, sorted(wanted))
        except ConnectorRefused as error:
            return self._plugin_page(account, person, wanted, error=error)
        return see_other("/connect-up?saved")

    def _plugin_page(
        self,
        account: Account,
        person: StaffMember,
        ticked: frozenset[str],
        *,
        said: str | None = None,
        error: ConnectorRefused | None = None,
    ) -> web.Response:
        return render(
            "connect_up.html",
            status=error.status if error else 200,
            person=person,
            locations=self._state.account(account.id).locations.values(),
            ticked=ticked,
            is_administrator=person.access_type in ADMINISTRATORS,
            may_enable=person.access_type is AccessType.HQ_ADMIN,
            connector_url=self._connector.url,
            said=said,
            error=error.detail if error else None,
        )

    # What all of them need

    async def _enabled(self, account: Account) -> frozenset[str]:
        return await self._connector.enabled(account.id) if self._connector.url else frozenset()

    def _other(self, request: web.Request) -> tuple[Account, StaffMember, StaffMember]:
        account, person = self._oidc.person(request)
        member = self._state.account(account.id).staff.get(request.match_info["staff_id"])
        if member is None:
            raise web.HTTPNotFound
        return account, person, member

    def _places(
        self, account: Account, member: StaffMember, besides: StaffMember | None = None
    ) -> str:
        """Name a person's Locations, without those of somebody else."""
        locations = self._state.account(account.id).locations
        left_out = besides.location_ids if besides else ()
        return ", ".join(
            locations[one].name
            for one in member.location_ids
            if one in locations and one not in left_out
        )
