"""Churn over a rolling window of 30 days, and what follows from it: months to churn and lifetime value."""

from __future__ import annotations

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics import recurring, series
from lib.metrics.breakdowns import grouped
from lib.metrics.query import Query
from lib.metrics.registry import Chart, Good, Rows, Total, Unit, metric

GROUP = "Churn"


@metric(
    name="Customer churn rate",
    unit=Unit.PERCENT,
    good=Good.DOWN,
    chart=Chart.LINE,
    group=GROUP,
    total=Total.LAST,
    rows=Rows.RATIO,
    parts=("churned_customers", "active_customers"),
    rules=("churn_counts_new",),
)
def customer_churn_rate(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Of the customers who were active 30 days before, the share who are gone. Customers who joined in between are in
    neither number; one who left and came back is not gone.
    """
    periods = query.frame(ledger.today)
    return series.ratio(query, periods, *gone_and_there(ledger, query, periods))


def gone_and_there(ledger: Ledger, query: Query, points: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Two frames (date, group, value): of the customers active at each point's ``base``, how many are active nowhere
    at its ``at``; and how many there were. With ``rules.churn_counts_new`` those who joined in between are in both.
    """
    points = points.select("date", "at", "base")
    spans, anywhere = series.presence(ledger, query), series.presence(ledger, query.whole())
    there = series.level_at(series.presence_changes(spans), points, "base")
    left = _left(points, spans)
    if ledger.rules.churn_counts_new:
        joined = grouped(ledger, series.moved(ledger, ["new"]), query)
        there = series.added(there, series.recent(points, joined, pl.col("customer").n_unique().cast(pl.Int64)))
        left = pl.concat([left, _joined(points, joined)]).unique()
    gone = left.join(_present(left, anywhere), on=("date", "customer"), how="anti")
    return gone.group_by("date", "group").agg(value=pl.len().cast(pl.Int64)), there


def _left(points: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """(date, at, group, customer): who was present at the base and left by the end, to come back or not."""
    return points.join_where(
        spans.filter(pl.col("until").is_not_null()),
        pl.col("since") <= pl.col("base"),
        pl.col("until") > pl.col("base"),
        pl.col("until") <= pl.col("at"),
    ).select("date", "at", "group", "customer")


def _joined(points: pl.DataFrame, joined: pl.DataFrame) -> pl.DataFrame:
    """(date, at, group, customer): who became a customer after the base."""
    return points.join_where(
        joined.select("group", "customer", on="date"), pl.col("on") > pl.col("base"), pl.col("on") <= pl.col("at")
    ).select("date", "at", "group", "customer")


def _present(left: pl.DataFrame, anywhere: pl.DataFrame) -> pl.DataFrame:
    """(date, customer): those of ``left`` who are active at the end after all."""
    return (
        left.join(anywhere.select("customer", back="since", gone="until"), on="customer")
        .filter(pl.col("back") <= pl.col("at"), pl.col("gone").is_null() | (pl.col("gone") > pl.col("at")))
        .select("date", "customer")
        .unique()
    )


@metric(
    name="Revenue churn rate",
    unit=Unit.PERCENT,
    good=Good.DOWN,
    chart=Chart.LINE,
    group=GROUP,
    total=Total.LAST,
    rows=Rows.RATIO,
    parts=("churned_mrr", "mrr"),
    rules=("churn_counts_new",),
)
def revenue_churn_rate(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Of the MRR of 30 days before, the share lost to churn and contraction since. A customer can't lose more than
    what they paid 30 days before, and expansion makes nothing good.
    """
    periods = query.frame(ledger.today)
    points = periods.select("date", "at", "base")
    return series.ratio(query, periods, _capped_losses(ledger, points, query), _opening(ledger, points, query))


def _opening(ledger: Ledger, points: pl.DataFrame, query: Query) -> pl.DataFrame:
    """(date, group, value): MRR at each point's base, and with ``rules.churn_counts_new`` what was new since."""
    opening = series.level_at(series.mrr_changes(ledger, query), points, "base")
    if not ledger.rules.churn_counts_new:
        return opening
    return series.added(opening, _recent(ledger, points, query, ["new"]))


def _recent(ledger: Ledger, points: pl.DataFrame, query: Query, types: list[str]) -> pl.DataFrame:
    """(date, group, value): the movements of these types in each point's window, micros."""
    rows = grouped(ledger, series.moved(ledger, types), query)
    return series.recent(points, rows, pl.col("amount_base").sum())


def _capped_losses(ledger: Ledger, points: pl.DataFrame, query: Query) -> pl.DataFrame:
    """(date, group, value): micros lost in each window, each customer capped at the MRR of the window's base (with
    ``rules.churn_counts_new`` and what the customer was new with since).
    """
    counted = ["new", *series.LOST] if ledger.rules.churn_counts_new else [*series.LOST]
    moved = grouped(ledger, series.moved(ledger, counted), query).rename({"date": "on"})
    is_new = pl.col("type") == "new"
    windows = (
        points.join_where(moved, pl.col("on") > pl.col("base"), pl.col("on") <= pl.col("at"))
        .group_by("date", "base", "group", "customer")
        .agg(
            loss=-pl.col("amount_base").filter(~is_new).sum(),
            came=pl.col("amount_base").filter(is_new).sum(),
        )
    )
    held = (
        grouped(ledger, ledger.movements, query)
        .group_by("group", "customer", "date")
        .agg(pl.col("amount_base").sum())
        .sort("date")
        .with_columns(held=pl.col("amount_base").cum_sum().over("group", "customer"))
        .select("group", "customer", "held", since="date")
    )
    capped = windows.sort("base").join_asof(
        held, left_on="base", right_on="since", by=("group", "customer"), check_sortedness=False
    )
    loss = pl.min_horizontal("loss", pl.col("held").fill_null(0) + pl.col("came")).clip(lower_bound=0)
    return capped.group_by("date", "group").agg(value=loss.sum())


@metric(
    name="Net MRR churn rate",
    unit=Unit.PERCENT,
    good=Good.DOWN,
    chart=Chart.LINE,
    group=GROUP,
    total=Total.LAST,
    rows=Rows.RATIO,
    parts=("net_new_mrr", "mrr"),
    rules=("churn_counts_new", "net_reactivation"),
)
def net_mrr_churn_rate(ledger: Ledger, query: Query) -> pl.DataFrame:
    """The MRR lost in the last 30 days, counted as in the revenue churn rate, less expansion MRR of the same days,
    divided by MRR 30 days before. Below zero where expansion is larger than all losses.
    """
    periods = query.frame(ledger.today)
    points = periods.select("date", "at", "base")
    good = ["expansion", "reactivation"] if ledger.rules.net_reactivation else ["expansion"]
    gained = _recent(ledger, points, query, good).with_columns(-pl.col("value"))
    net = series.added(_capped_losses(ledger, points, query), gained)
    return series.ratio(query, periods, net, _opening(ledger, points, query))


@metric(
    name="Months to churn",
    unit=Unit.MONTHS,
    good=Good.UP,
    chart=Chart.LINE,
    group=GROUP,
    total=Total.LAST,
    rows=Rows.RATIO,
    parts=("active_customers", "churned_customers"),
    rules=("churn_counts_new",),
)
def months_to_churn(ledger: Ledger, query: Query) -> pl.DataFrame:
    """How many months a customer stays at the present pace: 1 divided by the customer churn rate; n/a while nobody has
    left in the last 30 days.
    """
    periods = query.frame(ledger.today)
    gone, there = gone_and_there(ledger, query, periods)
    return series.ratio(query, periods, there, gone)


@metric(
    name="LTV",
    unit=Unit.MONEY,
    good=Good.UP,
    chart=Chart.LINE,
    group=GROUP,
    total=Total.LAST,
    rows=Rows.RATIO,
    parts=("arpu", "customer_churn_rate"),
    rules=("ltv_months", "churn_counts_new"),
)
def ltv(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Lifetime value: ARPU divided by the customer churn rate; n/a while nobody has left in the last 30 days, since
    then nothing can be said of how long a customer stays.
    """
    months = ledger.rules.ltv_months
    churn = _mean_churn(ledger, query, months) if months else customer_churn_rate(ledger, query)
    return series.divided(recurring.arpu(ledger, query), churn)


def _mean_churn(ledger: Ledger, query: Query, months: int) -> pl.DataFrame:
    """A frame like a metric's: the mean over so many full months before each period's end of the share of customers
    active at the month's beginning who were gone at its end. Months that began with nobody are left out.
    """
    periods = query.frame(ledger.today)
    ended = pl.col("at").dt.offset_by("1d").clip(upper_bound=ledger.today).dt.month_start()
    back = periods.select("date", first=ended).join(pl.DataFrame({"ago": range(months)}), how="cross")
    after = pl.col("first").dt.offset_by(pl.format("-{}mo", "ago"))
    wanted = back.select("date", month=after.dt.offset_by("-1mo"), at=after.dt.offset_by("-1d"))
    points = wanted.select("at", date="month", base=pl.col("month").dt.offset_by("-1d")).unique()
    gone, there = gone_and_there(ledger, query, points)
    rates = (
        there.join(gone.rename({"value": "gone"}), on=("date", "group"), how="left")
        .filter(pl.col("value") > 0)
        .select("group", month="date", rate=pl.col("gone").fill_null(0) / pl.col("value"))
    )
    means = wanted.join(rates, on="month").group_by("date", "group").agg(value=pl.col("rate").mean())
    return series.finish(query, periods, means, empty=None)
