"""Application Insights' place on this machine: keeps whatever the functions export."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, override


class Ingestion:
    """What was taken so far.

    Attributes:
        settings: Those with which the functions export to here, every story of theirs.
    """

    def __init__(self, port: int) -> None:
        self.settings = {
            "APPLICATIONINSIGHTS_CONNECTION_STRING": (
                "InstrumentationKey=11111111-2222-3333-4444-555555555555;"
                f"IngestionEndpoint=http://127.0.0.1:{port}/"
            ),
            "TRACES_KEPT_PERCENT": "100",
            # What the exporter tells Microsoft of itself, and asks of them, has no place here.
            "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
            "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
        }
        self._texts: list[str] = []

    def take(self, body: bytes) -> int:
        """Keeps a post; gives how many envelopes it has."""
        text = (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode()
        self._texts.append(text)
        return len(json.loads(text))

    @property
    def text(self) -> str:
        """All of it, as it was exported."""
        return "\n".join(self._texts)

    def envelopes(self, kind: str) -> list[dict[str, Any]]:
        """Gives what is of a kind: ``Message``, ``Metric``, ``RemoteDependency``, ``Exception``."""
        every = [each for text in self._texts for each in json.loads(text)]
        return [each for each in every if each["name"].endswith(f".{kind}")]


@contextmanager
def open_ingestion() -> Iterator[Ingestion]:
    """Listens on a free port, until the block ends."""

    class Post(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            count = taken.take(self.rfile.read(int(self.headers["Content-Length"])))
            answer = {"itemsReceived": count, "itemsAccepted": count, "errors": []}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Post)
    taken = Ingestion(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield taken
    finally:
        server.shutdown()
        server.server_close()
