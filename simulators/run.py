"""Everything on one machine: `make run`.

Starts a storage emulator, a simulated Microsoft 365, a simulated booking product, a mailbox and
the functions, fills them with a small practice, and says which pages to open. Everything listens
on 127.0.0.1 and ends with this process. The emulator and the simulators keep nothing; secrets stay
in `.run` until `make clean`.

    python -m simulators.run [--demo]
"""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TextIO

import aiohttp

from simulators.azurite import Azurite, AzuriteError
from simulators.booking import BookingSimulator, Practice
from simulators.booking.simulator import OIDC_CLIENT_ID
from simulators.common.logs import configure_logs
from simulators.common.serving import stop_signal
from simulators.demo import DemoServer
from simulators.first_visit import FirstVisit
from simulators.host.process import ROOT, FunctionsProcess, FunctionsProcessError
from simulators.host.settings import HostError
from simulators.mailbox import MailboxSimulator
from simulators.microsoft365 import GraphSimulator
from simulators.microsoft365.identity import IdentitySimulator
from simulators.microsoft365.identity_sign_in import SignInSwitches
from simulators.microsoft365.seed import ZONE as MAILBOX_ZONE
from simulators.microsoft365.seed import seed_calendars
from simulators.run_settings import CLIENT_ID, EMAIL_SENDER, Ports, Secrets

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
FOLDER = ROOT / ".run"
FUNCTION_KEY = "local-key"
_OF_THE_BOOKING_PRODUCT = (
    "BOOKING_API_URL",
    "BOOKING_API_TOKEN",
    "BOOKING_OIDC_ISSUER",
    "BOOKING_WEBHOOK_SECRET",
)


class LocalRun:
    """All parts of a local run.

    Args:
        ports: where each part listens.
        secrets: what they share.
        app_dir: the folder with function_app.py.
        folder: where the file with the certificate authorities is written.
        storage: where the storage emulator keeps everything; by default in memory.
        more_settings: of the functions; they win over those made here.
        on_log: called with each line that the functions log.

    Attributes:
        base_url: where the functions answer.
        bundle: the file with the certificate authorities.
        env_file: where `make run` leaves `variables` for a shell.
        access_file: where it writes what the functions answered.
        practice: the ids of what was seeded.
    """

    def __init__(
        self,
        ports: Ports,
        secrets: Secrets,
        *,
        app_dir: Path = ROOT,
        folder: Path = FOLDER,
        storage: Path | None = None,
        more_settings: Mapping[str, str] | None = None,
        on_log: Callable[[str], None] | None = None,
    ) -> None:
        base_url = f"http://{HOST}:{ports.functions}"
        self._ports = ports
        self._secrets = secrets
        self._app_dir = app_dir
        # Each run makes its own authority: one beside it on other ports keeps its bundle.
        self.bundle = folder / f"ca-bundle-{ports.identity}.pem"
        self.env_file, self.access_file = folder / "env", folder / "access.log"
        self._more_settings = dict(more_settings or {})
        self.on_log = on_log
        self.base_url = base_url
        self.azurite = Azurite(
            blob_port=ports.blob, queue_port=ports.queue, table_port=ports.table, folder=storage
        )
        self.identity = IdentitySimulator(
            self.bundle,
            client_id=CLIENT_ID,
            client_secret=secrets.microsoft_client_secret,
            redirect_uris=(f"{base_url}/auth/microsoft/callback",),
        )
        self.graph = GraphSimulator(token_check=self.identity.check_token)
        self.booking = BookingSimulator(
            api_token=secrets.booking_api_token,
            webhook_secret=secrets.booking_webhook_secret,
            oidc_client_secret=secrets.booking_oidc_client_secret,
            redirect_uris=(f"{base_url}/auth/booking/callback",),
        )
        self.mailbox = MailboxSimulator()
        self.demo = DemoServer(
            booking=self.booking,
            graph=self.graph,
            mailbox=self.mailbox,
            connector_url=base_url,
        )
        self.practice = Practice()

    def settings(self) -> dict[str, str]:
        """Gives the functions' settings, once the simulators listen."""
        return {
            "AzureWebJobsStorage": self.azurite.connection_string(),
            "PUBLIC_BASE_URL": self.base_url,
            "GRAPH_BASE_URL": self.graph.base_url,
            "MICROSOFT_AUTHORITY": self.identity.authority,
            "MICROSOFT_CLIENT_ID": CLIENT_ID,
            "MICROSOFT_CLIENT_SECRET": self._secrets.microsoft_client_secret,
            "BOOKING_API_URL": self.booking.api_url,
            "BOOKING_API_TOKEN": self._secrets.booking_api_token,
            "BOOKING_OIDC_ISSUER": self.booking.issuer,
            "BOOKING_OIDC_CLIENT_ID": OIDC_CLIENT_ID,
            "BOOKING_OIDC_CLIENT_SECRET": self._secrets.booking_oidc_client_secret,
            "BOOKING_WEBHOOK_SECRET": self._secrets.booking_webhook_secret,
            "EMAIL_CONNECTION_STRING": self.mailbox.connection_string,
            "EMAIL_SENDER": EMAIL_SENDER,
            "TOKEN_ENCRYPTION_KEYS": self._secrets.token_encryption_keys,
            "SESSION_SECRET": self._secrets.session_secret,
            "LOCAL_FUNCTION_KEY": FUNCTION_KEY,
            "REQUESTS_CA_BUNDLE": str(self.bundle),
            "SSL_CERT_FILE": str(self.bundle),
        } | self._more_settings

    async def start(self, started: AsyncExitStack) -> FunctionsProcess:
        """Starts every part in order and fills them; `started` ends them in the opposite order.

        Raises:
            AzuriteError: the storage emulator is not installed or did not start.
            FunctionsProcessError: the functions did not start.
        """
        started.enter_context(self.azurite)
        started.callback(self.bundle.unlink, missing_ok=True)
        # The pages that people see come without TLS: no browser has to trust a made-up authority.
        await self.identity.start(HOST, self._ports.identity, pages_port=self._ports.sign_in)
        started.push_async_callback(self.identity.stop)
        for part, port in (
            (self.graph, self._ports.graph),
            (self.booking, self._ports.booking),
            (self.mailbox, self._ports.mailbox),
            (self.demo, self._ports.demo),
        ):
            await part.start(HOST, port)
            started.push_async_callback(part.stop)
        self.practice = self._seed()
        functions = FunctionsProcess(
            app_dir=self._app_dir,
            settings=self.settings(),
            port=self._ports.functions,
            on_log=self.on_log,
        )
        started.push_async_callback(functions.stop)
        await functions.start()
        # Only now: what was seeded is found by the first sync, not told by webhooks.
        self.booking.webhooks.url = f"{self.base_url}/api/webhooks/booking"
        self.booking.connector.url = self.base_url
        self.booking.connector.function_key = FUNCTION_KEY
        return functions

    async def invite_everybody(self) -> None:
        """Enables the plugin for both Locations and activates all Staff Members, as an hq_admin.

        Raises:
            HostError: the functions refused.
        """
        practice = self.practice
        people = [
            person.id
            for record in self.booking.state.accounts()
            if record.account.id == practice.account_id
            for person in record.staff.values()
        ]
        account = f"{self.base_url}/api/accounts/{practice.account_id}"
        locations = {"location_ids": [practice.north_id, practice.south_id]}
        headers = {"x-functions-key": FUNCTION_KEY, "X-Acting-Staff-Id": practice.hq_admin_id}
        async with aiohttp.ClientSession(headers=headers) as session:
            for method, path, body in (
                ("PUT", "/locations", locations),
                ("PATCH", "/staff", {"activate": people}),
            ):
                async with session.request(method, account + path, json=body) as answer:
                    if answer.status != 200:
                        raise HostError(f"{method} {path} was answered {answer.status}.")

    async def connect_somebody(self) -> None:
        """Connects the Staff Member without office, so that the demo page opens with both sides.

        Raises:
            HostError: the visit ended on another page than expected.
        """
        staff, account = self.practice.staff_id, self.practice.account_id
        address = self.booking.state.staff_member(account, staff).email or ""
        self.identity.switches = SignInSwitches(auto=True, auto_user=address)
        try:
            visit = FirstVisit(self.base_url, self.booking.url, self.bundle)
            await visit.connect(f"{account}/{staff}", address)
        finally:
            self.identity.switches = SignInSwitches()

    def variables(self) -> dict[str, str]:
        """Gives what the variables of `docs/integrating.md` stand for, once everything is up."""
        settings, practice = self.settings(), self.practice
        # At night nobody of the practice has anything.
        night = datetime.now(UTC).replace(hour=7, minute=0, second=0, microsecond=0)
        start = night + timedelta(days=30)
        return {
            "CONNECTOR": self.base_url,
            "FUNCTION_KEY": FUNCTION_KEY,
            "ACCOUNT": practice.account_id,
            "LOCATION": practice.north_id,
            "ADMIN": practice.hq_admin_id,
            "STAFF": practice.staff_id,
            "START": start.isoformat(),
            "END": (start + timedelta(hours=1)).isoformat(),
            "UNTIL": (start + timedelta(days=7)).isoformat(),
        } | {name: settings[name] for name in _OF_THE_BOOKING_PRODUCT}

    def pages(self) -> str:
        """Gives the text that says what to open."""
        return f"""
Open in a browser:

  {self.demo.url}/
      start here: both calendars of a person side by side, and a way in for each role
  {self.booking.url}/
      the booking product: choose whom to be, change the schedule, from Profile connect
      Outlook; administrators: enable Locations, and activate people in the staff list
  {self.base_url}/plugin
      administrators: Locations, Staff Members, health
  {self.base_url}/settings
      a Staff Member: calendar, what to sync, Start Sync
  {self.graph.base_url.removesuffix("/v1.0")}/outlook/
      Outlook: everybody's calendar, and the fault switches
  {self.mailbox.url}/
      the mailbox: invitations and everything else that is sent
  {self.identity.pages_url}
      Microsoft's sign-in; it comes up by itself

  Microsoft Graph: {self.graph.base_url}
  Function key: {FUNCTION_KEY}; fire the sweep by hand:
      curl -X POST {self.base_url}/admin/functions/sweep
  For the commands of docs/integrating.md: . {os.path.relpath(self.env_file)}
  Every request that the functions answered: {os.path.relpath(self.access_file)}

Ctrl-C ends everything.
"""

    def _seed(self) -> Practice:
        now = datetime.now(UTC)
        practice = self.booking.seed(now=now)
        people = [
            person
            for record in self.booking.state.accounts()
            for person in record.staff.values()
            if person.email
        ]
        addresses = [str(person.email) for person in people]
        for person, address in zip(people, addresses, strict=True):
            self.identity.add_user(address, name=person.name)
            self.graph.state.add_user(address, person.name, time_zone=MAILBOX_ZONE)
        seed_calendars(self.graph.acts, self.graph.state, addresses, now=now)
        return practice


async def serve(run: LocalRun, *, demo: bool) -> None:
    """Runs everything until SIGINT, SIGTERM, or the end of the emulator or the functions.

    Raises:
        AzuriteError: the storage emulator is not installed, did not start, or ended by itself.
        FunctionsProcessError: the functions did not start, or ended by themselves.
    """
    stopping = stop_signal()
    async with AsyncExitStack() as started:
        functions = await run.start(started)
        if demo:
            await run.invite_everybody()
            await run.connect_somebody()
        _leave_variables(run.env_file, run.variables())
        started.callback(run.env_file.unlink, missing_ok=True)
        sys.stdout.write(run.pages())
        sys.stdout.flush()
        host = asyncio.create_task(functions.ended())
        storage = asyncio.create_task(asyncio.to_thread(run.azurite.wait))
        told = asyncio.create_task(stopping.wait())
        await asyncio.wait({host, storage, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        host.cancel()
        if stopping.is_set():
            log.info("run.stopping")
        elif storage.done():
            raise AzuriteError("The storage emulator ended by itself.")
        else:
            raise FunctionsProcessError("The functions ended by themselves: see above.")


def main() -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m simulators.run", description=__doc__)
    parser.add_argument("--demo", action="store_true", help="everybody invited, one connected")
    parser.add_argument("--app", type=Path, default=ROOT, help="folder of function_app.py")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where secrets are kept")
    given = parser.parse_args()
    configure_logs("INFO")
    try:
        ports, secrets = Ports.from_env(os.environ), _secrets(given.folder)
        run = LocalRun(ports, secrets, app_dir=given.app, folder=given.folder)
        with _opened(run.access_file) as access:
            run.on_log = partial(_show, access)
            asyncio.run(serve(run, demo=given.demo))
    except (AzuriteError, FunctionsProcessError, HostError) as error:
        log.error("run.failed: %s", error)  # noqa: TRY400 - the sentence says all
        return 1
    return 0


def _secrets(folder: Path) -> Secrets:
    """Gives the secrets of earlier runs, or makes them.

    Raises:
        HostError: the folder can't be written.
    """
    try:
        folder.mkdir(exist_ok=True)
        return Secrets.load(folder)
    except OSError as error:
        raise HostError(f"{folder} can't be written: {error.strerror}.") from error


def _opened(path: Path) -> TextIO:
    """Opens a file of the folder anew, a line at a time.

    Raises:
        HostError: it can't be written.
    """
    try:
        return path.open("w", buffering=1)
    except OSError as error:
        raise HostError(f"{path} can't be written: {error.strerror}.") from error


def _show(access: TextIO, line: str) -> None:
    """Shows what the functions say; what they answered goes to a file, there is much of it."""
    if " http.answered " in line:
        access.write(f"{line}\n")
        return
    sys.stdout.write(f"functions | {line}\n")
    sys.stdout.flush()


def _leave_variables(path: Path, variables: Mapping[str, str]) -> None:
    """Writes variables into a file that a shell reads; some are secrets of this run."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("".join(f"export {n}={quote(v)}\n" for n, v in variables.items()))


if __name__ == "__main__":
    sys.exit(main())
