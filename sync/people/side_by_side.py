"""The same for many people at once, a bounded number at a time (R3.5, R11.8)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from sync.errors import SyncError

#: People that one operation works on at the same time: storage answers sixteen as fast as one.
AT_ONCE = 16
#: People of one operation who are seen to while somebody waits for the answer; of more, jobs see
#: to it.
MANY = 100


async def side_by_side[T, R](
    things: Iterable[T], work: Callable[[T], Awaitable[R]]
) -> list[R | SyncError]:
    """Works on many at once; one that fails holds up nobody.

    Args:
        things: What to work on.
        work: Does it for one of them.

    Returns:
        What ``work`` gave for each, in their order; its error where it raised a ``SyncError``.
        Any other error is raised once all of them were tried.
    """
    places = asyncio.Semaphore(AT_ONCE)

    async def one(thing: T) -> R | SyncError:
        async with places:
            try:
                return await work(thing)
            except SyncError as error:
                return error

    answers = await asyncio.gather(*(one(thing) for thing in things), return_exceptions=True)
    return [_known(answer) for answer in answers]


def raise_first(answers: Iterable[object]) -> None:
    """Raises the first error, now that everybody was tried.

    Raises:
        SyncError: As it was given.
    """
    for answer in answers:
        if isinstance(answer, SyncError):
            raise answer


def _known[R](answer: R | BaseException) -> R | SyncError:
    if isinstance(answer, BaseException) and not isinstance(answer, SyncError):
        raise answer
    return answer
