"""What is billed: subscriptions and their items, invoices and their lines, pending items, payments, credit notes."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field

from lib.store.tables.base import Count, Decimal, Flag, Json, Minor, Mirror, Seconds, Text, metadata_column


class Subscription(Mirror, table=True):
    """A subscription. ``discounts`` holds discount ids; the period is the window in which no item renews."""

    customer: Text = None
    status: Text = None
    currency: Text = None
    created: Seconds = None
    start_date: Seconds = None
    trial_start: Seconds = None
    trial_end: Seconds = None
    cancel_at: Seconds = None
    cancel_at_period_end: Flag = None
    canceled_at: Seconds = None
    ended_at: Seconds = None
    pause_behavior: Text = None
    pause_resumes_at: Seconds = None
    collection_method: Text = None
    billing_cycle_anchor: Seconds = None
    current_period_start: Seconds = None
    current_period_end: Seconds = None
    discounts: Json = None
    cancellation_reason: Text = None
    cancellation_feedback: Text = None
    cancellation_comment: Text = None
    latest_invoice: Text = None
    schedule: Text = None
    metadata_: Json = metadata_column()
    children_at: float | None = Field(default=None, description="observed_at of the newest complete list of items.")


class SubscriptionItem(Mirror, table=True):
    """A price and quantity of a subscription. An item gone from its subscription is ``deleted``."""

    __table_args__ = (Index(None, "account", "subscription"),)

    subscription: Text = None
    price: Text = None
    product: Text = None
    quantity: Count = None
    created: Seconds = None
    discounts: Json = None
    current_period_start: Seconds = None
    current_period_end: Seconds = None
    position: Count = None


class Invoice(Mirror, table=True):
    """An invoice; amounts in minor units. ``total_tax`` and ``total_discount`` are sums over Stripe's lists."""

    customer: Text = None
    subscription: Text = None
    status: Text = None
    currency: Text = None
    created: Seconds = None
    number: Text = None
    billing_reason: Text = None
    collection_method: Text = None
    period_start: Seconds = None
    period_end: Seconds = None
    subtotal: Minor = None
    total: Minor = None
    amount_due: Minor = None
    amount_paid: Minor = None
    amount_remaining: Minor = None
    attempt_count: Count = None
    attempted: Flag = None
    next_payment_attempt: Seconds = None
    due_date: Seconds = None
    finalized_at: Seconds = None
    paid_at: Seconds = None
    voided_at: Seconds = None
    marked_uncollectible_at: Seconds = None
    total_tax: Minor = None
    total_discount: Minor = None
    discounts: Json = None
    children_at: float | None = Field(default=None, description="observed_at of the newest complete list of lines.")


class InvoiceLine(Mirror, table=True):
    """A line of an invoice; amounts in minor units. ``discount_amounts`` is [{"discount": id, "amount": minor}],
    ``taxes`` [{"rate": id, "amount": minor, "inclusive": bool}].
    """

    __table_args__ = (Index(None, "account", "invoice"),)

    invoice: Text = None
    subscription: Text = None
    subscription_item: Text = None
    price: Text = None
    product: Text = None
    invoice_item: Text = None
    currency: Text = None
    amount: Minor = None
    quantity: Count = None
    unit_amount_decimal: Decimal = None
    proration: Flag = None
    period_start: Seconds = None
    period_end: Seconds = None
    discount_amounts: Json = None
    discounts: Json = None
    tax_inclusive: Minor = None
    tax_exclusive: Minor = None
    taxes: Json = None
    position: Count = None
    description: Text = None


class InvoiceItem(Mirror, table=True):
    """An item waiting for an invoice (``invoice`` null), or the trace of one that was invoiced."""

    customer: Text = None
    subscription: Text = None
    subscription_item: Text = None
    invoice: Text = None
    price: Text = None
    product: Text = None
    currency: Text = None
    amount: Minor = None
    quantity: Count = None
    unit_amount_decimal: Decimal = None
    proration: Flag = None
    period_start: Seconds = None
    period_end: Seconds = None
    date: Seconds = None
    discounts: Json = None
    description: Text = None


class InvoicePayment(Mirror, table=True):
    """A payment towards an invoice, by a charge or a payment intent; amounts in minor units."""

    invoice: Text = None
    charge: Text = None
    payment_intent: Text = None
    status: Text = None
    amount_paid: Minor = None
    amount_requested: Minor = None
    currency: Text = None
    created: Seconds = None
    paid_at: Seconds = None


class CreditNote(Mirror, table=True):
    """A reduction of a finalized invoice; ``amount`` in minor units, positive."""

    invoice: Text = None
    customer: Text = None
    amount: Minor = None
    currency: Text = None
    created: Seconds = None
    status: Text = None
    reason: Text = None
    type: Text = None
