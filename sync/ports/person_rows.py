"""All that is kept of one person, in whatever table: for who asks what is there, or to be gone."""

from collections.abc import Mapping
from typing import Protocol

from sync.words import PersonKey

#: A row as it can be read: names and values of JSON, what was sealed opened, no secret.
type ReadableRow = Mapping[str, object]


class PersonRows(Protocol):
    """Knows of each table which rows are a person's."""

    @property
    def of_nobody(self) -> Mapping[str, str]:
        """Says of each other table why it has none that are known to be a person's."""
        ...

    async def read(
        self, person: PersonKey, limited: tuple[str, ...]
    ) -> Mapping[str, tuple[ReadableRow, ...]]:
        """Gives a person's rows by table; what can't be opened or read says so, and fails nothing.

        Args:
            person: Whose.
            limited: The keys under which the person's mails are counted (``MailLimits``).
        """
        ...

    async def delete(self, person: PersonKey, limited: tuple[str, ...]) -> Mapping[str, int]:
        """Deletes a person's rows but for the Connection, and says how many of each table.

        Repeatable. Whoever writes under the person's lease writes nothing from here on.
        """
        ...
