"""The simulated service on a socket."""

import asyncio
import uuid

from aiohttp import web

from simulators.common.control import control_routes
from simulators.common.serving import LoopbackServer, drop_connection
from simulators.microsoft365.acts import Acts
from simulators.microsoft365.batch import Batch
from simulators.microsoft365.control import GraphControl
from simulators.microsoft365.errors import ConnectionDropped, GraphError
from simulators.microsoft365.faults import Faults
from simulators.microsoft365.graph import GraphService, TokenCheck
from simulators.microsoft365.messages import Request, error_json, make_request
from simulators.microsoft365.pages import OutlookPages
from simulators.microsoft365.posting import Poster
from simulators.microsoft365.state import State

_VERSION = "/v1.0"


class GraphSimulator:
    """The Graph calendar service over HTTP, for tests in-process and for local runs.

    Args:
        state: The mailboxes; new and empty if none are given.
        token_check: Gives the user id or address behind an access token, None to refuse it.
            Without one, `state.tokens` is the table of good tokens.

    Attributes:
        state: The mailboxes.
        faults: The switches.
        acts: What a person does in Outlook.
        poster: Sends notifications; `first_gap` and `deadline` are its times in seconds.
        service: The pipeline and handlers, with `service.subscriptions`.
        base_url: Where it listens, with the version, once started.
    """

    def __init__(
        self,
        *,
        state: State | None = None,
        token_check: TokenCheck | None = None,
    ) -> None:
        self.state = state or State()
        self.faults = Faults()
        self.poster = Poster()
        self.service = GraphService(self.state, self.faults, self.poster, token_check=token_check)
        self.acts = Acts(self.state, self.service.events)
        self.base_url = ""
        self._batch = Batch(self.service, self.faults.random)
        self._server: LoopbackServer | None = None

    def reset(self) -> None:
        """Forget users, events, subscriptions, delta tokens, switches and the request log."""
        self.service.reset()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, and give the base URL with the version, such as http://127.0.0.1:8080/v1.0."""
        await self.poster.start()
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.add_routes(control_routes(GraphControl(self.service, self.acts).acts()))
        app.add_routes(OutlookPages(self.state, self.acts, self.faults).routes())
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._server = LoopbackServer(app)
        self.base_url = await self._server.start(host, port) + _VERSION
        return self.base_url

    async def stop(self) -> None:
        """Close the socket and drop what is in the post."""
        await self.poster.stop()
        if self._server is not None:
            await self._server.stop()
            self._server = None

    async def _serve(self, incoming: web.Request) -> web.StreamResponse:
        origin = f"http://{incoming.host}"
        target = incoming.raw_path
        if target.startswith(origin):
            target = target.removeprefix(origin)
        versioned = target.lower().startswith(f"{_VERSION}/")
        request = make_request(
            method=incoming.method,
            target=target[len(_VERSION) :] if versioned else target,
            headers=list(incoming.headers.items()),
            body=await incoming.read(),
            base_url=f"{origin}{_VERSION}",
        )
        try:
            if not versioned:
                raise GraphError(400, "BadRequest", "Invalid version.")  # noqa: TRY301 - one place
            return await self._answer(request)
        except GraphError as error:
            return web.json_response(
                error_json(error, self.state.clock.now(), request),
                status=error.status,
                headers=_trace(request) | error.headers,
            )
        except ConnectionDropped:
            drop_connection(incoming)
            raise asyncio.CancelledError from None

    async def _answer(self, request: Request) -> web.Response:
        if request.segments == ("$batch",) and request.method == "POST":
            return web.json_response(await self._batch.answer(request), headers=_trace(request))
        answer = await self.service.handle(request)
        headers = _trace(request) | answer.headers
        if answer.payload is None:
            return web.Response(status=answer.status, headers=headers)
        return web.json_response(answer.payload, status=answer.status, headers=headers)


def _trace(request: Request) -> dict[str, str]:
    request_id = str(uuid.uuid4())
    return {
        "request-id": request_id,
        "client-request-id": request.headers.get("client-request-id", request_id),
    }
