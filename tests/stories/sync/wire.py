"""Between the services and their ports: here calls fail, take long, or end with the process.

A worker is one process that runs one job. After a ``Crash`` every further call of that worker dies
as well: nothing that stands in a ``finally`` reaches the outside, as when a host is killed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, cast

from sync.words import PersonKey


class Crash(BaseException):
    """The process died."""


@dataclass(slots=True)
class Worker:
    """One process; ``calls`` counts what it sent to ports."""

    dead: bool = False
    calls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a service: which port and method, for whom if that is known, with what."""

    port: str
    method: str
    person: PersonKey | None
    worker: Worker
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.port}.{self.method}"


_WORKER: ContextVar[Worker | None] = ContextVar("worker", default=None)


@contextmanager
def working(worker: Worker) -> Iterator[None]:
    """Makes what runs inside the work of this worker."""
    token = _WORKER.set(worker)
    try:
        yield
    finally:
        _WORKER.reset(token)


class Wire:
    """What all calls of workers pass; calls from outside a job are left alone.

    Attributes:
        before: Asked before a call's effect; what it gives is raised instead.
        after: Asked after the effect, with the answer; what it gives is raised instead of it.
        pauses: How many turns of the event loop a call waits: other workers run meanwhile.
        answer: May change an answer, with the call: a feed that lags.
    """

    def __init__(self) -> None:
        self.before: Callable[[Call], BaseException | None] | None = None
        self.after: Callable[[Call], BaseException | None] | None = None
        self.pauses: Callable[[Call], int] | None = None
        self.answer: Callable[[Call, Any], Any] | None = None

    def calm(self) -> None:
        """Ends all trouble."""
        self.before = self.after = self.pauses = self.answer = None

    def through[T](self, name: str, port: T) -> T:
        """Gives the port as seen over this wire."""
        return cast(T, _Remote(self, name, port))

    async def send(self, call: Call, carry_out: Callable[[], Awaitable[Any]]) -> Any:
        """Carries one call."""
        worker = call.worker
        _must_live(worker)
        worker.calls += 1
        if self.pauses is not None:
            for _ in range(self.pauses(call)):
                await asyncio.sleep(0)
            _must_live(worker)
        if self.before is not None:
            _fail(worker, self.before(call))
        result = await carry_out()
        if self.after is not None:
            _fail(worker, self.after(call))
        return result if self.answer is None else self.answer(call, result)


class _Remote:
    """Any port over a wire."""

    def __init__(
        self, wire: Wire, name: str, port: Any, *, person: PersonKey | None = None
    ) -> None:
        self._wire = wire
        self._name = name
        self._port = port
        self._person = person

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._port, method)
        if method == "open" and not iscoroutinefunction(found):
            return lambda person: _Remote(self._wire, self._name, found(person), person=person)
        if not iscoroutinefunction(found):
            return found

        async def remote(*args: Any, **kwargs: Any) -> Any:
            worker = _WORKER.get()
            if worker is None:
                return await found(*args, **kwargs)
            person = self._person or _person_in(args)
            call = Call(
                port=self._name,
                method=method,
                person=person,
                worker=worker,
                args=args,
                kwargs=kwargs,
            )
            return await self._wire.send(call, lambda: found(*args, **kwargs))

        self.__dict__[method] = remote
        return remote


def _person_in(args: tuple[Any, ...]) -> PersonKey | None:
    first = args[0] if args else None
    return first if isinstance(first, PersonKey) else getattr(first, "person", None)


def _must_live(worker: Worker) -> None:
    if worker.dead:
        raise Crash


def _fail(worker: Worker, error: BaseException | None) -> None:
    if isinstance(error, Crash):
        worker.dead = True
    if error is not None:
        raise error
