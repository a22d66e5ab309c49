"""Trials, and the ledgers beside the ledger: what runs on trial, and what is left when those who cancelled are gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

import polars as pl

from lib.ledger.history import Life
from lib.periods import local_date

TRIALS = pl.Schema(
    {
        "customer": pl.String,
        "subscription": pl.String,
        "plan": pl.String,
        "currency": pl.String,
        "start": pl.Date,
        "end": pl.Date,
        "converted": pl.Date,
        "over": pl.Boolean,
    }
)
"""One row for each subscription that began with a trial. ``end``: the first day no longer on trial, planned while it
still runs (``over`` false); ``converted``: the day from which it counted in MRR; null: it never did, or not yet."""


def at_the_click(life: Life) -> Life:
    """The same life, ended the moment it was cancelled, and gone while a cancellation stood that was taken back."""
    end = life.end if life.click is None else life.click
    return replace(life, end=end, gaps=(*life.gaps, *life.undone))


def on_trial(found: Iterable[Life]) -> list[Life]:
    """Each trial as a life of its own: from its start to its end, or to where its life ends by the rules before."""
    return [
        replace(life, begin=life.trial[0], end=min(life.trial[1], life.end or life.trial[1]), marks=life.offered)
        for life in found
        if life.trial is not None
    ]


def trials(found: Iterable[Life], held: pl.DataFrame, tz: ZoneInfo, as_of: int) -> pl.DataFrame:
    """The TRIALS frame up to ``as_of`` (UTC epoch seconds). ``held`` are the account's STATES."""
    began = dict(held.filter("active").group_by("subscription").agg(pl.col("date").min()).iter_rows())
    rows = [
        (
            life.customer,
            life.id,
            life.offered[0].price.id if life.offered else None,
            life.currency,
            local_date(life.trial[0], tz),
            local_date(life.trial[1], tz),
            began.get(life.id),
            life.trial[1] <= as_of,
        )
        for life in found
        if life.trial is not None and life.trial[0] <= as_of
    ]
    return pl.DataFrame(rows, schema=TRIALS, orient="row").sort("start", "subscription")
