"""What time it is for our own billing: ours, or Stripe's where that is ahead.

Real Stripe's clock is ours. A stand-in's can be advanced by months, so that renewals and grace can be lived through in
minutes; what it told last moves this clock too.
"""

from __future__ import annotations

import time

from lib.store import billing
from lib.store.engine import Db, reading, transaction


def now(db: Db | None = None) -> int:
    """Epoch seconds; ``db``: an open session to ask."""
    if db is not None:
        return max(int(time.time()), billing.clock(db))
    with reading() as own:
        return max(int(time.time()), billing.clock(own))


def saw(moment: float | None) -> None:
    """Our own Stripe account said that it is ``moment``. Nothing is written while our own clock agrees."""
    if moment is not None and moment > time.time() + 60:
        with transaction() as db:
            billing.set_clock(db, int(moment))
