"""Loopback ports: asking whether one is free before something is started on it."""

import socket


def port_is_taken(port: int) -> bool:
    """Says whether something listens on this port of 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # A port in TIME_WAIT is free to listen on, and the servers here bind in this way too.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
