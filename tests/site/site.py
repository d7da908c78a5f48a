"""The whole product in memory, and a browser in front of it.

``Site`` holds the App over fakes; ``Client`` finds the function behind a path as the host would,
and keeps cookies as a browser does.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from html import unescape
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import azure.functions as func

from sync.app import use_app
from sync.bootstrap import App, compose
from sync.config import Settings
from sync.errors import SyncError, UntrustedRequest
from sync.people.people import (
    AccessType,
    Account,
    Connection,
    ConnectionState,
    EnabledLocations,
    Location,
    MicrosoftAccount,
    StaffMember,
    SyncSettings,
)
from sync.ports import LoggedIn, LogInRefused, Mail, Prompt, SignIn, Stored
from sync.site import (
    accounts_api,
    contact,
    descriptions,
    doors,
    elsewhere,
    frames,
    health,
    me_api,
    plugin_page,
    settings_page,
    static_files,
    unsubscribe,
    webhooks,
)
from sync.words import AccountId, LocationId, PersonKey, StaffId
from tests.fakes.outside import ENVIRONMENT, Memory, settings_of
from tests.fakes.sign_in import FakeSignIn

ACCOUNT = AccountId("acme")
NORTH, SOUTH = LocationId("north"), LocationId("south")
BASE = ENVIRONMENT["PUBLIC_BASE_URL"]
PROVIDER = "https://booking.example.org/oidc/authorize"
MICROSOFT = "https://login.example.org/"
WEBHOOK_SECRET = ENVIRONMENT["BOOKING_WEBHOOK_SECRET"]

SETTINGS = settings_of()


class FakeLogIn:
    """The booking product's log-in.

    Attributes:
        person: Who logs in where somebody is asked; nobody, who declines, where it is ``None``.
        alive: Who is logged in there, and isn't asked.
        prompts: What was said about asking, flow by flow.
        broken: Raised in place of an answer.
    """

    def __init__(self) -> None:
        self.person: PersonKey | None = None
        self.alive: PersonKey | None = None
        self.prompts: list[Prompt | None] = []
        self.broken: SyncError | None = None
        self._found: PersonKey | None = None

    async def begin(self, *, prompt: Prompt | None = None) -> tuple[str, str]:
        self.prompts.append(prompt)
        state = f"b{len(self.prompts)}"
        return f"{PROVIDER}?state={state}", state

    async def finish(self, flow: str, query: Mapping[str, str]) -> LoggedIn | LogInRefused:
        if query.get("state") != flow:
            raise UntrustedRequest("the state is of another flow")
        if self.broken is not None:
            raise self.broken
        if query.get("error") == "login_required":
            return LogInRefused.NOT_ASKED
        person, self._found = self._found or self.person, None
        if "error" in query or person is None:
            return LogInRefused.DECLINED
        return LoggedIn(
            person=person,
            name="Somebody",
            access_type=AccessType.STAFF,
            location_ids=frozenset(),
        )

    def answer(self, address: str) -> str:
        """Goes through the newest flow as a browser would; gives where it is sent back to."""
        state = dict(parse_qsl(urlsplit(address).query))["state"]
        back = f"/auth/booking/callback?state={state}"
        prompt = self.prompts[-1]
        if self.alive is not None and prompt is not Prompt.ALWAYS:
            self._found = self.alive
            return f"{back}&code=c"
        if prompt is Prompt.NEVER:
            return f"{back}&error=login_required"
        if self.person is None:
            return f"{back}&error=access_denied"
        self.alive = self.person
        return f"{back}&code=c"


class StrictSignIn(FakeSignIn):
    """Microsoft's sign-in that knows its state."""

    async def begin(self, *, login_hint: str | None = None) -> tuple[str, str]:
        address, _ = await super().begin(login_hint=login_hint)
        return f"{address}&state=m1", "m1"

    async def finish(self, flow: str, query: dict[str, str]) -> Any:
        if query.get("state") != flow:
            raise UntrustedRequest("the state is of another flow")
        return await super().finish(flow, query)


class NoMail:
    """Takes no mail: nothing here sends any."""

    async def send(self, mail: Mail, *, operation_id: str) -> None:
        raise AssertionError(f"{operation_id}: {mail.subject} is mailed from a request")


class Site(Memory):
    """The App over fakes, with one Account, two Locations, the first of them enabled."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        super().__init__()
        self.microsoft: StrictSignIn = StrictSignIn()
        self.log_in = FakeLogIn()
        outside = replace(self.outside(), booking_log_in=self.log_in, email=NoMail())
        self.app: App = compose(settings, outside)
        self.booking.put_account(
            Account(id=ACCOUNT, name="Acme", time_zone="Europe/Berlin", idle_logout_minutes=60)
        )
        for location_id in (NORTH, SOUTH):
            self.booking.put_location(
                ACCOUNT,
                Location(id=location_id, name=location_id.title(), time_zone="Europe/Berlin"),
            )
        enabled = EnabledLocations(account_id=ACCOUNT, location_ids=frozenset({NORTH}))
        self.locations.rows[ACCOUNT] = Stored(value=enabled, etag="1")
        use_app(self.app)

    def add(
        self,
        name: str,
        access_type: AccessType = AccessType.STAFF,
        *,
        locations: frozenset[LocationId] = frozenset({NORTH}),
        email: bool = True,
    ) -> PersonKey:
        """Makes a Staff Member with a mailbox; nobody is activated by that."""
        member = StaffMember(
            id=StaffId(name),
            name=f"{name.title()} Example",
            access_type=access_type,
            location_ids=locations,
            time_zone="Europe/Berlin",
            email=f"{name}@example.com" if email else None,
        )
        person = self.booking.put_staff(ACCOUNT, member)
        self.outlook.add_person(person)
        return person

    async def activate(self, person: PersonKey) -> str:
        """Activates somebody; gives the path of the invitation link."""
        boss = self.add("boss", AccessType.HQ_ADMIN)
        await self.app.activation.set_active(ACCOUNT, boss.staff_id, (person.staff_id,), ())
        return self.link(person)

    def link(self, person: PersonKey) -> str:
        """Gives the path of the newest invitation link."""
        invitation = self.connections.rows[person].value.invitation
        assert invitation is not None
        return self.app.invitations.link(invitation, person).removeprefix(BASE)

    def accept(self, person: PersonKey, address: str | None = None) -> None:
        """Makes both log-ins succeed for a person."""
        used = address or f"{person.staff_id}@contoso.example"
        account = MicrosoftAccount(id=f"ms-{used}", address=used)
        self.microsoft.answer = SignIn(account=account, tokens="tokens")
        self.log_in.person = person

    async def invited(self, name: str = "anna") -> tuple[PersonKey, "Client"]:
        """Gives somebody activated, to whom both doors will open, and a browser before them."""
        person = self.add(name)
        await self.activate(person)
        self.accept(person)
        return person, Client()

    async def connected(self, name: str = "anna") -> tuple[PersonKey, "Client"]:
        """Gives somebody activated, and the browser with which they went through both doors."""
        person = self.add(name)
        await self.activate(person)
        client = Client()
        await self.go_through(client, person)
        return person, client

    async def syncing(self, name: str = "anna", **changes: Any) -> tuple[PersonKey, "Client"]:
        """Gives somebody whose calendar is synced, with fields of the Connection as a sync left."""
        person, client = await self.connected(name)
        choices = SyncSettings(
            calendar_id=self.outlook.default(person), contact_email=f"{name}@example.com"
        )
        await self.app.choices.start(person, choices)
        self.jobs.syncs.clear()
        self.change(person, state=ConnectionState.ACTIVE, progress=None, **changes)
        return person, client

    def change(self, person: PersonKey, **changes: Any) -> Connection:
        """Writes fields of a Connection as another part of the product would."""
        stored = self.connections.rows[person]
        changed = replace(stored.value, **changes)
        self.connections.rows[person] = Stored(value=changed, etag=f"{stored.etag}+")
        return changed

    async def go_through(self, client: "Client", person: PersonKey) -> "Answer":
        """Signs in with Microsoft, logs in, and says yes to both; gives the last answer."""
        self.accept(person)
        await client.get("/auth/microsoft")
        await client.get("/auth/microsoft/callback?code=c&state=m1")
        answer = await self.log_in_as(client, person)
        if answer.status == 302 and answer.location == "/connect":
            page = await client.get("/connect")
            answer = await client.post("/connect", page.hidden)
        return answer

    async def walk(self, client: "Client", path: str) -> "Answer":
        """Opens a path and follows where it leads, through both log-ins."""
        return await self.follow(client, await client.get(path))

    async def follow(self, client: "Client", answer: "Answer") -> "Answer":
        """Follows redirects; whom the two log-ins ask is who they were told."""
        for _ in range(12):
            if answer.status not in {302, 303}:
                return answer
            where = answer.location
            if where.startswith(PROVIDER):
                where = self.log_in.answer(where)
            elif where.startswith(MICROSOFT):
                where = "/auth/microsoft/callback?code=c&state=m1"
            answer = await client.get(where)
        raise AssertionError(f"round in a circle: {answer.location}")

    async def log_in_as(self, client: "Client", person: PersonKey, path: str = "") -> "Answer":
        """Logs in to the booking product only."""
        self.log_in.person = person
        start = await client.get(path or "/auth/booking")
        state = dict(parse_qsl(urlsplit(start.location).query))["state"]
        return await client.get(f"/auth/booking/callback?code=c&state={state}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def location(self) -> str:
        return self.headers["location"]

    @property
    def hidden(self) -> dict[str, str]:
        """Gives the hidden fields of the last form, as a page fills them in."""
        form = self.text.rpartition("<form")[2]
        found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
        return {name: unescape(value) for name, value in found}

    @property
    def steps(self) -> list[str]:
        """Gives where the page's buttons that are links lead to."""
        found = re.findall(r'<a class="button[^"]*" href="([^"]+)"', self.text)
        return [unescape(href) for href in found]


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
#: What registers functions; the last takes what no other does.
MODULES = (
    accounts_api,
    contact,
    doors,
    descriptions,
    frames,
    health,
    me_api,
    settings_page,
    static_files,
    plugin_page,
    unsubscribe,
    webhooks,
    elsewhere,
)


def _routes() -> list[tuple[str, re.Pattern[str], Any]]:
    found = []
    for module in MODULES:
        for builder in module.blueprint._function_builders:
            function = builder._function
            trigger = function.get_trigger()
            pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", trigger.route)
            pattern = re.sub(r"\{\*(\w+)\}", r"(?P<\1>.*)", pattern)
            methods = [method.value for method in trigger.methods or ()] or METHODS
            found += [
                (method, re.compile(f"/{pattern}"), function.get_user_function())
                for method in methods
            ]
    return found


ROUTES = _routes()


@dataclass(slots=True)
class Client:
    """A browser: keeps cookies, follows nothing by itself."""

    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.send("GET", path, headers=headers)

    async def post(self, path: str, form: Any) -> Answer:
        return await self.send("POST", path, body=urlencode(form, doseq=True).encode())

    async def call(self, method: str, path: str, value: Any = None, **headers: str) -> Answer:
        """Calls the API; the CSRF token of the session goes along."""
        me_answer = await self.get("/api/me")
        if me_answer.status == 200:
            headers.setdefault("X-CSRF-Token", me_answer.json["csrf_token"])
        body = b"" if value is None else json.dumps(value).encode()
        return await self.send(method, path, headers=headers, body=body)

    async def send(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        parts = urlsplit(BASE + path)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        for known, pattern, function in ROUTES:
            match = pattern.fullmatch(parts.path)
            if known == method and match:
                answer = await function(
                    func.HttpRequest(
                        method,
                        BASE + path,
                        headers={**(headers or {}), **({"Cookie": cookie} if cookie else {})},
                        params=dict(parse_qsl(parts.query, keep_blank_values=True)),
                        route_params={
                            name: unquote(text) for name, text in match.groupdict().items()
                        },
                        body=body,
                    )
                )
                return self._read(answer)
        raise AssertionError(f"no function for {method} {path}")

    def take(self, lines: Iterable[str]) -> None:
        """Takes what Set-Cookie lines say."""
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                self.cookies.pop(name, None)
                if morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value

    def _read(self, answer: func.HttpResponse) -> Answer:
        lines = tuple(answer.headers.get_all("Set-Cookie"))
        self.take(lines)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        headers["content-type"] = answer.mimetype
        return Answer(
            status=answer.status_code, headers=headers, body=answer.get_body(), cookies=lines
        )
