"""Switches that make the simulated service misbehave on purpose.

Each switch has a name out of `SWITCHES`, may be limited to one person, to some requests, to a
number of times and to a probability, and carries its own values. docs/simulators.md explains them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import unquote

from simulators.common.faults import Board, Limits
from simulators.microsoft365.fault_words import WORDS
from simulators.microsoft365.messages import Request

SWITCHES = frozenset(WORDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Limits):
    """One switch that is on; its `item` is an event, series, calendar or subscription in the path.

    Args:
        name: Which, out of `SWITCHES`.
        user: Address or id of the one person whom it hits; None for all.
        method: HTTP method that it is limited to, if any.
        path: Text that the request's path must contain, if any, compared without case.
        ends: Text with which the path must end, if any, compared without case.
        values: The switch's own values.
    """

    name: str
    user: str | None = None
    method: str | None = None
    path: str | None = None
    ends: str | None = None
    values: dict[str, Any] = field(default_factory=dict)

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


_LIMITS = frozenset(each.name for each in fields(Fault)) - {"name", "values"}


class Faults(Board[Fault]):
    """All switches that are on.

    Args:
        seed: Of the dice.
    """

    def __init__(self, *, seed: int = 0) -> None:
        super().__init__(SWITCHES, seed)

    def set(self, name: str, **given: Any) -> None:
        """Turn a switch on; several of one name may stand beside each other.

        Args:
            name: Which.
            given: Members of `Fault`; everything else is a value of the switch.

        Raises:
            ControlError: There is no switch of that name.
        """
        self.check_kind(name)
        limits = {each: given.pop(each) for each in _LIMITS & given.keys()}
        self._faults.append(Fault(name=name, values=given, **limits))

    def clear(self, name: str | None = None) -> None:
        """Turn one switch off, or all of them."""
        self._faults = [fault for fault in self._faults if name not in (None, fault.name)]

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
        struck = self._struck(
            lambda fault: (
                fault.name == name
                and fault.concerns(known, method, path)
                and (when is None or when(fault.values))
            )
        )
        return None if struck is None else struck.values

    def strike_on(
        self,
        request: Request,
        name: str,
        when: Callable[[dict[str, Any]], bool] | None = None,
    ) -> dict[str, Any] | None:
        """Ask whether a switch hits a request; as `strike`."""
        return self.strike(
            name, users=request.users, method=request.method, path=request.raw_path, when=when
        )

    def hits(self, request: Request, name: str) -> bool:
        """Ask whether a switch without values hits a request; as `strike`."""
        return self.strike_on(request, name) is not None
