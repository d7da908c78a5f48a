"""What a port's methods may raise, as values beside the methods (docs/errors.md).

Every method may raise ``PASSING``; whatever else it may end with it declares. A test raises each
one at each call (``tests/stories/sync/test_declared_errors.py``).
"""

from collections.abc import Callable

from sync.errors import SyncError, Throttled, Unavailable

#: What any call over a wire may end with.
PASSING: frozenset[type[SyncError]] = frozenset({Throttled, Unavailable})

_NAME = "__may_raise__"


def may_raise[F: Callable[..., object]](*errors: type[SyncError]) -> Callable[[F], F]:
    """Declares what a method may raise besides ``PASSING``."""

    def declare(method: F) -> F:
        setattr(method, _NAME, frozenset(errors))
        return method

    return declare


def declared(port: type, method: str) -> frozenset[type[SyncError]]:
    """Gives all that a method of a port may raise."""
    named: frozenset[type[SyncError]] = getattr(getattr(port, method), _NAME, frozenset())
    return PASSING | named
