"""How good past forecasts were: each month's forecast made again from what was known then, held against what came.

The model reckons its own errors too small: it takes its few parameters for certain and the future for more of the same.
So its intervals are widened until they would have held as often as they promise for the forecasts made so far (split
conformal prediction, with the model's standard error as the measure of each miss: https://arxiv.org/abs/2107.07511).
The misses of one forecast hang together, so they count as one in the allowance that the method makes for few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import polars as pl

from lib.metrics import forecast
from lib.metrics.forecast import AHEAD, MODEL_MONTHS, Path

HORIZONS: Final = (1, 3, 6, 12)
"""Months ahead at which forecasts are judged."""
LEVELS: Final = (80, 95)
"""Percent of what comes that an interval should hold."""
SCORES: Final = pl.Schema(
    {
        "ahead": pl.Int64,
        "forecasts": pl.Int64,
        "model": pl.Float64,
        "plain": pl.Float64,
        "model_amount": pl.Int64,
        "plain_amount": pl.Int64,
    }
)
"""For each horizon: how many forecasts, and how far off they were on average: as a share of what came, and micros."""
COVERAGE: Final = pl.Schema({"level": pl.Int64, "ahead": pl.Int64, "forecasts": pl.Int64, "held": pl.Int64})
"""For each level and horizon: how many intervals, and how many of them held what came."""
NEWEST: Final = 36
"""Forecasts made again: three years of them, so that a long history takes no longer."""
_FEWEST: Final = 6
"""Past misses from which a width is learned."""
_CAUTION: Final = 3.0
"""The widening until then, about what the stand-in's businesses need."""

Project = Callable[[Sequence[int]], Path]


@dataclass(frozen=True, slots=True)
class Fold:
    """A forecast made again: from the first ``known`` months."""

    known: int
    path: Path
    plain: tuple[int, ...]


def folds(values: Sequence[int], project: Project = forecast.model) -> list[Fold]:
    """A forecast from every month but the last at which the model had enough to go by, of the NEWEST.

    ``values``: month-end MRR, micros.
    """
    origins = [n for n in range(MODEL_MONTHS, len(values)) if values[n - 1] > 0][-NEWEST:]
    return [Fold(n, project(values[:n]), tuple(forecast.plain(values[:n]))) for n in origins]


def scores(values: Sequence[int], made: Sequence[Fold]) -> pl.DataFrame:
    """The mean errors at each horizon that any forecast has reached, as a SCORES frame."""
    rows = []
    for ahead in HORIZONS:
        reached = [fold for fold in made if fold.known + ahead <= len(values) and values[fold.known + ahead - 1]]
        if not reached:
            continue
        came = [values[fold.known + ahead - 1] for fold in reached]
        ours = [abs(fold.path.points[ahead - 1] - c) for fold, c in zip(reached, came, strict=True)]
        plain = [abs(fold.plain[ahead - 1] - c) for fold, c in zip(reached, came, strict=True)]
        shares = [sum(e / c for e, c in zip(each, came, strict=True)) / len(came) for each in (ours, plain)]
        rows.append((ahead, len(came), *shares, *(round(sum(each) / len(came)) for each in (ours, plain))))
    return pl.DataFrame(rows, schema=SCORES, orient="row")


def widening(values: Sequence[int], made: Sequence[Fold], level: int) -> float:
    """What the model's interval must be multiplied with, at least 1, to have held ``level`` percent of what came."""
    misses = sorted(
        abs(values[fold.known + n] - fold.path.points[n]) / fold.path.errors[n]
        for fold in made
        for n in range(min(AHEAD, len(values) - fold.known))
        if fold.path.errors[n] > 0
    )
    if len(misses) < _FEWEST:
        return _CAUTION
    share = min(1.0, level / 100 * (1 + 1 / len(made)))
    return max(1.0, _quantile(misses, share) / normal(level))


def intervals(values: Sequence[int], made: Sequence[Fold], path: Path) -> dict[int, list[tuple[int, int]]]:
    """For each level the lowest and highest MRR (micros, never below 0) of each month ahead."""
    found: dict[int, list[tuple[int, int]]] = {}
    half = 0.0
    for level in LEVELS:
        half = max(half, normal(level) * widening(values, made, level))
        found[level] = [
            (max(0, round(point - half * error)), max(0, round(point + half * error)))
            for point, error in zip(path.points, path.errors, strict=True)
        ]
    return found


def coverage(values: Sequence[int], made: Sequence[Fold]) -> pl.DataFrame:
    """How often past intervals held what came, each as wide as the forecasts before it gave cause for: COVERAGE."""
    found: dict[tuple[int, int], list[bool]] = {(level, ahead): [] for level in LEVELS for ahead in HORIZONS}
    for n, fold in enumerate(made):
        told = intervals(values[: fold.known], made[:n], fold.path)
        for (level, ahead), held in found.items():
            if fold.known + ahead <= len(values):
                low, high = told[level][ahead - 1]
                held.append(low <= values[fold.known + ahead - 1] <= high)
    rows = [(level, ahead, len(held), sum(held)) for (level, ahead), held in found.items() if held]
    return pl.DataFrame(rows, schema=COVERAGE, orient="row")


def normal(level: int) -> float:
    """How many standard errors to either side hold ``level`` percent of a normal distribution."""
    return NormalDist().inv_cdf(0.5 + level / 200)


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The value that ``share`` of ``ordered`` are at or below, between neighbours in proportion."""
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)
