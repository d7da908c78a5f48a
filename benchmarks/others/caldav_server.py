"""A CalDAV server whose answers take longer: ``caldav_server.py FOLDER SECONDS``.

Radicale on a free port of the loopback address. Its first line of output is the port; each later
one is a request. Needs requirements-bench.txt.
"""

import logging
import sys
import time
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import radicale
import radicale.config


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """The application writes the lines."""


def main(folder: str, seconds: float) -> None:
    """Serves until it is ended."""
    logging.getLogger("radicale").setLevel(logging.ERROR)  # it warns that anybody may come in
    settings = radicale.config.load()
    settings.update(
        {
            "auth": {"type": "none"},
            "storage": {"filesystem_folder": folder},
            "web": {"type": "none"},
        },
        "benchmark",
        privileged=True,
    )
    application = radicale.Application(settings)

    def slow(environ: dict[str, Any], respond: Callable[..., Any]) -> Iterable[bytes]:
        sys.stdout.write(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}\n")
        sys.stdout.flush()
        time.sleep(seconds)
        answer: Iterable[bytes] = application(environ, respond)
        return answer

    with make_server("127.0.0.1", 0, slow, _Server, _Silent) as server:
        sys.stdout.write(f"{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
