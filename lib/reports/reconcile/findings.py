"""What a check compared, and each difference that it found with its cause in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from lib.money import major, show
from lib.reports import export
from lib.reports.stripe_links import link

FINDINGS: Final = pl.Schema(
    {
        "object": pl.String,
        "customer": pl.String,
        "day": pl.Date,
        "currency": pl.String,
        "ours": pl.Int64,
        "theirs": pl.Int64,
        "cause": pl.String,
        "sentence": pl.String,
        "explained": pl.Boolean,
    }
)
"""One difference. ``ours`` and ``theirs`` in minor units of ``currency`` (null: not there at all); ``cause`` is short
and the same for all differences of a kind; ``explained`` is false where no rule accounts for it."""


@dataclass(frozen=True)
class Check:
    """One comparison: what was compared, how many of each side, and every difference."""

    name: str
    ours: int
    """How many objects there are on our side."""
    theirs: int
    """How many on Stripe's."""
    agreeing: int
    """How many pairs are the same."""
    findings: pl.DataFrame
    """See FINDINGS; oldest first."""

    @property
    def unexplained(self) -> int:
        """Differences that no rule accounts for."""
        return self.findings.filter(~pl.col("explained")).height

    @property
    def causes(self) -> tuple[tuple[str, int], ...]:
        """Each cause and how many differences it accounts for, the most frequent first."""
        counted = self.findings.group_by("cause").len().sort("len", "cause", descending=[True, False])
        return tuple(counted.iter_rows())


def findings(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """FINDINGS of rows; a missing ``explained`` is true, other missing columns are null."""
    full = [{**dict.fromkeys(FINDINGS), "explained": True, **row} for row in rows]
    return pl.DataFrame(full, schema=FINDINGS).sort("day", "object", nulls_last=True)


def money(amount: int | None, currency: str | None) -> str:
    """Minor units in a sentence."""
    return "an unknown amount" if amount is None or currency is None else show(amount, currency)


def table(check: Check, account: str, *, livemode: bool, locale: str) -> pl.DataFrame:
    """(day, cause, sentence, amount, stripe): the differences for people, the unexplained first, then the newest."""
    pair = pl.struct(minor=pl.coalesce("ours", "theirs"), code=pl.col("currency"))
    amount = pair.map_elements(lambda r: show(r["minor"], r["code"], locale) if r["code"] else "", pl.String)
    url = pl.col("object").map_elements(lambda id_: link(account, id_, livemode=livemode), pl.String)
    rows = check.findings.sort("explained", "day", descending=[False, True], nulls_last=True)
    return rows.select("day", "cause", "sentence", amount=amount, stripe=url)


def as_csv(checks: Iterable[Check]) -> str:
    """Every difference of the checks as CSV, amounts in major units; ``check`` names the comparison."""
    frames = [each.findings.with_columns(check=pl.lit(each.name)) for each in checks]
    amounts = [_major(column) for column in ("ours", "theirs")]
    return export.csv(pl.concat(frames).with_columns(*amounts).select("check", *FINDINGS))


def _major(column: str) -> pl.Expr:
    pair = pl.struct(minor=pl.col(column), code=pl.col("currency"))
    return pair.map_elements(
        lambda r: "" if r["minor"] is None else f"{major(r['minor'], r['code'] or 'usd'):f}", pl.String
    ).alias(column)
