"""The clock: what was scheduled happens in order, each at its own second."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

from lib.sandbox.engine import balance, checkout, demo, dunning, payments, subscriptions, waiting
from lib.sandbox.engine.calendar import DAY
from lib.sandbox.engine.state import State

_WEEKLY_PAYOUTS_FOR = 365 * DAY
_FRIDAY = 4
_THURSDAY_1970 = 3  # the weekday of day 0, Monday being 0


def _close_dispute(state: State, dispute_id: str, won: bool) -> None:  # noqa: FBT001 - a task's arguments are positional
    payments.close_dispute(state, dispute_id, won=won)


def _bank_day(state: State) -> None:
    """Release money, and pay out: on Fridays in the first year, then on every working day."""
    balance.release(state)
    weekday = (state.now // DAY + _THURSDAY_1970) % 7
    young = state.now - state.started < _WEEKLY_PAYOUTS_FOR
    if weekday == _FRIDAY or (weekday < _FRIDAY and not young):
        balance.pay_out(state)
    state.schedule(state.now + DAY, "bank_day")


TASKS: dict[str, Callable[..., Any]] = {
    "period_end": subscriptions.period_end,
    "finalize": dunning.finalize_due,
    "retry": dunning.retry,
    "overdue": dunning.overdue,
    "first_payment_expires": dunning.expire_first_payment,
    "trial_will_end": subscriptions.trial_will_end,
    "discount_end": subscriptions.discount_end,
    "resume": subscriptions.resume,
    "close_dispute": _close_dispute,
    "payout_paid": balance.payout_paid,
    "checkout_expire": checkout.expire,
    "change_expires": waiting.expire,
    "bank_day": _bank_day,
    **demo.TASKS,
}


def start(state: State) -> None:
    """Set the bank's days going: at five in the morning UTC."""
    today = state.now // DAY * DAY + 5 * 3_600
    state.schedule(today if today >= state.now else today + DAY, "bank_day")


def advance(state: State, to: int) -> None:
    """Move the clock to a time; everything due until then happens first."""
    heap = state.heap
    while heap and heap[0][0] <= to:
        at, _, task, args = heapq.heappop(heap)
        state.now = max(state.now, at)
        TASKS[task](state, *args)
    state.now = max(state.now, to)
    state.forget_old_events()
