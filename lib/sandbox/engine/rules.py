"""The rules by which the truth counts revenue, and what a subscription is worth by them. Minor units, exactly.

The switches are called as `lib.ledger.rules.to_json` calls them, so that a test can ask for the rules of an account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Any, NamedTuple

from lib.sandbox.engine.calendar import DAY, months_in
from lib.sandbox.engine.discounts import deducted
from lib.sandbox.engine.pricing import exact, metered
from lib.sandbox.engine.state import Fact, Held, Object, State

_COUNTED = frozenset({"active", "past_due"})
_OF_METRICS = frozenset(
    {
        "drop_short_stays",
        "currency",
        "frozen_rates",
        "churn_counts_new",
        "net_reactivation",
        "ltv_months",
        "trial_conversion",
    }
)
"""Switches that change what is made of subscriptions' worth, not the worth itself."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The switches of METRICS.md that decide what a subscription is worth."""

    deducted_coupons: frozenset[str] = frozenset({"forever", "repeating"})
    """Durations. A coupon of the duration once is at work until the period ends that it was spent on."""
    full_discount_active: bool = False
    count_metered: bool = False
    churn_at_click: bool = False
    past_due_days: int | None = 30
    count_paused: bool = True

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Rules:
        """Make rules of JSON values; switches that only concern metrics are passed over.

        Raises ValueError for an unknown switch.
        """
        own = {each.name for each in fields(cls)}
        if unknown := given.keys() - own - _OF_METRICS:
            message = f"There is no switch {min(unknown)}"
            raise ValueError(message)
        values = {name: value for name, value in given.items() if name in own}
        if "deducted_coupons" in values:
            values["deducted_coupons"] = frozenset(values["deducted_coupons"])
        return cls(**values)


DEFAULT = Rules()


class Worth(NamedTuple):
    """What a subscription's items are worth a month: before coupons, and after those that are deducted; without tax."""

    full: Fraction
    net: Fraction


class Verdict(NamedTuple):
    """What a subscription counts for: its MRR, whether it is active, and what it would be worth after its trial."""

    mrr: Fraction
    active: bool
    trial_mrr: Fraction


_NOTHING = Fraction(0)
_Terms = tuple[tuple[Held, ...], tuple[str, int], tuple[str, ...], str | None]


@dataclass(slots=True)
class Judge:
    """Judges the facts of a world by some rules, and remembers what it worked out."""

    state: State
    rules: Rules = DEFAULT
    _known: dict[_Terms, Worth] = field(default_factory=dict)

    def verdict(self, fact: Fact, at: int) -> Verdict:
        """Say what a fact counts for at a time (epoch seconds) at which it holds."""
        if self._out(fact, at):
            return Verdict(_NOTHING, False, _NOTHING)  # noqa: FBT003 - a field of the tuple
        worth = self.worth(fact)
        if fact.status == "trialing":
            return Verdict(_NOTHING, False, worth.net)  # noqa: FBT003 - as above
        return Verdict(worth.net, (worth.full if self.rules.full_discount_active else worth.net) > 0, _NOTHING)

    def drops_out(self, fact: Fact) -> int | None:
        """Return when a fact that is past due stops counting, if it ever does."""
        if fact.past_due_since is None or self.rules.past_due_days is None:
            return None
        return fact.past_due_since + self.rules.past_due_days * DAY

    def worth(self, fact: Fact) -> Worth:
        """Return what a subscription is worth whatever its status."""
        terms = (fact.items, fact.interval, fact.discounts, fact.tax)
        found = self._known.get(terms)
        if found is None:
            found = self._known[terms] = self._work_out(fact)
        return found

    def _out(self, fact: Fact, at: int) -> bool:
        late = self.drops_out(fact)
        return (
            fact.status not in {*_COUNTED, "trialing"}
            or (late is not None and at >= late)
            or (fact.paused and not self.rules.count_paused)
            or (fact.canceled_at is not None and self.rules.churn_at_click)
        )

    def _work_out(self, fact: Fact) -> Worth:
        prices = self.state.of("price")
        held = [(prices[item.price], item) for item in fact.items]
        billed = [(price, item) for price, item in held if self.rules.count_metered or not metered(price)]
        amounts = [_used(item) if metered(price) else exact(price, item.quantity) for price, item in billed]
        products = [price["product"] for price, _ in billed]
        discounts = [self.state.of("discount")[id_] for id_ in fact.discounts]
        net = deducted(self.state, amounts, products, discounts, self.rules.deducted_coupons)
        months = months_in(*fact.interval) * self._with_tax(fact)
        return Worth(sum(amounts, _NOTHING) / months, net / months)

    def _with_tax(self, fact: Fact) -> Fraction:
        """Return how many times what it comes to without tax a price is: 1.19 where 19 % are included."""
        rate: Object | None = self.state.of("tax_rate")[fact.tax] if fact.tax else None
        return 1 + Fraction(str(rate["percentage"])) / 100 if rate and rate["inclusive"] else Fraction(1)


def _used(item: Held) -> Fraction:
    """Return the mean of what the usage of the last three months was billed, for one period."""
    return Fraction(sum(item.used), len(item.used)) if item.used else _NOTHING
