"""The booking product's API over HTTP (contract: booking-api.openapi.yaml)."""

import logging
from collections.abc import Iterable, Mapping
from urllib.parse import quote

import httpx

from sync import telemetry
from sync.engine.items import BookingItem, Refusal, ReserveContent
from sync.errors import ContractBroken, Gone, Unavailable, Unreadable
from sync.outside.booking import translate, wire
from sync.outside.booking.addresses import is_safe_address
from sync.outside.booking.errors import UNREADABLE_ITEM, error_of, refusal_of
from sync.outside.http_client import BoundedClient
from sync.outside.retry_after import retry_after_of
from sync.people.people import Account, Location, StaffMember
from sync.ports import BookingChanges, BookingListing, StaffListing, limits
from sync.words import AccountId, BookingItemId, Interval, PersonKey, StaffId

_log = logging.getLogger(__name__)

PAGE_SIZE = "500"
EXTERNAL_REF_LIMIT = 256
IDEMPOTENCY_KEY_LIMIT = 128


class HttpBookingGateway:
    """Fulfils ``BookingGateway``.

    Nothing is retried here: a call that fails raises, and the job comes again with a delay
    (R11.6). An item that can't be read spoils no page: it is named, and its id is logged.

    Args:
        client: The HTTP client of this process; whoever opened it closes it.
        base_url: Where the API is, without a slash at the end.
        token: Bearer token of the connector.

    Raises:
        ValueError: The address is plain http on another machine.
    """

    def __init__(self, *, client: BoundedClient, base_url: str, token: str) -> None:
        if not is_safe_address(base_url):
            raise ValueError("the booking product's address must be https")
        self._client = client
        self._base_url = base_url.rstrip("/")
        self._authorization = f"Bearer {token}"

    async def account(self, account_id: AccountId) -> Account | None:
        """Reads an Account."""
        try:
            answer = await self._call("getAccount", "GET", _path(account_id))
        except Gone:
            return None
        account = translate.account(answer.content)
        _check_asked("getAccount", account_id, account.id)
        return account

    async def locations(self, account_id: AccountId) -> tuple[Location, ...]:
        """Lists the Locations of an Account."""
        try:
            answer = await self._call("listLocations", "GET", f"{_path(account_id)}/locations")
        except Gone:
            return ()
        return translate.locations(answer.content)

    async def staff(self, account_id: AccountId) -> StaffListing:
        """Lists the Staff Members of an Account, all pages."""
        members: dict[StaffId, StaffMember] = {}
        unreadable: frozenset[StaffId] = frozenset()
        pages = _Pages("listStaff")
        while pages.more:
            try:
                answer = await self._call(
                    "listStaff", "GET", f"{_path(account_id)}/staff", query=pages.query()
                )
            except Gone:
                return StaffListing(members={})
            page = translate.read(answer.content, wire.StaffPageWire, what="listStaff")
            found, ill = translate.readable_staff(page.value)
            members |= found
            unreadable |= ill
            pages.turn(page.next_cursor)
        for staff_id in sorted(unreadable):
            _log.warning(
                "booking.profile_unreadable",
                extra={"person": str(PersonKey(account_id=account_id, staff_id=staff_id))},
            )
        return StaffListing(members=members, unreadable=unreadable)

    async def staff_member(self, person: PersonKey) -> StaffMember | None:
        """Reads one profile."""
        try:
            answer = await self._call("getStaffMember", "GET", _path(person))
        except Gone:
            return None
        raw = translate.read(answer.content, wire.StaffMemberWire, what="getStaffMember")
        _check_asked("getStaffMember", person.staff_id, raw.id)
        return translate.staff_member(raw)

    async def items(self, person: PersonKey, interval: Interval) -> BookingListing:
        """Lists the items that overlap ``interval``, all pages."""
        span = {
            "from": translate.instant(interval.start),
            "to": translate.instant(interval.end),
        }
        # By id: an item that moves while the pages are turned may come on two of them.
        found: dict[BookingItemId, BookingItem | None] = {}
        pages = _Pages("listItems")
        cursor: str | None = None
        while pages.more:
            answer = await self._call(
                "listItems", "GET", f"{_path(person)}/items", query=span | pages.query()
            )
            page = translate.read(answer.content, wire.ItemPageWire, what="listItems")
            readable, ill = translate.readable_items(page.value)
            found |= {item.id: item for item in readable}
            found |= _unreadable(person, ill)
            cursor = page.changes_cursor
            pages.turn(page.next_cursor)
        if cursor is None:
            raise ContractBroken("booking: the last page of listItems has no changes_cursor")
        items, unreadable = _parted(found)
        return BookingListing(items=items, cursor=cursor, unreadable=unreadable)

    async def changes(self, person: PersonKey, cursor: str) -> BookingChanges:
        """Reads the changes since the cursor, all pages; the newest state of each item counts."""
        found: dict[BookingItemId, BookingItem | None] = {}
        deleted: dict[BookingItemId, None] = {}
        pages = _Pages("listChanges", cursor)
        while pages.more:
            answer = await self._call(
                "listChanges", "GET", f"{_path(person)}/changes", query={"cursor": cursor}
            )
            page = translate.read(answer.content, wire.ChangePageWire, what="listChanges")
            for change in page.value:
                changed = BookingItemId(change.id)
                # The last word counts, also where it can't be read.
                found.pop(changed, None)
                deleted.pop(changed, None)
                if change.deleted:
                    deleted[changed] = None
                    continue
                readable, _ = translate.readable_items([change.item])
                if any(item.id == changed for item in readable):
                    found[changed] = readable[0]
                else:
                    found |= _unreadable(person, (changed,))
            cursor = page.cursor
            pages.turn(cursor if page.more else None)
        items, unreadable = _parted(found)
        return BookingChanges(
            items=items, deleted=frozenset(deleted), cursor=cursor, unreadable=unreadable
        )

    async def item(self, person: PersonKey, item_id: BookingItemId) -> BookingItem | None:
        """Asks for one item.

        Raises:
            Unreadable: It is refused or can't be read.
        """
        try:
            answer = await self._call("getItem", "GET", _path(person, item_id))
            return _item(answer, item_id)
        except Gone:
            return None
        except ContractBroken as error:
            raise Unreadable(str(error), code=UNREADABLE_ITEM) from error

    async def create_reserve(
        self,
        person: PersonKey,
        *,
        content: ReserveContent,
        interval: Interval,
        external_ref: str,
        idempotency_key: str,
    ) -> BookingItem | Refusal:
        """Makes a Reserve.

        Raises:
            ValueError: ``external_ref`` or the key is longer than the contract takes.
        """
        if len(external_ref) > EXTERNAL_REF_LIMIT or len(idempotency_key) > IDEMPOTENCY_KEY_LIMIT:
            raise ValueError("external_ref or idempotency_key is too long")
        answer = await self._write(
            "createReserve",
            "POST",
            f"{_path(person)}/reserves",
            body=translate.new_reserve(interval, content, external_ref),
            headers={"Idempotency-Key": idempotency_key},
        )
        return answer if isinstance(answer, Refusal) else _written(answer)

    async def update_item(
        self,
        person: PersonKey,
        item_id: BookingItemId,
        *,
        interval: Interval | None = None,
        content: ReserveContent | None = None,
        version: str | None = None,
    ) -> BookingItem | Refusal:
        """Moves an item, writes a Reserve's title and notes, or both: no more (R6.5)."""
        answer = await self._write(
            "updateItem",
            "PATCH",
            _path(person, item_id),
            body=translate.item_update(interval, content),
            headers=_if_match(version),
        )
        return answer if isinstance(answer, Refusal) else _written(answer, item_id)

    async def remove_item(
        self, person: PersonKey, item_id: BookingItemId, *, version: str | None = None
    ) -> Refusal | None:
        """Deletes a Reserve or cancels an Appointment; one that is gone already is fine."""
        try:
            answer = await self._write(
                "removeItem", "DELETE", _path(person, item_id), headers=_if_match(version)
            )
        except Gone:
            return None
        return answer if isinstance(answer, Refusal) else None

    async def _write(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: translate.ItemUpdate | None = None,
    ) -> httpx.Response | Refusal:
        answer = await self._send(operation, method, path, headers=headers, body=body)
        refusal = refusal_of(answer.status_code, answer.content)
        return refusal if refusal is not None else _success(operation, answer)

    async def _call(
        self, operation: str, method: str, path: str, *, query: Mapping[str, str] | None = None
    ) -> httpx.Response:
        return _success(operation, await self._send(operation, method, path, query=query))

    async def _send(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: translate.ItemUpdate | None = None,
    ) -> httpx.Response:
        try:
            with telemetry.call("booking", method) as call:
                answer = await self._client.request(
                    method,
                    f"{self._base_url}{path}",
                    params=query,
                    headers={"Authorization": self._authorization, **(headers or {})},
                    json=body,
                )
                call.status = answer.status_code
        except httpx.TransportError as error:
            kind = type(error).__name__
            raise Unavailable(f"booking: {operation} had no answer ({kind})") from error
        except httpx.HTTPError as error:
            # An answer that has no end, or is packed in a way that can't be unpacked.
            raise ContractBroken(f"booking: {operation} answered unreadably") from error
        _log.debug("booking.called", extra={"operation": operation, "status": answer.status_code})
        return answer


class _Pages:
    """Turns the pages of one listing, and stops where they go round in a circle or never end."""

    def __init__(self, operation: str, cursor: str | None = None) -> None:
        self.more = True
        self._operation = operation
        self._seen = set() if cursor is None else {cursor}
        self._cursor = cursor
        self._turned = 0

    def query(self) -> dict[str, str]:
        """Gives what to ask the next page with."""
        asked = {"limit": PAGE_SIZE}
        return asked if self._cursor is None else {**asked, "cursor": self._cursor}

    def turn(self, cursor: str | None) -> None:
        """Notes where the page just read says that the next one is; ``None`` ends.

        Raises:
            ContractBroken: It is one that was read already, or there are too many.
        """
        self._turned += 1
        if cursor is not None and cursor in self._seen:
            raise ContractBroken(f"booking: {self._operation} goes round in a circle")
        if cursor is not None and self._turned >= limits.PAGES:
            raise ContractBroken(f"booking: {self._operation} has no end")
        self._seen |= {cursor} if cursor is not None else set()
        self._cursor = cursor
        self.more = cursor is not None


def _success(operation: str, answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    raise error_of(
        answer.status_code,
        operation=operation,
        retry_after=retry_after_of(answer.headers.get("Retry-After"), answer.headers.get("Date")),
    )


def _check_asked(operation: str, asked: str, answered: str) -> None:
    """Makes sure that an answer is about what was asked for.

    A cache between the two that mixes answers up would else give somebody another one's rights, and
    an item another one's time.

    Raises:
        ContractBroken: It is about another one.
    """
    if answered != asked:
        raise ContractBroken(f"booking: the answer to {operation} is about another one")


def _item(answer: httpx.Response, asked: BookingItemId | None) -> BookingItem:
    found = translate.item(answer.content)
    _check_asked("a question about an item", asked or found.id, found.id)
    return found


def _written(answer: httpx.Response, asked: BookingItemId | None = None) -> BookingItem:
    """Reads the answer to a write; ``asked`` is the item that was changed, if one was.

    Raises:
        Unavailable: It took effect, and nobody can read what became of it.
    """
    try:
        return _item(answer, asked)
    except ContractBroken as error:
        raise Unavailable(str(error)) from error


def _parted(
    found: Mapping[BookingItemId, BookingItem | None],
) -> tuple[tuple[BookingItem, ...], frozenset[BookingItemId]]:
    """Parts what could be read from the ids of what could not."""
    items = tuple(item for item in found.values() if item is not None)
    return items, frozenset(item_id for item_id, item in found.items() if item is None)


def _path(of: AccountId | PersonKey, item_id: BookingItemId | None = None) -> str:
    if not isinstance(of, PersonKey):
        return f"/accounts/{quote(of, safe='')}"
    path = f"{_path(of.account_id)}/staff/{quote(of.staff_id, safe='')}"
    return path if item_id is None else f"{path}/items/{quote(item_id, safe='')}"


def _if_match(version: str | None) -> dict[str, str]:
    # The contract wants the version bare, without the quotes of an HTTP entity tag.
    return {} if version is None else {"If-Match": version}


def _unreadable(person: PersonKey, item_ids: Iterable[str]) -> dict[BookingItemId, None]:
    """Logs what can't be read, and gives those that at least have an id."""
    item_ids = tuple(item_ids)
    for item_id in item_ids:
        _log.warning("booking.item_unreadable", extra={"person": str(person), "item_id": item_id})
    return {BookingItemId(item_id): None for item_id in item_ids if item_id != translate.UNNAMED}
