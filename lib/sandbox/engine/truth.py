"""What the engine knows of monthly recurring revenue, written down from subscriptions' states, never from invoices.

Under the default rules of Plimsoll's METRICS.md a subscription counts from its start (after its trial, or from its
first payment where that came late) until it ends; past due for at most 30 days; pauses count; forever and repeating
coupons are deducted while they run, once coupons are not; tax (also what a price includes) and metered items are out.

`GET /_sandbox/truth?compact=true&rules={"past_due_days": null, "churn_at_click": true}` tells the same under other
rules: JSON as `lib.ledger.rules.to_json` writes it, what is missing stands as by default (see `rules.Rules`). Each
change of a subscription tells, as of its time `at` (epoch seconds) and `date` (UTC):

- `mrr`: exact fraction of minor units; `active`: whether it counts as active (with `full_discount_active` also at 0);
- `trial_mrr`: while on trial, what it would be worth, else 0; the rules hold for it too;
- `status`, `paused`, `canceled` (was asked to cancel, at once or at the period's end, and that was not undone).

`trials` lists each trial: `subscription`, `customer`, `currency`, `start`, `end` (sooner if it ended then),
`converted` (when it began to be active afterwards) and `canceled` (the click, if it came on trial and stood).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from lib.sandbox.engine.calendar import DAY, iso
from lib.sandbox.engine.discounts import running
from lib.sandbox.engine.rules import DEFAULT, Judge, Rules, Verdict
from lib.sandbox.engine.state import Fact, Held, Object, State, Sub


class Change(NamedTuple):
    """A fact that came into force, or the moment from which it was past due for too long."""

    at: int
    fact: Fact
    verdict: Verdict


def note(state: State, sub: Sub) -> None:
    """Write down how a subscription stands if anything changed that a rule could ask for."""
    fact = _fact(state, sub)
    if sub.noted is None or fact[1:] != sub.noted[1:]:
        sub.noted = fact
        state.history.append(fact)


def now_worth(state: State, sub: Sub) -> str:
    """Return what a subscription is worth a month by the default rules, whatever its status: an exact fraction."""
    return str(Judge(state).worth(_fact(state, sub)).net)


def _fact(state: State, sub: Sub) -> Fact:
    now = state.now
    spent = [id_ for id_, until in sub.spent.items() if now < until]
    return Fact(
        now,
        sub.id,
        sub.status,
        sub.pause is not None,
        sub.past_due_since,
        sub.canceled_at,
        tuple(Held(item.price, item.quantity, item.used) for item in sub.items),
        (sub.interval, sub.count),
        (*spent, *(each["id"] for each in running(state, sub, now))),
        sub.tax,
    )


def tell(state: State, *, compact: bool, rules: Rules = DEFAULT) -> Object:
    """Return the truth up to now under some rules: day by day, or compact as each subscription's changes."""
    told: Object = {"as_of": state.now, "time_zone": "UTC"}
    changes = _changes(state, rules)
    if compact:
        told["subscriptions"] = {
            sub_id: {**_names(state, sub_id), "changes": list(_told_apart(rows))} for sub_id, rows in changes.items()
        }
    else:
        told["days"] = _days(state, changes)
    return {
        **told,
        "trials": [
            _trial(state, state.subs[sub_id], rows) for sub_id, rows in changes.items() if _tried(state, sub_id)
        ],
        "balance": {currency: amount for currency, amount in state.balance.items() if amount},
        "cash": _cash(state),
        "hidden": state.hidden,
    }


def _changes(state: State, rules: Rules) -> dict[str, list[Change]]:
    """Return each subscription's changes, oldest first."""
    judge = Judge(state, rules)
    facts: dict[str, list[Fact]] = {}
    for fact in state.history:
        facts.setdefault(fact.sub, []).append(fact)
    return {
        sub_id: [
            change
            for fact, following in zip_longest(held, held[1:])
            for change in _of_fact(judge, fact, following.at if following else state.now + 1)
        ]
        for sub_id, held in facts.items()
    }


def _of_fact(judge: Judge, fact: Fact, until: int) -> Iterator[Change]:
    yield Change(fact.at, fact, judge.verdict(fact, fact.at))
    late = judge.drops_out(fact)
    if late is not None and fact.at < late < until:
        yield Change(late, fact, judge.verdict(fact, late))


def _row(change: Change) -> Object:
    fact, verdict = change.fact, change.verdict
    return {
        "mrr": str(verdict.mrr),
        "status": fact.status,
        "paused": fact.paused,
        "active": verdict.active,
        "trial_mrr": str(verdict.trial_mrr),
        "canceled": fact.canceled_at is not None,
    }


def _told_apart(changes: list[Change]) -> Iterator[Object]:
    """Yield a row for each change that is one by these rules."""
    last: Object = {}
    for change in changes:
        row = _row(change)
        if row != last:
            yield {"at": change.at, "date": iso(change.at), **row}
            last = row


def _days(state: State, changes: dict[str, list[Change]]) -> list[Object]:
    """Return what counted at the last second of each day, and at this moment of today."""
    # a stable sort: changes of one subscription and second stay in their order
    ordered = sorted((change for rows in changes.values() for change in rows), key=lambda change: change.at)
    current: dict[str, Object] = {}
    days = []
    done = 0
    for start in range(state.started // DAY * DAY, state.now + 1, DAY):
        last = start + DAY - 1
        while done < len(ordered) and ordered[done].at <= last:
            change = ordered[done]
            done += 1
            if change.verdict.active:
                current[change.fact.sub] = {**_names(state, change.fact.sub), **_row(change)}
            else:
                current.pop(change.fact.sub, None)
        days.append({"date": iso(start), "subscriptions": dict(current)})
    return days


def _names(state: State, sub_id: str) -> Object:
    sub = state.subs[sub_id]
    return {"customer": sub.customer, "currency": sub.currency}


def _tried(state: State, sub_id: str) -> bool:
    return state.subs[sub_id].trial_end is not None


def _trial(state: State, sub: Sub, changes: list[Change]) -> Object:
    end = min(at for at in (sub.trial_end, sub.ended_at) if at is not None)
    tried = [change.fact for change in changes if change.at <= end]
    click = tried[-1].canceled_at if tried else None
    return {
        "subscription": sub.id,
        **_names(state, sub.id),
        "start": sub.trial_start,
        "end": end,
        "converted": next((change.at for change in changes if change.verdict.active), None),
        "canceled": click if click is not None and click <= end else None,
    }


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
