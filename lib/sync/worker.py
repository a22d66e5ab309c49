"""A process that only works: ``python -m lib worker``, on as many machines as wanted (with PostgreSQL)."""

from __future__ import annotations

import signal
import threading
from types import FrameType

from lib.sync import runtime


def serve() -> None:
    """Work in the background until SIGTERM or Ctrl+C."""
    over = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        over.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    runtime.launch(role="worker")
    try:
        over.wait()
    finally:
        runtime.destroy()
