"""Charges, refunds, disputes, balance transactions and payouts as rows."""

from __future__ import annotations

from lib.store.shapes.common import NOTHING, Obj, decimal, key, ref
from lib.store.tables import BalanceTransaction, Charge, Dispute, Payout, Refund, Row


def charge(obj: Obj, account: str, at: float) -> list[Row]:
    """A charge, with its balance transaction where that is expanded."""
    get = obj.get
    card = (get("payment_method_details") or NOTHING).get("card") or get("source") or NOTHING
    row = key(obj, account, at) | {
        "customer": ref(get("customer")),
        "invoice": ref(get("invoice")),
        "payment_intent": ref(get("payment_intent")),
        "amount": get("amount"),
        "amount_captured": get("amount_captured"),
        "amount_refunded": get("amount_refunded"),
        "currency": get("currency"),
        "created": get("created"),
        "status": get("status"),
        "paid": get("paid"),
        "captured": get("captured"),
        "refunded": get("refunded"),
        "disputed": get("disputed"),
        "failure_code": get("failure_code"),
        "failure_message": get("failure_message"),
        "balance_transaction": ref(get("balance_transaction")),
        "description": get("description"),
        "card_brand": card.get("brand"),
        "card_last4": card.get("last4"),
        "card_exp_month": card.get("exp_month"),
        "card_exp_year": card.get("exp_year"),
        "card_country": card.get("country"),
    }
    return [(Charge, row), *_expanded(obj, account, at)]


def _expanded(obj: Obj, account: str, at: float) -> list[Row]:
    moved = obj.get("balance_transaction")
    return balance_transaction(moved, account, at) if isinstance(moved, dict) else []


def refund(obj: Obj, account: str, at: float) -> list[Row]:
    """A refund, with its balance transaction where that is expanded."""
    get = obj.get
    row = key(obj, account, at) | {
        "charge": ref(get("charge")),
        "payment_intent": ref(get("payment_intent")),
        "amount": get("amount"),
        "currency": get("currency"),
        "created": get("created"),
        "status": get("status"),
        "reason": get("reason"),
        "balance_transaction": ref(get("balance_transaction")),
    }
    return [(Refund, row), *_expanded(obj, account, at)]


def dispute(obj: Obj, account: str, at: float) -> list[Row]:
    """A dispute."""
    get = obj.get
    row = key(obj, account, at) | {
        "charge": ref(get("charge")),
        "payment_intent": ref(get("payment_intent")),
        "amount": get("amount"),
        "currency": get("currency"),
        "created": get("created"),
        "status": get("status"),
        "reason": get("reason"),
        "evidence_due_by": (get("evidence_details") or NOTHING).get("due_by"),
    }
    return [(Dispute, row)]


def balance_transaction(obj: Obj, account: str, at: float) -> list[Row]:
    """A movement of the balance."""
    get = obj.get
    row = key(obj, account, at) | {
        "created": get("created"),
        "available_on": get("available_on"),
        "amount": get("amount"),
        "fee": get("fee"),
        "net": get("net"),
        "currency": get("currency"),
        "type": get("type"),
        "reporting_category": get("reporting_category"),
        "source": ref(get("source")),
        "exchange_rate": decimal(get("exchange_rate")),
        "description": get("description"),
        "status": get("status"),
    }
    return [(BalanceTransaction, row)]


def payout(obj: Obj, account: str, at: float) -> list[Row]:
    """A payout."""
    get = obj.get
    row = key(obj, account, at) | {
        "created": get("created"),
        "arrival_date": get("arrival_date"),
        "amount": get("amount"),
        "currency": get("currency"),
        "status": get("status"),
        "automatic": get("automatic"),
        "balance_transaction": ref(get("balance_transaction")),
    }
    return [(Payout, row), *_expanded(obj, account, at)]
