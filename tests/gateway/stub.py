"""A Stripe of a few lines: answers with what the test planned, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Reply:
    """An answer; ``cut`` closes the connection in mid-body."""

    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Stub:
    base: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def stripe(answer: Callable[[Asked, int], Reply]) -> Iterator[Stub]:
    """Serve ``answer(request, number of earlier requests)`` on a free port."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            request = Asked(self.command, self.path, dict(self.headers), self.rfile.read(size).decode())
            with lock:
                reply = answer(request, len(stub.asked))
                stub.asked.append(request)
            content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if reply.cut else content)
            self.close_connection = reply.cut

        do_GET = do_POST = handle_one  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub = Stub(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()


def script(*replies: Reply) -> Callable[[Asked, int], Reply]:
    """Answer with these in turn, and with the last for ever."""
    return lambda _asked, number: replies[min(number, len(replies) - 1)]


def error(status: int, *, message: str = "", headers: dict[str, str] | None = None, **fields: str) -> Reply:
    """Stripe's error body."""
    return Reply(status, {"error": {"message": message, "type": "invalid_request_error", **fields}}, headers or {})
