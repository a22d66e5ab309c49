"""Serve a stand-in on 127.0.0.1: the socket first, then one line of JSON that tells where, then requests."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import uvicorn

from lib.sandbox.http.app import application
from lib.sandbox.http.state import Build, Options, StandIn
from lib.sandbox.world import World

HOST = "127.0.0.1"
_BACKLOG = 512
_SHUTDOWN = 2
"""Seconds that open requests have when the server is told to stop."""


def serve(  # noqa: PLR0913, PLR0917 - one for each option of the command line
    port: int = 0,
    seed: int = 7,
    months: int = 36,
    customers: int = 2200,
    deliver_to: Sequence[str] | str | None = None,
    cache: Path | str | None = None,
    state: Path | str | None = None,
    redirect_uris: Sequence[str] = (),
    *,
    deliver_platform_to: Sequence[str] | str | None = None,
) -> None:
    """Run a stand-in until SIGINT or SIGTERM; prints one JSON line with its address and keys at once.

    Port 0 takes any free one. ``cache`` is a folder for worlds as they were made; ``state`` one for connections,
    clock and worlds as they were left, so that a restart goes on with them. Events of connected accounts go to
    ``deliver_to``, those of the platform's own account to ``deliver_platform_to``. Raises OSError when the port is
    taken.
    """
    options = Options(
        seed, months, customers, _several(deliver_to), tuple(redirect_uris), Path(cache) if cache else None,
        Path(state) if state else None, _several(deliver_platform_to),
    )  # fmt: skip
    standin = StandIn.of(options)
    signal.signal(signal.SIGTERM, _leave)
    with _listening(port) as listener:
        print(json.dumps(standin.card(_address(listener))), flush=True)  # noqa: T201 - the contract with who started us
        standin.start(base=_address(listener))
        try:
            with contextlib.suppress(KeyboardInterrupt):
                _server(standin).run(sockets=[listener])
        finally:
            standin.stop()


@contextmanager
def running(options: Options | None = None, build: Build = World.build) -> Iterator[tuple[str, StandIn]]:
    """A stand-in in a thread of this process, for its own tests: its address, and itself."""
    standin = StandIn.of(options or Options())
    with _listening(0) as listener:
        server = _server(standin)
        thread = threading.Thread(target=server.run, args=([listener],), name="stand-in", daemon=True)
        standin.start(build, _address(listener))
        thread.start()
        try:
            yield _address(listener), standin
        finally:
            server.should_exit = True
            thread.join(10)
            standin.stop()


def _several(urls: Sequence[str] | str | None) -> tuple[str, ...]:
    return (urls,) if isinstance(urls, str) else tuple(urls or ())


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Unwind the stack at SIGTERM, which uvicorn hands on when it has closed: what is to be kept must be written."""
    sys.exit(0)


def _server(standin: StandIn) -> uvicorn.Server:
    """Configure uvicorn (httptools and uvloop where installed). Answers are cut on purpose, so it is silent."""
    return uvicorn.Server(
        uvicorn.Config(
            application(standin),
            access_log=False,
            log_level="critical",
            lifespan="off",
            ws="none",
            server_header=False,
            date_header=False,  # ours tells the stand-in's time, not the machine's
            timeout_graceful_shutdown=_SHUTDOWN,
        )
    )


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each small answer waits 40 ms for an ack
        try:
            listener.bind((HOST, port))
        except OSError:
            sys.stderr.write(f"The stand-in Stripe can't listen on port {port}: it is taken.\n")
            raise
        listener.listen(_BACKLOG)
        yield listener


def _address(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"
