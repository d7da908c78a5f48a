"""The one HTTP client of a process for the booking product: time-outs and trust."""

from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

#: Seconds. A schedule of 90 days comes in pages, so no single answer takes long.
TIMEOUT = httpx.Timeout(20.0, connect=5.0)
LIMITS = httpx.Limits(max_connections=40, max_keepalive_connections=20)


def open_client(*, ca_bundle: str | None = None) -> httpx.AsyncClient:
    """Opens the HTTP client; opening connects nowhere.

    Args:
        ca_bundle: Path of a PEM file with more authorities to trust (``REQUESTS_CA_BUNDLE``).
            ``SSL_CERT_FILE`` counts by itself.
    """
    trust = httpx.create_ssl_context()
    if ca_bundle:
        trust.load_verify_locations(cafile=ca_bundle)
    # Proxies are taken from the environment, but never for the loopback: httpx sees to both.
    return httpx.AsyncClient(verify=trust, timeout=TIMEOUT, limits=LIMITS)


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
