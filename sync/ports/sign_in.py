"""The two log-ins, and where Microsoft's tokens are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sync.errors import Changed, ContractBroken, UntrustedRequest
from sync.people.people import AccessType, MicrosoftAccount
from sync.ports.raising import may_raise
from sync.ports.storage import Stored
from sync.words import LocationId, PersonKey


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A sign-in that Microsoft confirmed; ``tokens`` is the serialised cache, secret."""

    account: MicrosoftAccount
    tokens: str


class SignInRefused(StrEnum):
    """Why a sign-in with Microsoft brought nothing (R4.2)."""

    DECLINED = "declined"
    ADMIN_CONSENT = "admin_consent"
    MISSING_SCOPE = "missing_scope"
    FAILED = "failed"


class TokenCaches(Protocol):
    """The serialised token cache of each person, sealed at rest."""

    @may_raise(ContractBroken)
    async def load(self, person: PersonKey) -> Stored[str] | None:
        """Opens a person's cache; ``None`` where there is none."""
        ...

    @may_raise(Changed)
    async def save(self, person: PersonKey, text: str, etag: str | None) -> Stored[str]:
        """Seals and writes a cache; with ``etag`` ``None`` whatever was there before.

        Raises:
            Changed: The row has another etag.
        """
        ...

    async def delete(self, person: PersonKey) -> None:
        """Destroys a person's cache if there is one."""
        ...


class MicrosoftSignIn(Protocol):
    """The OAuth code flow with Microsoft (R4.1, R4.4)."""

    @may_raise(ContractBroken)
    async def begin(self, *, login_hint: str | None = None) -> tuple[str, str]:
        """Starts a flow: gives the address to send the browser to, and the secret flow text."""
        ...

    @may_raise(UntrustedRequest, ContractBroken)
    async def finish(self, flow: str, query: dict[str, str]) -> SignIn | SignInRefused:
        """Ends a flow with what Microsoft sent along.

        Raises:
            UntrustedRequest: State, nonce or code don't belong to this flow.
        """
        ...

    async def remember(self, person: PersonKey, sign_in: SignIn) -> None:
        """Stores the tokens for the person, sealed; replaces older ones."""
        ...

    async def forget(self, person: PersonKey) -> None:
        """Destroys the person's tokens (R3.3)."""
        ...


class Prompt(StrEnum):
    """What the booking product is told about asking, as OpenID Connect calls it."""

    NEVER = "none"
    ALWAYS = "login"


class LogInRefused(StrEnum):
    """Why a log-in brought nobody; ``NOT_ASKED``: only asking could tell who is there."""

    DECLINED = "declined"
    NOT_ASKED = "not_asked"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """Somebody whom the booking product vouches for; ``location_ids`` are the person's own."""

    person: PersonKey
    name: str
    access_type: AccessType
    location_ids: frozenset[LocationId]


class LogIn(Protocol):
    """The log-in with the booking product's account (R4.1, R4.4, R4.5)."""

    @may_raise(ContractBroken)
    async def begin(self, *, prompt: Prompt | None = None) -> tuple[str, str]:
        """Starts a flow: gives the address to send the browser to, and the secret flow text.

        Without a prompt the booking product asks whom it does not know yet.
        """
        ...

    @may_raise(UntrustedRequest, ContractBroken)
    async def finish(self, flow: str, query: Mapping[str, str]) -> LoggedIn | LogInRefused:
        """Ends a flow with what the provider sent along.

        Raises:
            UntrustedRequest: State, code, nonce or signature don't belong to this flow.
        """
        ...
