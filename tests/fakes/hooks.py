"""The hook that every fake offers, so that a simulation can inject faults and crashes."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate

type Hook = Callable[[str], None]


class Hooked:
    """A fake whose every method tells ``before`` and ``after`` its name.

    ``before`` runs before the effect and ``after`` right after it: what they raise is raised to
    the caller, so that a failure in ``after`` is a call that timed out after it took effect.
    """

    def __init__(self) -> None:
        self.before: Hook | None = None
        self.after: Hook | None = None


def hooked[S: Hooked, **P, T](
    method: Callable[Concatenate[S, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Makes a fake's async method call the fake's hooks around its effect."""
    name = method.__name__

    @wraps(method)
    async def wrapper(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self.before is not None:
            self.before(name)
        result = await method(self, *args, **kwargs)
        if self.after is not None:
            self.after(name)
        return result

    return wrapper
