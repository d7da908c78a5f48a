"""Faults that the simulators play on demand, and how often each of them strikes."""

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from simulators.common.errors import ControlError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How often a fault strikes what it is about.

    Attributes:
        item: only calls for this one object; None hits every one.
        times: how often it still strikes; None until it is taken away.
        skip: how many calls it lets pass before the first strike.
        probability: of striking, from 0 to 1.
    """

    item: str | None = None
    times: int | None = None
    skip: int = 0
    probability: float = 1.0


class Board[F: Limits]:
    """The faults that are switched on, struck with seeded dice so that a run can be repeated.

    Args:
        kinds: the kinds that this simulator knows.
        seed: of the dice.
    """

    def __init__(self, kinds: Iterable[str], seed: int = 0) -> None:
        self._kinds = frozenset(kinds)
        self._faults: list[F] = []
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Start the dice anew."""
        self.random = random.Random(seed)

    def clear(self) -> None:
        """Switch every fault off."""
        self._faults.clear()

    def listed(self) -> list[dict[str, Any]]:
        """Give what is left of each fault as JSON values."""
        return [msgspec.to_builtins(fault) for fault in self._faults]

    def check_kind(self, kind: str) -> None:
        """Refuse a kind that this simulator does not know.

        Raises:
            ControlError: it is unknown.
        """
        if kind not in self._kinds:
            raise ControlError(f"unknown fault {kind!r}; known: {sorted(self._kinds)}")

    def _struck(self, hits: Callable[[F], bool]) -> F | None:
        """Give the first fault that is about a call and strikes now; that uses it up by one."""
        for place, fault in enumerate(self._faults):
            if fault.times == 0 or not hits(fault):
                continue
            if fault.skip > 0:
                self._faults[place] = replace(fault, skip=fault.skip - 1)
                continue
            if fault.probability < 1.0 and self.random.random() >= fault.probability:
                continue
            if fault.times is not None:
                self._faults[place] = replace(fault, times=fault.times - 1)
            return fault
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule(Limits):
    """One fault of the booking product, the identity platform or the mailbox.

    Attributes:
        kind: which fault; each simulator names its own.
        operations: names of the operations it hits; empty hits every one.
        subject: only calls about this Staff Member or address; None hits everybody.
        status: of the answer, for kind `status`.
        retry_after: Retry-After header as it is: seconds, or a text such as an HTTP date; None
            leaves it out.
        seconds: how long, for kinds that take time.
        detail: a word more, for kinds that have variants.
    """

    kind: str
    operations: tuple[str, ...] = ()
    subject: str | None = None
    status: int = 503
    retry_after: int | float | str | None = None
    seconds: float = 0.0
    detail: str = ""


class FaultBoard(Board[FaultRule]):
    """The fault rules that are switched on."""

    def add(self, rule: FaultRule) -> None:
        """Switch one fault on.

        Raises:
            ControlError: the kind is unknown.
        """
        self.check_kind(rule.kind)
        self._faults.append(rule)

    def strike(
        self, kind: str, operation: str, subject: str | None = None, item: str | None = None
    ) -> FaultRule | None:
        """Say whether this kind strikes now, and use up one of its times.

        Args:
            kind: the fault in question.
            operation: the call's operation name.
            subject: the Staff Member or address that the call is about.
            item: the item that the call is for, if it is for one.

        Returns:
            The rule that strikes, or None.
        """
        return self._struck(
            lambda rule: (
                rule.kind == kind
                and (not rule.operations or operation in rule.operations)
                and rule.subject in (None, subject)
                # A garbled item may come in any list: the answer decides about it.
                and (rule.item in (None, item) or kind == "garbled")
            )
        )

    async def play_before(
        self, operation: str, subject: str | None = None, item: str | None = None
    ) -> FaultRule | None:
        """Let a call wait and fail as the rules say, before it has any effect.

        Returns:
            The rule of kind `status` whose answer it gets, the one of `timeout_before_effect` that
            loses it, or None when it goes on.
        """
        if slow := self.strike("latency", operation, subject, item):
            await asyncio.sleep(slow.seconds)
        if failing := self.strike("status", operation, subject, item):
            return failing
        return await self._lost("timeout_before_effect", operation, subject, item)

    async def loses_answer(
        self, operation: str, subject: str | None = None, item: str | None = None
    ) -> bool:
        """Say whether the answer of a call that took effect is lost, after its time."""
        return await self._lost("timeout_after_effect", operation, subject, item) is not None

    async def _lost(
        self, kind: str, operation: str, subject: str | None, item: str | None
    ) -> FaultRule | None:
        lost = self.strike(kind, operation, subject, item)
        if lost is not None:
            await asyncio.sleep(lost.seconds)
        return lost

    def as_json(self) -> dict[str, object]:
        """Give `{"rules": [...]}` with what is left of each."""
        return {"rules": self.listed()}

    def replace_from_json(self, body: dict[str, Any]) -> dict[str, object]:
        """Put `{"rules": [...]}` in the place of all rules, and give them.

        Raises:
            ControlError: a rule is malformed or of an unknown kind; nothing is changed.
        """
        try:
            rules = msgspec.convert(body.get("rules"), list[FaultRule])
        except msgspec.ValidationError as error:
            raise ControlError(f"rules: {error}") from error
        for rule in rules:
            self.check_kind(rule.kind)
        self._faults = rules
        return self.as_json()
