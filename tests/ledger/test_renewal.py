"""A ledger that is renewed from what changed is, in every frame, the one that is made from nothing."""

from __future__ import annotations

from dataclasses import fields
from unittest.mock import patch
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.ledger import build as building
from lib.ledger.affected import only, subscriptions
from lib.ledger.build import Ledger, Written, rewritten, written
from lib.ledger.lives import lives
from lib.ledger.rules import Rules
from tests.ledger.bills import noon, shown
from tests.ledger.full_worlds import RULES, SPAN, World, worlds
from tests.ledger.shop import at, shop

UTC = ZoneInfo("UTC")
Frames = dict[str, pl.DataFrame]
HOUR = 3_600


def differing(before: Frames, after: Frames) -> dict[str, frozenset[str]]:
    """The ids of the rows that only one of the two states has, by table."""
    found = {
        name: frozenset(pl.concat([before[name], after[name]]).unique(keep="none")["id"])
        for name in before
        if "id" in before[name].columns
    }
    return {name: ids for name, ids in found.items() if ids}


def assert_same(found: Ledger, expected: Ledger) -> None:
    for field in fields(Ledger):
        one, other = getattr(found, field.name), getattr(expected, field.name)
        if isinstance(other, pl.DataFrame):
            assert one.equals(other, null_equal=True), f"{field.name}: {one} is not {other}"
        else:
            assert one == other, field.name


def sold(frames: Frames, later: Frames) -> Frames:
    """The frames with everything that is sold later already there: a new coupon concerns everybody."""
    return frames | {"coupon": later["coupon"]}


@settings(max_examples=30)
@given(world=worlds(), rules=RULES, back=st.integers(0, 40), steps=st.integers(1, 3))
def test_a_renewed_ledger_is_the_one_made_from_nothing(world: World, rules: Rules, back: int, steps: int) -> None:
    last, now = shown(world, SPAN), noon(SPAN)
    frames = sold(shown(world, SPAN - back * steps), last)
    book = written(frames, base="usd", as_of=now, tz=UTC, rules=rules)
    for step in range(1, steps + 1):
        before, frames = frames, sold(shown(world, SPAN - back * (steps - step)), last)
        now += HOUR
        book = rewritten(book, frames, differing(before, frames), now)
        assert_same(book.ledger, written(frames, base="usd", as_of=now, tz=UTC, rules=rules).ledger)


@settings(max_examples=30)
@given(world=worlds(), rules=RULES, chosen=st.sets(st.integers(0, 5)))
def test_the_rows_of_a_few_subscriptions_tell_their_lives_whole(world: World, rules: Rules, chosen: set[int]) -> None:
    frames, now = shown(world, SPAN), noon(SPAN)
    wanted = [f"s{number}" for number in sorted(chosen)]
    expected = [life for life in lives(frames, rules, now) if life.id in wanted]
    assert lives(only(frames, wanted), rules, now) == expected


# --- A small shop ---------------------------------------------------------------------------------------------------

PRICES = """
id     product  unit_amount_decimal
basic  basic    1000
pro    pro      2900
"""
SUBSCRIPTIONS = """
id   customer  created     start_date
s1   ann       2024-01-01  2024-01-01
s2   bob       2024-01-05  2024-01-05
"""
ITEMS = """
id  subscription  price
i1  s1            basic
i2  s2            basic
"""
INVOICES = """
id  subscription  customer  created     period_end  billing_reason       finalized_at  paid_at
v1  s1            ann       2024-01-01  2024-01-01  subscription_create  2024-01-01    2024-01-01
v2  s2            bob       2024-01-05  2024-01-05  subscription_create  2024-01-05    2024-01-05
"""
LINES = """
id  invoice  subscription  subscription_item  price  amount  period_start  period_end
l1  v1       s1            i1                 basic  1000    2024-01-01    2024-02-01
l2  v2       s2            i2                 basic  1000    2024-01-05    2024-02-05
"""
NOW = at("2024-01-20")


def small(**changed: str) -> Frames:
    tables = {"price": PRICES, "subscription": SUBSCRIPTIONS, "subscription_item": ITEMS, "invoice": INVOICES,
              "invoice_line": LINES}  # fmt: skip
    return shop(**(tables | changed))


def book(frames: Frames, as_of: int = NOW) -> Written:
    return written(frames, base="usd", as_of=as_of, tz=UTC)


def concerned(frames: Frames, **changed: set[str]) -> set[str] | None:
    found = subscriptions(frames, frames, {name: frozenset(ids) for name, ids in changed.items()})
    return None if found is None else set(found)


@pytest.mark.parametrize(
    ("expected", "changed"),
    [
        ({"s1"}, {"subscription": {"s1"}}),
        ({"s2"}, {"subscription_item": {"i2"}}),
        ({"s2"}, {"invoice": {"v2"}}),
        ({"s1"}, {"invoice_line": {"l1"}}),
        ({"s1"}, {"customer": {"ann"}}),
        (set(), {"balance_transaction": {"txn_1"}, "payout": {"po_1"}}),
        (set(), {"subscription": set()}),
        (None, {"price": {"basic"}}),
        (None, {"subscription": {"s1"}, "coupon": {"any"}}),
        (None, {"tax_rate": {"vat"}}),
    ],
)
def test_whom_a_change_concerns(expected: set[str] | None, changed: dict[str, set[str]]) -> None:
    assert concerned(small(), **changed) == expected


def test_a_payment_concerns_the_subscription_of_its_invoice() -> None:
    frames = small(
        invoice_payment="id payment_intent invoice charge\np1 pi1 v1 -\np2 - v2 ch2",
        charge="id payment_intent created status\nch1 pi1 2024-01-02 failed\nch2 - 2024-01-05 succeeded",
    )
    assert concerned(frames, charge={"ch1"}) == {"s1"}
    assert concerned(frames, charge={"ch2"}) == {"s2"}
    assert concerned(frames, invoice_payment={"p2"}) == {"s2"}


@pytest.mark.parametrize("where", ["subscription", "subscription_item", "invoice", "customer"])
def test_a_discount_concerns_whoever_has_it(where: str) -> None:
    texts = {"subscription": SUBSCRIPTIONS, "subscription_item": ITEMS, "invoice": INVOICES}
    if where == "customer":
        frames = small(customer="id discount\nann d1\nbob -", discount="id coupon\nd1 k")
    else:
        head, *rows = texts[where].strip().splitlines()
        lines = [f"{head}  discounts", f'{rows[0]}  ["d1"]', f"{rows[1]}  []"]
        frames = small(**{where: "\n".join(lines)}, discount="id coupon\nd1 k")
    assert concerned(frames, discount={"d1"}) == {"s1"}


def test_only_what_changed_is_made_anew() -> None:
    first = book(small())
    paid = small(invoice=INVOICES.replace("2024-01-05    2024-01-05", "2024-01-05    2024-01-06"))
    with patch.object(building, "lives", wraps=lives) as made:
        again = rewritten(first, paid, {"invoice": frozenset({"v2"})}, NOW + HOUR)
    ((asked, *_), _) = made.call_args
    assert asked["subscription"]["id"].to_list() == ["s2"]
    assert_same(again.ledger, book(paid, NOW + HOUR).ledger)


def test_rows_that_were_written_as_they_were_concern_nobody() -> None:
    frames = small()
    with patch.object(building, "lives", wraps=lives) as made:
        again = rewritten(book(frames), frames, {"price": frozenset({"basic", "pro"})}, NOW + HOUR)
    ((asked, *_), _) = made.call_args
    assert asked["subscription"].is_empty()
    assert_same(again.ledger, book(frames, NOW + HOUR).ledger)


@pytest.mark.parametrize("later", ["2024-01-21", "2024-01-19"])
def test_on_another_day_everything_is_made_anew(later: str) -> None:
    frames = small()
    again = rewritten(book(frames), frames, {}, at(later))
    assert_same(again.ledger, book(frames, at(later)).ledger)


def test_time_alone_ends_a_life_whose_end_was_known() -> None:
    ends = (
        SUBSCRIPTIONS.replace("start_date", "start_date  status    ended_at")
        .replace("2024-01-01  2024-01-01", "2024-01-01  2024-01-01  canceled  2024-01-20T12:30:00")
        .replace("2024-01-05  2024-01-05", "2024-01-05  2024-01-05  active    -")
    )
    frames = small(subscription=ends)
    before, after = book(frames), rewritten(book(frames), frames, {}, NOW + HOUR)
    assert (before.ledger.movements.height, after.ledger.movements.height) == (2, 3)
    assert_same(after.ledger, book(frames, NOW + HOUR).ledger)
