"""Cards at work: attempts on invoices, charges without one, refunds and disputes. Minor units, epoch seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import NamedTuple

from lib.sandbox.engine import shapes_money, shapes_payments
from lib.sandbox.engine.balance import application_fee, book, charge_fees, settled
from lib.sandbox.engine.calendar import DAY
from lib.sandbox.engine.pricing import half_up
from lib.sandbox.engine.state import Object, Payer, State
from lib.sandbox.engine.truth import settle_cash

DISPUTE_FEE = 1_500
_HOME = "US"
_NEW_CARD_YEARS = 4
_ANSWER_WITHIN = 10 * DAY


class Fee(NamedTuple):
    """What a platform takes of a payment, in minor units."""

    amount: int
    application: str | None


def charge_once(state: State, customer: str, amount: int, currency: str, description: str) -> Object:
    """Charge a customer's card without an invoice and return the charge, succeeded or failed."""
    payer = state.payer(customer)
    intent = shapes_payments.payment_intent(state.id("pi"), state.now, payer, amount, currency, description)
    state.add(intent, "payment_intent.created")
    return _charge(state, payer, intent["id"])


def attempt(state: State, invoice_id: str) -> bool:
    """Try to collect an open invoice from the customer's card; tell whether it is paid now."""
    invoice = state.of("invoice")[invoice_id]
    payer = state.payer(invoice["customer"])
    intent = _intent(state, invoice)
    counted = {"attempt_count": invoice["attempt_count"] + 1, "attempted": True}
    if payer.cardless or _charge(state, payer, intent, fee=_fee_on(state, invoice))["status"] == "failed":
        failed = state.change("invoice", invoice_id, **counted)
        state.emit("invoice.payment_failed", failed)
        return False
    state.change("invoice", invoice_id, **counted)
    _close_payment(state, invoice)
    mark_paid(state, invoice_id)
    return True


def _fee_on(state: State, invoice: Object) -> Fee | None:
    """Return what the platform behind an invoice's subscription takes of it."""
    parent = invoice["parent"]
    sub = state.subs[parent["subscription_details"]["subscription"]] if parent else None
    if sub is None or sub.fee is None:
        return None
    return Fee(half_up(invoice["amount_due"] * Fraction(sub.fee) / 100), sub.application)


def mark_paid(state: State, invoice_id: str) -> None:
    """Close an invoice that needs no more money."""
    invoice = state.of("invoice")[invoice_id]
    paid = state.change(
        "invoice",
        invoice_id,
        status="paid",
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        attempted=True,
        auto_advance=False,
        next_payment_attempt=None,
        status_transitions={**invoice["status_transitions"], "paid_at": state.now},
    )
    state.emit("invoice.paid", paid)
    state.emit("invoice.payment_succeeded", paid)


def _intent(state: State, invoice: Object) -> str:
    """Return the invoice's payment intent; the first attempt makes it, and an open invoice payment with it."""
    known = state.intents.get(invoice["id"])
    if known:
        return known
    payer = state.payer(invoice["customer"])
    text = "Subscription creation" if invoice["billing_reason"] == "subscription_create" else "Subscription update"
    text = text if invoice["parent"] else "Payment for Invoice"
    made = shapes_payments.payment_intent(
        state.id("pi"), state.now, payer, invoice["amount_due"], invoice["currency"], text
    )
    state.add(made, "payment_intent.created")
    payment = shapes_payments.invoice_payment(state.id("inpay"), state.now, invoice, made["id"])
    state.add(payment)
    state.payments[invoice["id"]] = [payment["id"]]
    state.intents[invoice["id"]] = made["id"]
    return str(made["id"])


def _close_payment(state: State, invoice: Object) -> None:
    state.change(
        "invoice_payment",
        state.payments[invoice["id"]][-1],
        "invoice_payment.paid",
        status="paid",
        amount_paid=invoice["amount_due"],
        status_transitions={"canceled_at": None, "paid_at": state.now},
    )


def cancel_payment(state: State, invoice_id: str) -> None:
    """Give up what is open of an invoice that is void now."""
    for id_ in state.payments.get(invoice_id, []):
        cancelled = {"canceled_at": state.now, "paid_at": None}
        state.change("invoice_payment", id_, status="canceled", status_transitions=cancelled)
    intent = state.intents.get(invoice_id)
    if intent:
        state.change(
            "payment_intent",
            intent,
            "payment_intent.canceled",
            status="canceled",
            canceled_at=state.now,
            cancellation_reason="void_invoice",
        )


def _charge(state: State, payer: Payer, intent_id: str, *, fee: Fee | None = None) -> Object:
    _renew_card(state, payer)
    intent = state.of("payment_intent")[intent_id]
    code = payer.code if payer.failing else None
    payer.failing -= payer.failing > 0
    charge = shapes_payments.charge(state.id("ch"), state.now, state.of("customer")[payer.id], payer, intent, code)
    charge["calculated_statement_descriptor"] = state.name.upper()[:22]
    if fee:
        told: Object = {"application": fee.application, "application_fee_amount": fee.amount}
        charge.update(told)
        state.change("payment_intent", intent_id, **told)
    if code is not None:
        state.add(charge, "charge.failed")
        error = shapes_payments.card_error(charge["id"], code)
        changed = {"latest_charge": charge["id"], "last_payment_error": error}
        state.change("payment_intent", intent_id, "payment_intent.payment_failed", **changed)
        return charge
    amount, rate = settled(state, charge["amount"], charge["currency"])
    fees = charge_fees(amount, foreign=payer.country != _HOME, converted=rate is not None)
    if fee and fee.amount:
        fees.append(application_fee(settled(state, fee.amount, charge["currency"])[0], fee.application))
    booked = book(state, "charge", charge["id"], amount, rate=rate, fees=fees, description=charge["description"])
    charge["balance_transaction"] = booked["id"]
    state.add(charge, "charge.succeeded")
    settle_cash(state, charge["currency"], gross=charge["amount"])
    changed = {"latest_charge": charge["id"], "amount_received": charge["amount"], "status": "succeeded"}
    state.change("payment_intent", intent_id, "payment_intent.succeeded", last_payment_error=None, **changed)
    return charge


def _renew_card(state: State, payer: Payer) -> None:
    """Let the card network replace a card that has expired, as its automatic updater does."""
    today = datetime.fromtimestamp(state.now, UTC)
    if (payer.exp_year, payer.exp_month) < (today.year, today.month):
        payer.exp_year = today.year + _NEW_CARD_YEARS


def refund(state: State, charge_id: str, amount: int | None = None, reason: str | None = None) -> Object:
    """Give back some of a charge (by default all that is left of it) and return the refund."""
    charge = state.of("charge")[charge_id]
    left = charge["amount"] - charge["amount_refunded"]
    amount = left if amount is None else min(amount, left)
    made = shapes_money.refund(state.id("re"), state.now, charge, amount, reason)
    usd, rate = settled(state, -amount, charge["currency"])
    booked = book(state, "refund", made["id"], usd, rate=rate, description="REFUND FOR CHARGE")
    made["balance_transaction"] = booked["id"]
    state.add(made, "refund.created")
    settle_cash(state, charge["currency"], refunds=amount)
    refunded = charge["amount_refunded"] + amount
    whole = refunded == charge["amount"]
    state.change("charge", charge_id, "charge.refunded", amount_refunded=refunded, refunded=whole)
    return made


def credit_note(state: State, invoice_id: str, refunded: Object) -> Object:
    """Write a credit note on a paid invoice for a refund that was made."""
    invoice = state.of("invoice")[invoice_id]
    count = sum(note["invoice"] == invoice_id for note in state.of("credit_note").values())
    number = f"{invoice['number']}-CN-{count + 1:02d}"
    made = shapes_money.credit_note((state.id("cn"), state.id("cnli")), state.now, invoice, refunded, number)
    credited = invoice["post_payment_credit_notes_amount"] + refunded["amount"]
    state.change("invoice", invoice_id, post_payment_credit_notes_amount=credited)
    return state.add(made, "credit_note.created")


def dispute(state: State, charge_id: str, reason: str = "fraudulent") -> Object:
    """Have the cardholder dispute a charge: the money and a fee are taken until it is decided."""
    charge = state.of("charge")[charge_id]
    made = shapes_money.dispute(state.id("du"), state.now, charge, reason, state.now + _ANSWER_WITHIN)
    usd, rate = settled(state, -charge["amount"], charge["currency"])
    fee = {"amount": DISPUTE_FEE, "application": None, "currency": "usd"}
    fees = [{**fee, "description": "Dispute fee", "type": "stripe_fee"}]
    booked = book(state, "adjustment", made["id"], usd, rate=rate, fees=fees, category="dispute")
    made["balance_transactions"] = [booked]
    state.add(made, "charge.dispute.created")
    state.change("charge", charge_id, "charge.updated", disputed=True)
    return made


def close_dispute(state: State, dispute_id: str, *, won: bool) -> None:
    """Decide a dispute; a won one brings the money back, without the fee."""
    made = state.of("dispute")[dispute_id]
    movements = made["balance_transactions"]
    if won:
        taken = movements[0]
        amount, rate = -taken["amount"], taken["exchange_rate"]
        back = book(state, "adjustment", dispute_id, amount, rate=rate, category="dispute_reversal")
        movements = [*movements, back]
    else:
        settle_cash(state, made["currency"], disputes_lost=made["amount"])
    evidence = {**made["evidence_details"], "has_evidence": won, "submission_count": int(won)}
    status = "won" if won else "lost"
    changed = {"status": status, "balance_transactions": movements, "evidence_details": evidence}
    state.change("dispute", dispute_id, "charge.dispute.closed", **changed)
