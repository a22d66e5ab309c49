"""What a check compared, and each difference that it found with its cause in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from lib.money import major, show
from lib.reports import books, export
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


def money(amount: int | None, currency: str | None, locale: str = "en_US") -> str:
    """Minor units for people, with a proper minus sign."""
    if amount is None or currency is None:
        return "an unknown amount"
    return show(amount, currency, locale).replace("-", "−", 1)


def table(check: Check, account: str, *, livemode: bool, locale: str) -> pl.DataFrame:
    """(day, name, cause, sentence, ours, theirs, stripe) for people: the unexplained first, then the newest."""
    named = books.ledger(account).customers.select("customer", name=pl.coalesce("name", "email", "customer"))
    url = pl.col("object").map_elements(lambda id_: link(account, id_, livemode=livemode), pl.String)
    rows = check.findings.join(named, on="customer", how="left").sort(
        "explained", "day", "object", descending=[False, True, False], nulls_last=True
    )
    ours, theirs = _said("ours", locale), _said("theirs", locale)
    return rows.select(
        "day", pl.col("name").fill_null(pl.col("customer")), "cause", "sentence", ours, theirs, stripe=url
    )


def _said(column: str, locale: str) -> pl.Expr:
    pair = pl.struct(minor=pl.col(column), code=pl.col("currency"))
    text = pair.map_elements(lambda r: "" if r["minor"] is None else money(r["minor"], r["code"], locale), pl.String)
    return text.alias(column)


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
