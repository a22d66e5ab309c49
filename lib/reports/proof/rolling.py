"""Ratios whose two parts are no metrics of their own: what was there at the window's base, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

import polars as pl

from lib.ledger.build import Ledger
from lib.ledger.rules import TrialConversion
from lib.metrics import churn, recurring, retention, series, trials
from lib.metrics.registry import Unit
from lib.periods import add_months
from lib.reports import labels
from lib.reports.proof.rows import Point, filled, present, standing


@dataclass(frozen=True, slots=True)
class Part:
    """Numerator or denominator: what it is called, its unit, and its rows (ROWS)."""

    title: str
    unit: Unit
    frame: pl.DataFrame


Parts = tuple[Part, Part]
ONE: Final = pl.lit(1, pl.Int64)


def gone_and_there(ledger: Ledger, point: Point) -> Parts:
    """Customers active at the base who are active nowhere at the end, and all who were active at the base. With
    ``rules.churn_counts_new`` those who joined since are in both.
    """
    there = _active_then(ledger, point)
    title = f"Customers active on {told(point.base, point)}"
    if ledger.rules.churn_counts_new:
        joined = (
            _window(ledger, point, ("new",))
            .group_by("customer")
            .agg(pl.col("date", "type", "currency").first(), pl.col("amount", "amount_base").sum(), value=ONE)
        )
        there, title = pl.concat([there, filled(joined)]), f"{title}, and those who joined since"
    still = present(series.presence(ledger, point.query.whole()), replace(point, group=None))
    left = series.presence(ledger, point.query.whole()).filter(pl.col("until") <= point.at)
    last = left.group_by("customer").agg(left=pl.col("until").max())
    gone = filled(
        there.join(still.select("customer"), on="customer", how="anti")
        .join(last, on="customer", how="left")
        .with_columns(type=pl.lit("gone"), date=pl.coalesce("left", "date"))
    )
    return Part(f"Gone by {told(point.at, point)}", Unit.COUNT, gone), Part(title, Unit.COUNT, there)


def _there_and_gone(ledger: Ledger, point: Point) -> Parts:
    gone, there = gone_and_there(ledger, point)
    return there, gone


def _active_then(ledger: Ledger, point: Point) -> pl.DataFrame:
    then = replace(point, at=point.base)
    held = standing(ledger, ledger.movements, then)
    amounts = held.group_by("customer").agg(pl.col("date").max(), pl.col("amount_base").sum())
    spans = present(series.presence(ledger, point.query), then).select("customer", "since")
    joined = spans.join(amounts, on="customer", how="left")
    return filled(joined.with_columns(date=pl.coalesce("date", "since"), type=pl.lit("active"), value=ONE))


def _window(ledger: Ledger, point: Point, kinds: tuple[str, ...]) -> pl.DataFrame:
    """The movements of ``kinds`` after the base up to the end, of the point's group."""
    moved = series.moved(ledger, kinds).filter(pl.col("date") > point.base, pl.col("date") <= point.at)
    return point.pick(ledger, moved)


def _losses(ledger: Ledger, point: Point) -> pl.DataFrame:
    """One row for each customer that lost MRR in the window; ``value`` is capped at what the customer had to lose."""
    counted = ("new", *series.LOST) if ledger.rules.churn_counts_new else series.LOST
    came = pl.col("type") == "new"
    moved = _window(ledger, point, counted)
    lost = moved.group_by("customer").agg(
        pl.col("date").max(),
        type=pl.col("type").filter(~came).last(),
        amount_base=pl.col("amount_base").filter(~came).sum(),
        came=pl.col("amount_base").filter(came).sum(),
    )
    held = standing(ledger, ledger.movements, replace(point, at=point.base))
    had = held.group_by("customer").agg(had=pl.col("amount_base").sum())
    most = pl.col("had").fill_null(0) + pl.col("came")
    value = pl.min_horizontal(-pl.col("amount_base"), most).clip(lower_bound=0)
    return filled(lost.join(had, on="customer", how="left").with_columns(value=value).filter(pl.col("value") != 0))


def _opening(ledger: Ledger, point: Point) -> Part:
    held = _valued(standing(ledger, ledger.movements, replace(point, at=point.base)))
    title = f"MRR on {told(point.base, point)}"
    if not ledger.rules.churn_counts_new:
        return Part(title, Unit.MONEY, held)
    new = _valued(_window(ledger, point, ("new",)))
    return Part(f"{title}, and what was new since", Unit.MONEY, pl.concat([held, new]))


def _lost_and_held(ledger: Ledger, point: Point) -> Parts:
    title = f"Lost by {told(point.at, point)}, at most what each customer had"
    return Part(title, Unit.MONEY, _losses(ledger, point)), _opening(ledger, point)


def _net_lost_and_held(ledger: Ledger, point: Point) -> Parts:
    good = ("expansion", "reactivation") if ledger.rules.net_reactivation else ("expansion",)
    gained = _valued(_window(ledger, point, good), -1)
    rows = pl.concat([_losses(ledger, point), gained])
    return Part(f"Lost by {told(point.at, point)}, less what was gained", Unit.MONEY, rows), _opening(ledger, point)


def _grown(ledger: Ledger, point: Point) -> Parts:
    now = _valued(standing(ledger, ledger.movements, point))
    then = _valued(standing(ledger, ledger.movements, replace(point, at=point.base)))
    less = then.with_columns(-pl.col("value"), type=pl.lit("30 days before"))
    title = f"MRR on {told(point.at, point)} less MRR on {told(point.base, point)}"
    return Part(title, Unit.MONEY, pl.concat([now, less])), Part(f"MRR on {told(point.base, point)}", Unit.MONEY, then)


def _kept(value: pl.Expr, title: str) -> Callable[[Ledger, Point], Parts]:
    """A year's retention: ``value`` of ``now`` and ``then``, each customer's MRR at the end and 12 months before."""

    def parts(ledger: Ledger, point: Point) -> Parts:
        moved = point.pick(ledger, ledger.movements)
        both = moved.group_by("customer").agg(
            date=pl.col("date").filter(pl.col("date") <= point.at).max(),
            now=pl.col("amount_base").filter(pl.col("date") <= point.at).sum(),
            then=pl.col("amount_base").filter(_year_on() <= point.at).sum(),
            type=pl.lit("active"),
        )
        was, kept = (
            both.with_columns(value="then", amount_base="then"),
            both.with_columns(value=value, amount_base="now"),
        )
        over, under = (filled(each.filter(pl.col("value") != 0)) for each in (kept, was))
        return Part(title, Unit.MONEY, over), Part("MRR of 12 months before", Unit.MONEY, under)

    return parts


def _year_on() -> pl.Expr:
    """The first day whose day 12 months before is not earlier than ``date``."""
    leap_day = (pl.col("date").dt.month() == 2) & (pl.col("date").dt.day() == 29)  # noqa: PLR2004 - 29 February
    extra = pl.when(leap_day).then(pl.duration(days=1)).otherwise(pl.duration())
    return pl.col("date").dt.offset_by("1y") + extra


def _converted(ledger: Ledger, point: Point) -> Parts:
    known = point.pick(ledger, ledger.trials)
    if ledger.rules.trial_conversion is TrialConversion.COHORT:
        begun = point.within(known, "start").with_columns(date="start")
        over = begun.filter(pl.col("converted").is_not_null())
        return _trials("Of those, converted since", over), _trials("Trials begun in the period", begun)
    day = "start" if ledger.rules.trial_conversion is TrialConversion.NEW else "end"
    ended = known.filter("over") if day == "end" else known
    over, under = (
        rows.filter(pl.col(on) > point.base, pl.col(on) <= point.at).with_columns(date=on)
        for rows, on in ((known, "converted"), (ended, day))
    )
    said = "begun" if day == "start" else "ended"
    since = f"after {told(point.base, point)}"
    return _trials(f"Trials converted {since}", over), _trials(f"Trials {said} {since}", under)


def _trial_days(ledger: Ledger, point: Point) -> Parts:
    done = point.within(point.pick(ledger, ledger.trials), "converted").with_columns(date="converted")
    days = (pl.col("converted") - pl.col("start")).dt.total_days()
    over = filled(done.with_columns(type=pl.lit("days"), value=days))
    return Part("Days on trial", Unit.COUNT, over), _trials("Trials converted in the period", done)


def _trials(title: str, rows: pl.DataFrame) -> Part:
    return Part(title, Unit.COUNT, filled(rows.with_columns(type=pl.lit("trial"), value=ONE)))


def _gained_and_lost(ledger: Ledger, point: Point) -> Parts:
    gained, lost = (
        point.pick(ledger, point.within(series.moved(ledger, kinds))) for kinds in (("new", "expansion"), series.LOST)
    )
    return (
        Part("New and expansion MRR", Unit.MONEY, _valued(gained)),
        Part("Contraction and churned MRR", Unit.MONEY, _valued(lost, -1)),
    )


def _valued(rows: pl.DataFrame, factor: int = 1) -> pl.DataFrame:
    return filled(rows.with_columns(value=pl.col("amount_base") * factor))


def full_months(ledger: Ledger, point: Point) -> tuple[Point, ...]:
    """The last ``rules.ltv_months`` full months before the point's end, as windows of their own."""
    first = min(point.at + timedelta(days=1), ledger.today).replace(day=1)
    starts = [add_months(first, -ago - 1) for ago in range(ledger.rules.ltv_months)]
    return tuple(_month(point, start) for start in starts)


def _month(point: Point, start: date) -> Point:
    end = add_months(start, 1) - timedelta(days=1)
    return replace(point, start=start, end=end, at=end, base=start - timedelta(days=1))


def told(day: date, point: Point) -> str:
    """A day as the point's reader writes it: ``Mar 3, 2026``."""
    return labels.day(day, point.locale)


PARTS: Final[Mapping[str, Callable[[Ledger, Point], Parts]]] = MappingProxyType(
    {
        churn.customer_churn_rate.slug: gone_and_there,
        churn.months_to_churn.slug: _there_and_gone,
        churn.revenue_churn_rate.slug: _lost_and_held,
        churn.net_mrr_churn_rate.slug: _net_lost_and_held,
        recurring.mrr_growth_rate.slug: _grown,
        recurring.quick_ratio.slug: _gained_and_lost,
        retention.gross_revenue_retention.slug: _kept(
            pl.min_horizontal("now", "then"), "What is left of it, at most each customer's MRR then"
        ),
        retention.net_revenue_retention.slug: _kept(
            pl.when(pl.col("then") > 0).then("now").otherwise(0), "What the same customers pay now"
        ),
        trials.trial_conversion_rate.slug: _converted,
        trials.trial_length.slug: _trial_days,
    }
)
"""The metrics whose ``parts`` name what is divided, but not over which days or up to which cap. Every other ratio is
the quotient of the two metrics that it names; a test finds any for which neither is true."""
