"""Where the booking product may be: secrets travel there."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_safe_address(url: str, *, loopback_http: bool = True) -> bool:
    """Says whether secrets may travel to an address: https, or plain http on this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and loopback_http and _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
