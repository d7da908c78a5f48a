"""Access tokens for people: from this process's memory, or redeemed and the cache stored.

Any number of workers may redeem one refresh token at once (case 40): Microsoft keeps the old one
alive, so each gets its tokens; which cache is stored is settled by its age and the row's etag.
"""

import asyncio
import json
import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from sync.errors import (
    AuthorizationLost,
    Changed,
    ContractBroken,
    SignInUnreadable,
    Unavailable,
)
from sync.outside.graph.microsoft_app import Answered, MicrosoftApp
from sync.outside.graph.transport import PersonTokens
from sync.ports import Clock, Stored, TokenCaches
from sync.words import PersonKey

_log = logging.getLogger(__name__)

_LOST = frozenset(
    {
        "invalid_grant",
        "interaction_required",
        "login_required",
        "consent_required",
        "no_refresh_token",
    }
)
_OUR_FAULT = frozenset({"invalid_client", "unauthorized_client"})
#: Access tokens that one process remembers; each is a few kilobytes.
_REMEMBERED = 2000
#: Seconds for which a token is believed to be good at most.
_LONGEST = 86_400.0
#: Rounds of reading and redeeming before the job had better come again.
_TRIES = 5
#: Seconds that another worker may need to store what it redeemed.
_MOMENT = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenText:
    """What is stored for a person: when it was redeemed (seconds), whose it is, MSAL's cache."""

    at: float
    account_id: str
    cache: str

    def encode(self) -> str:
        """Writes it as JSON."""
        return json.dumps(
            {"v": 1, "at": self.at, "account": self.account_id, "cache": json.loads(self.cache)}
        )

    @staticmethod
    def decode(text: str) -> "TokenText":
        """Reads it back.

        Raises:
            ContractBroken: It is none of ours.
        """
        try:
            document = json.loads(text)
            return TokenText(
                at=float(document["at"]),
                account_id=str(document["account"]),
                cache=json.dumps(document["cache"]),
            )
        except (ValueError, TypeError, KeyError) as error:
            raise ContractBroken("a stored token cache can't be read") from error


@dataclass(frozen=True, slots=True)
class _Access:
    token: str
    good_until: datetime


class MsalTokens:
    """The token source of the gateway (``gateway.TokenSource``).

    Args:
        app: The app registration.
        caches: Where each person's cache is stored, sealed.
        clock: For the life of access tokens and the age of caches.
    """

    def __init__(self, *, app: MicrosoftApp, caches: TokenCaches, clock: Clock) -> None:
        self._app = app
        self._caches = caches
        self._clock = clock
        self._memory: OrderedDict[tuple[PersonKey, str], _Access] = OrderedDict()
        self._locks: WeakValueDictionary[PersonKey, asyncio.Lock] = WeakValueDictionary()

    def open(self, person: PersonKey) -> PersonTokens:
        """Gives the person's tokens for one run; nothing is asked yet."""
        lock = self._locks.get(person)
        if lock is None:
            lock = self._locks[person] = asyncio.Lock()
        return _RunTokens(self, person, lock)

    async def stored(self, person: PersonKey) -> Stored[TokenText]:
        """Reads what is stored for a person.

        Raises:
            AuthorizationLost: Nothing is.
            SignInUnreadable: It does not open.
        """
        try:
            stored = await self._caches.load(person)
            text = None if stored is None else TokenText.decode(stored.value)
        except ContractBroken as error:
            raise SignInUnreadable(str(error)) from error
        if stored is None or text is None:
            raise AuthorizationLost("no tokens are stored")
        return Stored(value=text, etag=stored.etag)

    def remembered(self, person: PersonKey, account_id: str) -> str | None:
        """Gives an access token that is still good for this very account, if there is one."""
        access = self._memory.get((person, account_id))
        return access.token if access and access.good_until > self._clock.now() else None

    async def redeem(self, person: PersonKey, claims: str | None) -> tuple[str, str]:
        """Redeems the stored refresh token; gives the access token and whose it is.

        Raises:
            AuthorizationLost: Microsoft refuses the newest refresh token for good.
            Unavailable: It can't be asked, or refuses for a reason that is not the person's.
        """
        stored = await self.stored(person)
        for tried in range(_TRIES):
            answered = await self._app.redeem(stored.value.cache, claims)
            error = str(answered.result.get("error") or "")
            if not error:
                await self._keep(person, stored, answered)
                return self._remember(person, answered), answered.account_id
            self._raise_unless_lost(error)
            # Another worker, or the person signing in again, may have stored a newer one, or be
            # about to: between redeeming and storing there is a moment.
            newest = await self.stored(person)
            if newest.etag == stored.etag and not tried:
                await self._clock.sleep(_MOMENT)
                newest = await self.stored(person)
            if newest.etag == stored.etag:
                raise AuthorizationLost(f"Microsoft refuses the refresh token: {error}")
            stored = newest
        raise Unavailable("the token cache changes faster than it can be used")

    def _raise_unless_lost(self, error: str) -> None:
        if error in _OUR_FAULT:
            # The registration's secret has ended: nobody is to be disconnected for that.
            _log.critical("graph.client_secret_refused", extra={"error": error})
            raise Unavailable("Microsoft refuses the connector itself")
        if error not in _LOST:
            raise Unavailable(f"the sign-in service answers: {error}")

    async def _keep(self, person: PersonKey, before: Stored[TokenText], answered: Answered) -> None:
        """Stores the cache unless a newer one is there; a person who left stays left."""
        mine = TokenText(
            at=self._clock.now().timestamp(),
            account_id=answered.account_id,
            cache=answered.cache,
        )
        if json.loads(mine.cache) == json.loads(before.value.cache):
            return
        etag = before.etag
        for _ in range(_TRIES):
            try:
                await self._caches.save(person, mine.encode(), etag)
            except Changed:
                other = await self.stored(person)
                if other.value.at >= mine.at or other.value.account_id != mine.account_id:
                    return
                etag = other.etag
            else:
                return

    def _remember(self, person: PersonKey, answered: Answered) -> str:
        token = str(answered.result["access_token"])
        seconds = min(float(answered.result.get("expires_in") or 0), _LONGEST)
        # Five minutes before its end a token counts as ended, of short-lived ones a tenth.
        life = timedelta(seconds=seconds - min(300.0, seconds / 10))
        self._memory[person, answered.account_id] = _Access(token, self._clock.now() + life)
        self._memory.move_to_end((person, answered.account_id))
        while len(self._memory) > _REMEMBERED:
            self._memory.popitem(last=False)
        return token


class _RunTokens:
    """One person's tokens for one run.

    The stored cache is looked at once in each run: somebody who was deactivated, or signed in with
    another account, must not go on with a token that this process remembers.
    """

    def __init__(self, source: MsalTokens, person: PersonKey, lock: asyncio.Lock) -> None:
        self._source = source
        self._person = person
        self._lock = lock
        self._account_id: str | None = None

    async def current(self) -> str:
        if self._account_id is None:
            self._account_id = (await self._source.stored(self._person)).value.account_id
        token = self._source.remembered(self._person, self._account_id)
        return token or await self.fresh("", None)

    async def fresh(self, refused: str, claims: str | None) -> str:
        async with self._lock:
            known = self._account_id or ""
            token = self._source.remembered(self._person, known)
            if token is not None and token != refused:
                return token
            token, account_id = await self._source.redeem(self._person, claims)
            if self._account_id not in {None, account_id}:
                raise Unavailable("the person signed in with another account meanwhile")
            self._account_id = account_id
            return token
