"""The connector as the booking product's servers reach it: its API, with a function key."""

from collections.abc import Iterable
from typing import Any

import aiohttp

PATIENCE = aiohttp.ClientTimeout(total=35)
"""The connector itself gives up after 28 seconds, and says so."""


class ConnectorRefused(Exception):  # noqa: N818 - an answer, not a fault
    """The connector says no, or nothing at all.

    Args:
        detail: its sentence for people.
        status: of its answer; 502 where there was none.
    """

    def __init__(self, detail: str, status: int = 502) -> None:
        super().__init__(detail)
        self.detail, self.status = detail, status


class Connector:
    """Calls for the person who is logged in; the key never reaches a browser.

    Attributes:
        url: where the connector is, without a trailing slash; None while there is none.
        function_key: opens its API for servers.
    """

    def __init__(self) -> None:
        self.url: str | None = None
        self.function_key = ""

    async def enabled(self, account_id: str) -> frozenset[str]:
        """Gives the Locations where the plugin is enabled; raises ConnectorRefused."""
        answer = await self._ask("GET", f"{account_id}/locations")
        return frozenset(answer["location_ids"])

    async def enable(self, account_id: str, acting: str, location_ids: Iterable[str]) -> None:
        """Enables the plugin for these Locations and no others; raises ConnectorRefused."""
        body = {"location_ids": list(location_ids)}
        await self._ask("PUT", f"{account_id}/locations", acting, body)

    async def staff(self, account_id: str, acting: str) -> dict[str, dict[str, Any]]:
        """Gives the rows (contract: StaffStatus) that an administrator sees, by Staff Member.

        Raises:
            ConnectorRefused: not an administrator, or not reached.
        """
        rows = (await self._ask("GET", f"{account_id}/staff", acting))["value"]
        return {row["staff_id"]: row for row in rows}

    async def update(
        self, account_id: str, acting: str, *, activate: Iterable[str], deactivate: Iterable[str]
    ) -> list[dict[str, str]]:
        """Activates some and deactivates others.

        Returns:
            Who could not be served: `staff_id`, `code`, `message`.

        Raises:
            ConnectorRefused: nobody could be served.
        """
        body = {"activate": list(activate), "deactivate": list(deactivate)}
        answer = await self._ask("PATCH", f"{account_id}/staff", acting, body)
        refused: list[dict[str, str]] = answer.get("refused", [])
        return refused

    async def invite(self, account_id: str, acting: str, staff_id: str) -> None:
        """Sends another invitation; raises ConnectorRefused, with the time if it is too soon."""
        await self._ask("POST", f"{account_id}/staff/{staff_id}/invitation", acting)

    async def _ask(
        self, method: str, path: str, acting: str | None = None, body: object = None
    ) -> dict[str, Any]:
        headers = {"x-functions-key": self.function_key}
        if acting is not None:
            headers["X-Acting-Staff-Id"] = acting
        try:
            async with (
                aiohttp.ClientSession(headers=headers, timeout=PATIENCE) as session,
                session.request(method, f"{self.url}/api/accounts/{path}", json=body) as answer,
            ):
                # The host's own 401 is no JSON, and an invitation's 202 is nothing at all.
                is_json = "json" in answer.content_type
                said = await answer.json(content_type=None) if is_json else {}
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ConnectorRefused("Connect-Up can't be reached just now.") from error
        if answer.status >= 400:
            detail = said.get("detail") or f"Connect-Up answered {answer.status}."
            raise ConnectorRefused(detail, answer.status)
        return dict(said or {})
