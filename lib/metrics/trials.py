"""Trials: how many begin, run and become paying, and how long that takes."""

from __future__ import annotations

import polars as pl

from lib.ledger.build import Ledger
from lib.ledger.rules import TrialConversion
from lib.metrics import series
from lib.metrics.breakdowns import grouped
from lib.metrics.query import Query
from lib.metrics.registry import Chart, Good, Rows, Total, Unit, metric

GROUP = "Trials"
_COUNT = pl.len().cast(pl.Int64)


def _on(ledger: Ledger, day: str) -> pl.DataFrame:
    """The trials with ``date``: the day on which they began (``start``), were over (``end``) or ``converted``."""
    known = ledger.trials.filter("over") if day == "end" else ledger.trials
    return known.with_columns(date=pl.col(day)).filter(pl.col("date").is_not_null())


@metric(
    name="New trials",
    unit=Unit.COUNT,
    good=Good.UP,
    chart=Chart.BAR,
    group=GROUP,
    total=Total.SUM,
    rows=Rows.TRIALS,
    kinds=("start",),
)
def new_trials(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Subscriptions that began with a trial, on their first day."""
    return series.flow(ledger, query, _on(ledger, "start"), _COUNT)


@metric(
    name="Active trials",
    unit=Unit.COUNT,
    good=Good.UP,
    chart=Chart.AREA,
    group=GROUP,
    total=Total.LAST,
    rows=Rows.TRIALS,
)
def active_trials(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Trials that run at the end of the day."""
    one = pl.lit(1, pl.Int64)
    begun, over = (grouped(ledger, _on(ledger, day), query) for day in ("start", "end"))
    return series.level(
        ledger,
        query,
        pl.concat([begun.select("date", "group", value=one), over.select("date", "group", value=-one)]),
    )


@metric(
    name="Converted trials",
    unit=Unit.COUNT,
    good=Good.UP,
    chart=Chart.BAR,
    group=GROUP,
    total=Total.SUM,
    rows=Rows.TRIALS,
    kinds=("converted",),
)
def converted_trials(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Trials that became paying subscriptions, on the day from which they count in MRR."""
    return series.flow(ledger, query, _on(ledger, "converted"), _COUNT)


@metric(
    name="Trial conversion rate",
    unit=Unit.PERCENT,
    good=Good.UP,
    chart=Chart.LINE,
    group=GROUP,
    total=Total.RATIO,
    rows=Rows.RATIO,
    parts=("converted_trials", "new_trials"),
    rules=("trial_conversion",),
)
def trial_conversion_rate(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Trials converted in the last 30 days divided by trials begun in the last 30 days; n/a where none began.
    Above 100% where more converted than began, since those who convert may have begun earlier.
    """
    periods = query.frame(ledger.today)
    if ledger.rules.trial_conversion is TrialConversion.COHORT:
        begun = _on(ledger, "start")
        over, under = (
            series.summed(ledger, query, rows, _COUNT)
            for rows in (begun.filter(pl.col("converted").is_not_null()), begun)
        )
    else:
        base = "start" if ledger.rules.trial_conversion is TrialConversion.NEW else "end"
        over, under = (
            series.recent(periods, grouped(ledger, _on(ledger, day), query), _COUNT) for day in ("converted", base)
        )
    return series.ratio(query, periods, over, under)


@metric(
    name="Trial length",
    unit=Unit.DAYS,
    good=Good.DOWN,
    chart=Chart.LINE,
    group=GROUP,
    total=Total.RATIO,
    rows=Rows.TRIALS,
    kinds=("converted",),
)
def trial_length(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Days from the beginning of a trial to the day from which it counts in MRR, on average over the trials converted
    in the period; n/a where none were.
    """
    rows = _on(ledger, "converted")
    days = (pl.col("converted") - pl.col("start")).dt.total_days().sum()
    over, under = (series.summed(ledger, query, rows, value) for value in (days, _COUNT))
    return series.ratio(query, query.frame(ledger.today), over, under)
