"""Switches that make the simulated service misbehave on purpose.

Each switch has a name out of `SWITCHES`, may be limited to one person, to some requests, to a
number of times and to a probability, and carries its own values. docs/simulators.md explains them.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

SWITCHES = frozenset(
    {
        # The wire
        "latency",
        "throttle",
        "error",
        "answer",
        "timeout_after_effect",
        "timeout_before_effect",
        "mailbox_gone",
        "access_denied",
        "always_400",
        "concurrency_per_app",
        # Delta
        "delta_duplicates",
        "delta_empty_page",
        "delta_stale",
        "delta_false_removed",
        "delta_foreign_removed",
        "delta_master_missing",
        "delta_repeat_nextlink",
        "delta_expire",
        "delta_lost_removal",
        "delta_removed_occurrences",
        "delta_immutable_return_lost",
        "delta_no_calendar",
        # Writing
        "ignore_if_match",
        "if_match_409",
        "forget_transaction_id",
        "transaction_id_survives_delete",
        "concurrent_save",
        "get_404_after_create",
        "deleted_readable_by_immutable_id",
        "etag_touch",
        "refuse_attendee_move",
        "accept_all_iana",
        # Subscriptions and their posts
        "subscription_limit",
        "subscription_max_minutes",
        "subscription_me_events_only",
        "me_events_all_calendars",
        "notifications_lost",
        "notifications_duplicated",
        "notifications_delayed",
        "notifications_reordered",
    }
)


@dataclass(slots=True, kw_only=True)
class Fault:
    """One switch that is on.

    Args:
        name: Which, out of `SWITCHES`.
        user: Address or id of the one person whom it hits; None for all.
        times: How often it still strikes; None for ever.
        probability: Chance that it strikes when it could, 0 to 1.
        method: HTTP method that it is limited to, if any.
        path: Text that the request's path must contain, if any, compared without case.
        ends: Text with which the path must end, if any, compared without case.
        item: Id of an event, series, calendar or subscription that the path must name, if any.
        skip: How many requests it lets pass before it strikes.
        values: The switch's own values.
    """

    name: str
    user: str | None = None
    times: int | None = None
    probability: float = 1.0
    method: str | None = None
    path: str | None = None
    ends: str | None = None
    item: str | None = None
    skip: int = 0
    values: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name not in SWITCHES:
            raise ValueError(f"no such switch: {self.name}")

    def concerns(self, users: set[str], method: str, path: str) -> bool:
        """Tell whether the switch is about a request (users in lower case)."""
        lowered = path.lower()
        return (
            (self.user is None or self.user.lower() in users)
            and (self.method is None or self.method.upper() == method.upper())
            and (self.path is None or self.path.lower() in lowered)
            and (self.ends is None or lowered.rstrip("/").endswith(self.ends.lower()))
            # Two ids may differ by the case of one letter.
            and (self.item is None or self.item in map(unquote, path.split("/")))
        )

    def to_json(self) -> dict[str, Any]:
        """Give the switch as the control API prints it."""
        return {
            "name": self.name,
            "user": self.user,
            "times": self.times,
            "probability": self.probability,
            "method": self.method,
            "path": self.path,
            "ends": self.ends,
            "item": self.item,
            "skip": self.skip,
            "values": self.values,
        }


class Faults:
    """All switches that are on, struck with a seeded generator so that a run can be repeated."""

    def __init__(self, *, seed: int = 0) -> None:
        self._faults: list[Fault] = []
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Start the generator anew."""
        self.random = random.Random(seed)

    def set(
        self,
        name: str,
        *,
        user: str | None = None,
        times: int | None = None,
        probability: float = 1.0,
        method: str | None = None,
        path: str | None = None,
        ends: str | None = None,
        item: str | None = None,
        skip: int = 0,
        **values: Any,
    ) -> Fault:
        """Turn a switch on; several of one name may stand beside each other.

        Raises:
            ValueError: There is no switch of that name.
        """
        fault = Fault(
            name=name,
            user=user,
            times=times,
            probability=probability,
            method=method,
            path=path,
            ends=ends,
            item=item,
            skip=skip,
            values=values,
        )
        self._faults.append(fault)
        return fault

    def clear(self, name: str | None = None) -> None:
        """Turn one switch off, or all of them."""
        self._faults = [] if name is None else [f for f in self._faults if f.name != name]

    def strike(
        self,
        name: str,
        *,
        users: tuple[str, ...] = (),
        method: str = "",
        path: str = "",
        when: Callable[[dict[str, Any]], bool] | None = None,
    ) -> dict[str, Any] | None:
        """Ask whether a switch hits now, and use up one of its times if so.

        Args:
            name: The switch.
            users: Id and address of the person concerned.
            method: HTTP method of the request, if there is one.
            path: Path of the request, if there is one.
            when: A further condition on the switch's values.

        Returns:
            The switch's values, or None when nothing happens.
        """
        known = {user.lower() for user in users}
        for fault in self._faults:
            if fault.name != name or fault.times == 0:
                continue
            if not fault.concerns(known, method, path):
                continue
            if when is not None and not when(fault.values):
                continue
            if fault.probability < 1.0 and self.random.random() >= fault.probability:
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
            return fault.values
        return None

    def to_json(self) -> list[dict[str, Any]]:
        """List what is on."""
        return [fault.to_json() for fault in self._faults]
