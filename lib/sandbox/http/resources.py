"""Everything that can be listed or retrieved, declared once: path, permission of restricted keys, and filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lib.sandbox.http.params import range_names

Object = dict[str, Any]
Value = Callable[[Object], Any]


def at(path: str) -> Value:
    """Read a nested field: ``at("parent.subscription_details.subscription")``; None where a step is missing."""
    steps = path.split(".")

    def value(each: Object) -> Any:  # noqa: ANN401 - a JSON value
        found: Any = each
        for step in steps:
            if not isinstance(found, dict):
                return None
            found = found.get(step)
        return found

    return value


def same(*names: str) -> dict[str, Value]:
    """Filters that are called like the field they compare."""
    return {name: at(name) for name in names}


@dataclass(frozen=True)
class Resource:
    """One list of the API. ``kind`` is Stripe's object name."""

    path: str
    kind: str
    permission: str
    exact: Mapping[str, Value] = field(default_factory=dict)
    """Filters by equality of text."""
    flags: Mapping[str, Value] = field(default_factory=dict)
    """Filters by ``true`` or ``false``."""
    ranges: Mapping[str, Value] = field(default_factory=dict)
    """Filters by range, beside ``created``."""
    any_of: Mapping[str, Value] = field(default_factory=dict)
    """Filters by a list of values: ``name[]``."""
    special: frozenset[str] = frozenset()
    """Parameters that the list itself understands."""
    required: str | None = None
    created: str | None = "created"
    """The name of the time filter, None where Stripe has none."""

    @cached_property
    def known(self) -> frozenset[str]:
        """Every parameter that the list takes, beside paging."""
        names = {*self.exact, *self.flags, *self.any_of, *self.special}
        for name in (*self.ranges, *([self.created] if self.created else [])):
            names.update(range_names(name))
        return frozenset(names)


def _of_first_item(name: str) -> Value:
    """A field that moved from the subscription to its items."""

    def value(subscription: Object) -> Any:  # noqa: ANN401 - a JSON value
        items = subscription["items"]["data"]
        return items[0].get(name) if items else None

    return value


ACCOUNT_PERMISSION = "rak_accounts_kyc_basic_read"
BALANCE_PERMISSION = "rak_balance_read"
_SUBSCRIPTION = at("parent.subscription_details.subscription")

RESOURCES = (
    Resource("customers", "customer", "rak_customer_read", same("email", "test_clock")),
    Resource(
        "products",
        "product",
        "rak_product_read",
        same("url"),
        flags=same("active", "shippable"),
        any_of={"ids[]": at("id")},
    ),
    Resource(
        "prices",
        "price",
        "rak_plan_read",
        same("currency", "product", "type")
        | {f"recurring[{name}]": at(f"recurring.{name}") for name in ("interval", "usage_type", "meter")},
        flags=same("active"),
        any_of={"lookup_keys[]": at("lookup_key")},
    ),
    Resource("coupons", "coupon", "rak_coupon_read"),
    Resource(
        "promotion_codes",
        "promotion_code",
        "rak_promotion_code_read",
        same("code", "customer", "customer_account") | {"coupon": at("promotion.coupon")},
        flags=same("active"),
    ),
    Resource(
        "subscriptions",
        "subscription",
        "rak_subscription_read",
        same("customer", "customer_account", "collection_method", "test_clock"),
        ranges={name: _of_first_item(name) for name in ("current_period_start", "current_period_end")},
        special=frozenset({"status", "price"}),
    ),
    Resource(
        "subscription_items",
        "subscription_item",
        "rak_subscription_read",
        same("subscription"),
        required="subscription",
        created=None,
    ),
    Resource(
        "invoices",
        "invoice",
        "rak_invoice_read",
        same("customer", "customer_account", "status", "collection_method") | {"subscription": _SUBSCRIPTION},
        ranges=same("due_date"),
    ),
    Resource(
        "invoiceitems",
        "invoiceitem",
        "rak_invoice_item_read",
        same("customer", "customer_account", "invoice"),
        flags={"pending": lambda each: each.get("invoice") is None},
    ),
    Resource(
        "invoice_payments",
        "invoice_payment",
        "rak_invoice_payment_read",
        same("invoice", "status")
        | {f"payment[{name}]": at(f"payment.{name}") for name in ("type", "payment_intent", "charge")},
    ),
    Resource("charges", "charge", "rak_charge_read", same("customer", "payment_intent", "transfer_group")),
    Resource("refunds", "refund", "rak_charge_read", same("charge", "payment_intent")),
    Resource("disputes", "dispute", "rak_dispute_read", same("charge", "payment_intent")),
    Resource(
        "balance_transactions",
        "balance_transaction",
        "rak_balance_transaction_source_read",
        same("currency", "source", "type"),
    ),
    Resource("payouts", "payout", "rak_payout_read", same("status", "destination"), ranges=same("arrival_date")),
    Resource("credit_notes", "credit_note", "rak_credit_note_read", same("customer", "customer_account", "invoice")),
    Resource("tax_rates", "tax_rate", "rak_tax_rate_read", flags=same("active", "inclusive")),
    Resource(
        "events",
        "event",
        "rak_event_read",
        special=frozenset({"type", "types[]", "delivery_success"}),
    ),
    Resource("payment_methods", "payment_method", "rak_payment_method_read", same("customer", "type"), created=None),
    Resource(
        "checkout/sessions",
        "checkout.session",
        "rak_checkout_session_read",
        same("customer", "customer_account", "payment_intent", "payment_link", "status", "subscription")
        | {"customer_details[email]": at("customer_details.email")},
    ),
    Resource(
        "billing_portal/configurations",
        "billing_portal.configuration",
        "rak_customer_portal_read",
        flags=same("active", "is_default"),
        created=None,
    ),
    Resource("payment_intents", "payment_intent", "rak_payment_intent_read", same("customer", "customer_account")),
)

BY_PATH = {each.path: each for each in RESOURCES}
BY_KIND = {each.kind: each for each in RESOURCES}
