"""The cash ledger: every balance transaction and failed charge as one dated, signed row."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import polars as pl

from lib.ledger.days import local_day
from lib.ledger.fx import converted, with_rate
from lib.money import MICRO

CASH = pl.Schema(
    {
        "date": pl.Date,
        "kind": pl.String,
        "customer": pl.String,
        "currency": pl.String,
        "amount": pl.Int64,
        "amount_base": pl.Int64,
        "source": pl.String,
        "recurring": pl.Boolean,
    }
)
"""Micros, in the balance's ``currency`` and in the reporting currency. ``kind``: charge, refund (negative), fee
(negative: paid by the owner), dispute, payout or other: these add up to the balance. And OFF_BALANCE. ``source`` is the
balance transaction, charge or invoice behind the row. ``recurring`` is false for a charge that paid no invoice, or one
that bills no subscription."""

OFF_BALANCE = ("failed", "discount")
"""Kinds that never reached the balance: a payment that failed, and what coupons took off an invoice (positive)."""

KINDS = {
    "charge": "charge",
    "payment": "charge",
    "refund": "refund",
    "payment_refund": "refund",
    "refund_failure": "refund",
    "payment_failure_refund": "refund",
    "stripe_fee": "fee",
    "stripe_fx_fee": "fee",
    "tax_fee": "fee",
    "payout": "payout",
    "payout_cancel": "payout",
    "payout_failure": "payout",
}
"""Balance transaction types (https://docs.stripe.com/reports/balance-transaction-types) as kinds; the rest is other."""


def cash(tables: Mapping[str, pl.DataFrame], rates: pl.DataFrame, base: str, tz: ZoneInfo) -> pl.DataFrame:
    """The CASH frame, oldest first. Days are cut in ``tz``; a refund lies on its own day, not on the charge's."""
    rows = pl.concat([_balance(tables, tz), _failed(tables, tz), _discounts(tables, tz)])
    return (
        with_rate(rows.join(_one_time(tables), on="source", how="left", maintain_order="left"), rates, base)
        .with_columns(recurring=pl.col("kind").ne("charge") | pl.col("recurring").fill_null(value=True))
        .with_columns(amount_base=converted())
        .select(*CASH)
        .sort("date", "kind", "source", "amount")
    )


def _balance(tables: Mapping[str, pl.DataFrame], tz: ZoneInfo) -> pl.DataFrame:
    kind = pl.col("type").replace_strict(KINDS, default="other")
    dispute = pl.col("reporting_category").is_in(["dispute", "dispute_reversal"])
    transactions = (
        tables["balance_transaction"]
        .join(_customers(tables), on="source", how="left")
        .with_columns(date=local_day("created", tz), kind=pl.when(dispute).then(pl.lit("dispute")).otherwise(kind))
    )
    columns = ("date", "kind", "customer", "currency", "amount", "source")
    amounts = transactions.with_columns(amount=pl.col("amount") * MICRO, source=pl.col("id")).select(columns)
    fees = (
        transactions.filter(pl.col("fee") != 0)
        .with_columns(kind=pl.lit("fee"), amount=-pl.col("fee") * MICRO, source=pl.col("id"))
        .select(columns)
    )
    return pl.concat([amounts.filter(pl.col("amount") != 0), fees])


def _customers(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """(source, customer) of charges, refunds and disputes."""
    charges = tables["charge"].select(source="id", customer="customer")
    of_charge = charges.rename({"source": "charge"})
    others = [
        tables[t].select(source="id", charge="charge").join(of_charge, on="charge") for t in ("refund", "dispute")
    ]
    return pl.concat([charges, *(o.select("source", "customer") for o in others)])


def _one_time(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """(source, recurring): the balance transactions of charges that paid for no subscription, as not recurring."""
    single_bills = _without_subscription(tables)
    paid = tables["invoice_payment"].join(single_bills, on="invoice", how="anti").select("charge", "payment_intent")
    by_charge = paid.select(id="charge").drop_nulls().unique()
    by_intent = paid.select("payment_intent").drop_nulls().unique()
    single = (
        tables["charge"]
        .filter(pl.col("invoice").is_null() | pl.col("invoice").is_in(single_bills["invoice"].implode()))
        .join(by_charge, on="id", how="anti")
        .join(by_intent, on="payment_intent", how="anti")
        .select(charge="id")
    )
    transactions = tables["balance_transaction"].select(source="id", charge="source")
    return transactions.join(single, on="charge").select("source", recurring=pl.lit(value=False))


def _without_subscription(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """(invoice): those that neither themselves nor by any of their lines bill a subscription."""
    lines = tables["invoice_line"].filter(pl.col("subscription").is_not_null()).select("invoice")
    return (
        tables["invoice"]
        .filter(pl.col("subscription").is_null())
        .select(invoice="id")
        .join(lines, on="invoice", how="anti")
    )


def _discounts(tables: Mapping[str, pl.DataFrame], tz: ZoneInfo) -> pl.DataFrame:
    """What coupons took off each invoice, on the day it was finalized; taken back on the day on which it was voided."""
    billed = tables["invoice"].filter(pl.col("total_discount") > 0, pl.col("finalized_at").is_not_null())
    given = _discount(billed, "finalized_at", 1, tz)
    return pl.concat([given, _discount(billed.filter(pl.col("voided_at").is_not_null()), "voided_at", -1, tz)])


def _discount(invoices: pl.DataFrame, when: str, sign: int, tz: ZoneInfo) -> pl.DataFrame:
    return invoices.select(
        date=local_day(when, tz),
        kind=pl.lit("discount"),
        customer="customer",
        currency="currency",
        amount=pl.col("total_discount") * MICRO * sign,
        source="id",
    )


def _failed(tables: Mapping[str, pl.DataFrame], tz: ZoneInfo) -> pl.DataFrame:
    """Each payment that failed, once, on the day of its first failed attempt, however often it was tried again."""
    return (
        tables["charge"]
        .filter(pl.col("status") == "failed")
        .with_columns(payment=pl.coalesce("payment_intent", "id"))
        .sort("created", "id")
        .group_by("payment", maintain_order=True)
        .first()
        .select(
            date=local_day("created", tz),
            kind=pl.lit("failed"),
            customer="customer",
            currency="currency",
            amount=pl.col("amount") * MICRO,
            source="id",
        )
    )
