"""Faults that the booking, identity and mailbox simulators play on demand."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from simulators.common.serving import ControlError


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """One fault, and whom it hits.

    Attributes:
        kind: which fault; each simulator names its own.
        operations: names of the operations it hits; empty hits every one.
        subject: only calls about this Staff Member or address; None hits everybody.
        item: only calls for this item; None hits every one.
        times: how often it still strikes; None until it is taken away.
        skip: how many calls it lets pass before the first strike.
        probability: of striking, from 0 to 1.
        status: of the answer, for kind `status`.
        retry_after: Retry-After header as it is: seconds, or a text such as an HTTP date; None
            leaves it out.
        seconds: how long, for kinds that take time.
        detail: a word more, for kinds that have variants.
    """

    kind: str
    operations: tuple[str, ...] = ()
    subject: str | None = None
    item: str | None = None
    times: int | None = None
    skip: int = 0
    probability: float = 1.0
    status: int = 503
    retry_after: int | float | str | None = None
    seconds: float = 0.0
    detail: str = ""

    def hits(self, operation: str, subject: str | None, item: str | None) -> bool:
        """Say whether the rule is about this call.

        A garbled item may come in any list, so the answer decides about it.
        """
        return (
            (not self.operations or operation in self.operations)
            and self.subject in (None, subject)
            and (self.item in (None, item) or self.kind == "garbled")
        )


class FaultBoard:
    """The faults that are switched on.

    Args:
        kinds: the kinds that this simulator knows.
        seed: of the dice for `probability`.
    """

    def __init__(self, kinds: Iterable[str], seed: int = 0) -> None:
        self._kinds = frozenset(kinds)
        self._dice = random.Random(seed)
        self._rules: list[FaultRule] = []

    def add(self, rule: FaultRule) -> None:
        """Switch one fault on.

        Raises:
            ControlError: the kind is unknown.
        """
        if rule.kind not in self._kinds:
            raise ControlError(f"unknown fault {rule.kind!r}; known: {sorted(self._kinds)}")
        self._rules.append(rule)

    def clear(self) -> None:
        """Switch every fault off."""
        self._rules.clear()

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
        for place, rule in enumerate(self._rules):
            if rule.kind != kind or not rule.hits(operation, subject, item):
                continue
            if rule.skip > 0:
                self._rules[place] = replace(rule, skip=rule.skip - 1)
                continue
            if rule.times == 0 or self._dice.random() >= rule.probability:
                continue
            if rule.times is not None:
                self._rules[place] = replace(rule, times=rule.times - 1)
            return rule
        return None

    def as_json(self) -> dict[str, object]:
        """Give `{"rules": [...]}` with what is left of each."""
        return {"rules": [msgspec.to_builtins(rule) for rule in self._rules]}

    def replace_from_json(self, body: dict[str, Any]) -> None:
        """Put `{"rules": [...]}` in the place of all rules.

        Raises:
            ControlError: a rule is malformed or of an unknown kind; nothing is changed.
        """
        try:
            rules = msgspec.convert(body.get("rules"), list[FaultRule])
        except msgspec.ValidationError as error:
            raise ControlError(f"rules: {error}") from error
        former, self._rules = self._rules, []
        try:
            for rule in rules:
                self.add(rule)
        except ControlError:
            self._rules = former
            raise
