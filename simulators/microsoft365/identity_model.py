"""What the simulated Microsoft identity platform knows: people, grants, codes and tokens."""

import secrets
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

CODE_LIFE = timedelta(minutes=10)
REFRESH_LIFE = timedelta(days=90)
OIDC_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})
GRAPH_PREFIX = "https://graph.microsoft.com/"
DEFAULT_TENANT = "11111111-2222-4333-8444-555555555555"


@dataclass(slots=True, kw_only=True)
class Person:
    """A Microsoft account.

    Attributes:
        address: how it signs in; unique without regard to case.
        name: shown.
        oid: object id.
        tid: tenant id.
        consented: delegated scopes that the person has granted, without the OpenID ones.
        is_closed: whether the account is gone.
        needs_admin: `redirect` or `page` if only an administrator may consent, else empty.
        needs_mfa: whether every refresh is refused until the person signs in again.
        revoked_at: grants up to that number are refused; None if never.
    """

    address: str
    name: str
    oid: str
    tid: str
    consented: set[str] = field(default_factory=set)
    is_closed: bool = False
    needs_admin: str = ""
    needs_mfa: bool = False
    revoked_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a code or a token stands for.

    Attributes:
        address: whose it is.
        client_id: for whom it was given out.
        scopes: granted, OpenID ones included.
        at: when it was given out.
        number: rising; revocation compares it.
        expires_at: when it ends.
    """

    address: str
    client_id: str
    scopes: tuple[str, ...]
    at: datetime
    number: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeGrant:
    """An authorization code, bound to the request that asked for it."""

    grant: Grant
    redirect_uri: str
    challenge: str | None
    nonce: str | None


class Directory:
    """The people and everything that was given out to applications.

    Args:
        now: aware wall time; tests hand in their own.

    Attributes:
        offset: added to `now`.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._wall = now
        self.offset = timedelta()
        self._people: dict[str, Person] = {}
        self._codes: dict[str, CodeGrant] = {}
        self._used_codes: set[str] = set()
        self._refresh: dict[str, Grant] = {}
        self._access: dict[str, Grant] = {}
        self._sessions: dict[str, str] = {}
        self._number = 0

    def reset(self) -> None:
        """Forget everybody and everything."""
        self.offset = timedelta()
        for table in (self._people, self._codes, self._refresh, self._access, self._sessions):
            table.clear()
        self._used_codes.clear()

    def now(self) -> datetime:
        """Give the simulated instant."""
        return self._wall() + self.offset

    def people(self) -> tuple[Person, ...]:
        """Give everybody whose account is open, in the order of adding."""
        return tuple(person for person in self._people.values() if not person.is_closed)

    def find(self, address: str) -> Person | None:
        """Look somebody up, without regard to case; closed accounts too."""
        return self._people.get(address.lower())

    def add(self, address: str, *, name: str | None, oid: str | None, tid: str | None) -> Person:
        """Add somebody; an address that is known stays as it is, but open again."""
        known = self._people.get(address.lower())
        if known is not None:
            known.is_closed = False
            return known
        person = Person(
            address=address,
            name=name or address.partition("@")[0].replace(".", " ").title(),
            oid=oid or str(uuid.uuid4()),
            tid=tid or DEFAULT_TENANT,
        )
        self._people[address.lower()] = person
        return person

    def open_session(self, address: str) -> str:
        """Sign somebody in with a browser, and return the cookie's value."""
        token = secrets.token_urlsafe(24)
        self._sessions[token] = address
        return token

    def session(self, cookie: str | None) -> Person | None:
        """Give who is signed in with that cookie; None for nobody or a closed account."""
        address = self._sessions.get(cookie or "")
        person = self.find(address) if address else None
        return None if person is None or person.is_closed else person

    def close_sessions_of(self, person: Person) -> None:
        """Sign a person out of every browser."""
        for cookie, address in list(self._sessions.items()):
            if address == person.address:
                del self._sessions[cookie]

    def close_session(self, cookie: str | None) -> None:
        """Sign the browser out."""
        self._sessions.pop(cookie or "", None)

    def revoke(self, person: Person) -> None:
        """Refuse every refresh token and code that has been given out for that person."""
        person.revoked_at = self._number

    def grant(
        self, person: Person, client_id: str, scopes: Iterable[str], life: timedelta
    ) -> Grant:
        """Make a grant that begins now and ends after `life`."""
        self._number += 1
        now = self.now()
        return Grant(
            address=person.address,
            client_id=client_id,
            scopes=tuple(scopes),
            at=now,
            number=self._number,
            expires_at=now + life,
        )

    def give_code(self, code: CodeGrant) -> str:
        """Give out an authorization code."""
        value = "0.A" + secrets.token_urlsafe(48)
        self._codes[value] = code
        return value

    def take_code(self, value: str) -> CodeGrant | None:
        """Redeem a code, which works once."""
        self._used_codes.add(value)
        return self._codes.pop(value, None)

    def code_owner(self, value: str) -> str | None:
        """Say whose code that is; None for an unknown or redeemed one."""
        code = self._codes.get(value)
        return code.grant.address if code else None

    def was_used(self, value: str) -> bool:
        """Say whether somebody has tried to redeem that code before."""
        return value in self._used_codes

    def give_refresh(self, grant: Grant) -> str:
        """Give out a refresh token; older ones go on working, as Microsoft's do."""
        value = "1.A" + secrets.token_urlsafe(64)
        self._refresh[value] = grant
        return value

    def refresh(self, value: str) -> Grant | None:
        """Give what a refresh token stands for, ended or not."""
        return self._refresh.get(value)

    def give_access(self, grant: Grant) -> str:
        """Give out an access token, opaque to everybody."""
        value = "at." + secrets.token_urlsafe(48)
        self._access[value] = grant
        return value

    def access(self, value: str) -> Grant | None:
        """Give what an access token stands for, ended or not."""
        return self._access.get(value)

    def drop_access(self, address: str | None) -> None:
        """End the access tokens of one person, or of everybody."""
        for value, grant in list(self._access.items()):
            if address is None or grant.address.lower() == address.lower():
                del self._access[value]


def graph_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """Give the scopes that need consent: all but the OpenID ones, without Graph's address."""
    return tuple(scope.removeprefix(GRAPH_PREFIX) for scope in scopes if scope not in OIDC_SCOPES)
