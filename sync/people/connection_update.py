"""The one way in which services change a Connection: read, compute, write under the etag."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sync.errors import AlreadyExists, Changed, Unavailable
from sync.people.people import Connection
from sync.ports import ConnectionRepository, Stored
from sync.words import PersonKey

#: Lost writes in a row after which somebody else had better come later.
TRIES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What a change met and what stands now; both ``None`` where there is no row."""

    before: Connection | None
    stored: Stored[Connection] | None

    @property
    def after(self) -> Connection | None:
        """Gives the Connection as it stands now."""
        return None if self.stored is None else self.stored.value


async def update(
    connections: ConnectionRepository,
    person: PersonKey,
    change: Callable[[Connection | None], Connection | None],
    *,
    known: Stored[Connection] | None = None,
    before_put: Callable[[Connection], Awaitable[None]] | None = None,
) -> Update:
    """Changes a Connection, however many others do so at the same time.

    Args:
        connections: Where it is kept.
        person: Whose it is.
        change: Gives the Connection to write from the one that was read; the same one, or
            ``None``, where there is nothing to write. Called anew after each lost write, so it
            has to decide everything from its argument.
        known: As it was read before: where it is that still, it is not read again.
        before_put: Done before each try to write, with what will be written.

    Raises:
        Unavailable: Others were faster time and again.
    """
    for attempt in range(TRIES):
        is_known = attempt == 0 and known is not None
        stored = known if is_known else await connections.get(person)
        before = None if stored is None else stored.value
        after = change(before)
        if after is None or after == before:
            if is_known:
                # Of what stands there by now it may ask for more.
                continue
            return Update(before=before, stored=stored)
        if before_put is not None:
            await before_put(after)
        try:
            written = await connections.put(after, None if stored is None else stored.etag)
        except (Changed, AlreadyExists):
            continue
        return Update(before=before, stored=written)
    raise Unavailable(f"the Connection of {person} changes all the time")
