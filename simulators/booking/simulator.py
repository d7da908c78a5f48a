"""The simulated booking product: API, webhooks, log-in and pages on one loopback port."""

from datetime import datetime

from aiohttp import web

from simulators.booking.api import API_PREFIX, BookingApi
from simulators.booking.connector import Connector
from simulators.booking.connector_acts import ConnectorActs
from simulators.booking.contract import Contract
from simulators.booking.control import BookingControl
from simulators.booking.oidc import OidcProvider
from simulators.booking.pages import BookingPages
from simulators.booking.seed import Practice, seed_practice
from simulators.booking.staff_pages import StaffPages
from simulators.booking.state import BookingState
from simulators.booking.webhooks import WebhookSender
from simulators.common.clock import SimulatedClock
from simulators.common.control import control_routes
from simulators.common.serving import LoopbackServer

API_TOKEN = "booking-api-token"
WEBHOOK_SECRET = "whsec_c2ltdWxhdGVkLXdlYmhvb2stc2VjcmV0LTAwMDE="
OIDC_CLIENT_ID = "connect-up"
OIDC_CLIENT_SECRET = "booking-oidc-secret"


class BookingSimulator:
    """A booking product as its contract describes it.

    Args:
        api_token: the bearer token that the API asks for.
        webhook_secret: `whsec_...`, signs the webhooks.
        oidc_client_secret: the secret of the connector, as the log-in knows it.
        redirect_uris: where log-ins may return to; none allows every loopback address.
        clock: what time it is there.

    Attributes:
        state: what the booking product knows; its methods are what office people do.
        acts: the connector's writes, with the policy of what is not permitted.
        api: faults and request log.
        webhooks: the sender; give it a `url`.
        oidc: the log-in.
        connector: how the pages reach the connector; give it a `url` and a `function_key`.
        control: the `/_sim/` endpoints; its `reset` begins anew.
        clock: what time it is there.
        url: the address, once it listens.
    """

    def __init__(
        self,
        *,
        api_token: str = API_TOKEN,
        webhook_secret: str = WEBHOOK_SECRET,
        oidc_client_secret: str = OIDC_CLIENT_SECRET,
        redirect_uris: tuple[str, ...] = (),
        clock: SimulatedClock | None = None,
    ) -> None:
        contract = Contract()
        self.clock = clock or SimulatedClock()
        self.webhooks = WebhookSender(contract, self.clock, webhook_secret)
        self.state = BookingState(self.clock, self.webhooks.tell)
        self.acts = ConnectorActs(self.state)
        self.api = BookingApi(self.state, self.acts, contract, api_token)
        self.oidc = OidcProvider(
            self.state,
            self.clock,
            client_id=OIDC_CLIENT_ID,
            client_secret=oidc_client_secret,
            redirect_uris=redirect_uris,
        )
        self.connector = Connector()
        self._pages = BookingPages(self.state, self.oidc)
        self._staff_pages = StaffPages(self.state, self.oidc, self.connector)
        self.control = BookingControl(
            state=self.state,
            acts=self.acts,
            api=self.api,
            webhooks=self.webhooks,
            oidc=self.oidc,
            clock=self.clock,
        )
        self.url = ""
        self._server: LoopbackServer | None = None

    @property
    def api_url(self) -> str:
        """What `BOOKING_API_URL` is set to."""
        return self.url + API_PREFIX

    @property
    def issuer(self) -> str:
        """What `BOOKING_OIDC_ISSUER` is set to."""
        return self.oidc.issuer

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, and return the address without a trailing slash; port 0 takes a free one."""
        application = web.Application()
        application.add_routes(control_routes(self.control.acts()))
        application.add_routes(self.api.routes())
        application.add_routes(self.oidc.routes())
        application.add_routes(self._pages.routes())
        application.add_routes(self._staff_pages.routes())
        server = LoopbackServer(application)
        self.url = await server.start(host, port)
        self._server = server
        self.oidc.base_url = self.url
        await self.webhooks.start()
        return self.url

    async def stop(self) -> None:
        """Stop listening and sending; the state stays."""
        await self.webhooks.stop()
        if self._server is not None:
            await self._server.stop()
            self._server = None

    def seed(self, *, now: datetime | None = None, weeks: int = 6) -> Practice:
        """Fill it with a small practice; without `now`, around its own clock."""
        return seed_practice(self.state, now=now or self.clock.now(), weeks=weeks)
