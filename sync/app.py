"""The App of this process: built at the first request, its libraries take a second to import."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync.bootstrap import App

_apps: list["App"] = []


async def get_app() -> "App":
    """Gives the App, the same one for the whole process.

    It is async so that clients are only ever made inside the event loop that uses them.

    Raises:
        SettingsError: Settings are missing or malformed.
    """
    if not _apps:
        from sync.bootstrap import open_app  # noqa: PLC0415 - importing the app has to stay cheap

        _apps.append(open_app())
    return _apps[0]


def use_app(app: "App | None") -> None:
    """Puts a ready App in place; ``None`` forgets it, so that the next request builds one."""
    _apps[:] = [] if app is None else [app]
