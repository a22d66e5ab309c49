"""Ending the process without ending its work: a sync stops between two writes, and the next launch goes on."""

from __future__ import annotations

import threading

_asked = threading.Event()


class Halted(BaseException):
    """The process ends. No Exception, so that DBOS records no outcome and takes the workflow up again."""


def ask() -> None:
    """Let every sync of this process stop at its next checkpoint."""
    _asked.set()


def forget() -> None:
    """Syncs may run again."""
    _asked.clear()


def check() -> None:
    """Raise Halted when the process is about to end."""
    if _asked.is_set():
        raise Halted
