"""The simulated mail service: what Azure Communication Services does over HTTP, and a mailbox page.

Source: what azure-communication-email 1.1 sends and reads (`/emails:send`, `/emails/operations/`).
"""

import json
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from simulators.common.control import control_routes, usual_acts
from simulators.common.faults import FaultBoard
from simulators.common.pages import Pages
from simulators.common.request_log import RequestLog
from simulators.common.serving import LoopbackServer, drop_connection, retry_after
from simulators.mailbox.post_office import NotAMail, PostOffice

FAULT_KINDS = ("latency", "status", "timeout_before_effect", "timeout_after_effect")
CODES = {429: "TooManyRequests", 500: "InternalServerError", 503: "ServiceUnavailable"}
UUID_PATTERN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
SIGNED_HEADERS = ("Authorization", "x-ms-date", "x-ms-content-sha256")
_pages = Pages(Path(__file__).parent)


class MailboxSimulator:
    """Takes every mail, delivers none, and shows them all.

    Attributes:
        post_office: the mails.
        faults: kinds `latency`, `status`, `timeout_before_effect`, `timeout_after_effect`;
            operations `send`, `status`.
        log: the calls.
        url: the address, once it listens.
    """

    def __init__(self) -> None:
        self.post_office = PostOffice()
        self.faults = FaultBoard(FAULT_KINDS)
        self.log = RequestLog()
        self.url = ""
        self._server: LoopbackServer | None = None

    @property
    def connection_string(self) -> str:
        """What `EMAIL_CONNECTION_STRING` is set to; the key is any."""
        return f"endpoint={self.url}/;accesskey=c2ltdWxhdGVk"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, and return the address without a trailing slash; port 0 takes a free one."""
        application = web.Application()
        application.add_routes(
            [
                web.post("/emails:send", self._send),
                web.get("/emails/operations/{operation_id}", self._status),
                web.get("/", self._list_page),
                web.get("/mails/{mail_id}", self._mail_page),
                *control_routes(
                    usual_acts(reset=self.reset, log=self.log, faults=self.faults)
                    | {
                        "GET /mails": lambda _: {"value": self.post_office.mails()},
                        "DELETE /mails": lambda _: self.post_office.clear(),
                    }
                ),
            ]
        )
        server = LoopbackServer(application)
        self.url = await server.start(host, port)
        self._server = server
        return self.url

    async def stop(self) -> None:
        """Stop listening; the mails stay."""
        if self._server is not None:
            await self._server.stop()
            self._server = None

    def reset(self) -> None:
        """Throw the mails away, and switch the faults off."""
        self.post_office.clear()
        self.faults.clear()
        self.log.clear()

    async def _send(self, request: web.Request) -> web.Response:
        failing = await self._failing(request, "send")
        if failing is not None:
            return failing
        operation_id = request.headers.get("Operation-Id", str(uuid.uuid4()))
        if not UUID_PATTERN.fullmatch(operation_id):
            return self._refused("send", 400, "InvalidOperationId", "Operation-Id is no UUID.")
        try:
            body = json.loads(await request.read())
            if not isinstance(body, dict):
                raise NotAMail("the body must be an object")  # noqa: TRY301 - one place answers
            is_new = self.post_office.take(operation_id, body, datetime.now(UTC))
        except (ValueError, NotAMail) as error:
            return self._refused("send", 400, "BadRequest", f"{error}.")
        if await self.faults.loses_answer("send"):
            self.log.note("send", status=0, operation_id=operation_id)
            drop_connection(request)
            return web.Response()
        self.log.note("send", status=202, operation_id=operation_id, is_new=is_new)
        location = f"{self.url}/emails/operations/{operation_id}?api-version=2023-03-31"
        return web.json_response(
            {"id": operation_id, "status": "Running", "error": None},
            status=202,
            headers={"Operation-Location": location, "retry-after": "1"},
        )

    async def _status(self, request: web.Request) -> web.Response:
        failing = await self._failing(request, "status")
        if failing is not None:
            return failing
        operation_id = request.match_info["operation_id"]
        if self.post_office.find(operation_id) is None:
            return self._refused("status", 404, "OperationNotFound", "There is no such operation.")
        self.log.note("status", status=200, operation_id=operation_id)
        return web.json_response({"id": operation_id, "status": "Succeeded", "error": None})

    async def _failing(self, request: web.Request, operation: str) -> web.Response | None:
        missing = [name for name in SIGNED_HEADERS if name not in request.headers]
        if missing or not request.headers["Authorization"].startswith("HMAC-SHA256 "):
            return self._refused(operation, 401, "Denied", "The request is not signed.")
        if "api-version" not in request.query:
            return self._refused(operation, 400, "MissingApiVersion", "api-version is required.")
        rule = await self.faults.play_before(operation)
        if rule is None:
            return None
        if rule.kind == "status":
            code = CODES.get(rule.status, "Fault")
            return self._refused(
                operation, rule.status, code, "A fault that was asked for.", rule.retry_after
            )
        self.log.note(operation, status=0)
        drop_connection(request)
        return web.Response()

    def _refused(
        self,
        operation: str,
        status: int,
        code: str,
        message: str,
        after: float | str | None = None,
    ) -> web.Response:
        self.log.note(operation, status=status)
        return web.json_response(
            {"error": {"code": code, "message": message}},
            status=status,
            headers=retry_after(after),
        )

    async def _list_page(self, request: web.Request) -> web.Response:
        del request
        return _pages.render("list.html", mails=self.post_office.mails())

    async def _mail_page(self, request: web.Request) -> web.Response:
        mail = self.post_office.find(request.match_info["mail_id"])
        if mail is None:
            raise web.HTTPNotFound
        # Links open beside the sandboxed frame; nothing in it may run or read this page.
        return _pages.render("mail.html", mail=mail, framed='<base target="_blank">' + mail.html)
