"""How often each account is asked what changed: often enough to be fresh, seldom enough for Stripe's allocation.

A quiet look costs one read. Every 15 minutes that is 2,880 in 30 days, 29 % of the smallest allocation; with something
new in each it is one more, and one for each object that changed. Accounts whose deliveries arrive are asked half as
often: the look only finds what was not delivered.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lib.store import reads
from lib.store.engine import reading
from lib.store.tables import SyncRun
from lib.sync import allowance

MINUTE: Final = 60
QUARTER, HALF, HOUR, SIX_HOURS = 15 * MINUTE, 30 * MINUTE, 60 * MINUTE, 360 * MINUTE
STEPS: Final = ((0.5, QUARTER), (0.75, HALF), (0.9, HOUR), (1.0, 2 * HOUR))
"""Up to which share of the allocation an account is asked how often, in seconds; beyond all, every six hours."""
ALIVE: Final = 86_400
"""Seconds since the last delivery for which an account counts as one whose deliveries arrive."""
EARLY: Final = 2 * MINUTE
"""Seconds by which a look may come early: the clock that calls ticks every quarter of an hour, not quite evenly."""


def interval(share: float, *, delivered: bool) -> int:
    """Seconds between two looks, with this share of the allocation used; ``delivered``: webhooks arrive."""
    usual = next((seconds for limit, seconds in STEPS if share < limit), SIX_HOURS)
    return max(usual, HALF) if delivered else usual


def due(checked: float | None, now: float, *, share: float, delivered: bool) -> bool:
    """Whether an account last looked at when ``checked`` (epoch seconds; None: never) is to be looked at ``now``."""
    return checked is None or now - checked >= interval(share, delivered=delivered) - EARLY


def every(account: str, now: float) -> int:
    """Seconds between two looks at ``account`` as things stand ``now``."""
    return interval(allowance.of(account, now).share, delivered=delivers(account, now))


def delivers(account: str, now: float) -> bool:
    """Whether deliveries of use to us arrive for ``account`` as things stand ``now``."""
    with reading() as db:
        last = reads.last_delivered(db, [account]).get(account)
    return is_alive(last, now)


def checked(account: str) -> float | None:
    """When (epoch seconds) Stripe was last asked what changed, and all of it was read; None: never to the end."""
    with reading() as db:
        run = reads.runs(db, [account]).get(account)
    return run.checked if run else None


def is_alive(delivered: float | None, now: float) -> bool:
    """Whether deliveries arrive, by when the last one came (epoch seconds; None: never)."""
    return delivered is not None and now - delivered < ALIVE


def waiting(accounts: Iterable[str], now: float) -> list[str]:
    """Which of these accounts are due at ``now``; those whose sync did not end well always are."""
    named = list(accounts)
    with reading() as db:
        runs, last = reads.runs(db, named), reads.last_delivered(db, named)
    shares = allowance.shares(named, now)
    return [each for each in named if _waits(runs.get(each), now, shares[each], is_alive(last.get(each), now))]


def _waits(run: SyncRun | None, now: float, share: float, delivered: bool) -> bool:  # noqa: FBT001 - private
    well = run is not None and run.state == "done"
    return not well or due(run.checked if run else None, now, share=share, delivered=delivered)
