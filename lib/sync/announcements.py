"""Which event types an endpoint at Stripe should send us: Stripe's own names, for pasting.

Each is one that a resource hears (a test holds them against Stripe's OpenAPI document), and the one by which an owner
takes our access away. Left out is ``invoice.upcoming``: it is about an invoice that does not exist yet.
"""

from __future__ import annotations

from typing import Final

WITHDRAWN: Final = "account.application.deauthorized"
SILENT: Final = frozenset({"invoice.upcoming"})

_NAMES: Final = """
account.application.deauthorized charge.captured charge.dispute.closed charge.dispute.created
charge.dispute.funds_reinstated charge.dispute.funds_withdrawn charge.dispute.updated charge.expired charge.failed
charge.pending charge.refund.updated charge.refunded charge.succeeded charge.updated coupon.created coupon.deleted
coupon.updated credit_note.created credit_note.updated credit_note.voided customer.created customer.deleted
customer.discount.created customer.discount.deleted customer.discount.updated customer.subscription.created
customer.subscription.deleted customer.subscription.paused customer.subscription.pending_update_applied
customer.subscription.pending_update_expired customer.subscription.resumed customer.subscription.trial_will_end
customer.subscription.updated customer.updated invoice.created invoice.deleted invoice.finalization_failed
invoice.finalized invoice.marked_uncollectible invoice.overdue invoice.overpaid invoice.paid
invoice.payment_action_required invoice.payment_attempt_required invoice.payment_failed invoice.payment_succeeded
invoice.sent invoice.updated invoice.voided invoice.will_be_due invoice_payment.paid invoiceitem.created
invoiceitem.deleted payout.canceled payout.created payout.failed payout.paid payout.reconciliation_completed
payout.updated price.created price.deleted price.updated product.created product.deleted product.updated
refund.created refund.failed refund.updated tax_rate.created tax_rate.updated
"""
EVENT_TYPES: Final = tuple(_NAMES.split())
"""In the order of the alphabet."""
