"""Gives out, or deletes, all that is kept of one person: an operator's commands.

They work on the storage that the settings name (docs/settings.md), as the functions do;
docs/operations.md has the whole way. What is asked for goes to standard output as JSON; what went
wrong to standard error.
"""

import argparse
import asyncio
import re
import sys
from collections.abc import Sequence
from datetime import timedelta

import msgspec

from sync.bootstrap import App, open_app
from sync.config import SettingsError
from sync.errors import SyncError
from sync.logs import keep_libraries_quiet
from sync.people.personal_data import Export, Receipt, Unfinished
from sync.words import AccountId, PersonKey, StaffId

DONE, FAILED, NOT_YET = 0, 1, 3
#: A day: who needs longer gives the command again.
MOST_SECONDS = 86_400
#: What the booking product's ids are made of (contract: booking-api, its description).
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Carries out a command; gives the exit code: 3 where it has to be given again later."""
    asked = _parser().parse_args(arguments)
    keep_libraries_quiet()
    try:
        answer = asyncio.run(_on_the_app(asked))
    except (SettingsError, SyncError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return FAILED
    text = msgspec.json.format(msgspec.json.encode(answer), indent=2).decode()
    sys.stdout.write(f"{text}\n")
    return NOT_YET if isinstance(answer, Unfinished) else DONE


async def carry_out(app: App, asked: argparse.Namespace) -> Export | Receipt | Unfinished:
    """Does what was asked for, on an App."""
    person = PersonKey(account_id=AccountId(asked.account), staff_id=StaffId(asked.staff))
    if asked.command == "export":
        return await app.personal_data.export(person)
    return await app.personal_data.delete(
        person, at_once=asked.at_once, patience=timedelta(seconds=asked.wait)
    )


async def _on_the_app(asked: argparse.Namespace) -> Export | Receipt | Unfinished:
    app = open_app()
    try:
        return await carry_out(app, asked)
    finally:
        for close in app.closers:
            await close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.person_data", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    # What deletes for good is written in full.
    export = commands.add_parser(
        "export", help="give out all that is kept, as JSON", allow_abbrev=False
    )
    delete = commands.add_parser(
        "delete", help="disconnect, then delete all that is kept", allow_abbrev=False
    )
    for command in (export, delete):
        command.add_argument("account", type=_id, help="the Account's id")
        command.add_argument("staff", type=_id, help="the Staff Member's id")
    delete.add_argument(
        "--at-once",
        action="store_true",
        help="delete without a disconnect: what is in both calendars stays there for good",
    )
    delete.add_argument(
        "--wait",
        type=_seconds,
        default=300,
        metavar="SECONDS",
        help="how long to wait until both calendars are clean (300)",
    )
    return parser


def _id(text: str) -> str:
    # Of an id that nobody has nothing is kept: the receipt would look like one of a deletion.
    if not _ID.fullmatch(text):
        raise argparse.ArgumentTypeError("an id has letters, digits, - and _ only, at most 64")
    return text


def _seconds(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"not a whole number from 0 to {MOST_SECONDS}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
