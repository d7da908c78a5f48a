"""The only place that looks at the time, waits, or makes new ids."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4


class SystemClock:
    """The machine's clock; fulfils ``sync.ports.Clock``."""

    def now(self) -> datetime:
        """Gives the aware UTC time."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)


class RandomIds:
    """Random ids; fulfils ``sync.ports.IdFactory``."""

    def new(self) -> str:
        """Gives 32 hex characters with 122 random bits."""
        return uuid4().hex
