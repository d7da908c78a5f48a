"""Static files, read once, each reachable under a name that holds its content's hash."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

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


@cache
def _files() -> dict[str, StaticFile]:
    found: dict[str, StaticFile] = {}
    for path in sorted(_FOLDER.iterdir()):
        if path.suffix not in _TYPES:
            continue
        body = path.read_bytes()
        etag = sha256(body).hexdigest()[:16]
        found[path.name] = StaticFile(
            name=path.name, body=body, mimetype=_TYPES[path.suffix], etag=etag
        )
    return found


def static_address(name: str) -> str:
    """Gives the address of a static file for a template.

    Raises:
        KeyError: There is no such file.
    """
    return _files()[name].address


def find_static(name: str) -> tuple[StaticFile, bool] | None:
    """Finds a file by its plain name or its hashed one.

    Returns:
        The file, and whether the name carried its present hash; ``None`` where there is none.
    """
    plain = _files().get(name)
    if plain is not None:
        return plain, False
    for file in _files().values():
        if file.address == f"/static/{name}":
            return file, True
    return None
