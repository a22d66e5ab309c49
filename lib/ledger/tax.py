"""The tax that prices include, which is no revenue of the owner's.

A line names its tax rates; a rate's percentage gives the exact part. Where the rate itself is not known (the key may
not read tax rates) the amounts of the line decide, which are rounded to the minor unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import orjson
import polars as pl


@dataclass(frozen=True, slots=True)
class Taxes:
    """The tax rates of an account: percentages by id."""

    percentages: Mapping[str, Fraction]

    @classmethod
    def of(cls, tables: Mapping[str, pl.DataFrame]) -> Taxes:
        """From the frame ``tax_rate``; an account read without it has none."""
        rows = tables["tax_rate"].select("id", "percentage").drop_nulls().iter_rows() if "tax_rate" in tables else ()
        return cls({id_: Fraction(percentage) for id_, percentage in rows})

    def untaxed(self, line: Mapping[str, Any]) -> Fraction | None:
        """The part of a line's amount that is left when the taxes it includes are taken out; None for a pending item,
        which is not taxed yet.
        """
        if not line["invoice"]:
            return None
        text = line.get("taxes")
        included = [tax for tax in orjson.loads(text) if tax["inclusive"]] if text else []
        if not included:
            return Fraction(1)
        known = [self.percentages.get(tax["rate"] or "") for tax in included]
        if None not in known:
            return 1 / (1 + sum((rate for rate in known if rate is not None), Fraction(0)) / 100)
        return _by_amounts(line, sum(tax["amount"] for tax in included))


def _by_amounts(line: Mapping[str, Any], taxed: int) -> Fraction:
    off = orjson.loads(line["discount_amounts"]) if line.get("discount_amounts") else ()
    paid = line["amount"] - sum(each["amount"] for each in off)
    return Fraction(paid - taxed, paid) if paid else Fraction(1)
