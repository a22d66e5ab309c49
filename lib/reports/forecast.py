"""What MRR and cash may be in the twelve months to come: the forecast, what-if, renewals, and their CSV.

The model's path depends on nothing but the MRR at past month ends, so it is kept by these: a new customer today does
not make it be reckoned again, the first day of a month does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Final

import polars as pl

from lib.billing import access
from lib.billing.plans import Feature
from lib.errors import HistoryTooShort, NothingToForecast
from lib.ledger.build import Ledger
from lib.ledger.rules import Rules
from lib.metrics import churn, forecast_cash, forecast_levers, trials
from lib.metrics import forecast as metrics
from lib.metrics import forecast_backtest as backtest
from lib.metrics.forecast import AHEAD, MODEL_MONTHS, PLAIN_MONTHS
from lib.metrics.forecast_backtest import LEVELS
from lib.metrics.forecast_levers import Levers, Pace
from lib.metrics.query import Query
from lib.metrics.registry import Metric, Unit
from lib.periods import Interval, add_months, day_end
from lib.reports import books, door, export, shapes, tables

MONTHS: Final = pl.Schema(
    {
        "date": pl.Date,
        "model": pl.Int64,
        "low_80": pl.Int64,
        "high_80": pl.Int64,
        "low_95": pl.Int64,
        "high_95": pl.Int64,
        "plain": pl.Int64,
    }
)
"""One row for each month ahead, by its first day: MRR at its end in micros of the reporting currency. ``model`` and its
intervals are null while there are too few months for them."""
_EXACT: Final = 10**6
"""More customers or trials than a rate of 30 days is made of. Fractions with smaller denominators lie further apart
than floats do, so a rate's float names one of them alone."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What follows from the MRR at past month ends alone. Amounts in micros."""

    months: pl.DataFrame
    """See MONTHS."""
    scores: pl.DataFrame
    """How far off past forecasts were: see lib.metrics.forecast_backtest.SCORES."""
    coverage: pl.DataFrame
    """How often past intervals held what came: see lib.metrics.forecast_backtest.COVERAGE."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The answer about MRR: where it was, where it may go, and how good such forecasts have been."""

    currency: str
    today: date
    history: pl.DataFrame
    """See lib.metrics.forecast.HISTORY."""
    projection: Projection
    pace: Pace | None
    """What the levers start from; None when there was no MRR three months ago."""
    notes: tuple[str, ...] = ()

    @property
    def modelled(self) -> bool:
        """Whether there are months enough for the model; else there is the plain mean alone."""
        return self.history.height >= MODEL_MONTHS

    @property
    def months(self) -> pl.DataFrame:
        """The months ahead, see MONTHS."""
        return self.projection.months

    def scenario(self, levers: Levers) -> list[int] | None:
        """MRR at the end of each month ahead with ``levers`` pulled, micros; None without a pace."""
        return None if self.pace is None else forecast_levers.scenario(self.pace, levers)


@dataclass(frozen=True, slots=True)
class Cash:
    """The answer about cash: renewals to come, month by month."""

    currency: str
    today: date
    frame: pl.DataFrame
    """See lib.metrics.forecast_cash.CASH_FLOW; the first month from today on."""
    churn: Fraction | None
    """Customer churn rate of the last 30 days, exact; None: n/a."""
    conversion: Fraction | None
    """Trial conversion rate of the last 30 days, exact; None: n/a."""
    on_trial: bool
    """Whether any trial that still runs would be charged."""
    notes: tuple[str, ...] = ()


def outlook(account: str, rules: Rules | None = None) -> Outlook:
    """MRR in the twelve months to come, by the account's own rules unless others are given.

    The first time in a month it takes seconds. Raises PlanNeeded, HistoryTooShort, NothingToForecast, and what
    books.ledger does.
    """
    ledger = books.ledger(account, rules)
    access.require(account, Feature.FORECASTS)
    return _outlook(ledger)


def _outlook(ledger: Ledger) -> Outlook:
    history = metrics.history(ledger)
    _enough(history, ledger.today)
    return Outlook(
        currency=ledger.base,
        today=ledger.today,
        history=history,
        projection=_projection(tuple(history["value"]), history["date"][-1]),
        pace=forecast_levers.pace(ledger),
        notes=door.notes(ledger),
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """How a forecast looks, without a figure of it: every value is a share, 0 to 1, of a height that is not told.

    ``history``: the finished months that the plan shows; ``ahead``: the months to come; ``low`` and ``high``: the 80%
    range, empty while there are too few months for one.
    """

    history: tuple[float, ...]
    ahead: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


_ROOM: Final = 1.4
"""How much higher than the line a drawing goes; a range may go further and is cut."""


def preview(account: str) -> Shape:
    """The shape of the account's own forecast, for plans without forecasts. Raises as outlook, PlanNeeded aside."""
    ledger = books.ledger(account)
    found = _outlook(ledger)
    names = ("model", "low_80", "high_80") if found.modelled else ("plain",)
    past = books.shown(account, ledger, found.history)["value"].to_list()
    ahead, *bounds = (found.months[name].to_list() for name in names)
    height = max(1, *past, *ahead) * _ROOM
    return Shape(*(shapes.shares(values, height) for values in (past, ahead, *bounds)))


def _enough(history: pl.DataFrame, today: date) -> None:
    if history.height < PLAIN_MONTHS:
        missing = PLAIN_MONTHS - history.height
        day = add_months(today.replace(day=1), missing)
        raise HistoryTooShort(needed=PLAIN_MONTHS, months=history.height, day=day)
    if history["value"][-1] <= 0:
        raise NothingToForecast


@lru_cache(maxsize=32)
def _projection(values: tuple[int, ...], last: date) -> Projection:
    """The months after ``last`` (the newest finished month's first day), from the MRR at the month ends up to it."""
    dates = [add_months(last, n) for n in range(1, AHEAD + 1)]
    plain = metrics.plain(values)
    if len(values) < MODEL_MONTHS:
        empty = pl.DataFrame({"date": dates, "plain": plain})
        months = empty.select(pl.col(n) if n in empty.columns else pl.lit(None).alias(n) for n in MONTHS).cast(MONTHS)
        return Projection(months, backtest.scores(values, []), backtest.coverage(values, []))
    made = backtest.folds(values)
    path = metrics.model(values)
    ranges = backtest.intervals(values, made, path)
    bounds = [[bound for level in LEVELS for bound in ranges[level][n]] for n in range(AHEAD)]
    points = [max(0, round(point)) for point in path.points]
    rows = zip(dates, points, bounds, plain, strict=True)
    months = pl.DataFrame([(day, point, *ends, mean) for day, point, ends, mean in rows], schema=MONTHS, orient="row")
    return Projection(months, backtest.scores(values, made), backtest.coverage(values, made))


def cash(account: str, rules: Rules | None = None) -> Cash:
    """What running subscriptions will be charged to the end of the twelfth month after this one.

    At the churn and conversion of the last 30 days and today's exchange rates. Raises PlanNeeded, and what books.ledger
    does.
    """
    ledger = books.ledger(account, rules)
    access.require(account, Feature.FORECASTS)
    today = ledger.today
    after = day_end(today - timedelta(days=1), ledger.tz) - 1
    until = day_end(forecast_cash.horizon(today), ledger.tz) - 1
    charges = forecast_cash.renewals(books.tables(account), ledger, after, until)
    lost, converted = _rate(churn.customer_churn_rate, ledger), _rate(trials.trial_conversion_rate, ledger)
    return Cash(
        currency=ledger.base,
        today=today,
        frame=forecast_cash.cash_flow(charges, today, Interval.MONTH, lost, converted),
        churn=lost,
        conversion=converted,
        on_trial=bool(charges["trial"].any()),
        notes=(*door.notes(ledger), *_unpriced(charges, ledger)),
    )


def _rate(metric: Metric, ledger: Ledger) -> Fraction | None:
    """A rate of the last 30 days as the fraction of whole numbers that it is; None: n/a."""
    value = metric(ledger, Query(ledger.today, ledger.today))["value"][0]
    return None if value is None else Fraction(value).limit_denominator(_EXACT)


def _unpriced(charges: pl.DataFrame, ledger: Ledger) -> list[str]:
    """What the ledger has not said already: its currencies are those of the past."""
    known = {ledger.base, *ledger.rates["currency"], *ledger.unpriced}
    return [
        f"No exchange rate for {code.upper()} is known yet, so renewals in it are left out."
        for code in sorted(set(charges["currency"]) - known)
    ]


def months_csv(found: Outlook, levers: Levers = Levers()) -> str:  # noqa: B008 - frozen
    """``month,kind,mrr,low_80,high_80,low_95,high_95,plain_mean,scenario``: past months, then those ahead.

    Months like ``2026-11``, MRR at their end in major units; ``kind`` is actual or forecast; n/a is empty.
    """
    return export.csv(months_written(found, levers))


def months_written(found: Outlook, levers: Levers = Levers()) -> pl.DataFrame:  # noqa: B008 - frozen
    """The same as a frame of text, n/a null."""
    scenario: Sequence[int | None] = found.scenario(levers) or [None] * AHEAD

    def money(values: Iterable[int | None]) -> Iterable[str | None]:
        return (tables.plain(value, Unit.MONEY, found.currency) or None for value in values)

    past = [(f"{day:%Y-%m}", "actual", *money((mrr,)), *[None] * 6) for day, mrr in found.history.iter_rows()]
    ahead = [
        (f"{day:%Y-%m}", "forecast", *money((*figures, what_if)))
        for (day, *figures), what_if in zip(found.months.iter_rows(), scenario, strict=True)
    ]
    head = ("month", "kind", "mrr", "low_80", "high_80", "low_95", "high_95", "plain_mean", "scenario")
    return pl.DataFrame([*past, *ahead], schema=dict.fromkeys(head, pl.String), orient="row")


def cash_csv(found: Cash) -> str:
    """``from,to,signed_up,after_churn,from_trials``: each month's days and renewals in major units, n/a empty."""
    rows = [
        (
            start.isoformat(),
            end.isoformat(),
            *(tables.plain(each, Unit.MONEY, found.currency) or None for each in figures),
        )
        for start, end, *figures in found.frame.drop("whole").iter_rows()
    ]
    heads = ("from", "to", "signed_up", "after_churn", "from_trials")
    return export.csv(pl.DataFrame(rows, schema=dict.fromkeys(heads, pl.String), orient="row"))
