"""Collecting invoices: what follows when a card pays, when it does not, and when it never will."""

from __future__ import annotations

from lib.sandbox.engine.calendar import DAY
from lib.sandbox.engine.invoicing import finalize, give_up, void
from lib.sandbox.engine.lifecycle import ENDED, end, publish
from lib.sandbox.engine.payments import attempt
from lib.sandbox.engine.state import Object, State, Sub
from lib.sandbox.engine.waiting import holds, make

RETRIES = (3 * DAY, 5 * DAY, 7 * DAY)
"""How long each retry waits after the attempt before it."""
LAST_CHANCE = 15 * DAY
"""Where a subscription is not to be cancelled, one more retry comes when it has been past due for 30 days.

So a subscription is never unpaid before it stops counting anyway: afterwards the API could not tell when it became so.
"""
FIRST_PAYMENT_WITHIN = 23 * 3_600


def sub_of(state: State, invoice: Object) -> Sub | None:
    """Return the subscription that an invoice is for."""
    parent = invoice["parent"]
    return state.subs[parent["subscription_details"]["subscription"]] if parent else None


def finalize_due(state: State, invoice_id: str) -> None:
    """Finalise a draft whose hour is over, unless its subscription ended meanwhile or nobody wants it to go on."""
    invoice = state.of("invoice")[invoice_id]
    if invoice["status"] == "draft" and invoice["auto_advance"]:
        collect(state, invoice_id)


def collect(state: State, invoice_id: str) -> None:
    """Finalise a draft and collect it at once, or send it to be paid within its days."""
    if not finalize(state, invoice_id):
        return
    invoice = state.of("invoice")[invoice_id]
    if invoice["due_date"]:
        state.emit("invoice.sent", invoice)
        state.schedule(invoice["due_date"], "overdue", invoice_id)
        days = state.payer(invoice["customer"]).pays_after
        if days is not None:
            state.schedule(state.now + days * DAY, "retry", invoice_id)
        return
    pay(state, invoice_id)


def pay(state: State, invoice_id: str) -> None:
    """Try to collect an open invoice now, and let its subscription feel the outcome."""
    invoice = state.of("invoice")[invoice_id]
    if invoice["status"] not in {"open", "uncollectible"}:
        return
    paid = attempt(state, invoice_id)
    sub = sub_of(state, invoice)
    if sub is None or sub.status in ENDED:
        return
    if holds(sub, invoice_id):
        if paid:
            make(state, sub)
    elif paid:
        _recovered(state, sub, invoice_id)
    else:
        _failed(state, sub, invoice_id)


def retry(state: State, invoice_id: str) -> None:
    """Try an invoice again at its time, if anybody still waits for it."""
    invoice = state.of("invoice")[invoice_id]
    sub = sub_of(state, invoice)
    if invoice["status"] == "open" and (sub is None or sub.status not in ENDED):
        pay(state, invoice_id)


def _recovered(state: State, sub: Sub, invoice_id: str) -> None:
    """A subscription is well again when its newest invoice is paid, or one before it while the newest is not due."""
    well = sub.latest_invoice == invoice_id or (sub.status == "past_due" and not _due(state, sub.latest_invoice))
    if well and sub.status in {"past_due", "unpaid", "incomplete"}:
        sub.status = "active"
        sub.past_due_since = None
        _mark(state, sub.customer, delinquent=False)
        publish(state, sub)


def _mark(state: State, customer: str, *, delinquent: bool) -> None:
    if customer in state.of("customer"):
        state.change("customer", customer, "customer.updated", delinquent=delinquent)


def _due(state: State, invoice_id: str | None) -> bool:
    invoice = state.of("invoice").get(invoice_id or "")
    return invoice is not None and invoice["status"] == "open" and (invoice["due_date"] or 0) <= state.now


def _failed(state: State, sub: Sub, invoice_id: str) -> None:
    due = state.of("invoice")[invoice_id]["due_date"]
    if sub.status == "incomplete" or (due and state.now < due):
        return  # an invoice that was sent out is owed on its last day, whatever was tried before
    tries = state.of("invoice")[invoice_id]["attempt_count"]
    waits = RETRIES if sub.after_retries == "cancel" else (*RETRIES, LAST_CHANCE)
    if tries > len(waits):
        _exhausted(state, sub, invoice_id)
        return
    again = state.now + waits[tries - 1]
    state.change("invoice", invoice_id, "invoice.updated", next_payment_attempt=again)
    state.schedule(again, "retry", invoice_id)
    if sub.status == "active":
        fall_behind(state, sub)


def fall_behind(state: State, sub: Sub) -> None:
    """Mark a subscription past due from now."""
    sub.status = "past_due"
    sub.past_due_since = state.now
    _mark(state, sub.customer, delinquent=True)
    publish(state, sub)


def _exhausted(state: State, sub: Sub, invoice_id: str) -> None:
    """Do what the business set for subscriptions whose last retry failed."""
    state.change("invoice", invoice_id, "invoice.updated", next_payment_attempt=None)
    if sub.after_retries == "cancel":
        give_up(state, invoice_id)
        end(state, sub, "payment_failed")
    elif sub.after_retries == "unpaid":
        sub.status = "unpaid"
        sub.past_due_since = None
        publish(state, sub)


def overdue(state: State, invoice_id: str) -> None:
    """An invoice that was sent out is still open on its last day."""
    invoice = state.of("invoice")[invoice_id]
    sub = sub_of(state, invoice)
    if invoice["status"] == "open" and sub and sub.status == "active":
        state.emit("invoice.overdue", invoice)
        fall_behind(state, sub)
        if invoice["attempt_count"]:
            state.schedule(state.now + RETRIES[0], "retry", invoice_id)


def expire_first_payment(state: State, sub_id: str) -> None:
    """Give up a subscription whose first payment did not come within its 23 hours."""
    sub = state.subs[sub_id]
    if sub.status == "incomplete" and sub.latest_invoice:
        void(state, sub.latest_invoice)
        end(state, sub, "payment_failed", "incomplete_expired")


def settle_all(state: State, sub_id: str) -> None:
    """Pay everything a subscription owes, oldest first: the customer came back with a good card."""
    sub = state.subs[sub_id]
    state.payer(sub.customer).failing = 0
    for invoice in [state.of("invoice")[id_] for id_ in sub.invoices]:
        if invoice["status"] == "draft":
            collect(state, invoice["id"])
        elif invoice["status"] == "open":
            pay(state, invoice["id"])
