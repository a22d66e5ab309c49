"""Every metric's formula, written out slowly and from the world itself: no frame, no window function, no trick."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from fractions import Fraction

from lib.ledger.rules import TrialConversion
from lib.periods import add_months
from tests.metrics.lab import CUSTOMERS, EURO, FIRST, World, currency_of, day

Figure = int | Fraction | None
WHO = range(CUSTOMERS)


def over(part: Figure, whole: Figure) -> Figure:
    return Fraction(part) / Fraction(whole) if part is not None and whole else None


class Reference:
    """Days are numbers; a period is its first and its last day. Money in micros of the base currency."""

    def __init__(self, world: World) -> None:
        self.world, self.rules = world, world.rules
        self.keys = {row[1:4] for row in world.held}
        self.subs = {row[2] for row in world.held}
        self.of = {key: sorted(row for row in world.held if row[1:4] == key) for key in self.keys}
        span = range(world.today + 1)
        self.worths = {c: [self._worth(c, d) for d in span] for c in WHO}
        self.ons = {c: [self._on(self._customer(c), d) for d in span] for c in WHO}
        self.runs = {s: [self._on(self._sub(s), d) for d in span] for s in self.subs}
        self.steps = {c: [self._step(c, d) for d in span] for c in WHO}

    def _customer(self, c: int) -> list[tuple[int, int, str]]:
        return [key for key in self.keys if key[0] == c]

    def _sub(self, s: int) -> list[tuple[int, int, str]]:
        return [key for key in self.keys if key[1] == s]

    def _last(self, key: tuple[int, int, str], d: int) -> tuple[int, bool]:
        rows = [row for row in self.of[key] if row[0] <= d]
        return (rows[-1][4], rows[-1][5]) if rows else (0, False)

    def _worth(self, c: int, d: int) -> int:
        rate = {key: EURO if currency_of(key[1]) == "eur" else 1 for key in self.keys}
        return sum(self._last(key, d)[0] * 10**6 * rate[key] for key in self._customer(c))

    def _on(self, keys: Iterable[tuple[int, int, str]], d: int) -> bool:
        return any(self._last(key, d)[1] for key in keys)

    def paid(self, c: int, d: int) -> int:
        return self.worths[c][d] if d >= 0 else 0

    def on(self, c: int, d: int) -> bool:
        return d >= 0 and self.ons[c][d]

    def _step(self, c: int, d: int) -> tuple[str, int]:
        """What a customer did on a day, and by how much MRR moved."""
        was, now, change = self.on(c, d - 1), self.on(c, d), self.paid(c, d) - self.paid(c, d - 1)
        if was and now:
            return ("expansion" if change > 0 else "contraction" if change else "", change)
        if now:
            return ("reactivation" if any(self.ons[c][:d]) else "new", change)
        return ("churn" if was else "", change)

    def moved(self, kinds: str, a: int, b: int, c: int | None = None) -> int:
        who = WHO if c is None else [c]
        steps = [self.steps[x][d] for x in who for d in range(max(a, 0), b + 1)]
        return sum(change for kind, change in steps if kind in kinds.split())

    def count(self, kind: str, a: int, b: int) -> int:
        return sum(self.steps[c][d][0] == kind for c in WHO for d in range(max(a, 0), b + 1))

    def mrr(self, d: int) -> int:
        return sum(self.paid(c, d) for c in WHO)

    def active(self, d: int) -> int:
        return sum(self.on(c, d) for c in WHO)

    def churn(self, base: int, at: int) -> Figure:
        there = {c for c in WHO if self.on(c, base)}
        if self.rules.churn_counts_new:
            there |= {c for c in WHO for d in range(max(base + 1, 0), at + 1) if self.steps[c][d][0] == "new"}
        return over(sum(not self.on(c, at) for c in there), len(there))

    def monthly_churn(self, at: int) -> Figure:
        """The rate that LTV divides by."""
        if not self.rules.ltv_months:
            return self.churn(at - 30, at)
        end = min(day(at) + timedelta(days=1), day(self.world.today)).replace(day=1)
        rates = []
        for _ in range(self.rules.ltv_months):
            begin = add_months(end, -1)
            rates.append(self.churn((begin - FIRST).days - 1, (end - FIRST).days - 1))
            end = begin
        known = [Fraction(rate) for rate in rates if rate is not None]
        return over(sum(known), len(known))

    def lost(self, at: int) -> int:
        total = 0
        for c in WHO:
            came = self.moved("new", at - 29, at, c) if self.rules.churn_counts_new else 0
            total += min(-self.moved("churn contraction", at - 29, at, c), self.paid(c, at - 30) + came)
        return total

    def opening(self, at: int) -> int:
        return self.mrr(at - 30) + (self.moved("new", at - 29, at) if self.rules.churn_counts_new else 0)

    def net_churn(self, at: int) -> Figure:
        good = "expansion reactivation" if self.rules.net_reactivation else "expansion"
        return over(self.lost(at) - self.moved(good, at - 29, at), self.opening(at))

    def retained(self, at: int, kept: Callable[[int, int], int]) -> Figure:
        ago = (add_months(day(at), -12) - FIRST).days
        pairs = [(self.paid(c, at), self.paid(c, ago)) for c in WHO if self.paid(c, ago)]
        return over(sum(kept(now, then) for now, then in pairs), sum(then for _, then in pairs))

    def begun(self, a: int, b: int, *, turn: bool) -> int:
        """How often a subscription began (``turn``) or ended."""
        runs = [[False, *run] for run in self.runs.values()]
        return sum(run[d + 1] == turn and run[d] != turn for run in runs for d in range(a, b + 1))

    def trials(self, what: str, a: int, b: int) -> int:
        days = {
            "start": [t[3] for t in self.world.trials],
            "end": [t[4] for t in self.world.trials if t[6]],
            "converted": [t[5] for t in self.world.trials if t[5] is not None],
        }
        return sum(a <= d <= b for d in days[what])

    def trial_length(self, a: int, b: int) -> Figure:
        lengths = [t[5] - t[3] for t in self.world.trials if t[5] is not None and a <= t[5] <= b]
        return over(sum(lengths), len(lengths))

    def conversion(self, a: int, b: int) -> Figure:
        if self.rules.trial_conversion is TrialConversion.COHORT:
            begun = [t for t in self.world.trials if a <= t[3] <= b]
            return over(sum(t[5] is not None for t in begun), len(begun))
        base = "start" if self.rules.trial_conversion is TrialConversion.NEW else "end"
        return over(self.trials("converted", b - 29, b), self.trials(base, b - 29, b))

    def cash(self, kinds: str, a: int, b: int, recurring: bool | None = None) -> int:
        rows = [r for r in self.world.cash if a <= r[0] <= b and r[1] in kinds.split()]
        return sum(r[3] * 10**6 for r in rows if recurring in {None, r[4]})

    def going(self, at: int) -> int:
        return sum(row[4] * 10**6 for row in self.world.going if row[0] <= at)

    def arpu(self, at: int) -> Figure:
        return over(self.mrr(at), self.active(at))


Formula = Callable[[Reference, int, int], Figure]
FORMULAS: dict[str, Formula] = {
    "mrr": lambda r, _, z: r.mrr(z),
    "arr": lambda r, _, z: 12 * r.mrr(z),
    "mrr_growth_rate": lambda r, _, z: over(r.mrr(z) - r.mrr(z - 30), r.mrr(z - 30)),
    "committed_mrr": lambda r, _, z: r.mrr(z) + r.going(z),
    "trial_mrr": lambda r, _, z: r.going(z),
    "new_mrr": lambda r, a, z: r.moved("new", a, z),
    "expansion_mrr": lambda r, a, z: r.moved("expansion", a, z),
    "contraction_mrr": lambda r, a, z: -r.moved("contraction", a, z),
    "churned_mrr": lambda r, a, z: -r.moved("churn", a, z),
    "reactivation_mrr": lambda r, a, z: r.moved("reactivation", a, z),
    "net_new_mrr": lambda r, a, z: r.mrr(z) - r.mrr(a - 1),
    "arpu": lambda r, _, z: r.arpu(z),
    "asp": lambda r, a, z: over(r.moved("new", a, z), r.count("new", a, z)),
    "ltv": lambda r, _, z: over(r.arpu(z), r.monthly_churn(z)),
    "quick_ratio": lambda r, a, z: over(r.moved("new expansion", a, z), -r.moved("churn contraction", a, z)),
    "customer_churn_rate": lambda r, _, z: r.churn(z - 30, z),
    "revenue_churn_rate": lambda r, _, z: over(r.lost(z), r.opening(z)),
    "net_mrr_churn_rate": lambda r, _, z: r.net_churn(z),
    "gross_revenue_retention": lambda r, _, z: r.retained(z, min),
    "net_revenue_retention": lambda r, _, z: r.retained(z, lambda now, _: now),
    "months_to_churn": lambda r, _, z: over(1, r.churn(z - 30, z)),
    "active_customers": lambda r, _, z: r.active(z),
    "new_customers": lambda r, a, z: r.count("new", a, z),
    "churned_customers": lambda r, a, z: r.count("churn", a, z),
    "reactivated_customers": lambda r, a, z: r.count("reactivation", a, z),
    "active_subscriptions": lambda r, _, z: sum(run[z] for run in r.runs.values()),
    "new_subscriptions": lambda r, a, z: r.begun(a, z, turn=True),
    "churned_subscriptions": lambda r, a, z: r.begun(a, z, turn=False),
    "upgrades": lambda r, a, z: r.count("expansion", a, z),
    "downgrades": lambda r, a, z: r.count("contraction", a, z),
    "new_trials": lambda r, a, z: r.trials("start", a, z),
    "active_trials": lambda r, _, z: r.trials("start", 0, z) - r.trials("end", 0, z),
    "converted_trials": lambda r, a, z: r.trials("converted", a, z),
    "trial_conversion_rate": lambda r, a, z: r.conversion(a, z),
    "trial_length": lambda r, a, z: r.trial_length(a, z),
    "gross_revenue": lambda r, a, z: r.cash("charge", a, z),
    "net_revenue": lambda r, a, z: r.cash("charge refund", a, z),
    "other_revenue": lambda r, a, z: r.cash("charge", a, z, recurring=False),
    "fees": lambda r, a, z: -r.cash("fee", a, z),
    "refunds": lambda r, a, z: -r.cash("refund", a, z),
    "disputes_lost": lambda r, a, z: -r.cash("dispute", a, z),
    "coupons": lambda r, a, z: r.cash("discount", a, z),
    "failed_charges": lambda r, a, z: r.cash("failed", a, z),
    "payouts": lambda r, a, z: -r.cash("payout", a, z),
    "stripe_balance": lambda r, _, z: r.cash("charge refund fee dispute payout other", 0, z),
}
"""Of a period's first day and its last one that has begun."""


def expected(ref: Reference, slug: str, first: date, last: date) -> Figure:
    """The metric over one period; None for one that has not begun."""
    a, b = (first - FIRST).days, (last - FIRST).days
    return None if a > ref.world.today else FORMULAS[slug](ref, a, min(b, ref.world.today))
