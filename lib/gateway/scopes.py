"""The permissions of a restricted key: Stripe's name for machines, the dashboard's name for people, a list to try.

Stripe kept old names for machines: prices are ``rak_plan_read``, refunds belong to charges.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Permission:
    """One row of the dashboard's permission table; ``probe`` is a list that needs it."""

    rak: str
    label: str
    probe: str
    without: str = ""
    """What becomes of a key that lacks it, as a sentence; empty: such a key is refused."""

    @property
    def required(self) -> bool:
        """Whether nothing works without it."""
        return not self.without


CUSTOMERS = Permission("rak_customer_read", "Customers", "/v1/customers")
PRODUCTS = Permission("rak_product_read", "Products", "/v1/products")
PRICES = Permission("rak_plan_read", "Prices", "/v1/prices")
COUPONS = Permission("rak_coupon_read", "Coupons", "/v1/coupons")
SUBSCRIPTIONS = Permission("rak_subscription_read", "Subscriptions", "/v1/subscriptions")
INVOICES = Permission("rak_invoice_read", "Invoices", "/v1/invoices")
INVOICE_ITEMS = Permission("rak_invoice_item_read", "Invoice items", "/v1/invoiceitems")
INVOICE_PAYMENTS = Permission("rak_invoice_payment_read", "Invoice payments", "/v1/invoice_payments")
CHARGES = Permission("rak_charge_read", "Charges and refunds", "/v1/charges")
REFUNDS = Permission("rak_charge_read", "Charges and refunds", "/v1/refunds")
DISPUTES = Permission("rak_dispute_read", "Disputes", "/v1/disputes")
BALANCE = Permission("rak_balance_transaction_source_read", "Balance transaction sources", "/v1/balance_transactions")
PAYOUTS = Permission("rak_payout_read", "Payouts", "/v1/payouts")
CREDIT_NOTES = Permission("rak_credit_note_read", "Credit notes", "/v1/credit_notes")
TAX_RATES = Permission(
    "rak_tax_rate_read",
    "Tax rates",
    "/v1/tax_rates",
    without="Not required. Without it, tax that prices include is taken from the rounded amounts on invoices.",
)
EVENTS = Permission("rak_event_read", "Events", "/v1/events")
ACCOUNT = Permission("rak_accounts_kyc_basic_read", "Account (basic information)", "/v1/account")

ALL = (
    CUSTOMERS,
    PRODUCTS,
    PRICES,
    COUPONS,
    SUBSCRIPTIONS,
    INVOICES,
    INVOICE_ITEMS,
    INVOICE_PAYMENTS,
    CHARGES,
    REFUNDS,
    DISPUTES,
    BALANCE,
    PAYOUTS,
    CREDIT_NOTES,
    TAX_RATES,
    EVENTS,
)


def of_endpoint(endpoint: str) -> Permission | None:
    """The permission that reading ``endpoint`` (like ``/v1/invoices``) needs."""
    return next((each for each in (*ALL, ACCOUNT) if each.probe == endpoint), None)
