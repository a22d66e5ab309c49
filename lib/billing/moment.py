"""What time it is for our own billing: ours, or a stand-in Stripe's where that is ahead.

Real Stripe's clock is ours, whatever it tells. A stand-in's can be advanced by months, so that renewals and grace can
be lived through in minutes; what it told last counts too, as long as its own key is set.
"""

from __future__ import annotations

import time

from lib.gateway import addresses
from lib.settings import settings
from lib.store import ours
from lib.store.engine import Db, reading, transaction


def now(db: Db | None = None) -> int:
    """Epoch seconds; ``db``: an open session to ask."""
    if not _standing_in():
        return int(time.time())
    if db is not None:
        return max(int(time.time()), ours.clock(db))
    with reading() as own:
        return max(int(time.time()), ours.clock(own))


def saw(moment: float | None) -> None:
    """Our own Stripe account said that it is ``moment``. Nothing is written while our own clock agrees."""
    if moment is not None and moment > time.time() + 60 and _standing_in():
        with transaction() as db:
            ours.set_clock(db, int(moment))


def _standing_in() -> bool:
    """Whether our own account is at a stand-in, and not at Stripe itself."""
    return settings().sandbox_mode or not addresses.is_real_stripe(settings().stripe_api_base)
