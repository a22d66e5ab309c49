"""Failed payments: who to call today, whose card will fail next, and what was won back.

Each payment counts once, by its payment intent, however often it was tried (docs/decisions/0004).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Final

import polars as pl

from lib.ledger.build import Ledger
from lib.ledger.days import local_day
from lib.ledger.fx import where_known, with_rate
from lib.metrics.segments import Segment
from lib.money import MICRO
from lib.periods import ROLLING_DAYS
from lib.reports import books, customers, declines, homes, segments
from lib.reports.customers import NEXT_MONTH, THIS_MONTH, Tables
from lib.store import together

UNRESOLVED = pl.Schema(
    {
        "invoice": pl.String(),
        "number": pl.String(),
        "customer": pl.String(),
        "name": pl.String(),
        "email": pl.String(),
        "phone": pl.String(),
        "subscription": pl.String(),
        "amount": pl.Int64(),
        "currency": pl.String(),
        "amount_base": pl.Int64(),
        "since": pl.Date(),
        "attempts": pl.Int64(),
        "next_attempt": pl.Date(),
        "reason": pl.String(),
        "mrr": pl.Int64(),
        "last_failed": pl.Int64(),
    }
)
"""An open invoice whose last attempt failed. ``amount``: what remains to be paid, in micros of ``currency``;
``amount_base`` the same at today's rate in the reporting currency, null where no rate is known. ``since``: the day of
the first failure. ``next_attempt``: null when Stripe has given up. ``mrr``: what the invoice's subscription is worth
today, null where no rate is known. ``last_failed``: the moment of the newest failure, epoch seconds; files leave it
out. Of unknown worth comes first, then the largest amount, of equals the newest."""

TO_REACH = pl.Schema(
    {
        "customer": pl.String(),
        "name": pl.String(),
        "email": pl.String(),
        "phone": pl.String(),
        "invoices": pl.Int64(),
        "invoice": pl.String(),
        "due": pl.List(pl.Struct({"currency": pl.String(), "amount": pl.Int64(), "amount_base": pl.Int64()})),
        "amount_base": pl.Int64(),
        "since": pl.Date(),
        "next_attempt": pl.Date(),
        "reason": pl.String(),
        "mrr": pl.Int64(),
    }
)
"""A customer to call about unresolved invoices. ``invoices``: how many; ``invoice``: the one, null where there are
more. ``due``: what is to be paid in each currency, micros; its ``amount_base`` at today's rate in the reporting
currency, null where no rate is known. ``amount_base``: all of it, null where a rate is unknown, so that it leaves
nothing out. ``since``: the oldest first failure; ``next_attempt``: the earliest that is to come, null when Stripe has
given up on all; ``reason``: of the newest failure. ``mrr``: of the subscriptions behind them, each once; null where any
is unknown. The order in which to call: who may owe the most, some of it being of unknown worth, comes first; then who
owes the most, of equals who failed last."""

AT_RISK = pl.Schema(
    {
        "customer": pl.String(),
        "name": pl.String(),
        "email": pl.String(),
        "card": pl.String(),
        "card_expires": pl.Date(),
        "card_note": pl.String(),
        "plans": pl.List(pl.String()),
        "mrr": pl.Int64(),
    }
)
"""A customer with MRR whose card is good to the end of this month or of the next; see lib.reports.customers."""

RECENT = pl.Schema(
    {
        "date": pl.Date(),
        "customer": pl.String(),
        "name": pl.String(),
        "email": pl.String(),
        "amount": pl.Int64(),
        "currency": pl.String(),
        "amount_base": pl.Int64(),
        "recovered": pl.Date(),
        "standing": pl.String(),
        "charge": pl.String(),
    }
)
"""A payment that first failed in the last 30 days, on ``date``; ``recovered``: the day it succeeded, null if it did
not; ``standing``: RECOVERED, TO_CALL or SETTLED. Micros; ``amount_base`` at the rate of ``date``, null where no rate is
known. ``charge``: the one that succeeded, else the first that failed."""

RECOVERED: Final = "recovered"
TO_CALL: Final = "to call"
"""Its invoice is among the unresolved ones."""
SETTLED: Final = "not to call"
"""Neither: paid another way, voided, written off, being tried at this moment, or a payment without an invoice."""

_COLLECTED: Final = "charge_automatically"


@dataclass(frozen=True)
class FailedCharges:
    """All of the page. Amounts in micros of ``base``, the reporting currency, unless a frame says otherwise. The frames
    of all accounts together have homes.COLUMN, too.
    """

    base: str
    first: date
    """The first of the last 30 days, those of ``recent``; what is unresolved may have failed before."""
    unresolved: pl.DataFrame
    at_risk: pl.DataFrame
    recent: pl.DataFrame

    @property
    def owed(self) -> int:
        """What the unresolved invoices come to, in the reporting currency, without those of :func:`unrated`."""
        return int(self.unresolved["amount_base"].sum())

    @property
    def older(self) -> pl.DataFrame:
        """The unresolved invoices that first failed before the last 30 days."""
        return self.unresolved.filter(pl.col("since") < self.first)

    @property
    def owed_by_currency(self) -> list[tuple[str, int]]:
        """(currency, micros of it) of the unresolved invoices, the most invoices first."""
        sums = self.unresolved.group_by("currency").agg(pl.col("amount").sum(), pl.len())
        rows = sums.sort("len", "currency", descending=[True, False]).select("currency", "amount").iter_rows()
        return [(currency, amount) for currency, amount in rows]

    @property
    def mrr_at_stake(self) -> int:
        """MRR of the subscriptions behind the unresolved invoices, each once."""
        return int(_stakes(self.unresolved)["mrr"].sum())

    @cached_property
    def to_reach(self) -> pl.DataFrame:
        """Who is to call about the unresolved invoices: TO_REACH."""
        return _by_customer(self.unresolved)

    @property
    def mrr_at_risk(self) -> int:
        """MRR of the customers whose card expires."""
        return int(self.at_risk["mrr"].sum())

    @property
    def recovered(self) -> pl.DataFrame:
        """The RECENT payments that succeeded later."""
        return self.recent.filter(pl.col("standing") == RECOVERED)

    @property
    def still_open(self) -> pl.DataFrame:
        """The RECENT payments whose invoice is unresolved."""
        return self.recent.filter(pl.col("standing") == TO_CALL)

    @property
    def failed_amount(self) -> int:
        """What all RECENT payments come to, won back or not: the metric failed_charges of the last 30 days."""
        return int(self.recent["amount_base"].sum())

    @property
    def recovered_amount(self) -> int:
        """What they come to."""
        return int(self.recovered["amount_base"].sum())

    @property
    def recovery_rate(self) -> float | None:
        """Payments recovered / payments that failed, by number, in the last 30 days; None (n/a) when none failed."""
        return self.recovered.height / self.recent.height if self.recent.height else None


def unrated(rows: pl.DataFrame) -> tuple[tuple[str, int], ...]:
    """(currency, micros of it) of what no sum of ``amount_base`` holds, because no rate for it is known."""
    sums = rows.filter(pl.col("amount_base").is_null()).group_by("currency").agg(pl.col("amount").sum())
    return tuple((currency, amount) for currency, amount in sums.sort("currency").iter_rows())


def of(account: str, segment: Segment | None = None) -> FailedCharges:
    """The failed charges of a connected account, or of a segment of its customers.

    Raises UnknownAccount, NotSyncedYet, LedgerBroken.
    """
    ledger, tables = books.ledger(account), books.tables(account)
    people = customers.customers(ledger, tables)
    found = _at_home(failed_charges(ledger, tables, people, _owed_of(account)), account)
    if segment is None:
        return found
    return _within(found, segments.ledger(account, segment).customers.select("customer"))


def _owed_of(account: str) -> pl.DataFrame | None:
    """The invoices that wait for money of all accounts together, each at its own account's rates, so that they come to
    what the accounts come to; None of one account.
    """
    if not together.is_one(account):
        return None
    return pl.concat(
        [_owed(each.ledger, dict(each.tables)) for each in books.made_of(account).values()], how="vertical"
    )


def _at_home(found: FailedCharges, account: str) -> FailedCharges:
    unresolved, at_risk, recent = (
        homes.beside(each, account) for each in (found.unresolved, found.at_risk, found.recent)
    )
    recent = homes.by_object(recent, account, "charge", lambda own: own.tables["charge"]["id"])
    return replace(found, unresolved=unresolved, at_risk=at_risk, recent=recent)


def _within(found: FailedCharges, members: pl.DataFrame) -> FailedCharges:
    """What is about these customers alone."""
    unresolved, at_risk, recent = (
        each.join(members, on="customer", how="semi", maintain_order="left")
        for each in (found.unresolved, found.at_risk, found.recent)
    )
    return replace(found, unresolved=unresolved, at_risk=at_risk, recent=recent)


def failed_charges(
    ledger: Ledger, tables: Tables, people: pl.DataFrame, owed: pl.DataFrame | None = None
) -> FailedCharges:
    """The three lists as of the ledger's today; ``people`` is its CUSTOMERS frame. ``owed``: the invoices that wait for
    money, where they are not all to be converted at the ledger's own rates.
    """
    named = people.select("customer", "email", name=customers.called())
    first = ledger.today - timedelta(days=ROLLING_DAYS - 1)
    unresolved = _unresolved(ledger, tables, named, _owed(ledger, tables) if owed is None else owed)
    recent = _recent(ledger, tables, named, unresolved, first)
    return FailedCharges(ledger.base, first, unresolved, _at_risk(people), recent)


def narrowed(found: FailedCharges, *, retried: bool | None) -> FailedCharges:
    """With only the unresolved invoices that Stripe still tries, or no longer tries; None: all of them."""
    if retried is None:
        return found
    return replace(found, unresolved=found.unresolved.filter(pl.col("next_attempt").is_not_null() == retried))


def uncalled(found: FailedCharges, called: Collection[str]) -> FailedCharges:
    """Without the unresolved invoices of these customers."""
    return replace(found, unresolved=found.unresolved.filter(~pl.col("customer").is_in(list(called))))


# --- Who to call ------------------------------------------------------------------------------------------------------


def _unresolved(ledger: Ledger, tables: Tables, named: pl.DataFrame, owed: pl.DataFrame) -> pl.DataFrame:
    mrr = ledger.movements.group_by("subscription").agg(mrr=pl.col("amount_base").sum())
    found = (
        owed.join(_attempts(tables), on="invoice", how="left")
        .filter(_last_failed())
        .with_columns(
            first_failed=pl.coalesce("first_failed", "finalized_at", "created"),
            attempts=pl.max_horizontal("attempt_count", "failures").fill_null(1),
        )
        .with_columns(
            since=local_day("first_failed", ledger.tz),
            next_attempt=_coming(local_day("next_payment_attempt", ledger.tz), ledger.today),
            reason=_reason(),
            last_failed=pl.coalesce("last_failed", "first_failed"),
        )
        .join(mrr, on="subscription", how="left")
        .join(named, on="customer", how="left")
        .join(tables["customer"].select("phone", customer="id"), on="customer", how="left")
        .with_columns(pl.col("mrr").fill_null(0))
    )
    unknown = pl.col("amount_base").is_null()
    return (
        found.with_columns(mrr=pl.when(~unknown | (pl.col("mrr") != 0)).then("mrr"))
        .select(*UNRESOLVED)
        .sort(
            ~unknown,
            pl.when(unknown).then("currency"),
            pl.when(unknown).then("amount").otherwise("amount_base"),
            "since",
            "invoice",
            descending=[False, False, True, True, True],
        )
    )


def _by_customer(unresolved: pl.DataFrame) -> pl.DataFrame:
    """TO_REACH of UNRESOLVED."""
    about = unresolved.sort("last_failed", "since", "invoice").group_by("customer", maintain_order=True)
    found = about.agg(
        pl.col("name", "email", "phone", *homes.columns(unresolved)).first(),
        invoices=pl.len().cast(pl.Int64),
        invoice=pl.when(pl.len() == 1).then(pl.col("invoice").first()),
        since=pl.col("since").min(),
        next_attempt=pl.col("next_attempt").min(),
        reason=pl.col("reason").last(),
        newest=pl.col("since").max(),
    )
    for more in (_dues(unresolved), _stakes(unresolved).group_by("customer").agg(_all_of("mrr"))):
        found = found.join(more, on="customer", how="left", nulls_equal=True)
    unknown, largest = pl.col("amount_base").is_null(), pl.col("due").list.first().struct
    return found.sort(
        ~unknown,
        pl.when(unknown).then(largest.field("currency")),
        pl.when(unknown).then(largest.field("amount")).otherwise("amount_base"),
        "newest",
        "customer",
        descending=[False, False, True, True, True],
    ).select(*TO_REACH, *homes.columns(unresolved))


def _dues(unresolved: pl.DataFrame) -> pl.DataFrame:
    """(customer, due, amount_base) as TO_REACH has them; what no rate is known for first, then the largest."""
    each = unresolved.group_by("customer", "currency").agg(pl.col("amount").sum(), _all_of("amount_base"))
    ordered = each.sort(pl.col("amount_base").is_not_null(), "amount_base", "amount", "currency", descending=_LARGEST)
    due = pl.struct("currency", "amount", "amount_base").alias("due")
    return ordered.group_by("customer", maintain_order=True).agg(due, _all_of("amount_base"))


_LARGEST: Final = [False, True, True, False]


def _stakes(unresolved: pl.DataFrame) -> pl.DataFrame:
    """(customer, subscription, mrr) behind the invoices, each subscription once; nothing is at stake without one."""
    mrr = pl.when(pl.col("subscription").is_not_null()).then("mrr").otherwise(0)
    each = unresolved.with_columns(mrr=mrr).group_by("customer", "subscription")
    return each.agg(pl.when(pl.col("mrr").is_not_null().all()).then(pl.col("mrr").max()).alias("mrr"))


def _all_of(column: str) -> pl.Expr:
    """The sum of a column of amounts; null where any is null, so that no sum leaves something out."""
    return pl.when(pl.col(column).is_not_null().all()).then(pl.col(column).sum()).alias(column)


def _owed(ledger: Ledger, tables: Tables) -> pl.DataFrame:
    """Invoices that wait for money. ``amount`` in micros; ``amount_base`` the same at today's rate, null where none is
    known.
    """
    waiting = (pl.col("status") == "open") & (pl.col("amount_remaining") > 0)
    found = tables["invoice"].filter(waiting).rename({"id": "invoice"})
    dated = found.with_columns(amount=pl.col("amount_remaining") * MICRO, date=pl.lit(ledger.today))
    return with_rate(dated, ledger.rates, ledger.base).with_columns(amount_base=where_known())


def _attempts(tables: Tables) -> pl.DataFrame:
    """(invoice, first_failed, last_failed, failures, last_status, failure_code, failure_message) of each invoice's
    charges.
    """
    ordered = charges_of_invoices(tables).sort("created", "id")
    failed = pl.col("status") == "failed"
    return ordered.group_by("invoice", maintain_order=True).agg(
        first_failed=pl.col("created").filter(failed).first(),
        last_failed=pl.col("created").filter(failed).last(),
        failures=failed.sum().cast(pl.Int64),
        last_status=pl.col("status").last(),
        failure_code=pl.col("failure_code").filter(failed).last(),
        failure_message=pl.col("failure_message").filter(failed).last(),
    )


def charges_of_invoices(tables: Tables) -> pl.DataFrame:
    """The charges made for invoices, with ``invoice``: the charge's old field, else by payment (charge or intent)."""
    paid = tables["invoice_payment"].filter(pl.col("invoice").is_not_null())
    intents = paid.select("payment_intent", by_intent="invoice").drop_nulls().unique("payment_intent", keep="last")
    charges = paid.select(id="charge", by_charge="invoice").drop_nulls().unique("id", keep="last")
    return (
        tables["charge"]
        .join(intents, on="payment_intent", how="left")
        .join(charges, on="id", how="left")
        .with_columns(invoice=pl.coalesce("invoice", "by_charge", "by_intent"))
        .filter(pl.col("invoice").is_not_null())
    )


def _last_failed() -> pl.Expr:
    """The newest charge failed; or Stripe tried without making one (the bank wanted the customer to confirm)."""
    tried = (pl.col("collection_method") == _COLLECTED) & pl.col("attempted") & (pl.col("attempt_count") > 0)
    return pl.when(pl.col("last_status").is_null()).then(tried).otherwise(pl.col("last_status") == "failed")


def _coming(day: pl.Expr, today: date) -> pl.Expr:
    """A day that is past is no plan any more: Stripe leaves it on invoices whose subscription has ended."""
    return pl.when(day >= today).then(day)


def _reason() -> pl.Expr:
    told = pl.struct("failure_code", "failure_message")
    return told.map_elements(lambda row: declines.reason(row["failure_code"], row["failure_message"]), pl.String)


# --- Whose card expires -----------------------------------------------------------------------------------------------


def _at_risk(people: pl.DataFrame) -> pl.DataFrame:
    pays = pl.col("mrr").is_null() | (pl.col("mrr") > 0)
    soon = pl.col("card_note").is_in([THIS_MONTH, NEXT_MONTH]) & pays
    shown = people.filter(soon).with_columns(name=customers.called())
    return shown.select(*AT_RISK).sort("card_expires", "mrr", "customer", descending=[False, True, False])


# --- What was won back ------------------------------------------------------------------------------------------------


def _recent(ledger: Ledger, tables: Tables, named: pl.DataFrame, unresolved: pl.DataFrame, first: date) -> pl.DataFrame:
    """The cash ledger's failed payments since ``first``, each with the charge of the same intent that succeeded."""
    unknown = pl.col("currency").is_in(ledger.unpriced) & (pl.col("amount_base") == 0)
    failed = ledger.cash.filter(pl.col("kind") == "failed", pl.col("date") >= first).with_columns(
        amount_base=pl.when(~unknown).then("amount_base")
    )
    charges = tables["charge"].select(source="id", payment="payment_intent", created="created")
    paid = (
        tables["charge"]
        .filter(pl.col("status") == "succeeded", pl.col("payment_intent").is_not_null())
        .sort("created", "id")
        .unique("payment_intent", keep="first", maintain_order=True)
        .select(payment="payment_intent", paid="id", recovered=local_day("created", ledger.tz))
    )
    return (
        failed.join(charges, on="source", how="left")
        .join(paid, on="payment", how="left")
        .join(named, on="customer", how="left")
        .join(charges_of_invoices(tables).select("invoice", source="id"), on="source", how="left")
        .with_columns(charge=pl.coalesce("paid", "source"), standing=_standing(unresolved))
        .select(*RECENT)
        .sort("date", "amount_base", "charge", descending=True)
    )


def _standing(unresolved: pl.DataFrame) -> pl.Expr:
    """What became of a failed payment: RECOVERED, else TO_CALL where its invoice is unresolved, else SETTLED."""
    is_open = pl.col("invoice").is_in(unresolved["invoice"].implode())
    return (
        pl.when(pl.col("recovered").is_not_null())
        .then(pl.lit(RECOVERED))
        .when(is_open)
        .then(pl.lit(TO_CALL))
        .otherwise(pl.lit(SETTLED))
    )
