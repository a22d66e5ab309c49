"""Renewals to come, the plain mean, the levers and the back-test, each from a world small enough to reckon by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from lib.ledger.build import Ledger, build
from lib.metrics import forecast, forecast_backtest, forecast_cash, forecast_levers
from lib.metrics.forecast import Path
from lib.metrics.forecast_levers import Levers, Pace
from lib.periods import Interval
from tests.ledger.shop import at, shop, table

CATALOG = {
    "product": "id name\nprod Pro",
    "price": """
        id    product unit_amount_decimal interval
        month prod    1000                month
        year  prod    12000               year""",
    "customer": "id\ncus",
}
MORE = {"current_period_end": pl.Int64, "pause_resumes_at": pl.Int64, "billing_cycle_anchor": pl.Int64}


def charges(subscription: str, item: str, until: str = "2027-03-31", **more: str) -> list[tuple[str, int]]:
    """(day, whole minor units) of each charge after 2026-11-24; times that the shop has no column for come beside."""
    tables = shop(**CATALOG | more)
    for name, text in (("subscription", subscription), ("subscription_item", item)):
        known = tables[name].schema
        rows = table(text)
        wanted = {**known, **MORE}
        base = {"deleted": False, "quantity": 1, "position": 0, "currency": "usd", "cancel_at_period_end": False}
        full = [{**dict.fromkeys(wanted), **{k: v for k, v in base.items() if k in wanted}, **row} for row in rows]
        tables[name] = pl.DataFrame(full, schema=wanted)
    empty = shop()
    ledger = build(empty, base="usd", as_of=at("2026-11-24"), tz=ZoneInfo("UTC"))
    found = forecast_cash.renewals(tables, ledger, at("2026-11-24"), at(until))
    assert found.schema == forecast_cash.RENEWALS
    return [(str(day), amount // 1_000_000) for day, amount in found.select("date", "amount_base").iter_rows()]


ITEM = "id subscription price current_period_end\nsi sub month 2026-12-31"


def test_months_keep_the_anchors_day() -> None:
    sub = "id customer status billing_cycle_anchor\nsub cus active 2026-10-31"
    assert charges(sub, ITEM) == [
        ("2026-12-31", 1000), ("2027-01-31", 1000), ("2027-02-28", 1000), ("2027-03-31", 1000)
    ]  # fmt: skip


def test_a_repeating_coupon_ends_and_a_once_coupon_is_given_once() -> None:
    sub = "id customer status discounts\nsub cus active {}"
    coupons = "id duration percent_off\nhalf repeating 50\none once 10"
    discounts = "id coupon start end\nd1 half 2026-10-01 2027-01-31\nd2 one 2026-10-01 -"

    def paid(ids: str) -> list[int]:
        return [minor for _, minor in charges(sub.format(ids), ITEM, coupon=coupons, discount=discounts)]

    assert paid('["d1"]') == [500, 1000, 1000, 1000]  # over by the very instant of January's charge
    assert paid('["d2"]') == [900, 1000, 1000, 1000]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("active cancel_at 2027-02-01", ["2026-12-31", "2027-01-31"]),
        ("active pause_behavior,pause_resumes_at void,2027-02-01", ["2027-02-28", "2027-03-31"]),
        ("active pause_behavior void", []),
        ("unpaid created 2026-01-01", []),
        ("canceled created 2026-01-01", []),
    ],
)
def test_what_stops_a_subscription_stops_its_charges(row: str, expected: list[str]) -> None:
    status, columns, values = row.split()
    head, cells = columns.replace(",", " "), values.replace(",", " ")
    sub = f"id customer status billing_cycle_anchor {head}\nsub cus {status} 2026-10-31 {cells}"
    assert [day for day, _ in charges(sub, ITEM)] == expected


@pytest.mark.parametrize(
    ("interval", "count", "expected"),
    [
        ("day", 45, ["2026-12-31", "2027-02-14", "2027-03-31"]),
        ("week", 5, ["2026-12-31", "2027-02-04", "2027-03-11"]),
        ("month", 2, ["2026-12-31", "2027-02-28"]),
        ("year", 1, ["2026-12-31"]),
    ],
)
def test_every_interval_is_stepped_by_its_own_length(interval: str, count: int, expected: list[str]) -> None:
    price = f"id product unit_amount_decimal interval interval_count\nmonth prod 1000 {interval} {count}"
    sub = "id customer status billing_cycle_anchor\nsub cus active 2026-10-31"
    assert [day for day, _ in charges(sub, ITEM, price=price)] == expected


def test_what_is_metered_deleted_or_free_is_no_charge_and_uses_up_no_coupon() -> None:
    price = """
        id    product unit_amount_decimal usage_type
        month prod    1000                licensed
        use   prod    1000                metered
        free  prod    0                   licensed"""
    items = """
        id   subscription price current_period_end deleted
        si   sub          month 2026-12-31         -
        gone sub          month 2026-12-31         yes
        used sub          use   2026-12-31         -
        open sub          month -                  -
        none sub          free  2026-12-01         -"""
    sub = 'id customer status discounts\nsub cus active ["d2"]'
    coupon, discount = "id duration percent_off\none once 10", "id coupon start\nd2 one 2026-10-01"
    paid = charges(sub, items, "2027-01-31", price=price, coupon=coupon, discount=discount)
    assert paid == [("2026-12-31", 900), ("2027-01-31", 1000)]


def test_a_customers_own_coupon_holds_where_the_subscription_has_none() -> None:
    customer = "id discount\ncus d1"
    coupon, discount = "id duration percent_off\nhalf forever 50", "id coupon start\nd1 half 2026-10-01"
    sub = "id customer status\nsub cus active"
    paid = charges(sub, ITEM, "2026-12-31", customer=customer, coupon=coupon, discount=discount)
    assert paid == [("2026-12-31", 500)]


def test_a_cancelled_period_is_the_last() -> None:
    sub = "id customer status cancel_at_period_end current_period_end\nsub cus active yes 2026-12-31"
    assert charges(sub, ITEM) == []


def test_cash_flow_keeps_signed_and_trials_apart_and_says_what_it_cannot_know() -> None:
    today = date(2026, 11, 24)
    rows = [(date(2026, 12, 24), "c", "s", "usd", 100, 100, False), (date(2026, 12, 24), "c", "t", "usd", 80, 80, True)]
    frame = pl.DataFrame(rows, schema=forecast_cash.RENEWALS, orient="row")

    def december(churn: Fraction | None, conversion: Fraction | None) -> tuple[int, ...]:
        found = forecast_cash.cash_flow(frame, today, Interval.MONTH, churn, conversion)
        assert (found.height, found["whole"].to_list()) == (13, [False] + [True] * 12)
        return found.filter(date=date(2026, 12, 1)).select("certain", "expected", "trials").row(0)

    assert december(Fraction(1, 10), Fraction(1, 2)) == (100, 90, 36)
    assert december(None, None) == (100, None, None)
    assert december(Fraction(0), Fraction(3)) == (100, 100, 80)


def test_survival_compounds_windows_and_is_even_within_one() -> None:
    assert forecast_cash.survival(75, Fraction(1, 10)) == Fraction(9, 10) ** 2 * Fraction(95, 100)


def world(today: str, rows: str) -> Ledger:
    """A ledger of movements alone: ``day type amount`` in micros, line by line."""
    cells = [line.split() for line in rows.strip().splitlines()]
    moved = [{"date": date.fromisoformat(day), "type": kind, "amount_base": int(n)} for day, kind, n in cells]
    empty = build(shop(), base="usd", as_of=at(today), tz=ZoneInfo("UTC"))
    full = [dict.fromkeys(empty.movements.schema) | row for row in moved]
    return replace(empty, movements=pl.DataFrame(full, schema=empty.movements.schema))


MOVED = """
    2026-05-20 new          1000
    2026-07-01 new           200
    2026-08-31 churn        -100
    2026-09-15 expansion      60
    2026-10-01 contraction   -20
    2026-10-02 reactivation   40
    2026-10-03 fx              7
    2026-11-01 new          5000
"""


def test_history_is_the_mrr_at_every_finished_months_end() -> None:
    found = forecast.history(world("2026-11-24", MOVED))
    assert found.schema == forecast.HISTORY
    assert [(f"{day:%m}", value) for day, value in found.iter_rows()] == [
        ("05", 1000), ("06", 1000), ("07", 1200), ("08", 1100), ("09", 1160), ("10", 1187)
    ]  # fmt: skip


def test_a_first_month_that_still_runs_is_no_history() -> None:
    assert forecast.history(world("2026-11-24", "2026-11-01 new 5")).rows() == []
    assert forecast.history(world("2026-11-24", "")).schema == forecast.HISTORY


def test_the_pace_is_that_of_three_full_months_together() -> None:
    # August, September and October began with 1200, 1100 and 1160.
    assert forecast_levers.pace(world("2026-11-24", MOVED)) == Pace(
        mrr=1187, new=Fraction(40, 3), churn=Fraction(120, 3460), expansion=Fraction(60, 3460)
    )


def test_without_mrr_three_months_ago_there_is_no_pace() -> None:
    assert forecast_levers.pace(world("2026-11-24", "2026-10-31 new 5")) is None


def test_levers_rest_only_when_nothing_is_changed() -> None:
    assert Levers().rest
    assert not Levers(price=Fraction(1, 1000)).rest


def test_the_plain_mean_goes_on_by_the_mean_of_three_months() -> None:
    assert forecast.plain([100, 110, 130, 160], 2) == [180, 200]
    assert forecast.plain([10, 20, 30], 1) == [40]
    with pytest.raises(ValueError, match="10"):
        forecast.plain([10, 20])


PACE = Pace(mrr=1000, new=Fraction(100), churn=Fraction(5, 100), expansion=Fraction(2, 100))


def test_levers_at_rest_are_the_base_scenario() -> None:
    assert forecast_levers.scenario(PACE, ahead=2) == [1070, 1138]
    assert forecast_levers.scenario(PACE, Levers(Fraction(0), Fraction(0), Fraction(0)), 2) == [1070, 1138]


@pytest.mark.parametrize(
    ("levers", "expected"),
    [
        (Levers(churn=Fraction(-1, 100)), [1080, 1158]),
        (Levers(growth=Fraction(1, 10)), [1070, 1148]),
        (Levers(price=Fraction(1, 10)), [1177, 1252]),
        (Levers(churn=Fraction(-1)), [1120, 1242]),
    ],
)
def test_each_lever_moves_the_path(levers: Levers, expected: list[int]) -> None:
    assert forecast_levers.scenario(PACE, levers, 2) == expected


def test_the_back_test_holds_each_forecast_against_what_came() -> None:
    values = [100 * n for n in range(1, 10)]
    made = forecast_backtest.folds(values, lambda known: Path((known[-1] + 50.0,) * 12, (25.0,) * 12))
    assert [fold.known for fold in made] == [6, 7, 8]
    one = forecast_backtest.scores(values, made).row(0, named=True)
    assert (one["ahead"], one["forecasts"], one["model_amount"], one["plain_amount"]) == (1, 3, 50, 0)
    # Misses in standard errors: 2 one month ahead, 6 two, 10 three. For being but three forecasts a third is allowed:
    # 80 % of 4/3 is beyond all of them, so the largest counts.
    assert forecast_backtest.widening(values, made, 80) == pytest.approx(10 / 1.28155, abs=1e-4)
    assert forecast_backtest.widening(values[:6], [], 80) == 3.0


def test_what_the_drift_is_uncertain_by_widens_the_far_end_more() -> None:
    noise = [10_000_000 + 1_000_000 * n + 200_000 * (-1) ** n for n in range(13)]
    near, *_, far = forecast.model(noise).errors
    # Nothing of such a surprise stays, so the drift alone is unsure: sqrt(1 + h / 12), 1.04 at first and 1.41 at last.
    assert far / near == pytest.approx((2 / (13 / 12)) ** 0.5, rel=1e-3)


def test_coverage_counts_the_ranges_that_held_by_what_was_known_then() -> None:
    values = [100 * n for n in range(1, 10)]
    made = forecast_backtest.folds(values, lambda known: Path((known[-1] + 50.0,) * 12, (25.0,) * 12))
    # Off by 50 one month ahead and by 250 three, with a first width of 3 standard errors times 1.28 (96) or 1.96 (147).
    found = forecast_backtest.coverage(values, made)
    assert found.schema == forecast_backtest.COVERAGE
    assert found.rows() == [(80, 1, 3, 3), (80, 3, 1, 0), (95, 1, 3, 3), (95, 3, 1, 0)]


def test_a_past_range_knows_only_the_forecasts_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [100 * n for n in range(1, 10)]
    made = forecast_backtest.folds(values, lambda known: Path((known[-1] + 50.0,) * 12, (25.0,) * 12))
    asked = []

    def told(known: list[int], before: list[forecast_backtest.Fold], _path: Path) -> dict[int, list[tuple[int, int]]]:
        asked.append((len(known), [fold.known for fold in before]))
        return {level: [(0, 0)] * 12 for level in forecast_backtest.LEVELS}

    monkeypatch.setattr(forecast_backtest, "intervals", told)
    assert forecast_backtest.coverage(values, made)["held"].sum() == 0
    assert asked == [(6, []), (7, [6]), (8, [6, 7])]


def test_no_more_than_the_newest_forecasts_are_made_again() -> None:
    made = forecast_backtest.folds(range(1, 100), lambda _: Path((1.0,) * 12, (1.0,) * 12))
    assert [made[0].known, made[-1].known] == [63, 98]


def test_months_without_mrr_and_forecasts_not_yet_due_are_no_errors() -> None:
    values = [1, 1, 1, 1, 1, 0, 0]
    assert forecast_backtest.folds(values, lambda _: Path((1.0,) * 12, (1.0,) * 12)) == []
    assert forecast_backtest.scores(values, []).is_empty()


def test_the_model_goes_on_with_a_straight_line_inside_its_intervals() -> None:
    values = [1_000_000 * n for n in range(10, 30)]
    path = forecast.model(values, 3)
    assert path.points == pytest.approx([30e6, 31e6, 32e6], rel=0.01)
    found = forecast_backtest.intervals(values, [], path)
    assert all(l95 <= l80 <= h80 <= h95 for (l80, h80), (l95, h95) in zip(found[80], found[95], strict=True))
