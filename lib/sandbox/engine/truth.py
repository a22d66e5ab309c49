"""What the engine knows of monthly recurring revenue, written down from subscriptions' states, never from invoices.

The rules are the defaults of Plimsoll's METRICS.md: a subscription counts from its start (after its trial, or from
its first payment where that came late) until it ends; past due for at most 30 days; pauses count; forever and
repeating coupons are deducted while they run, once coupons are not; tax and metered items are out.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from lib.sandbox.engine.calendar import DAY, iso, months_in
from lib.sandbox.engine.discounts import lasting, running
from lib.sandbox.engine.pricing import exact, metered
from lib.sandbox.engine.state import Object, State, Sub

PAST_DUE_COUNTS = 30 * DAY
_COUNTED = frozenset({"active", "past_due"})


def value(state: State, sub: Sub) -> Fraction:
    """Return what a subscription is worth a month right now, in minor units of its currency, exactly."""
    if sub.status not in _COUNTED or sub.ended_at is not None:
        return Fraction(0)
    if sub.past_due_since is not None and state.now >= sub.past_due_since + PAST_DUE_COUNTS:
        return Fraction(0)
    return worth(state, sub)


def worth(state: State, sub: Sub) -> Fraction:
    """Return what a subscription's items are worth a month, whatever its status."""
    prices = state.of("price")
    billed = [(prices[item.price], item.quantity) for item in sub.items]
    licensed = [(price, quantity) for price, quantity in billed if not metered(price)]
    amounts = [exact(price, quantity) for price, quantity in licensed]
    products = [price["product"] for price, _ in licensed]
    discounts = running(state, sub, state.now)
    whole = lasting(state, amounts, products, discounts) if discounts else sum(amounts, Fraction(0))
    return whole / months_in(sub.interval, sub.count)


def note(state: State, sub: Sub) -> None:
    """Write a subscription's value down if it changed."""
    noted = (str(value(state, sub)), sub.status, sub.pause is not None)
    if noted != sub.noted:
        sub.noted = noted
        state.history.append((state.now, sub.id, *noted))


def tell(state: State, *, compact: bool) -> Object:
    """Return the truth up to now: day by day, or compact as each subscription's changes."""
    told: Object = {"as_of": state.now, "time_zone": "UTC"}
    if compact:
        told["subscriptions"] = _changes(state)
    else:
        told["days"] = _days(state)
    return {
        **told,
        "balance": {currency: amount for currency, amount in state.balance.items() if amount},
        "cash": _cash(state),
        "hidden": state.hidden,
    }


def _days(state: State) -> list[Object]:
    """Return what counted at the last second of each day, and at this moment of today."""
    current: dict[str, Object] = {}
    days = []
    done = 0
    for start in range(state.started // DAY * DAY, state.now + 1, DAY):
        last = start + DAY - 1
        while done < len(state.history) and state.history[done][0] <= last:
            _, sub_id, mrr, status, paused = state.history[done]
            done += 1
            if mrr == "0":
                current.pop(sub_id, None)
            else:
                current[sub_id] = {**_names(state, sub_id), "mrr": mrr, "status": status, "paused": paused}
        days.append({"date": iso(start), "subscriptions": dict(current)})
    return days


def _names(state: State, sub_id: str) -> Object:
    sub = state.subs[sub_id]
    return {"customer": sub.customer, "currency": sub.currency}


def _changes(state: State) -> Object:
    told: dict[str, Any] = {}
    for at, sub_id, mrr, status, paused in state.history:
        rows = told.setdefault(sub_id, {**_names(state, sub_id), "changes": []})["changes"]
        rows.append({"at": at, "date": iso(at), "mrr": mrr, "status": status, "paused": paused})
    return told


def _cash(state: State) -> list[Object]:
    """Return money by day and currency, in minor units: what customers paid, and what it came to when settled."""
    rows: dict[tuple[str, str], Object] = {}
    for (day, currency, what), amount in state.cash.items():
        rows.setdefault((day, currency), {"date": day, "currency": currency})[what] = amount
    return [rows[key] for key in sorted(rows)]


def settle_cash(state: State, currency: str, **amounts: int) -> None:
    """Add to today's cash of a currency, under each name."""
    day = iso(state.now)
    for what, amount in amounts.items():
        key = (day, currency, what)
        state.cash[key] = state.cash.get(key, 0) + amount
