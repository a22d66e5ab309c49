"""The demo business's years: growth, weekends, seasons, and the dip that every chart should have."""

from __future__ import annotations

from itertools import accumulate, pairwise

_GROWTH = 2.6  # how many times as many customers come at the end of the span as at its start
_MONTHS = (1.18, 1.06, 1.08, 1.0, 0.98, 0.95, 0.86, 0.84, 1.1, 1.12, 1.0, 0.72)  # January first
_WEEKEND = 0.42
_DIP = (0.50, 0.58)  # of the span: a price change went wrong
_DIP_ARRIVALS = 0.5
_DIP_LEAVING = 2.4


def _month(day: int) -> int:
    return int(day % 365.2425 / 30.44) % 12


def arrivals(day: int, first: int, span: int) -> float:
    """Return how strongly customers come on a day (days since 1970) of a business begun on another."""
    life = (day - first) / max(span, 1)
    weekend = _WEEKEND if (day + 3) % 7 > 4 else 1.0  # noqa: PLR2004 - Saturday and Sunday
    dip = _DIP_ARRIVALS if _DIP[0] <= life < _DIP[1] else 1.0
    return float((1 + (_GROWTH - 1) * min(life, 1.2)) * _MONTHS[_month(day)] * weekend * dip)


def leaving(day: int, first: int, span: int) -> float:
    """Return how much likelier than usual it is to leave on a day."""
    life = (day - first) / max(span, 1)
    return _DIP_LEAVING if _DIP[0] + 0.02 <= life < _DIP[1] else 1.0


def counts(first: int, span: int, total: int, days: int) -> list[int]:
    """Return how many customers come on each of some days, so that `total` have come within the span."""
    weights = [arrivals(first + day, first, span) for day in range(max(days, span))]
    scale = total / sum(weights[: max(span, 1)])
    sums = [round(scale * each) for each in accumulate(weights, initial=0.0)]
    return [after - before for before, after in pairwise(sums)][:days]
