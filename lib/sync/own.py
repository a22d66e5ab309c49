"""What our own Stripe account tells, as durable workflows. What becomes of it is no matter of this floor.

Whoever starts the runtime names the handlers first (:func:`handlers`): one works on deliveries, the other reads anew
what a lost delivery would have told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from dbos import DBOS

from lib.errors import AppError
from lib.sync import work

log = logging.getLogger(__name__)

EVERY: Final = "25 * * * *"
"""Once an hour all who pay are read anew: so long can a lost webhook matter."""

_handlers: list[tuple[Callable[[], object], Callable[[], object]]] = []


def handlers(deliveries: Callable[[], object], everything: Callable[[], object]) -> None:
    """Have ``deliveries`` called when one came and ``everything`` once an hour, from the next launch on."""
    _handlers[:] = [(deliveries, everything)]


def apply() -> bool:
    """Work on what was delivered; False when Stripe does not answer and the deliveries wait for the next hour."""
    for deliveries, _ in _handlers:
        try:
            deliveries()
        except work.PASSING as error:
            log.warning("Deliveries of our own account wait: %s", error.code)
            return False
        except AppError:
            log.exception("Deliveries of our own account could not be worked on")
            return False
    return True


@DBOS.workflow(name="read_who_pays")
def reconcile(_scheduled: datetime, _context: object) -> None:
    """Every hour: whoever pays is read anew."""
    _reconcile()


@DBOS.step(name="reconcile")
def _reconcile() -> None:
    for _, everything in _handlers:
        everything()
