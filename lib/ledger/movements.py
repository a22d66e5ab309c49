"""The MRR ledger itself: one row for each day, customer, subscription and plan, and the identity that it keeps."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import polars as pl

from lib.errors import LedgerBroken
from lib.ledger.fx import converted, with_rate

MOVEMENTS = pl.Schema(
    {
        "date": pl.Date,
        "type": pl.String,
        "customer": pl.String,
        "subscription": pl.String,
        "plan": pl.String,
        "currency": pl.String,
        "amount": pl.Int64,
        "amount_base": pl.Int64,
    }
)
"""Signed micros: ``amount`` in ``currency``, ``amount_base`` in the reporting currency. Type fx has amount 0."""

_KEY = ("subscription", "plan")
_TURNS = ("new", "reactivation", "churn")
"""Types that are told even of an amount of 0: with ``full_discount_active`` customers come and go so."""


def movements(states: pl.DataFrame, rates: pl.DataFrame, base: str, today: date) -> pl.DataFrame:
    """The MOVEMENTS frame of a STATES frame, sorted by date, customer, subscription, plan.

    The type is decided for each customer and day by whether the customer was active at the end of the day before and
    of this one, so that moving from one plan to another is one expansion or contraction: its rows on the old and the
    new plan carry that type and add up to the net change. Where the rate of a foreign currency moves, rows of type fx
    carry the change in the reporting currency.
    """
    steps = _steps(states, rates, base)
    days = _customer_days(steps)
    moved = (
        steps.join(days, on=("customer", "date"))
        .filter((pl.col("amount") != 0) | ((pl.col("step") != 0) & pl.col("type").is_in(_TURNS)))
        .select(*MOVEMENTS)
    )
    fx = _fx(steps, rates, base, today)
    return pl.concat([moved, fx]).sort("date", "customer", "subscription", "plan", "type")


class Basis(NamedTuple):
    """What movements follow from: a STATES frame, and the RATES."""

    states: pl.DataFrame
    rates: pl.DataFrame


def renewed(moved: pl.DataFrame, before: Basis, after: Basis, base: str, today: date) -> pl.DataFrame:
    """:func:`movements` of ``after``, from what ``moved`` by ``before`` on the same day.

    A customer's movements follow from their states and the rates of their currencies: only customers in whom either
    differs are looked at.
    """
    different = _differing(before.states, after.states)["customer"]
    currencies = _differing(before.rates, after.rates)["currency"].unique()
    foreign = after.states.filter(pl.col("currency").is_in(currencies.implode()))["customer"]
    theirs = pl.col("customer").is_in(pl.concat([different, foreign]).unique().implode())
    fresh = movements(after.states.filter(theirs), after.rates, base, today)
    return pl.concat([moved.filter(~theirs), fresh]).sort("date", "customer", "subscription", "plan", "type")


def _differing(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """The rows that only one of the two has."""
    return pl.concat([one, other]).unique(keep="none")


_ONE = pl.col("active").cast(pl.Int64)


def _steps(states: pl.DataFrame, rates: pl.DataFrame, base: str) -> pl.DataFrame:
    """Each change point with the change in its own currency and, at the day's rate, in the reporting currency."""
    return (
        with_rate(states.rename({"amount": "state"}), rates, base)
        .sort(*_KEY, "date")
        .with_columns(
            amount=pl.col("state") - pl.col("state").shift(fill_value=0).over(_KEY),
            step=_ONE - _ONE.shift(fill_value=0).over(_KEY),
        )
        .with_columns(amount_base=converted())
    )


def _customer_days(steps: pl.DataFrame) -> pl.DataFrame:
    """(customer, date, type) for each day on which a customer's MRR moved."""
    return (
        steps.group_by("customer", "date")
        .agg(step=pl.col("step").sum(), net_base=pl.col("amount_base").sum())
        .sort("customer", "date")
        .with_columns(after=pl.col("step").cum_sum().over("customer"))
        .with_columns(before=pl.col("after") - pl.col("step"))
        .with_columns(best=pl.col("after").cum_max().shift(fill_value=0).over("customer"))
        .select(
            "customer",
            "date",
            type=pl.when((pl.col("before") == 0) & (pl.col("best") == 0))
            .then(pl.lit("new"))
            .when(pl.col("before") == 0)
            .then(pl.lit("reactivation"))
            .when(pl.col("after") == 0)
            .then(pl.lit("churn"))
            .when(pl.col("net_base") >= 0)
            .then(pl.lit("expansion"))
            .otherwise(pl.lit("contraction")),
        )
    )


def _fx(steps: pl.DataFrame, rates: pl.DataFrame, base: str, today: date) -> pl.DataFrame:
    """What each state's value in the reporting currency changed by without any act of the customer."""
    foreign = steps.filter(pl.col("currency") != base).with_columns(
        until=pl.col("date").shift(-1).over(_KEY).fill_null(date.max)
    )
    held = foreign.filter(pl.col("state") != 0)
    revalued = held.join_where(
        rates.rename({"currency": "of", "date": "at", "rate": "new_rate"}),
        pl.col("currency") == pl.col("of"),
        pl.col("at") > pl.col("date"),
        pl.col("at") < pl.col("until"),
        pl.col("at") <= pl.lit(today),
    ).select("customer", *_KEY, "currency", "state", date="at", rate="new_rate", amount_base=pl.lit(0, pl.Int64))
    points = pl.concat([foreign.select(revalued.columns), revalued]).sort(*_KEY, "date")
    return (
        points.with_columns(value=converted("state"))
        .with_columns(change=pl.col("value") - pl.col("value").shift(fill_value=0).over(_KEY))
        .with_columns(amount_base=pl.col("change") - pl.col("amount_base"))
        .filter(pl.col("amount_base") != 0)
        .with_columns(type=pl.lit("fx"), amount=pl.lit(0, pl.Int64))
        .select(*MOVEMENTS)
    )


def check(movements: pl.DataFrame, states: pl.DataFrame, rates: pl.DataFrame, base: str, today: date) -> None:
    """Assert the ledger identity; raises LedgerBroken.

    For every day, plan and currency, what was there plus all movements is what is there: the running sum of movements
    must equal the states, in the own currency at every change point and in the reporting currency today.
    """
    keys = ("plan", "currency", "date")
    summed = _running(movements.group_by(keys).agg(pl.col("amount").sum()), "amount")
    changes = states.sort(*_KEY, "date").with_columns(
        change=pl.col("amount") - pl.col("amount").shift(fill_value=0).over(_KEY)
    )
    # a state that only begins or ceases to be active moves no money, and no movement need tell of it
    changes = changes.filter(pl.col("change") != 0)
    held = _running(changes.group_by(keys).agg(pl.col("change").sum()), "change")
    wrong = held.join(summed, on=keys, how="left").filter(pl.col("total").ne_missing(pl.col("total_right")))
    if wrong.height:
        row = wrong.sort("date").row(0, named=True)
        raise LedgerBroken(date=row["date"], detail=f"{row['plan']} in {row['currency']}")
    last = states.sort(*_KEY, "date").group_by(_KEY).last().with_columns(date=pl.lit(today))
    worth = with_rate(last.select("currency", "date", "amount"), rates, base).select(converted().sum()).item()
    if worth != (total := movements["amount_base"].sum()):
        raise LedgerBroken(date=today, detail=f"movements come to {total}, subscriptions to {worth}")
    if (movements.group_by("customer").agg(pl.col("amount").sum())["amount"] < 0).any():
        raise LedgerBroken(date=today, detail="a customer's MRR is below zero")


def _running(daily: pl.DataFrame, column: str) -> pl.DataFrame:
    return daily.sort("date").with_columns(total=pl.col(column).cum_sum().over("plan", "currency"))
