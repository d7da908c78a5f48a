"""The whole outside in memory, and the settings that a composition over it takes."""

from collections import UserDict
from collections.abc import Mapping
from typing import Any

from sync.bootstrap import Outside
from sync.config import Settings
from sync.ports import Mail, Prompt
from tests.fakes.booking import FakeBooking
from tests.fakes.clock import FakeClock, FakeIds
from tests.fakes.hooks import Hooked, hooked
from tests.fakes.ledger import FakeLedger
from tests.fakes.outlook import FakeOutlook
from tests.fakes.person_rows import FakePersonRows
from tests.fakes.queues import FakeJobQueue
from tests.fakes.sign_in import FakeSignIn
from tests.fakes.signer import FakeSigner
from tests.fakes.storage import (
    FakeClaims,
    FakeConnections,
    FakeFlows,
    FakeLocations,
    FakeMailLimits,
    FakeSentMails,
    FakeSubscriptionIndex,
)

#: An environment that names nothing that is there.
ENVIRONMENT = {
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    "PUBLIC_BASE_URL": "https://connect.example.org",
    "MICROSOFT_CLIENT_ID": "client",
    "MICROSOFT_CLIENT_SECRET": "secret",
    "BOOKING_API_URL": "https://booking.example.org/v1",
    "BOOKING_API_TOKEN": "token",
    "BOOKING_OIDC_ISSUER": "https://booking.example.org/oidc",
    "BOOKING_OIDC_CLIENT_ID": "client",
    "BOOKING_OIDC_CLIENT_SECRET": "secret",
    "BOOKING_WEBHOOK_SECRET": "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0",
    "EMAIL_CONNECTION_STRING": "endpoint=https://mail.example.org/;accesskey=c2VjcmV0",
    "EMAIL_SENDER": "connect@example.org",
    "TOKEN_ENCRYPTION_KEYS": "ZXhhbXBsZS1rZXktb2YtdGhpcnR5LXR3by1ieXRlcyE=",
    "SESSION_SECRET": "session-secret-of-enough-characters",
}


def settings_of(**chosen: int | str) -> Settings:
    """Gives settings that need nothing outside; those named are chosen (``sync_window_days=30``).

    Raises:
        AssertionError: There is no such setting.
    """
    named = {name.upper(): str(value) for name, value in chosen.items()}
    environ = _Asked(ENVIRONMENT | named)
    settings = Settings.from_env(environ)
    assert set(named) <= environ.names, f"no settings: {sorted(set(named) - environ.names)}"
    return settings


class _Asked(UserDict[str, str]):
    """An environment that notes what it is asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.names: set[str] = set()

    def __contains__(self, key: object) -> bool:
        self.names.add(str(key))
        return super().__contains__(key)

    def __getitem__(self, key: str) -> str:
        self.names.add(key)
        return super().__getitem__(key)


class NoLogIn:
    """The booking product's log-in, which no job needs."""

    async def begin(self, *, prompt: Prompt | None = None) -> tuple[str, str]:
        raise AssertionError(f"a job logs nobody in: {prompt}")

    async def finish(self, flow: str, query: Mapping[str, str]) -> Any:
        raise AssertionError(f"a job logs nobody in: {flow} {query}")


class PostOffice(Hooked):
    """Takes mails, each operation once, as the mail service does."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, Mail] = {}

    @hooked
    async def send(self, mail: Mail, *, operation_id: str) -> None:
        """Keeps a mail."""
        self.sent.setdefault(operation_id, mail)


class Memory:
    """Every port's fake, on one clock; ``outside`` gives them to a composition."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.ids = FakeIds()
        self.booking = FakeBooking(self.clock)
        self.outlook = FakeOutlook(self.clock)
        self.connections = FakeConnections()
        self.locations = FakeLocations()
        self.ledger = FakeLedger(self.clock, self.ids)
        self.claims = FakeClaims()
        self.index = FakeSubscriptionIndex(self.clock)
        self.jobs = FakeJobQueue(self.clock)
        self.microsoft = FakeSignIn()
        self.signer = FakeSigner()
        self.sent, self.limits = FakeSentMails(self.clock), FakeMailLimits(self.clock)
        self.flows = FakeFlows(self.clock)
        self.post = PostOffice()
        self.rows = FakePersonRows(self)

    def outside(self) -> Outside:
        """Gives the ports as they are."""
        return Outside(
            clock=self.clock,
            ids=self.ids,
            signer=self.signer,
            booking=self.booking,
            calendars=self.outlook,
            microsoft=self.microsoft,
            booking_log_in=NoLogIn(),
            connections=self.connections,
            locations=self.locations,
            ledger=self.ledger,
            claims=self.claims,
            subscriptions=self.index,
            flows=self.flows,
            sent=self.sent,
            limits=self.limits,
            rows=self.rows,
            jobs=self.jobs,
            email=self.post,
        )
