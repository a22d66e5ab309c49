"""Random lives of the stand-in's engine with every event kept: the ledger is the truth on all days, nothing excused.

Without versions the same lives hold much that no reader of Stripe's lists could know (tests/switched_truth.py).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from lib.ledger.build import Ledger, build
from lib.ledger.rules import Rules, to_json
from lib.sandbox.engine import dunning
from lib.sandbox.engine.lifecycle import ENDED
from lib.sandbox.engine.state import Sub
from lib.sandbox.engine.subscriptions import discount_end
from lib.sandbox.world import Edit
from lib.store.frames_versions import NAME
from tests.kept import Kept
from tests.ledger.full_worlds import RULES
from tests.sandbox.engine_shop import Shop
from tests.switched_truth import judge

HOUR: Final = 3_600
EXAMPLES: Final = int(os.environ.get("LIVES", "100"))
ACTS: Final = (
    "seats", "seats", "plan", "silent", "silent", "addon", "drop", "interval", "pause", "pause", "resume", "leave",
    "leave", "stay", "stay", "go", "discount", "undiscount", "broke", "solvent", "nothing",
)  # fmt: skip


@dataclass(frozen=True)
class Act:
    """After ``hours``, something happens to a subscription; ``number`` says how much of it."""

    hours: int
    of: int
    what: str
    number: int


ACT = st.builds(
    Act,
    hours=st.integers(0, 24 * 25) | st.just(0),
    of=st.integers(0, 1),
    what=st.sampled_from(ACTS),
    number=st.integers(1, 4),
)


@dataclass(frozen=True)
class Start:
    """How a subscription starts."""

    trial: int
    coupon: str | None
    by_mail: bool
    retries: str


START = st.builds(
    Start,
    trial=st.sampled_from([0, 0, 14]),
    coupon=st.sampled_from([None, None, "forever", "repeating", "once"]),
    by_mail=st.booleans(),
    retries=st.sampled_from(["cancel", "unpaid", "past_due"]),
)


class Business(Shop):
    """A shop that sells two plans by month and year, with an add-on, to customers whose lives are told by acts."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = Kept(self.world)
        self.monthly = [self.price("3100"), self.price("6200")]
        self.yearly = [self.price("31000", "year"), self.price("62000", "year")]
        self.addons = {"month": self.price("500"), "year": self.price("5000", "year")}
        self.coupons = {
            "forever": self.coupon("forever", percent_off=10),
            "repeating": self.coupon("repeating", amount_off=700, currency="usd", months=2),
            "once": self.coupon("once", percent_off=50, once=True),
        }
        self.subs: list[Sub] = []
        self.lived = 0

    def begin(self, start: Start) -> None:
        sub = self.subscribe(
            self.monthly[0],
            trial_days=start.trial,
            days_until_due=10 if start.by_mail else None,
            after_retries=start.retries,
            coupons=[self.coupons[start.coupon]] if start.coupon else [],
        )
        self.subs.append(self.state.subs[sub])

    def live(self, act: Act) -> None:
        self.lived += 1  # at most three acts a second: more than six events of one are not put in order
        self.world.advance(self.world.now + act.hours * HOUR + (self.lived % 3 == 0))
        sub = self.subs[act.of % len(self.subs)]
        if sub.status not in ENDED:
            getattr(self, f"_{act.what}")(sub, act.number)

    def _nothing(self, _: Sub, __: int) -> None:
        pass

    def _seats(self, sub: Sub, number: int) -> None:
        behavior = "always_invoice" if number % 2 else "create_prorations"
        self._edit(sub, Edit(item=sub.items[0].id, quantity=number), behavior)

    def _plan(self, sub: Sub, number: int) -> None:
        prices = self.monthly if sub.interval == "month" else self.yearly
        self._edit(sub, Edit(item=sub.items[0].id, price=prices[number % 2]), "create_prorations")

    def _silent(self, sub: Sub, number: int) -> None:
        self._edit(sub, Edit(item=sub.items[0].id, quantity=number), "none")

    def _addon(self, sub: Sub, number: int) -> None:
        if len(sub.items) == 1:
            price = self.addons[sub.interval]
            self._edit(sub, Edit(price=price, quantity=number), "none" if number % 2 else "create_prorations")

    def _drop(self, sub: Sub, number: int) -> None:
        if len(sub.items) > 1:
            edit = Edit(item=sub.items[1].id, deleted=True)
            self._edit(sub, edit, "none" if number % 2 else "create_prorations")

    def _interval(self, sub: Sub, number: int) -> None:
        prices = self.yearly if sub.interval == "month" else self.monthly
        if len(sub.items) == 1 and sub.status == "active":
            self._edit(sub, Edit(item=sub.items[0].id, price=prices[number % 2]), "create_prorations")

    def _edit(self, sub: Sub, edit: Edit, behavior: str) -> None:
        if sub.status in {"active", "trialing", "past_due"}:
            self.world.update_subscription(sub.id, [edit], behavior)

    def _pause(self, sub: Sub, number: int) -> None:
        behavior = ("void", "keep_as_draft", "mark_uncollectible")[number % 3]
        self.world.pause(sub.id, behavior)

    def _resume(self, sub: Sub, _: int) -> None:
        self.world.resume(sub.id)

    def _leave(self, sub: Sub, _: int) -> None:
        if not sub.cancel_at_period_end:
            self.world.cancel_subscription(sub.id, at_period_end=True)

    def _stay(self, sub: Sub, _: int) -> None:
        if sub.cancel_at_period_end:
            self.world.keep_subscription(sub.id)

    def _go(self, sub: Sub, number: int) -> None:
        if number == 1:
            self.world.cancel_subscription(sub.id, invoice_now=True)

    def _discount(self, sub: Sub, number: int) -> None:
        if not sub.discounts:
            self.world.discount(sub.id, self.coupons["repeating" if number % 2 else "forever"])

    def _undiscount(self, sub: Sub, _: int) -> None:
        if sub.discounts:
            discount_end(self.state, sub.discounts[0])

    def _broke(self, sub: Sub, number: int) -> None:
        self.world.decline(sub.customer, -1 if number > 2 else number)

    def _solvent(self, sub: Sub, _: int) -> None:
        dunning.settle_all(self.state, sub.id)

    def ledger(self, rules: Rules, versions: pl.DataFrame | None = None) -> Ledger:
        tables = self.kept.tables() | ({} if versions is None else {NAME: versions})
        return build(tables, base="usd", as_of=self.world.now, tz=ZoneInfo("UTC"), rules=rules)


def business(starts: list[Start], acts: list[Act]) -> Business:
    found = Business()
    for start in starts:
        found.begin(start)
    found.world.advance(found.world.now + HOUR)  # bills of the first second tell when a once coupon stops
    for act in acts:
        found.live(act)
    found.world.advance(found.world.now + 26 * HOUR)
    return found


lives = given(starts=st.lists(START, min_size=1, max_size=2), acts=st.lists(ACT, min_size=1, max_size=12), rules=RULES)


@settings(max_examples=EXAMPLES)
@lives
def test_with_every_version_the_ledger_is_the_truth_on_all_days(
    starts: list[Start], acts: list[Act], rules: Rules
) -> None:
    found = business(starts, acts)
    rules = replace(rules, currency=None)
    ledger = found.ledger(rules)
    truth = found.kept.truth(to_json(rules))
    assert judge(ledger, truth, found.kept.tables(), ledger.today, excused=False).wrong == []
    assert not ledger.hidden


@settings(max_examples=EXAMPLES // 2)
@lives
def test_versions_in_any_order_and_any_number_of_times_give_the_same_lives(
    starts: list[Start], acts: list[Act], rules: Rules
) -> None:
    found = business(starts, acts)
    versions = found.kept.tables()[NAME]
    rows = [*versions.rows(), *versions.rows()[::2]]
    Random(len(rows)).shuffle(rows)
    one, other = found.ledger(rules), found.ledger(rules, pl.DataFrame(rows, versions.schema, orient="row"))
    for name in ("states", "movements", "committed", "trialing", "trials"):
        assert_frame_equal(getattr(one, name), getattr(other, name))
