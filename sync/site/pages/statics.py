"""Static files, read once, each reachable under a name that holds its content's hash."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Self

_FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """A static file; ``etag`` is the start of its content's SHA-256, ``address`` has it inside."""

    name: str
    body: bytes
    mimetype: str
    etag: str

    @property
    def address(self) -> str:
        """Gives the path that browsers may keep for ever."""
        stem, _, ending = self.name.rpartition(".")
        return f"/static/{stem}.{self.etag}.{ending}"

    @classmethod
    def of(cls, name: str, body: bytes) -> Self:
        """Makes one of its content."""
        return cls(
            name=name,
            body=body,
            mimetype=_TYPES[Path(name).suffix],
            etag=sha256(body).hexdigest()[:16],
        )


@cache
def _files() -> dict[str, StaticFile]:
    return {
        path.name: StaticFile.of(path.name, path.read_bytes())
        for path in sorted(_FOLDER.iterdir())
        if path.suffix in _TYPES
    }


def static_address(name: str) -> str:
    """Gives the address of a static file for a template.

    Raises:
        KeyError: There is no such file.
    """
    return _files()[name].address


def find_static(name: str, *more: StaticFile) -> tuple[StaticFile, bool] | None:
    """Finds a file by its plain name or its hashed one, also among those that were made.

    Returns:
        The file, and whether the name carried its present hash; ``None`` where there is none.
    """
    known = _files() | {file.name: file for file in more}
    plain = known.get(name)
    if plain is not None:
        return plain, False
    for file in known.values():
        if file.address == f"/static/{name}":
            return file, True
    return None
