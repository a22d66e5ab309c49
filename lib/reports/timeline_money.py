"""The money part of a customer's history: invoices, credit notes, payments, refunds and disputes, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import polars as pl

from lib.reports import declines
from lib.reports.customers import Tables
from lib.reports.failed import charges_of_invoices
from lib.reports.timeline_entry import Entry, Kind, Teller

Row = Mapping[str, Any]

# --- Invoices ---------------------------------------------------------------------------------------------------------

_INVOICE: Final = {
    "draft": ", a draft",
    "open": ", not paid yet",
    "void": ", void",
    "uncollectible": ", given up as uncollectible",
}


def invoices(teller: Teller, rows: Iterable[Row]) -> Iterator[Entry]:
    """Each invoice on the day on which it was finalized, with what became of it."""
    for row in rows:
        at = row["finalized_at"] or row["created"]
        name = f"Invoice {row['number']}" if row["number"] else "Invoice"
        bad = row["status"] in {"open", "uncollectible"}
        sentence = name + (_paid(teller, row, at) if row["status"] == "paid" else _INVOICE.get(row["status"], ""))
        yield Entry(teller.day(at), Kind.INVOICE, sentence, row["id"], row["total"], row["currency"], bad=bad, at=at)


def _paid(teller: Teller, row: Row, at: int) -> str:
    late = row["paid_at"] and teller.day(row["paid_at"]) != teller.day(at)
    return f", paid on {teller.written(row['paid_at'])}" if late else ", paid"


# --- Credit notes -----------------------------------------------------------------------------------------------------

_CREDITS: Final = {
    "duplicate": ": it was billed twice",
    "fraudulent": ": the payment was fraudulent",
    "order_change": ": the order changed",
    "product_unsatisfactory": ": the product was not as expected",
}
"""Reasons of credit notes: https://docs.stripe.com/api/credit_notes/object, ``reason``."""


def credit_notes(teller: Teller, tables: Tables, customer: str) -> Iterator[Entry]:
    """The customer's credit notes: what was taken off an invoice after it was finalized. They change no MRR."""
    notes = tables["credit_note"].filter(pl.col("customer") == customer)
    numbers = tables["invoice"].select("number", invoice="id")
    for row in notes.join(numbers, on="invoice", how="left").iter_rows(named=True):
        number = f" for invoice {row['number']}" if row["number"] else ""
        void = ", void" if row["status"] == "void" else ""
        sentence = f"Credit note{number}{void}{_CREDITS.get(row['reason'] or '', '')}"
        yield _money(teller, row, Kind.CREDIT, sentence, bad=not void)


# --- Money ------------------------------------------------------------------------------------------------------------


def payments(teller: Teller, tables: Tables, customer: str) -> Iterator[Entry]:
    """The customer's charges, and the refunds and disputes of them."""
    charges = tables["charge"].filter(pl.col("customer") == customer)
    mine = charges.select(charge="id")
    numbers = dict(_numbers(tables, charges).iter_rows())
    for row in charges.iter_rows(named=True):
        yield charge(teller, row, numbers.get(row["id"]))
    for row in tables["refund"].join(mine, on="charge").iter_rows(named=True):
        yield refund(teller, row)
    for row in tables["dispute"].join(mine, on="charge").iter_rows(named=True):
        yield dispute(teller, row)


def _numbers(tables: Tables, charges: pl.DataFrame) -> pl.DataFrame:
    """(charge, number) of the invoices that charges were made for."""
    numbers = tables["invoice"].select(invoice="id", number="number").drop_nulls()
    paid = charges_of_invoices({**tables, "charge": charges})
    return paid.join(numbers, on="invoice").select("id", "number")


def charge(teller: Teller, row: Row, number: str | None) -> Entry:
    """A row of charges, as a sentence; ``number`` of the invoice that it was for."""
    of_invoice = f" for invoice {number}" if number else ""
    by = f" by {(row['card_brand'] or 'card').title()} ending {row['card_last4']}" if row["card_last4"] else ""
    if row["status"] == "failed":
        why = declines.reason(row["failure_code"], row["failure_message"])
        sentence = f"Payment failed{of_invoice}{by}: {why}"
    elif row["status"] == "pending":
        sentence = f"Payment on its way{of_invoice}{by}"
    elif row["captured"] is False:
        sentence = f"Payment authorised, not collected{of_invoice}{by}"
    else:
        sentence = f"Paid{of_invoice}{by}"
    return _money(teller, row, Kind.PAYMENT, sentence, bad=row["status"] == "failed")


_REFUNDS: Final = {
    "duplicate": ", charged twice",
    "fraudulent": ", the payment was fraudulent",
    "requested_by_customer": ", the customer asked for it",
    "expired_uncaptured_charge": ", the payment was never collected",
}
_REFUND: Final = {
    "pending": "Refund on its way",
    "requires_action": "Refund waits for the customer's bank details",
    "failed": "Refund failed; the money is back with you",
    "canceled": "Refund called off",
}


def refund(teller: Teller, row: Row) -> Entry:
    """A row of refunds, as a sentence."""
    sentence = _REFUND.get(row["status"] or "", "Refunded") + _REFUNDS.get(row["reason"] or "", "")
    return _money(teller, row, Kind.REFUND, sentence, bad=True)


_DISPUTES: Final = {
    "bank_cannot_process": "the bank could not process it",
    "check_returned": "the cheque was returned",
    "credit_not_processed": "the customer says a refund never came",
    "customer_initiated": "the customer asked the bank for the money back",
    "debit_not_authorized": "the customer says the debit was not allowed",
    "duplicate": "the customer says it was charged twice",
    "fraudulent": "the customer says it was not their payment",
    "general": "the customer gave no reason",
    "incorrect_account_details": "the account details were wrong",
    "insufficient_funds": "there was not enough money",
    "noncompliant": "the payment broke the network's rules",
    "product_not_received": "the customer says nothing was delivered",
    "product_unacceptable": "the customer says it was not as described",
    "subscription_canceled": "the customer says the subscription was cancelled",
    "unrecognized": "the customer does not recognise the payment",
}
"""Reasons of disputes: https://docs.stripe.com/api/disputes/object, ``reason``."""
_OUTCOMES: Final = {
    "won": "You won",
    "lost": "You lost",
    "under_review": "The bank is looking into it",
    "warning_closed": "It was an inquiry and came to nothing",
    "warning_under_review": "It is an inquiry, and the bank is looking into it",
    "prevented": "It was settled before it became a dispute",
}


def dispute(teller: Teller, row: Row) -> Entry:
    """A row of disputes, as a sentence."""
    why = _DISPUTES.get(row["reason"] or "", "the customer gave no reason")
    due = row["evidence_due_by"]
    answer = f"Answer by {teller.written(due)}" if due else "It waits for your answer"
    sentence = f"Payment disputed: {why}. {_OUTCOMES.get(row['status'] or '', answer)}"
    return _money(teller, row, Kind.DISPUTE, sentence, bad=row["status"] not in {"won", "warning_closed", "prevented"})


def _money(teller: Teller, row: Row, kind: Kind, sentence: str, *, bad: bool) -> Entry:
    at = row["created"]
    return Entry(teller.day(at), kind, sentence, row["id"], row["amount"], row["currency"], bad=bad, at=at)
