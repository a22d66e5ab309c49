"""The lists of failed charges (lib.reports.failed) as tables to show and as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import polars as pl

from lib.money import show_micros
from lib.reports import homes, sheets, stripe_links
from lib.reports.failed import FailedCharges


def to_reach_table(
    found: FailedCharges, account: str, called: Sequence[str], *, livemode: bool, locale: str = "en_US"
) -> pl.DataFrame:
    """The customers to call to show: ``called`` is put to each, in their order; ``reach`` is a link to call or else to
    write to; ``due`` as it is owed, in words, each currency by itself and marked where no exchange rate is known;
    ``amount_base`` and ``mrr`` as numbers, in major units of the base, so that what is owed in several currencies can
    be sorted; ``stripe`` leads to the invoice if it is one, else to the customer.
    """
    return found.to_reach.select(
        "name",
        *homes.columns(found.to_reach),
        pl.Series("called", called, pl.String),
        _reach().alias("reach"),
        "invoices",
        pl.col("due").map_elements(lambda each: " + ".join(_owed(one, locale) for one in each), pl.String),
        sheets.money("amount_base", found.base),
        "since",
        "next_attempt",
        pl.col("reason").str.head(1).str.to_uppercase() + pl.col("reason").str.slice(1),
        sheets.money("mrr", found.base),
        stripe=pl.coalesce(
            stripe_links.links("invoice", account, livemode=livemode),
            stripe_links.links("customer", account, livemode=livemode),
        ),
    )


_UNRATED: Final = " (no rate)"
"""What marks an amount that no exchange rate is known for."""


def _owed(due: dict[str, Any], locale: str) -> str:
    """One of TO_REACH's ``due`` in words."""
    return show_micros(due["amount"], due["currency"], locale) + (_UNRATED if due["amount_base"] is None else "")


def _due(locale: str) -> pl.Expr:
    mark = pl.when(pl.col("amount_base").is_null()).then(pl.lit(_UNRATED)).otherwise(pl.lit(""))
    return pl.concat_str(sheets.said("amount", locale), mark).alias("due")


def _reach() -> pl.Expr:
    """``tel:`` and what can be dialled of the phone number, up to an extension; else ``mailto:``; null for neither."""
    dialled = pl.col("phone").str.replace(r"\(0\)", "")
    number = dialled.str.extract(r"^\s*(\+?[0-9\s().\x{a0}/-]+)").str.replace_all(r"[^0-9+]", "")
    address = pl.col("email").map_elements(partial(quote, safe="@+"), pl.String)
    call = pl.when(number.str.len_chars() > _SHORTEST).then(pl.format("tel:{}", number))
    return pl.coalesce(call, pl.format("mailto:{}", address))


_SHORTEST: Final = 2
"""Digits; what is shorter is no number that anybody answers."""


def at_risk_table(found: FailedCharges, account: str, *, livemode: bool) -> pl.DataFrame:
    """The customers at risk to show: ``mrr`` as a number in major units of the base."""
    plans = pl.col("plans").list.join(" + ")
    link = stripe_links.links("customer", account, livemode=livemode)
    return found.at_risk.select(
        "name", *homes.columns(found.at_risk), "email", "card", "card_expires", plans,
        sheets.money("mrr", found.base), stripe=link,
    )  # fmt: skip


def recent_table(found: FailedCharges, account: str, *, livemode: bool, locale: str = "en_US") -> pl.DataFrame:
    """The payments that failed in the last 30 days to show, with their amounts as above."""
    return found.recent.select(
        "name",
        *homes.columns(found.recent),
        "email",
        _due(locale),
        sheets.money("amount_base", found.base),
        "date",
        "recovered",
        pl.col("standing").str.head(1).str.to_uppercase() + pl.col("standing").str.slice(1),
        stripe=stripe_links.links("charge", account, livemode=livemode),
    )


def emails(rows: pl.DataFrame) -> list[str]:
    """The addresses of a list, in its order, each once; customers without one are left out."""
    return rows["email"].drop_nulls().unique(maintain_order=True).to_list()


def unresolved_csv(found: FailedCharges) -> str:
    """The unresolved invoices as CSV, one row each: see UNRESOLVED, without ``last_failed``.

    ``amount`` in major units of ``currency``; ``amount_base`` and ``mrr`` of ``base``, the reporting currency. Not
    rounded. Days in the account's time zone. Every file here has ``account`` last, of all accounts together alone.
    """
    return sheets.csv(unresolved_written(found))


def unresolved_written(found: FailedCharges) -> pl.DataFrame:
    """The unresolved invoices as :func:`unresolved_csv` writes them."""
    rows = found.unresolved.drop("last_failed").with_columns(
        sheets.exact_each("amount"), *_exact(found.base, "amount_base", "mrr"), base=pl.lit(found.base)
    )
    return homes.last(rows)


def at_risk_csv(found: FailedCharges) -> str:
    """The customers at risk as CSV, one row each: see AT_RISK. ``mrr`` in major units of ``base``, not rounded."""
    plans = pl.col("plans").list.join(" + ")
    rows = found.at_risk.with_columns(
        plans, sheets.month("card_expires"), *_exact(found.base, "mrr"), base=pl.lit(found.base)
    )
    return sheets.csv(homes.last(rows))


def recent_csv(found: FailedCharges) -> str:
    """The payments that failed in the last 30 days as CSV, recovered or not: see RECENT. Major units, not rounded."""
    rows = found.recent.with_columns(
        sheets.exact_each("amount"), *_exact(found.base, "amount_base"), base=pl.lit(found.base)
    )
    return sheets.csv(homes.last(rows))


def _exact(base: str, *columns: str) -> list[pl.Expr]:
    return [sheets.exact(column, base) for column in columns]
