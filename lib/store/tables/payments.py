"""Money that moved: charges, refunds, disputes, balance transactions, payouts. Amounts are in minor units."""

from __future__ import annotations

from lib.store.tables.base import Count, Decimal, Flag, Minor, Mirror, Seconds, Text


class Charge(Mirror, table=True):
    """An attempt to take money. ``invoice`` is known from old shapes only; else look through ``invoice_payment``."""

    customer: Text = None
    invoice: Text = None
    payment_intent: Text = None
    amount: Minor = None
    amount_captured: Minor = None
    amount_refunded: Minor = None
    currency: Text = None
    created: Seconds = None
    status: Text = None
    paid: Flag = None
    captured: Flag = None
    refunded: Flag = None
    disputed: Flag = None
    failure_code: Text = None
    failure_message: Text = None
    balance_transaction: Text = None
    description: Text = None
    card_brand: Text = None
    card_last4: Text = None
    card_exp_month: Count = None
    card_exp_year: Count = None
    card_country: Text = None


class Refund(Mirror, table=True):
    """Money given back from a charge."""

    charge: Text = None
    payment_intent: Text = None
    amount: Minor = None
    currency: Text = None
    created: Seconds = None
    status: Text = None
    reason: Text = None
    balance_transaction: Text = None


class Dispute(Mirror, table=True):
    """A charge questioned at the customer's bank."""

    charge: Text = None
    payment_intent: Text = None
    amount: Minor = None
    currency: Text = None
    created: Seconds = None
    status: Text = None
    reason: Text = None
    evidence_due_by: Seconds = None


class BalanceTransaction(Mirror, table=True):
    """A movement of the account's balance: ``net`` = ``amount`` less ``fee``, in ``currency`` of the balance."""

    created: Seconds = None
    available_on: Seconds = None
    amount: Minor = None
    fee: Minor = None
    net: Minor = None
    currency: Text = None
    type: Text = None
    reporting_category: Text = None
    source: Text = None
    exchange_rate: Decimal = None
    description: Text = None
    status: Text = None


class Payout(Mirror, table=True):
    """Money sent from the balance to the bank."""

    created: Seconds = None
    arrival_date: Seconds = None
    amount: Minor = None
    currency: Text = None
    status: Text = None
    automatic: Flag = None
    balance_transaction: Text = None
