"""What the page of forecasts says: sentences and tables made of a forecast's figures. Pure, so that each is tested."""

from __future__ import annotations

from datetime import date
from typing import Final

from lib.charts import forecast as chart
from lib.charts import time_axis
from lib.charts.scale import NOT_AVAILABLE, Scale
from lib.metrics.forecast import MODEL_MONTHS
from lib.metrics.forecast_backtest import HORIZONS
from lib.metrics.forecast_levers import Levers
from lib.metrics.registry import Unit
from lib.periods import Interval
from lib.reports.forecast import Cash, Outlook
from lib.web import grid, words
from lib.web.grid import Line

NARROW: Final = 0.1
"""By how much of a share ranges may hold less often than they promise before the page warns."""
ENOUGH: Final = 10
"""Past ranges from which that share says something."""
LEFT_OUT: Final = (
    "Left out: customers who are still to come, metered usage, tax on top of the price, credit balances of "
    "customers, prorations, changes that a subscription schedule still holds, and invoices that are open already "
    "(see Failed charges)."
)


def month(day: date, locale: str) -> str:
    """A month by its first day: ``October 2027``."""
    return time_axis.label(day, Interval.MONTH, locale)


def headline(found: Outlook, money: Scale) -> tuple[str, str]:
    """The figure of the last month ahead, and what it is."""
    last = found.months.row(-1, named=True)
    when = f"MRR at the end of {month(last['date'], money.locale)}"
    if not found.modelled:
        return money.card(last["plain"]), f"{when} by the forecast; it has no range yet"
    low_high = chart.between(last, 80, money)
    return money.card(last["model"]), f"{when} by the forecast; the 80% range is {low_high}"


def few_months(found: Outlook) -> str:
    """Why there is no model yet."""
    count = found.history.height
    return (
        f"There are {count} full months of MRR so far. From {MODEL_MONTHS} on, a model makes the forecast and says how "
        "far off it may be; until then, each month adds what the last three added on average."
    )


def judged(found: Outlook, money: Scale) -> str:
    """How wrong such forecasts of this account have been, in a sentence or two."""
    scores = found.projection.scores
    if scores.is_empty():
        return "There are no past forecasts to judge this one by yet. Its ranges are set wide until there are."
    first, last = scores.row(0, named=True), scores.row(-1, named=True)
    said = (
        f"Made again for every past month from what was known then, this forecast was off by "
        f"{money.percent(first['model'])} on average {ahead(first['ahead'])}. A yardstick to judge that by, each month "
        f"adding what the three before added on average, was off by {money.percent(first['plain'])}."
    )
    if last["ahead"] != first["ahead"]:
        both = f"{money.percent(last['model'])} against {money.percent(last['plain'])}"
        said += f" {ahead(last['ahead']).capitalize()} it was {both}."
    return said if last["model"] <= last["plain"] else f"{said} So far the yardstick has done better here."


def narrow(found: Outlook) -> str:
    """A warning where past ranges held less often than they promise; empty where they did not."""
    told = found.projection.coverage
    shares = [
        (row["level"], row["ahead"], row["held"], row["forecasts"])
        for row in told.iter_rows(named=True)
        if row["forecasts"] >= ENOUGH and row["held"] / row["forecasts"] < row["level"] / 100 - NARROW
    ]
    if not shares:
        return ""
    level, months, held, count = min(shares, key=lambda each: each[2] / each[3] - each[0] / 100)
    return (
        f"Take the ranges as too narrow: of the {level}% ranges {ahead(months)}, {held} of {count} held what came. "
        "Past surprises came in runs, and a short history shows few of them."
    )


def ahead(months: int) -> str:
    """``one month ahead``, ``twelve months ahead``: a number beside a percentage is read best as a word."""
    return "one month ahead" if months == 1 else f"{_NUMBERS[months]} months ahead"


_NUMBERS: Final = dict(zip(HORIZONS, ("one", "three", "six", "twelve"), strict=True))


def track_record(found: Outlook, money: Scale) -> str:
    """How good past forecasts were, as a table: errors of both at each horizon, and how often the ranges held."""
    held = {(r["level"], r["ahead"]): (r["held"], r["forecasts"]) for r in found.projection.coverage.to_dicts()}

    def often(level: int, at: int) -> str:
        kept, count = held[level, at]
        return f"{kept} of {count}"

    lines = [
        Line(
            ahead(row["ahead"]).capitalize(),
            [
                str(row["forecasts"]),
                f"{money.percent(row['model'])} ({money.card(row['model_amount'])})",
                f"{money.percent(row['plain'])} ({money.card(row['plain_amount'])})",
                often(80, row["ahead"]),
                often(95, row["ahead"]),
            ],
        )
        for row in found.projection.scores.iter_rows(named=True)
    ]
    heads = ["Made", "Forecasts", "Forecast off by", "Yardstick off by", "80% range held", "95% range held"]
    return grid.table(heads, lines, "How wrong past forecasts were")


def what_if(found: Outlook, levers: Levers, money: Scale) -> str:
    """What the levers come to, against today's pace; at rest no figure, which would look like a second forecast."""
    base, moved = found.scenario(Levers()), found.scenario(levers)
    if base is None or moved is None:
        return ""
    if levers.rest:
        return (
            "The levers rest at the average of the last three full months. Move a lever to see what would change. "
            "The forecast above stays as it is."
        )
    when = month(found.months["date"][-1], money.locale)
    more = _as_shown(moved[-1], money) - _as_shown(base[-1], money)
    told = f"{money.card(abs(more))} {'more' if more > 0 else 'less'} than" if more else "the same as"
    instead = f" instead of {money.card(base[-1])}" if more else ""
    return (
        f"With your changes, MRR at the end of {when} would be {told} if the last three full months went on "
        f"unchanged: {money.card(moved[-1])}{instead}. That is what the levers do, not a second forecast; the forecast "
        "above stays as it is."
    )


def _as_shown(micros: int, money: Scale) -> int:
    """An amount rounded to whole major units, as cards show it from a hundred on: their differences then agree."""
    return round(round(micros * money.factor) / money.factor) if abs(micros * money.factor) >= _WHOLE else micros


_WHOLE: Final = 100


def months_table(found: Outlook, scenario: list[int] | None, money: Scale) -> str:
    """The months ahead as a table, one forecast each; ``scenario`` is one more column."""
    heads = ["End of", "Forecast", "80% range", "95% range", *(["What if"] if scenario else [])]
    lines = []
    for n, row in enumerate(found.months.iter_rows(named=True)):
        known = row["model"] is not None
        ranges = [chart.between(row, level, money) if known else NOT_AVAILABLE for level in (80, 95)]
        extra = [money.card(scenario[n])] if scenario else []
        cells = [money.card(row["model" if known else "plain"]), *ranges, *extra]
        lines.append(Line(month(row["date"], money.locale), cells))
    return grid.table(heads, lines, "MRR in the months ahead")


def cash_sentence(found: Cash, money: Scale) -> str:
    """What the renewals come to, and at which rates they are reckoned."""
    frame = found.frame
    until = month(frame["date"][-1], money.locale)
    said = (
        f"Running subscriptions renew for {money.card(int(frame['certain'].sum()))} from today to the end of {until}."
    )
    if found.churn is not None:
        said += (
            f" At the customer churn rate of the last 30 days, {money.percent(float(found.churn))}, "
            f"{money.card(int(frame['expected'].sum()))} of that comes in."
        )
    if not found.on_trial:
        return said
    if found.conversion is None:
        return f"{said} What running trials may add can't be told: none began in the last 30 days."
    share = money.percent(min(1.0, float(found.conversion)))
    sooner = money.card(int(frame["trials"].sum()))
    return f"{said} Running trials add {sooner} if {share} of them convert, as in the last 30 days, and churn alike."


def cash_table(found: Cash, money: Scale) -> str:
    """Renewals by month as a table, all months together first; n/a where a rate is."""
    frame = found.frame
    columns = ["certain", "expected", *(["trials"] if found.on_trial else [])]
    heads = ["Month", "Signed up", "After churn", *(["From trials"] if found.on_trial else [])]
    sums = [None if frame[name].null_count() else int(frame[name].sum()) for name in columns]
    lines = [Line("All together", [money.card(each) for each in sums], "pl-sum")]
    for row in frame.iter_rows(named=True):
        label = month(row["date"].replace(day=1), money.locale) + ("" if row["whole"] else ", from today")
        lines.append(Line(label, [money.card(row[name]) for name in columns]))
    return grid.table(heads, lines, "Renewals by month")


def bad_lever(name: str, asked: str, low: float, high: float, locale: str) -> str:
    """What to say of a lever that the address sets where it can't go; ``low`` and ``high`` in percent."""
    least, most = (Scale(Unit.PERCENT, locale=locale).tick(each / 100) for each in (low, high))
    return f"“{words.plain(asked)}” is no {name} to try here; choose one from {least} to {most}."
