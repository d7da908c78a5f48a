"""Response headers and cookies of pages: what a browser may do with them, and for how long."""

from urllib.parse import urlsplit

#: Kept short: every page forbids everything that it doesn't name.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src {pictures}; "
    "connect-src 'self'; form-action {forms}; {frames}; base-uri 'none'"
)
_NO_FRAMES = "frame-ancestors 'none'"
_COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NO_STORE = {"Cache-Control": "no-store"}


def page_headers(identity_addresses: tuple[str, ...], logo_url: str = "") -> dict[str, str]:
    """Gives the headers of every HTML answer.

    Args:
        identity_addresses: Addresses that a form's redirect may lead to: browsers hold redirects
            after a form to ``form-action`` as well.
        logo_url: The one picture that comes from elsewhere (R12.8); empty where none does.
    """
    pictures = " ".join(("'self'", "data:", *([_origin(logo_url)] if logo_url else ())))
    origins = dict.fromkeys(_origin(address) for address in identity_addresses)
    forms = " ".join(("'self'", *origins))
    policy = {
        "Content-Security-Policy": _POLICY.format(forms=forms, pictures=pictures, frames=_NO_FRAMES)
    }
    return _COMMON | NO_STORE | policy | {"Permissions-Policy": "camera=(), microphone=()"}


def allow_frames(policy: str, origins: tuple[str, ...]) -> str:
    """Gives a page's policy by which these origins may show it in a frame (R12.8)."""
    return policy.replace(_NO_FRAMES, f"frame-ancestors {' '.join(origins)}") if origins else policy


def api_headers() -> dict[str, str]:
    """Gives the headers of every JSON answer: personal, never kept."""
    return _COMMON | NO_STORE


def static_headers(etag: str, *, immutable: bool) -> dict[str, str]:
    """Gives the headers of a static file; an address with the content's hash never changes."""
    kept = "public, max-age=31536000, immutable" if immutable else "public, max-age=300"
    return _COMMON | {"Cache-Control": kept, "ETag": f'"{etag}"'}


def set_cookie(
    name: str, value: str, *, seconds: int, secure: bool, in_frames: bool = False
) -> str:
    """Gives a Set-Cookie line; scripts can't read it and other sites' forms don't send it.

    Over https the name begins with ``__Host-``: a browser takes such a cookie only from this very
    host, so that nobody beside it (another subdomain, plain http) can slip one in (R4.5).

    Where frames are allowed other sites' forms do send it; a frame has one of its own for each
    site at the top (``Partitioned``, R12.8).
    """
    named = f"{_name(name, secure=secure)}={value}"
    if in_frames:
        # Neither Python 3.13 nor the worker on Azure knows Partitioned: the whole line would be
        # lost. Both hand the path on as it stands, and so does ASP.NET Core behind them.
        path = 'Path="/; Partitioned"'
        return f"{named}; {path}; Max-Age={seconds}; HttpOnly; SameSite=None; Secure"
    end = "; Secure" if secure else ""
    return f"{named}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{end}"


def drop_cookie(name: str, *, secure: bool, in_frames: bool = False) -> str:
    """Gives the Set-Cookie line that ends a cookie."""
    return set_cookie(name, "", seconds=0, secure=secure, in_frames=in_frames)


def read_cookie(header: str, name: str, *, secure: bool) -> str | None:
    """Finds a cookie in a Cookie header; ``None`` where it is missing or empty.

    Of several the newest counts, which browsers send last: there are two for a while after frames
    were allowed, or no longer are.
    """
    wanted = _name(name, secure=secure)
    found = None
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if key == wanted and value:
            found = value.strip('"')
    return found


def _name(name: str, *, secure: bool) -> str:
    return f"__Host-{name}" if secure else name


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
