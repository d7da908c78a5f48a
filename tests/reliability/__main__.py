"""Load and faults over the whole product, with one oracle; see docs/reliability.md.

    python -m tests.reliability kills [--seed 1] [--people 10] [--moments 200]

It says what it does while it runs, ends with a table, and exits with 1 where anything is wrong.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from tests.reliability.scenes import SCENES
from tests.reliability.town import open_town


async def play(
    name: str, *, seed: int, people: int | None, moments: int | None, log: Path | None = None
) -> list[str]:
    """Plays a scene; gives what is wrong afterwards, and leaves what the functions logged."""
    scene = SCENES[name]
    with tempfile.TemporaryDirectory() as folder:
        opened = open_town(
            Path(folder),
            seed=seed,
            people=people or scene.people,
            storage=scene.keeps,
            max_age=scene.max_age,
        )
        async with opened as town:
            try:
                await scene.play(town, moments or scene.moments)
                return await town.finish()
            finally:
                if log is not None:
                    await asyncio.to_thread(log.write_text, "\n".join(town.product.logs))


def main() -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.reliability",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scene", choices=SCENES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, help="how many; each scene has a number of its own")
    parser.add_argument("--moments", type=int, help="kills, restarts, jumps, hours, or changes")
    parser.add_argument("--log", type=Path, help="where to leave what the functions logged")
    given = parser.parse_args()
    # Calls of a process that was killed end in the middle, which the simulators' server tells.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    wrong = asyncio.run(
        play(
            given.scene,
            seed=given.seed,
            people=given.people,
            moments=given.moments,
            log=given.log,
        )
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
