"""What each kind of setting looks like: reads a value, or says what it should be.

Only ``sync.config`` asks here; it knows the names.
"""

import re
from base64 import b64decode
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

KEY_BYTES = 32
#: What signs cookies and links is no shorter, in characters (RFC 7518, 3.2: as long as the hash).
_SESSION_SECRET_LENGTH = 32
#: Standard Webhooks asks for 24 to 64 bytes.
_WEBHOOK_SECRET_BYTES = range(24, 65)

# What "UseDevelopmentStorage=true" stands for. The key is published by Microsoft and the same for
# every storage emulator: it guards nothing.
DEVELOPMENT_STORAGE = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/"
    "K1SZFPTOtr/KBHBeksoGMGw==;"
    "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;"
    "QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;"
    "TableEndpoint=http://127.0.0.1:10002/devstoreaccount1"
)

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
#: What a policy of the browser can name: it ends at blanks, commas and semicolons.
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")
#: Of a storage account.
ACCOUNT_NAME = re.compile(r"[a-z0-9]{3,24}")
#: RFC 6749, appendix A: what client ids, client secrets and access tokens are made of.
_VISIBLE = re.compile(r"[ -~]+")
#: NCRONTAB's fields, seconds first: each with its lowest number, its highest, and its names.
_SCHEDULE_FIELDS = (
    (0, 59, ""),
    (0, 59, ""),
    (0, 23, ""),
    (1, 31, ""),
    (1, 12, "jan feb mar apr may jun jul aug sep oct nov dec"),
    (0, 6, "sun mon tue wed thu fri sat"),
)
_SCHEDULE_PART = re.compile(r"(?:[*?]|(\w+)(?:-(\w+))?)(?:/0*[1-9][0-9]?)?", re.ASCII)


class MalformedError(ValueError):
    """Says what a value should be, to follow "<name> is not"."""


def check_url(value: str, *, allow_http: bool, is_link: bool = False) -> None:
    """Makes sure of an address in its plain form; one that people follow may carry a query.

    Raises:
        MalformedError: It is none, or neither https nor of this machine.
    """
    try:
        parts = urlsplit(value)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        raise MalformedError("an address") from None
    is_plain = value.isprintable() if is_link else value.isascii() and not {"?", "#"} & set(value)
    if not host or "@" in parts.netloc or " " in value or not is_plain:
        raise MalformedError("an address of scheme, host and path")
    if not _is_normal(value, parts):
        # Who compares it (a log-in's issuer, a redirect address) compares letter by letter.
        raise MalformedError(
            "an address in its plain form: small letters in scheme and host, no port that goes "
            "without saying, no dots, doubled or turned slashes in the path"
        )
    if not _HOST.fullmatch(parts.netloc.removesuffix(f":{parts.port}")):
        raise MalformedError("an address with a plain host: letters, digits, dots and hyphens")
    if parts.scheme == "https":
        return
    if not allow_http:
        raise MalformedError("an https address")
    if not _is_loopback_http(parts):
        raise MalformedError("an https address (http goes for this machine only)")


def link(value: str) -> str:
    """Reads an address that people follow, or that their browser loads a picture from."""
    check_url(value, allow_http=True, is_link=True)
    return value


def origins(value: str) -> tuple[str, ...]:
    """Reads origins, blank separated: scheme, host and port, with nothing behind."""
    found = tuple(dict.fromkeys(value.split()))
    if not all(map(_is_origin, found)):
        raise MalformedError(
            "a list of origins, each https://host or https://host:port and nothing behind it "
            "(http goes for this machine only)"
        )
    return found


def colour(value: str) -> str:
    """Reads a colour."""
    if not _COLOUR.fullmatch(value):
        raise MalformedError("a colour like #0b6e7f")
    return value.lower()


def _is_origin(value: str) -> bool:
    try:
        parts = urlsplit(link(value))
    except MalformedError:
        return False
    return value == f"{parts.scheme}://{parts.netloc}"


def _is_normal(value: str, parts: SplitResult) -> bool:
    start = f"{parts.scheme}://{parts.netloc}".lower()
    said = {"https": ":443", "http": ":80"}.get(parts.scheme, "")
    # Browsers take %2e for a dot.
    path = parts.path.lower().replace("%2e", ".").split("/")
    return (
        value.startswith(start)
        and not (said and parts.netloc.endswith((said, ":")))
        and not {".", ".."} & set(path)
        and "" not in path[1:-1]
        and "\\" not in value
    )


def _is_loopback_http(parts: SplitResult) -> bool:
    if parts.scheme != "http" or parts.hostname is None:
        return False
    try:
        return ip_address(parts.hostname).is_loopback
    except ValueError:
        return parts.hostname == "localhost"


def _pairs(value: str) -> dict[str, str]:
    parts = (part.partition("=") for part in value.split(";") if part.strip())
    return {name.strip().lower(): content.strip() for name, _, content in parts}


def storage_connection(value: str) -> str:
    """Reads a connection string of a storage account."""
    pairs = _pairs(value)
    if pairs.get("usedevelopmentstorage", "").lower() == "true":
        return DEVELOPMENT_STORAGE
    if not (pairs.get("accountname") and pairs.get("accountkey")) and not pairs.get(
        "sharedaccesssignature"
    ):
        raise MalformedError("a connection string with an account and its key")
    key = pairs.get("accountkey")
    if key and not _from_base64(key):
        raise MalformedError("a connection string whose account key is base64")
    endpoints = [pairs[name] for name in ("tableendpoint", "queueendpoint") if pairs.get(name)]
    if len(endpoints) < len("TQ"):
        # The addresses are made of what stands here.
        if pairs.get("defaultendpointsprotocol", "https").lower() != "https":
            raise MalformedError("a connection string for https (http goes for this machine only)")
        if not ACCOUNT_NAME.fullmatch(pairs.get("accountname", "")):
            raise MalformedError("a connection string whose account has 3 to 24 small letters")
    for endpoint in endpoints:
        check_url(endpoint, allow_http=True)
    return value


def email_connection(value: str) -> str:
    """Reads a connection string of Azure Communication Services."""
    pairs = _pairs(value)
    if not pairs.get("endpoint") or not _from_base64(pairs.get("accesskey", "")):
        raise MalformedError("a connection string with endpoint and access key")
    check_url(pairs["endpoint"], allow_http=True)
    return value


def address(value: str) -> str:
    """Reads an e-mail address."""
    if not _ADDRESS.fullmatch(value):
        raise MalformedError("an e-mail address")
    return value


def webhook_secret(value: str) -> str:
    """Reads a Standard Webhooks secret."""
    prefix, _, encoded = value.partition("_")
    secret = _from_base64(encoded)
    if prefix != "whsec" or len(secret) not in _WEBHOOK_SECRET_BYTES or not any(secret):
        raise MalformedError(
            "a Standard Webhooks secret (whsec_ and base64 of 24 to 64 random bytes)"
        )
    return value


def session_secret(value: str) -> str:
    """Reads what signs cookies and links."""
    if len(value) < _SESSION_SECRET_LENGTH:
        raise MalformedError(f"at least {_SESSION_SECRET_LENGTH} random characters")
    return value


def keys(value: str) -> tuple[bytes, ...]:
    """Reads the keys that seal, in their order."""
    plain = value.replace("-", "+").replace("_", "/")
    keys = tuple(_from_base64(part.strip()) for part in plain.split(",") if part.strip())
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise MalformedError(f"a comma-separated list of base64 keys of {KEY_BYTES} bytes")
    if bytes(KEY_BYTES) in keys:
        raise MalformedError("made of random keys: one is all zeros")
    return keys


def is_schedule(value: str) -> bool:
    """Says whether the host can read an NCRONTAB expression."""
    fields = value.lower().split()
    return len(fields) == len(_SCHEDULE_FIELDS) and all(
        _is_schedule_part(part, least, most, names.split())
        for field, (least, most, names) in zip(fields, _SCHEDULE_FIELDS, strict=True)
        for part in field.split(",")
    )


def _is_schedule_part(part: str, least: int, most: int, names: list[str]) -> bool:
    found = _SCHEDULE_PART.fullmatch(part)
    return found is not None and all(
        each in names or (each.isdigit() and least <= int(each[:9]) <= most)
        for each in found.groups()
        if each is not None
    )


def visible(value: str) -> str:
    """Reads an id or a secret that others gave out."""
    if not _VISIBLE.fullmatch(value):
        raise MalformedError("made of visible ASCII characters only")
    return value


def _from_base64(text: str) -> bytes:
    """Decodes the usual alphabet, the only one that the libraries read; empty where it can't."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""
