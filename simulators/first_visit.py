"""A Staff Member's first visit, by HTTP as a browser makes it: `make demo` opens connected."""

import re
import ssl
from html import unescape
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from simulators.host.settings import HostError

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
_TIE = '<form method="post" action="/connect">'


class FirstVisit:
    """One browser, in which the person is logged in at the booking product.

    Microsoft's sign-in has to answer without pages (`SignInSwitches.auto`).

    Args:
        connector_url: where the connector is.
        booking_url: where the booking product is.
        bundle: the authorities by which Microsoft's address is trusted.
    """

    def __init__(self, connector_url: str, booking_url: str, bundle: Path) -> None:
        self._connector_url = connector_url
        self._booking_url = booking_url
        self._bundle = bundle

    async def connect(self, staff: str, address: str) -> None:
        """Goes through the door of the profile, and starts the sync with the default calendar.

        Args:
            staff: `account_id/staff_id`; activated.
            address: for mails.

        Raises:
            HostError: some page or answer was another one than expected.
        """
        trusted = ssl.create_default_context(cafile=self._bundle)
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=trusted),
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # names of hosts are numbers here
        ) as browser:
            await _ask(browser, "POST", f"{self._booking_url}/log-in", data={"staff": staff})
            await _ask(browser, "GET", f"{self._connector_url}/connect")
            page = await _ask(browser, "GET", f"{self._connector_url}/auth/microsoft")
            form = _hidden(page)
            headers = {"Origin": str(URL(self._connector_url).origin())}
            await _ask(
                browser, "POST", f"{self._connector_url}/connect", data=form, headers=headers
            )
            me = f"{self._connector_url}/api/me"
            token = (await _ask_json(browser, me))["csrf_token"]
            calendars = (await _ask_json(browser, f"{me}/calendars"))["value"]
            default = next(one["id"] for one in calendars if one["is_default"])
            await _ask(
                browser,
                "POST",
                f"{me}/sync",
                json={"calendar_id": default, "contact_email": address},
                headers={"X-CSRF-Token": token},
            )


def _hidden(page: str) -> dict[str, str]:
    """Gives the hidden fields of the form that asks whether to connect."""
    form = page.partition(_TIE)[2].partition("</form>")[0]
    if not form:
        raise HostError("After the sign-in nobody was asked whether to connect.")
    return {name: unescape(value) for name, value in _HIDDEN.findall(form)}


async def _ask(browser: aiohttp.ClientSession, method: str, url: str, **more: Any) -> str:
    async with browser.request(method, url, **more) as answer:
        if answer.status >= 400:
            raise HostError(f"{method} {answer.url.path} was answered {answer.status}.")
        return await answer.text()


async def _ask_json(browser: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    async with browser.get(url) as answer:
        if answer.status != 200:
            raise HostError(f"GET {answer.url.path} was answered {answer.status}.")
        found: dict[str, Any] = await answer.json()
        return found
