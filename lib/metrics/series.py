"""The few shapes that all metrics are made of: flows, levels, and the spans in which customers were present."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics.breakdowns import grouped
from lib.metrics.query import Query

LOST = ("churn", "contraction")
MOVED = ("new", "expansion", "contraction", "churn", "reactivation")
"""Movement types that are acts of customers; fx is none."""


def finish(query: Query, periods: pl.DataFrame, found: pl.DataFrame, empty: int | None = 0) -> pl.DataFrame:
    """A row for every period and group of ``found`` (date, group, value), gaps filled with ``empty``, future null."""
    groups = found.select("group").unique() if query.by else pl.DataFrame({"group": [""]})
    dtype = found.schema["value"]
    full = (
        periods.join(groups, how="cross")
        .join(found.select("date", "group", "value"), on=("date", "group"), how="left")
        .with_columns(
            value=pl.when("future").then(None).otherwise(pl.col("value").fill_null(pl.lit(empty))).cast(dtype)
        )
        .sort("date", "group")
    )
    columns = ["date", "group", "value", "unfinished"] if query.by else ["date", "value", "unfinished"]
    return full.select(columns)


def within(periods: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows (with ``date``) that fall into a period, their date replaced by the period's first day."""
    placed = rows.sort("date").join_asof(
        periods.select(first="date", last="end").sort("first"), left_on="date", right_on="first"
    )
    return placed.filter(pl.col("date") <= pl.col("last")).with_columns(date=pl.col("first")).drop("first", "last")


def flow(ledger: Ledger, query: Query, rows: pl.DataFrame, value: pl.Expr) -> pl.DataFrame:
    """``value`` aggregated over the rows of each period, 0 where there are none."""
    periods = query.frame(ledger.today)
    return finish(query, periods, summed(ledger, query, rows, value))


def summed(ledger: Ledger, query: Query, rows: pl.DataFrame, value: pl.Expr) -> pl.DataFrame:
    """(date, group, value): ``value`` aggregated over the rows of each period that has any."""
    placed = within(query.frame(ledger.today), grouped(ledger, rows, query))
    return placed.group_by("date", "group").agg(value=value)


def recent(points: pl.DataFrame, rows: pl.DataFrame, value: pl.Expr) -> pl.DataFrame:
    """(date, group, value): ``value`` over the rows (with date and group) after each point's ``base`` up to ``at``."""
    windows = points.select("date", "at", "base").join_where(
        rows.rename({"date": "on"}), pl.col("on") > pl.col("base"), pl.col("on") <= pl.col("at")
    )
    return windows.group_by("date", "group").agg(value=value)


def level(ledger: Ledger, query: Query, changes: pl.DataFrame) -> pl.DataFrame:
    """The running sum of ``changes`` (date, group, value) at the end of each period."""
    periods = query.frame(ledger.today)
    return finish(query, periods, level_at(changes, periods.select("date", "at"), "at"))


def level_at(changes: pl.DataFrame, points: pl.DataFrame, at: str) -> pl.DataFrame:
    """(date, group, value): the running sum of ``changes`` (date, group, value) at each point's day ``at``."""
    running = (
        changes.group_by("group", "date")
        .agg(pl.col("value").sum())
        .sort("date")
        .with_columns(pl.col("value").cum_sum().over("group"))
        .rename({"date": "since"})
    )
    wanted = points.join(changes.select("group").unique(), how="cross").sort(at)
    return wanted.join_asof(running, left_on=at, right_on="since", by="group", check_sortedness=False).select(
        "date", "group", pl.col("value").fill_null(0)
    )


def mrr_changes(ledger: Ledger, query: Query, frame: pl.DataFrame | None = None) -> pl.DataFrame:
    """(date, group, value): every movement, or row of a ``frame`` like it, in micros of the reporting currency."""
    rows = ledger.movements if frame is None else frame
    return grouped(ledger, rows, query).select("date", "group", value="amount_base")


def moved(ledger: Ledger, types: Sequence[str]) -> pl.DataFrame:
    """The movements of these types."""
    return ledger.movements.filter(pl.col("type").is_in(types))


def presence(ledger: Ledger, query: Query, key: str = "customer") -> pl.DataFrame:
    """(key, group, since, until): the days on which each customer (or subscription) was active, ``until`` excluded.

    One is active while any row of its subscriptions and plans is; see lib.ledger.states.STATES.
    """
    now, before = pl.col("active").cast(pl.Int64), pl.col("active").shift(fill_value=False).cast(pl.Int64)
    turns = (
        ledger.states.sort("subscription", "plan", "date")
        .with_columns(turn=(now - before.over("subscription", "plan")))
        .filter(pl.col("turn") != 0)
    )
    after = (
        grouped(ledger, turns, query)
        .group_by(key, "group", "date")
        .agg(pl.col("turn").sum())
        .sort(key, "group", "date")
        .with_columns(on=pl.col("turn").cum_sum().over(key, "group") > 0)
        .with_columns(was=pl.col("on").shift(fill_value=False).over(key, "group"))
        .filter(pl.col("on") != pl.col("was"))
        .with_columns(until=pl.col("date").shift(-1).over(key, "group"))
    )
    return after.filter("on").select(key, "group", since="date", until="until")


def presence_changes(spans: pl.DataFrame) -> pl.DataFrame:
    """(date, group, value): +1 when a span of ``presence`` begins and -1 when it ends."""
    ends = spans.filter(pl.col("until").is_not_null())
    one = pl.lit(1, pl.Int64)
    return pl.concat([spans.select("group", date="since", value=one), ends.select("group", date="until", value=-one)])


def ratio(query: Query, periods: pl.DataFrame, over: pl.DataFrame, under: pl.DataFrame) -> pl.DataFrame:
    """``over / under`` by date and group as Float64; n/a (null) where there is nothing to divide by."""
    joined = under.join(over.rename({"value": "part"}), on=("date", "group"), how="left")
    value = pl.when(pl.col("value") > 0).then(pl.col("part").fill_null(0) / pl.col("value"))
    return finish(query, periods, joined.with_columns(value=value.cast(pl.Float64)), empty=None)


def divided(over: pl.DataFrame, under: pl.DataFrame) -> pl.DataFrame:
    """Money divided by a number, row by row, rounded to whole micros; n/a where the number is 0 or n/a."""
    keys = [name for name in ("date", "group") if name in over.columns]
    both = over.join(under.select(*keys, below="value"), on=keys, how="left", maintain_order="left")
    value = pl.when(pl.col("below") > 0).then((pl.col("value") / pl.col("below")).round())
    return both.with_columns(value=value.cast(pl.Int64)).drop("below")


def added(*parts: pl.DataFrame) -> pl.DataFrame:
    """(date, group, value): the sum of several such frames."""
    every = pl.concat([part.select("date", "group", "value") for part in parts])
    return every.group_by("date", "group").agg(pl.col("value").sum())
