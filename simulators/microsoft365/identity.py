"""The simulated Microsoft identity platform, over TLS as MSAL demands it."""

import asyncio
import ssl
from pathlib import Path

import certifi
import trustme
from aiohttp import web

from simulators.common.control import control_errors
from simulators.common.errors import ControlError
from simulators.common.faults import FaultBoard
from simulators.common.request_log import RequestLog
from simulators.common.serving import LoopbackServer, drop_connection
from simulators.common.signing import key_of
from simulators.microsoft365.identity_control import IdentityControl
from simulators.microsoft365.identity_model import Directory, Person
from simulators.microsoft365.identity_sign_in import SignIn, SignInSwitches
from simulators.microsoft365.identity_tokens import (
    EXPIRES_IN,
    REVOKED,
    UNAVAILABLE,
    TokenEndpoint,
    TokenError,
    TokenRefused,
    error_body,
    operation_of,
)

CLIENT_ID = "22222222-3333-4444-8555-666666666666"
CLIENT_SECRET = "microsoft-client-secret"
FAULT_KINDS = (
    "latency",
    "unavailable",
    "drop",
    "revoked",
    "secret_expired",
    "no_refresh_token",
    "fewer_scopes",
)
TENANTS_OF_MANY = frozenset({"common", "organizations", "consumers"})


class IdentitySimulator:
    """Signs people in with Microsoft accounts, and gives applications tokens.

    Args:
        ca_bundle: file to write when it starts: the system's certificate authorities and the one
            made on the spot, so that `REQUESTS_CA_BUNDLE` and `SSL_CERT_FILE` may name it.
        client_id: the one application.
        client_secret: its secret.
        redirect_uris: where sign-ins may return to; none allows every loopback address.

    Attributes:
        directory: who there is, and what was given out.
        faults: kinds `latency`, `unavailable`, `drop`, `revoked`, `secret_expired`,
            `no_refresh_token`, `fewer_scopes`; operations `code`, `refresh`, `other`,
            `discovery`, `keys`; the subject is an address.
        log: the calls of token, discovery and keys.
        switches: how the authorize endpoint behaves.
        url: the address, once it listens.
        pages_url: where browsers find the pages; `url`, unless they were asked for in plain http.
    """

    def __init__(
        self,
        ca_bundle: Path,
        *,
        client_id: str = CLIENT_ID,
        client_secret: str = CLIENT_SECRET,
        redirect_uris: tuple[str, ...] = (),
    ) -> None:
        self._ca_bundle = ca_bundle
        self._key = key_of("microsoft")
        self._servers: list[LoopbackServer] = []
        self.directory = Directory()
        self.faults = FaultBoard(FAULT_KINDS)
        self.log = RequestLog()
        self.switches = SignInSwitches()
        self.url = self.pages_url = ""
        self._tokens = TokenEndpoint(
            self.directory,
            self.faults,
            self._key,
            client_id=client_id,
            client_secret=client_secret,
        )
        self._sign_in = SignIn(
            self.directory,
            client_id=client_id,
            redirect_uris=redirect_uris,
            switches=lambda: self.switches,
        )

    @property
    def authority(self) -> str:
        """What `MICROSOFT_AUTHORITY` is set to."""
        return self.url + "/organizations"

    @property
    def expires_in(self) -> int:
        """Seconds that new access tokens live."""
        return self._tokens.expires_in

    @expires_in.setter
    def expires_in(self, seconds: int) -> None:
        self._tokens.expires_in = seconds

    async def start(
        self, host: str = "127.0.0.1", port: int = 0, *, pages_port: int | None = None
    ) -> str:
        """Write the bundle, listen, and return the address without a trailing slash.

        Args:
            host: a loopback address.
            port: 0 takes a free one.
            pages_port: serves the pages in plain http there (0 takes a free one), so that a
                person's browser need not trust the certificate; None serves them with TLS.
        """
        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(host, "localhost", "127.0.0.1").configure_cert(context)
        own = authority.cert_pem.bytes()
        self._ca_bundle.write_bytes(_system_authorities(self._ca_bundle) + b"\n" + own)
        application = web.Application(middlewares=[control_errors])
        application.add_routes(IdentityControl(self).routes())
        application.add_routes(
            [
                web.get("/{tenant}/v2.0/.well-known/openid-configuration", self._discovery),
                web.get("/{tenant}/discovery/v2.0/keys", self._keys),
                web.post("/{tenant}/oauth2/v2.0/token", self._token),
            ]
        )
        application.add_routes(self._sign_in.routes())
        server = LoopbackServer(application, context)
        self.url = self.pages_url = self._tokens.base_url = await server.start(host, port)
        self._servers.append(server)
        if pages_port is not None:
            plain = web.Application(middlewares=[control_errors])
            plain.add_routes(self._sign_in.routes())
            pages = LoopbackServer(plain)
            self.pages_url = await pages.start(host, pages_port)
            self._servers.append(pages)
        return self.url

    async def stop(self) -> None:
        """Stop listening; people and tokens stay."""
        while self._servers:
            await self._servers.pop().stop()

    def reset(self) -> None:
        """Forget people and tokens, and behave as by default."""
        self.directory.reset()
        self.faults.clear()
        self.log.clear()
        self.switches = SignInSwitches()
        self.expires_in = EXPIRES_IN

    def add_user(
        self,
        address: str,
        *,
        name: str | None = None,
        oid: str | None = None,
        tid: str | None = None,
    ) -> Person:
        """Add a Microsoft account; one that is there already stays, open again."""
        return self.directory.add(address, name=name, oid=oid, tid=tid)

    def person(self, address: str) -> Person:
        """Give somebody who was added.

        Raises:
            ControlError: nobody has that address.
        """
        person = self.directory.find(address)
        if person is None:
            raise ControlError(f"there is no account {address}")
        return person

    def check_token(self, access_token: str) -> str | None:
        """Give whose access token that is, or None; the Graph simulator asks for this."""
        owner = self._owner(access_token)
        return owner.address if isinstance(owner, Person) else None

    def why_refused(self, access_token: str) -> str | None:
        """Say why `check_token` gives None: unknown, expired or account closed."""
        owner = self._owner(access_token)
        return owner if isinstance(owner, str) else None

    def revoke(self, address: str) -> None:
        """Refuse every refresh token given out so far (50173); access tokens live on."""
        self.directory.revoke(self.person(address))

    def withdraw_consent(self, address: str) -> None:
        """Forget what the person has consented to (65001 on the next refresh)."""
        self.person(address).consented.clear()

    def consent(self, address: str, *scopes: str) -> None:
        """Grant scopes as if the person had done it on the page."""
        self.person(address).consented.update(scopes)

    def change_password(self, address: str, *, by_admin: bool) -> None:
        """End the person's browser sessions; an administrator's reset revokes the tokens too."""
        person = self.person(address)
        self.directory.close_sessions_of(person)
        if by_admin:
            self.directory.revoke(person)

    def close_account(self, address: str) -> None:
        """Close the account: no sign-in, no refresh (50057), access tokens end."""
        self.person(address).is_closed = True

    def require_mfa(self, address: str) -> None:
        """Refuse refreshes (50076) until the person has signed in again."""
        self.person(address).needs_mfa = True

    def require_admin(self, address: str, mode: str) -> None:
        """Let only an administrator consent.

        Args:
            address: for whom.
            mode: `redirect` comes back with consent_required (AADSTS90094), `page` leaves the
                person on a page with a link back, empty lets the person consent again.

        Raises:
            ControlError: another mode.
        """
        if mode not in ("redirect", "page", ""):
            raise ControlError("mode is redirect, page or empty")
        self.person(address).needs_admin = mode

    def expire_access_tokens(self, address: str | None = None) -> None:
        """End the access tokens of one person, or of everybody; refresh tokens live on."""
        self.directory.drop_access(address)

    def _owner(self, access_token: str) -> Person | str:
        grant = self.directory.access(access_token)
        if grant is None:
            return "unknown"
        if self.directory.now() >= grant.expires_at:
            return "expired"
        person = self.directory.find(grant.address)
        return "account closed" if person is None or person.is_closed else person

    async def _discovery(self, request: web.Request) -> web.Response:
        failing = await self._failing(request, "discovery", None)
        if failing is not None:
            return failing
        tenant = request.match_info["tenant"]
        # Microsoft prints this placeholder where the address serves many tenants.
        issuer_tenant = "{tenantid}" if tenant in TENANTS_OF_MANY else tenant
        base, pages = f"{self.url}/{tenant}", f"{self.pages_url}/{tenant}"
        return web.json_response(
            {
                "issuer": f"{self.url}/{issuer_tenant}/v2.0",
                "authorization_endpoint": pages + "/oauth2/v2.0/authorize",
                "token_endpoint": base + "/oauth2/v2.0/token",
                "end_session_endpoint": pages + "/oauth2/v2.0/logout",
                "jwks_uri": base + "/discovery/v2.0/keys",
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "client_secret_basic",
                ],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
            }
        )

    async def _keys(self, request: web.Request) -> web.Response:
        failing = await self._failing(request, "keys", None)
        return failing or web.json_response(self._key.jwks())

    async def _token(self, request: web.Request) -> web.Response:
        form = {
            name: value for name, value in (await request.post()).items() if isinstance(value, str)
        }
        operation, subject = operation_of(form), self._tokens.subject(form)
        failing = await self._failing(request, operation, subject)
        if failing is not None:
            return failing
        try:
            body = self._tokens.answer(form, request.headers.get("Authorization", ""))
        except TokenRefused as refused:
            self.log.note(operation, subject=subject, error=refused.why.code)
            return self._refusal(refused.why)
        self.log.note(operation, subject=subject, error=None)
        return web.json_response(body, headers={"Cache-Control": "no-store"})

    async def _failing(
        self, request: web.Request, operation: str, subject: str | None
    ) -> web.Response | None:
        if slow := self.faults.strike("latency", operation, subject):
            await asyncio.sleep(slow.seconds)
        if self.faults.strike("drop", operation, subject):
            self.log.note(operation, subject=subject, error="drop")
            drop_connection(request)
            return web.Response()
        if failing := self.faults.strike("unavailable", operation, subject):
            self.log.note(operation, subject=subject, error=failing.status)
            return self._refusal(UNAVAILABLE, failing.status, failing.retry_after)
        if self.faults.strike("revoked", operation, subject):
            self.log.note(operation, subject=subject, error=REVOKED.code)
            return self._refusal(REVOKED)
        if operation in ("discovery", "keys"):
            self.log.note(operation)
        return None

    def _refusal(
        self,
        why: TokenError,
        status: int | None = None,
        retry_after: float | str | None = None,
    ) -> web.Response:
        headers = {"Cache-Control": "no-store"}
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        timestamp = self.directory.now().strftime("%Y-%m-%d %H:%M:%SZ")
        return web.json_response(
            error_body(why, timestamp), status=status or why.status, headers=headers
        )


def _system_authorities(own_bundle: Path) -> bytes:
    named = ssl.get_default_verify_paths().cafile
    found = Path(named) if named else None
    # SSL_CERT_FILE may name the very bundle of an earlier run.
    if found is None or not found.is_file() or found.resolve() == own_bundle.resolve():
        found = Path(certifi.where())
    return found.read_bytes()
