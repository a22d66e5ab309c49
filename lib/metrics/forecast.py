"""MRR in the twelve months to come: a model's path with prediction intervals, and the plain mean beside it.

The model is an ARIMA(0, 1, 1) with drift: MRR grows by about the same amount each month, and each month's surprise
partly stays. Why this one, and how well it does: docs/decisions/0009-forecasts.md.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import polars as pl

from lib.ledger.build import Ledger
from lib.periods import add_months

AHEAD: Final = 12
"""Months."""
PLAIN_MONTHS: Final = 3
"""Full months behind the plain mean; with fewer there is no forecast at all."""
MODEL_MONTHS: Final = 6
"""Full months that the model wants; with fewer there is the plain mean alone."""
HISTORY: Final = pl.Schema({"date": pl.Date, "value": pl.Int64})
"""Each finished month's first day and the MRR at its end, micros of the reporting currency."""
_ORDER: Final = (0, 1, 1)


@dataclass(frozen=True, slots=True)
class Path:
    """What the model says of each month ahead: micros expected, and one standard error by its own reckoning, with what
    the drift itself is uncertain by.
    """

    points: tuple[float, ...]
    errors: tuple[float, ...]


def history(ledger: Ledger) -> pl.DataFrame:
    """MRR at the end of every finished month since the first with any, as a HISTORY frame. The running month is out."""
    moved = ledger.movements.filter(pl.col("date") < ledger.today.replace(day=1))
    first, last = moved["date"].min(), add_months(ledger.today.replace(day=1), -1)
    if moved.is_empty():
        return pl.DataFrame(schema=HISTORY)
    months = pl.select(date=pl.date_range(pl.lit(first).dt.truncate("1mo"), last, "1mo"))
    net = moved.group_by(date=pl.col("date").dt.truncate("1mo")).agg(value=pl.col("amount_base").sum())
    joined = months.join(net, on="date", how="left", maintain_order="left")
    return joined.with_columns(value=pl.col("value").fill_null(0).cum_sum()).cast(HISTORY)


def plain(values: Sequence[int], ahead: int = AHEAD) -> list[int]:
    """The last of ``values`` (month-end MRR, micros) and ``ahead`` times the mean net new MRR of three months.

    Before the first value there was nothing. Raises ValueError with fewer than three values.
    """
    if len(values) < PLAIN_MONTHS:
        raise ValueError(values)
    before = values[-PLAIN_MONTHS - 1] if len(values) > PLAIN_MONTHS else 0
    step = Fraction(values[-1] - before, PLAIN_MONTHS)
    return [max(0, round(values[-1] + step * n)) for n in range(1, ahead + 1)]


def model(values: Sequence[int], ahead: int = AHEAD) -> Path:
    """The model's path beyond ``values`` (month-end MRR, micros, the last above 0), by maximum likelihood.

    statsmodels is imported here: it takes seconds and 150 MB, which only this page pays. Its matrices are tiny, and
    several threads would wait for each other twenty times as long as one takes. How certain the parameters are is not
    asked for (``cov_type``): it says nothing of the path and takes half the time. The standard errors take the drift
    for certain; what it adds is that of a random walk with drift (https://otexts.com/fpp3/prediction-intervals.html).
    """
    from statsmodels.tsa.arima.model import ARIMA  # noqa: PLC0415 - see above
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - only for the former

    unit = float(values[-1])
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about starting values and convergence: the back-test judges the result
        fitted = ARIMA([value / unit for value in values], order=_ORDER, trend="t").fit(cov_type="none")
    found = fitted.get_forecast(ahead)
    errors = (float(each) * unit for each in found.se_mean)
    unsure = (math.sqrt(1 + n / (len(values) - 1)) for n in range(1, ahead + 1))
    return Path(
        tuple(float(each) * unit for each in found.predicted_mean),
        tuple(error * factor for error, factor in zip(errors, unsure, strict=True)),
    )
