"""What the connector may do to a schedule through the API, and what it is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from simulators.booking.model import Item, ItemKind, ItemStatus, ProblemType, Refusal
from simulators.booking.state import BookingState

KEY_LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the booking product forbids the connector with not_permitted.

    Attributes:
        refuse_past: an Appointment may not be moved to a start that has passed, a Reserve not be
            put where its end has passed.
        refuse_completed: completed and no-show Appointments may be neither moved nor cancelled.
        max_days_ahead: nothing may be moved or created to end later than so many days from now;
            None sets no limit.
        refuse_operations: operations (contract's operationId) that are never permitted.
        refuse_all: no writing operation is permitted.
    """

    refuse_past: bool = True
    refuse_completed: bool = True
    max_days_ahead: int | None = None
    refuse_operations: tuple[str, ...] = ()
    refuse_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remembered:
    """The first answer to an idempotency key."""

    at: datetime
    answer: Any


class ConnectorActs:
    """The writes of the API.

    Args:
        state: what is written to.
    """

    def __init__(self, state: BookingState) -> None:
        self._state = state
        self._keys: dict[tuple[str, str, str], _Remembered] = {}
        self.policy = Policy()

    def reset(self) -> None:
        """Forget the idempotency keys, and permit again what is permitted by default."""
        self._keys.clear()
        self.policy = Policy()

    def remembered(self, account_id: str, staff_id: str, key: str) -> Any:
        """Give the first answer to this idempotency key within 24 hours, None if there is none."""
        self._state.staff_member(account_id, staff_id)
        known = self._keys.get((account_id, staff_id, key))
        if known is None or self._state.clock.now() - known.at >= KEY_LIFE:
            return None
        return known.answer

    def remember(self, account_id: str, staff_id: str, key: str, answer: Any) -> None:
        """Keep the first answer to this idempotency key."""
        self._keys[account_id, staff_id, key] = _Remembered(
            at=self._state.clock.now(), answer=answer
        )

    def create_reserve(self, account_id: str, staff_id: str, body: Mapping[str, Any]) -> Item:
        """Create a Reserve as the contract's NewReserve says.

        Raises:
            Refusal: bad_request, not_permitted, not_found or slot_taken.
        """
        self._state.staff_member(account_id, staff_id)
        self._refuse_forbidden("createReserve")
        keeping = self._state.keeping
        start, end = keeping.times(*(datetime.fromisoformat(body[at]) for at in ("start", "end")))
        texts = {
            name: keeping.text(name, body[name]) for name in ("title", "notes") if name in body
        }
        reserve = _checked(
            Item,
            id=self._state.new_id("rsv"),
            kind=ItemKind.RESERVE,
            start=start,
            end=end,
            **texts,
            external_ref=body["external_ref"],
        )
        self._refuse_limits(reserve)
        return self._state.add_item(account_id, staff_id, reserve)

    def update(
        self,
        account_id: str,
        staff_id: str,
        item_id: str,
        body: Mapping[str, Any],
        version: str | None,
    ) -> Item:
        """Move an item, or change a Reserve's title and notes.

        Args:
            account_id: the Account.
            staff_id: whose schedule.
            item_id: the item.
            body: as the contract's ItemUpdate says.
            version: the one last seen; None for whatever it is.

        Raises:
            Refusal: bad_request, not_permitted, not_found, slot_taken or version_mismatch.
        """
        item = self._writable(account_id, staff_id, item_id, version, "updateItem")
        keeping = self._state.keeping
        changes: dict[str, Any] = {}
        if "start" in body or "end" in body:
            times = {"start": item.start, "end": item.end} | {
                name: datetime.fromisoformat(body[name])
                for name in ("start", "end")
                if name in body
            }
            changes["start"], changes["end"] = keeping.times(times["start"], times["end"])
        texts = {
            name: keeping.text(name, body[name]) for name in ("title", "notes") if name in body
        }
        if texts and item.kind is not ItemKind.RESERVE:
            raise Refusal(
                ProblemType.NOT_PERMITTED, "Only a Reserve's title and notes may be changed."
            )
        changed = _checked(lambda **values: replace(item, **values), **changes, **texts)
        if (item.start, item.end) != (changed.start, changed.end):
            self._refuse_limits(changed)
        return self._state.save_item(account_id, staff_id, changed)

    def remove(self, account_id: str, staff_id: str, item_id: str, version: str | None) -> None:
        """Delete a Reserve, or cancel an Appointment.

        Args:
            account_id: the Account.
            staff_id: whose schedule.
            item_id: the item.
            version: the one last seen; None for whatever it is.

        Raises:
            Refusal: not_permitted, not_found or version_mismatch.
        """
        item = self._writable(account_id, staff_id, item_id, version, "removeItem")
        if item.kind is ItemKind.RESERVE:
            self._state.delete_item(account_id, staff_id, item_id)
        else:
            self._state.set_status(account_id, staff_id, item_id, ItemStatus.CANCELLED)

    def _writable(
        self, account_id: str, staff_id: str, item_id: str, version: str | None, operation: str
    ) -> Item:
        item = self._state.item(account_id, staff_id, item_id)
        # A cancelled item is readable, but gone for whoever wants to write it.
        if item.status is ItemStatus.CANCELLED:
            raise Refusal(ProblemType.NOT_FOUND, f"The item {item_id} is cancelled.")
        self._refuse_forbidden(operation)
        if version is not None and version != item.version:
            raise Refusal(ProblemType.VERSION_MISMATCH, "The item has changed since.")
        if item.kind is ItemKind.EVENT:
            raise Refusal(ProblemType.NOT_PERMITTED, "A group Event may not be changed.")
        done = item.status in (ItemStatus.COMPLETED, ItemStatus.NO_SHOW)
        if done and self.policy.refuse_completed:
            raise Refusal(ProblemType.NOT_PERMITTED, f"The item is {item.status.value}.")
        return item

    def _refuse_forbidden(self, operation: str) -> None:
        if self.policy.refuse_all or operation in self.policy.refuse_operations:
            raise Refusal(ProblemType.NOT_PERMITTED, "The booking product does not permit this.")

    def _refuse_limits(self, item: Item) -> None:
        now = self._state.clock.now()
        decisive = item.end if item.kind is ItemKind.RESERVE else item.start
        if self.policy.refuse_past and decisive <= now:
            raise Refusal(ProblemType.NOT_PERMITTED, "The time has passed.")
        days = self.policy.max_days_ahead
        if days is not None and item.end > now + timedelta(days=days):
            raise Refusal(ProblemType.NOT_PERMITTED, f"Only {days} days ahead may be booked.")


def _checked(make: Any, **values: Any) -> Item:
    try:
        item: Item = make(**values)
    except ValueError as error:
        raise Refusal(ProblemType.BAD_REQUEST, f"{error}.") from error
    return item
