"""Every customer in one row: what they pay, since when, what they paid so far, and whether their card will do."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from enum import StrEnum
from typing import Final

import polars as pl

from lib.ledger.build import Ledger
from lib.ledger.fx import worth
from lib.metrics.segments import Segment
from lib.money import show_micros
from lib.periods import add_months
from lib.reports import books, homes, segments, sheets

Tables = dict[str, pl.DataFrame]


class Status(StrEnum):
    """Where a customer stands today. The first that fits, in this order."""

    PAST_DUE = "Past due"
    """A subscription is past due or unpaid at Stripe."""
    PAUSED = "Paused"
    """Every subscription that is not over has its collection paused."""
    PAYING = "Paying"
    """MRR above zero, in whatever currency."""
    TRIALING = "Trialing"
    """On trial, and nothing paid for besides."""
    FREE = "Free"
    """Counts as active at an MRR of 0."""
    CANCELLED = "Cancelled"
    """Had MRR once and has none now."""
    ONE_TIME = "One-time"
    """Paid, but never for a subscription."""
    NEVER_PAID = "Never paid"
    """Paid nothing yet: a lead, or a trial that came to nothing."""


CUSTOMERS = pl.Schema(
    {
        "customer": pl.String(),
        "name": pl.String(),
        "email": pl.String(),
        "status": pl.String(),
        "mrr": pl.Int64(),
        "plans": pl.List(pl.String),
        "since": pl.Date(),
        "country": pl.String(),
        "ltv": pl.Int64(),
        "last_payment": pl.Date(),
        "last_amount": pl.Int64(),
        "card": pl.String(),
        "card_expires": pl.Date(),
        "card_note": pl.String(),
        "deleted": pl.Boolean(),
        "unrated": pl.List(pl.Struct({"currency": pl.String, "amount": pl.Int64})),
    }
)
"""Amounts in micros of the reporting currency, days in the account's time zone. ``since``: the first day with MRR.
``ltv``: charges less refunds so far. ``last_amount``: all that was paid on the day ``last_payment``. ``card``: of the
newest payment that succeeded (``Visa 4242``); it is good until the end of the month that begins on ``card_expires``;
``card_note`` says when that is past, this month or next. ``deleted``: Stripe has deleted the customer. ``unrated``: the
MRR for which no exchange rate is known, by currency in micros of it; it is not in ``mrr``. An amount is null where no
rate is known for any of it."""

EXPIRED, THIS_MONTH, NEXT_MONTH = "Expired", "This month", "Next month"
_LATE: Final = ("past_due", "unpaid")
_OPEN: Final = ("active", "trialing", "paused", *_LATE)
"""Subscription statuses of which Stripe may still ask for money."""


def of(account: str, segment: Segment | None = None) -> pl.DataFrame:
    """The CUSTOMERS of a connected account, or those of a segment; of all accounts together with homes.COLUMN.

    Raises UnknownAccount, NotSyncedYet, LedgerBroken.
    """
    everyone = homes.beside(customers(books.ledger(account), books.tables(account)), account)
    if segment is None:
        return everyone
    among = segments.ledger(account, segment).customers.select("customer")
    return everyone.join(among, on="customer", how="semi", maintain_order="left")


def customers(ledger: Ledger, tables: Tables) -> pl.DataFrame:
    """Every customer that Stripe or the ledgers know, highest MRR first: a CUSTOMERS frame."""
    parts = (_known(ledger, tables), _mrr(ledger), _plans(ledger), _paid(ledger), _cards(tables), _stripe(tables))
    frame, *others = parts
    for part in others:
        frame = frame.join(part, on="customer", how="left", maintain_order="left")
    return (
        frame.with_columns(
            _none_is_0("mrr", "holds"), _none_is_0("ltv", "paid"), pl.col("plans", "unrated").fill_null([])
        )
        .with_columns(status=_status(), card_note=card_note(ledger.today))
        .select(*CUSTOMERS)
        .sort("mrr", "ltv", "customer", descending=[True, True, False])
    )


def _none_is_0(column: str, known: str) -> pl.Expr:
    """0 for who is in none of the ledger's rows; null stays for whose amounts have no rate."""
    return pl.when(pl.col(known).is_null()).then(0).otherwise(pl.col(column)).alias(column)


def _known(ledger: Ledger, tables: Tables) -> pl.DataFrame:
    stripe = tables["customer"].select("name", "email", "country", "deleted", customer="id")
    ours = ledger.customers.select("customer", since="cohort")
    named = stripe.join(ours, on="customer", how="full", coalesce=True)
    return named.with_columns(pl.col("deleted").fill_null(value=False))


def _mrr(ledger: Ledger) -> pl.DataFrame:
    """(customer, mrr, unrated, holds); see fx.worth."""
    return worth(ledger.movements, ledger.unpriced).rename({"amount_base": "mrr"})


def _plans(ledger: Ledger) -> pl.DataFrame:
    """(customer, plans, active): the names of the plans that are paid for or on trial, by what they are worth."""
    worth = pl.concat([ledger.movements, ledger.trialing]).group_by("customer", "plan")
    held = worth.agg(pl.col("amount").sum(), pl.col("amount_base").sum()).filter(pl.col("amount") > 0)
    names = held.join(ledger.plans.select("plan", "name"), on="plan", how="left").sort(
        "amount_base", "plan", descending=[True, False]
    )
    plans = names.group_by("customer").agg(plans=pl.coalesce("name", "plan").unique(maintain_order=True))
    last = ledger.states.sort("date").group_by("subscription", "plan").last()
    active = last.group_by("customer").agg(active=pl.col("active").any())
    return plans.join(active, on="customer", how="full", coalesce=True)


def _paid(ledger: Ledger) -> pl.DataFrame:
    """(customer, ltv, paid, last_payment, last_amount) from the cash ledger; ``paid``: more than was given back."""
    ltv = worth(ledger.cash.filter(pl.col("kind").is_in(["charge", "refund"])), ledger.unpriced)
    charges = ledger.cash.filter(pl.col("kind") == "charge")
    newest = charges.filter(pl.col("date") == pl.col("date").max().over("customer"))
    days = newest.group_by("customer").agg(last_payment=pl.col("date").max())
    last = worth(newest, ledger.unpriced).select("customer", last_amount="amount_base").join(days, on="customer")
    paid = ltv.select("customer", ltv="amount_base", paid=pl.col("holds") | (pl.col("amount_base") != 0))
    return paid.join(last, on="customer", how="left")


def _cards(tables: Tables) -> pl.DataFrame:
    """(customer, card, card_expires) of the newest charge that succeeded; null where that was no card."""
    charges = tables["charge"].filter(pl.col("status") == "succeeded").sort("created", "id")
    return (
        charges.group_by("customer")
        .last()
        .select(
            "customer",
            card=pl.format("{} {}", pl.col("card_brand").str.to_titlecase(), "card_last4"),
            card_expires=pl.date("card_exp_year", "card_exp_month", 1),
        )
    )


def _stripe(tables: Tables) -> pl.DataFrame:
    """(customer, late, paused, trialing): what Stripe says of the subscriptions that are not over."""
    status = pl.col("status")
    return (
        tables["subscription"]
        .filter(status.is_in(_OPEN))
        .group_by("customer")
        .agg(
            late=status.is_in(_LATE).any(),
            paused=(pl.col("pause_behavior").is_not_null() | (status == "paused")).all(),
            trialing=(status == "trialing").any(),
        )
    )


def _status() -> pl.Expr:
    order = (
        (pl.col("late"), Status.PAST_DUE),
        (pl.col("paused"), Status.PAUSED),
        (pl.col("holds"), Status.PAYING),
        (pl.col("trialing"), Status.TRIALING),
        (pl.col("active"), Status.FREE),
        (pl.col("since").is_not_null(), Status.CANCELLED),
        (pl.col("paid"), Status.ONE_TIME),
    )
    first = pl.coalesce(pl.when(test).then(pl.lit(str(status))) for test, status in order)
    return first.fill_null(str(Status.NEVER_PAID))


def card_note(today: date) -> pl.Expr:
    """EXPIRED, THIS_MONTH or NEXT_MONTH where a card is good no longer than that; else null."""
    this = today.replace(day=1)
    expires = pl.col("card_expires")
    return (
        pl.when(expires < this)
        .then(pl.lit(EXPIRED))
        .when(expires == this)
        .then(pl.lit(THIS_MONTH))
        .when(expires == add_months(this, 1))
        .then(pl.lit(NEXT_MONTH))
    )


# --- Searching and filtering ------------------------------------------------------------------------------------------


def matching(
    frame: pl.DataFrame,
    search: str = "",
    *,
    statuses: Collection[str] = (),
    plans: Collection[str] = (),
    countries: Collection[str] = (),
) -> pl.DataFrame:
    """The CUSTOMERS whose name, email or id contains ``search`` and that are in one of each list that is not empty."""
    wanted = [pl.lit(value=True)]
    if text := search.strip().lower():
        fields = (pl.col(name).str.to_lowercase().str.contains(text, literal=True) for name in _SEARCHED)
        wanted.append(pl.any_horizontal(fields))
    if statuses:
        wanted.append(pl.col("status").is_in(list(statuses)))
    if plans:
        wanted.append(pl.col("plans").list.eval(pl.element().is_in(list(plans))).list.any())
    if countries:
        wanted.append(pl.col("country").is_in(list(countries)))
    return frame.filter(wanted)


_SEARCHED: Final = ("name", "email", "customer")


def choices(frame: pl.DataFrame) -> dict[str, list[str]]:
    """What can be filtered by: the statuses, plans and countries that occur, each in order."""
    occurring = set(frame["status"])
    return {
        "status": [str(each) for each in Status if each in occurring],
        "plan": sorted(frame["plans"].explode().drop_nulls().unique()),
        "country": sorted(frame["country"].drop_nulls().unique()),
    }


class Sort(StrEnum):
    """What the rows can be ordered by; whoever has nothing to be ordered by comes last."""

    MRR = "MRR, highest first"
    """The order of CUSTOMERS."""
    PAID = "Paid so far, most first"
    NAME = "Name"
    NEWEST = "Newest first"
    """By ``since``."""
    LAST_PAYMENT = "Last payment, newest first"


_BY: Final = {Sort.PAID: "ltv", Sort.NEWEST: "since", Sort.LAST_PAYMENT: "last_payment"}


def ordered(frame: pl.DataFrame, by: Sort) -> pl.DataFrame:
    """The rows in this order; equals stay as they are."""
    if by is Sort.MRR:
        return frame
    if by is Sort.NAME:
        return frame.sort(called().str.to_lowercase(), maintain_order=True)
    return frame.sort(_BY[by], descending=True, nulls_last=True, maintain_order=True)


# --- Showing ----------------------------------------------------------------------------------------------------------


def called() -> pl.Expr:
    """What people call a customer: the name, else the email, else the id; and that Stripe has deleted it, if so."""
    name = pl.coalesce("name", "email", "customer")
    return pl.when("deleted").then(pl.format("{} (deleted at Stripe)", name)).otherwise(name)


def table(frame: pl.DataFrame, base: str, locale: str = "en_US") -> pl.DataFrame:
    """The rows to show, in their order: money in major units of ``base`` as numbers; what is not there is null.

    The column ``unrated`` (MRR without an exchange rate, in words) is there where any row has such; ``account`` in that
    of all accounts together.
    """
    said = {"unrated": _unrated(locale)} if frame["unrated"].list.len().sum() else {}
    return frame.select(
        called().alias("name"),
        *homes.columns(frame),
        "email",
        "status",
        sheets.money("mrr", base),
        *(expression.alias(name) for name, expression in said.items()),
        pl.col("plans").list.join(" + ").replace("", None),
        "since",
        "country",
        sheets.money("ltv", base),
        "last_payment",
        sheets.money("last_amount", base),
        "card_expires",
        "card_note",
    )


def _unrated(locale: str) -> pl.Expr:
    """``€5,000.00 + SEK 20.00``; null where every amount has a rate."""

    def said(found: pl.Series) -> str:
        return " + ".join(show_micros(each["amount"], each["currency"], locale) for each in found)

    told = pl.col("unrated").map_elements(said, pl.String)
    return pl.when(pl.col("unrated").list.len() > 0).then(told)


def as_csv(frame: pl.DataFrame, base: str) -> str:
    """The rows as CSV, one customer each.

    * ``customer``: Stripe's id. ``name``, ``email``, ``country`` (ISO code) as they stand at Stripe, empty if unknown.
    * ``status``: see Status. ``deleted``: whether Stripe has deleted the customer.
    * ``mrr``, ``ltv``, ``last_amount``: major units of ``currency`` (the reporting currency), not rounded; empty where
      no exchange rate is known. ``ltv``: charges less refunds so far. ``last_amount``: all that was paid on the day
      ``last_payment``.
    * ``plans``: what is paid for or on trial, joined by " + ". ``since``: the first day with MRR.
    * ``card_expires``: the last month, ``2027-11``, in which the card of the newest payment is good.
    * ``account``, of all accounts together alone: the name of the customer's own.
    """
    return sheets.csv(written(frame, base))


def written(frame: pl.DataFrame, base: str) -> pl.DataFrame:
    """The rows as :func:`as_csv` writes them."""
    return frame.select(
        "customer",
        "name",
        "email",
        "status",
        sheets.exact("mrr", base),
        pl.col("plans").list.join(" + "),
        "since",
        "country",
        sheets.exact("ltv", base),
        "last_payment",
        sheets.exact("last_amount", base),
        sheets.month("card_expires"),
        currency=pl.lit(base),
        deleted="deleted",
        **{name: pl.col(name) for name in homes.columns(frame)},
    )
