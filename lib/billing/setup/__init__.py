"""Is everything set up at Stripe, in test mode and in live mode? Each thing is asked live, all at once, by itself.

What was found is kept for a minute. A check that fails hides no other. Nothing here changes anything, but for
:func:`create`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from functools import partial
from typing import Final

from lib.billing import prices as our_prices
from lib.billing.setup import hooks, keys, looks, portal, prices, signin
from lib.billing.setup.hooks import Wanted
from lib.billing.setup.record import Check, Group, Mode, State
from lib.billing.setup.sides import Side, both
from lib.errors import AppError, KeyRefused
from lib.gateway import platform
from lib.gateway.platform import Made
from lib.settings import settings

__all__ = ["Check", "Group", "Mode", "Report", "Side", "State", "both", "create", "forget", "look"]

log = logging.getLogger(__name__)

REMEMBERED: Final = 60.0
"""Seconds that what was found is kept."""
PATIENCE: Final = 25.0
"""Seconds that all checks together have; what has not answered by then is told as unknown."""
_AT_ONCE: Final = 8

Found = Check | Iterable[Check] | None


@dataclass(frozen=True)
class Report:
    """All checks, and when they were made (epoch seconds)."""

    checks: tuple[Check, ...]
    at: float

    def of(self, group: Group, mode: Mode) -> tuple[Check, ...]:
        """The checks of one group in one mode, in order."""
        return tuple(each for each in self.checks if each.group is group and each.mode is mode)


@dataclass(frozen=True)
class _Task:
    """Something to look at, and what it is called while nothing is known of it."""

    check: Check
    ask: Callable[[], Found]


def look(connected_events: Sequence[str], *, kept: bool = True) -> Report:
    """Every check of both modes, at most a minute old. ``connected_events``: what the sync needs to hear.

    ``kept``: there is a database; without one, what only it knows is left out.
    """
    return _memory.report(both(kept=kept), tuple(connected_events))


def forget() -> None:
    """Look anew at the next question."""
    _memory.forget()


def create(path: str, connected_events: Sequence[str], *, once: str) -> tuple[Made, str]:
    """Make the webhook endpoint that delivers to ``path``: it, and the name of the setting for its secret.

    The secret is told by Stripe this once and kept nowhere. ``once`` names this act. Raises like ``Gateway.post``.
    """
    want = next(each for each in hooks.wanted(connected_events) if each.path == path)
    side = next(each for each in both() if each.main)
    made = platform.create_endpoint(side.keys, want.url, want.events, connect=want.connect, once=once)
    forget()
    return made, want.setting


# --- Asking everything at once ----------------------------------------------------------------------------------------


def _tasks(side: Side, wants: Sequence[Wanted]) -> Iterable[_Task]:
    yield _Task(side.check(keys.SECRET_KEY, Group.KEYS), partial(keys.secret_key, side))
    yield _Task(side.check(keys.CLIENT_ID, Group.KEYS), partial(keys.client_id, side))
    if side.empty:
        return
    yield _Task(side.check(signin.ADDRESS, Group.SIGN_IN), partial(signin.address, side))
    yield _Task(side.check("Redirect URIs", Group.SIGN_IN), partial(signin.ways_back, side))
    yield _Task(side.check("Webhook endpoints", Group.WEBHOOKS), partial(hooks.endpoints, side, wants))
    for want in wants:
        yield _Task(side.check(f"Signing secret, {want.whose}", Group.WEBHOOKS), partial(hooks.signing, side, want))
        yield _Task(side.check(f"Deliveries, {want.whose}", Group.WEBHOOKS), partial(hooks.arrived, side, want))
    yield _Task(side.check(prices.BILLING, Group.PLANS), partial(prices.billing, side))
    for plan, every in our_prices.all_of_them():
        yield _Task(side.check(prices.name_of(plan, every), Group.PLANS), partial(prices.price, side, plan, every))
    yield _Task(side.check(portal.PORTAL, Group.PLANS), partial(portal.portal, side))
    yield _Task(side.check(prices.TAX, Group.PLANS), partial(prices.tax, side))
    yield _Task(side.check(looks.NAME, Group.BRANDING), partial(looks.branding, side))


def _all(sides: Sequence[Side], connected_events: Sequence[str]) -> tuple[Check, ...]:
    wants = hooks.wanted(connected_events)
    tasks = [task for side in sides for task in _tasks(side, wants)]
    until = time.monotonic() + PATIENCE
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="setup")
    try:
        asked = [(task, pool.submit(_safely, task)) for task in tasks]
        return tuple(check for task, future in asked for check in _answer(task, future, until))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _answer(task: _Task, future: Future[tuple[Check, ...]], until: float) -> tuple[Check, ...]:
    try:
        return future.result(max(0.0, until - time.monotonic()))
    except TookTooLong:
        return (task.check.now(State.UNKNOWN, "Stripe took too long to answer.", "Check again in a moment."),)


def _safely(task: _Task) -> tuple[Check, ...]:
    """What a task finds; that it fails is a finding of its own."""
    try:
        found = task.ask()
    except KeyRefused:
        return (task.check.now(State.UNKNOWN, "Stripe refused the secret key, so this could not be asked."),)
    except AppError as error:
        return (task.check.now(State.UNKNOWN, error.message, "Check again in a moment."),)
    except Exception as error:  # noqa: BLE001 - one check must not hide the others
        log.error("A check of the set-up failed: %s in %r", type(error).__name__, task.check.name)  # noqa: TRY400 - a traceback could show a key
        return (task.check.now(State.UNKNOWN, "Something unexpected kept this from being asked."),)
    if found is None:
        return ()
    return (found,) if isinstance(found, Check) else tuple(found)


class _Memory:
    """The last report: safe for threads, and good for the settings that it was made with."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[object, float, Report] | None = None

    def forget(self) -> None:
        self._kept = None

    def report(self, sides: tuple[Side, Side], events: tuple[str, ...]) -> Report:
        with self._lock:
            about = settings(), sides, events
            if self._kept and self._kept[0] == about and time.monotonic() < self._kept[1]:
                return self._kept[2]
            made = Report(_all(sides, events), time.time())
            self._kept = about, time.monotonic() + REMEMBERED, made
            return made


_memory: Final = _Memory()
