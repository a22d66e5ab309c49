"""When weekly summaries are looked after: once an hour, as a durable workflow. What is sent is no matter of this floor.

Whoever starts the runtime names the sender first (:func:`sender`); it decides who is due, and notes whom it sent to.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from dbos import DBOS

EVERY: Final = "5 * * * *"
"""Five minutes past each hour: Monday 8:00 comes at another hour in each time zone."""

_senders: list[Callable[[], None]] = []


def sender(send_due: Callable[[], None]) -> None:
    """Have ``send_due`` called every hour from the next launch on; it must raise nothing it can tell in the log."""
    _senders[:] = [send_due]


@DBOS.workflow(name="weekly_summaries")
def summaries(_scheduled: datetime, _context: object) -> None:
    """Every hour: whatever summaries are due."""
    _send()


@DBOS.step(name="send_summaries")
def _send() -> None:
    for send_due in _senders:
        send_due()
