"""What is read from Stripe, declared once: backfill, refetch, events, permissions and progress all follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from lib.gateway import scopes
from lib.gateway.scopes import Permission
from lib.store import tables
from lib.store.stripe_rows import KINDS
from lib.store.tables import Mirror, core

JSON = dict[str, Any]


@dataclass(frozen=True)
class Sublist:
    """A list nested in an object, which Stripe cuts off after a few: where to read the rest. ``{id}`` is the parent."""

    name: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    expand: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resource:
    """One list of Stripe's API and the table that mirrors it."""

    table: type[Mirror]
    path: str
    permission: Permission
    label: str
    events: str = ""
    """Event types that announce a change, as shell patterns separated by spaces. Empty: Stripe announces none."""
    params: Mapping[str, str] = field(default_factory=dict)
    expand: tuple[str, ...] = ()
    """Expansions of the list (``data.…``); an object alone is expanded alike."""
    alone: tuple[str, ...] = ()
    """Further expansions of an object that is read alone."""
    sublists: tuple[Sublist, ...] = ()

    @property
    def name(self) -> str:
        """The table's name, which names the resource in the store too: ``invoice_item``."""
        return core(self.table).name

    @cached_property
    def object(self) -> str:
        """Stripe's ``object`` of its members: ``invoiceitem``."""
        return next(name for name, kind in KINDS.items() if kind.table is self.table)

    @property
    def detail(self) -> tuple[str, ...]:
        """Expansions of an object that is read alone."""
        return (*(each.removeprefix("data.") for each in self.expand), *self.alone)

    def hears(self, event_type: str) -> bool:
        """Whether an event of this type is about this resource."""
        return any(fnmatchcase(event_type, pattern) for pattern in self.events.split())


RESOURCES: tuple[Resource, ...] = (
    Resource(tables.Product, "/v1/products", scopes.PRODUCTS, "Products", "product.*"),
    Resource(tables.Price, "/v1/prices", scopes.PRICES, "Prices", "price.*", expand=("data.tiers",)),
    Resource(tables.Coupon, "/v1/coupons", scopes.COUPONS, "Coupons", "coupon.*", expand=("data.applies_to",)),
    Resource(
        tables.Customer,
        "/v1/customers",
        scopes.CUSTOMERS,
        "Customers",
        "customer.created customer.updated customer.deleted customer.discount.*",
    ),
    Resource(
        tables.Subscription,
        "/v1/subscriptions",
        scopes.SUBSCRIPTIONS,
        "Subscriptions",
        "customer.subscription.* customer.discount.*",
        params={"status": "all"},
        expand=("data.discounts", "data.items.data.discounts"),
        sublists=(Sublist("items", "/v1/subscription_items", {"subscription": "{id}"}, expand=("data.discounts",)),),
    ),
    Resource(
        tables.Invoice,
        "/v1/invoices",
        scopes.INVOICES,
        "Invoices",
        "invoice.*",
        expand=("data.discounts", "data.lines.data.discounts"),
        alone=("payments",),
        sublists=(Sublist("lines", "/v1/invoices/{id}/lines", expand=("data.discounts",)),),
    ),
    Resource(
        tables.InvoiceItem,
        "/v1/invoiceitems",
        scopes.INVOICE_ITEMS,
        "Pending invoice items",
        "invoiceitem.created invoiceitem.deleted",
        params={"pending": "true"},
        expand=("data.discounts",),
    ),
    Resource(
        tables.InvoicePayment,
        "/v1/invoice_payments",
        scopes.INVOICE_PAYMENTS,
        "Invoice payments",
        "invoice_payment.*",
    ),
    Resource(
        tables.Charge,
        "/v1/charges",
        scopes.CHARGES,
        "Charges",
        "charge.succeeded charge.failed charge.pending charge.captured charge.expired charge.updated charge.refunded",
    ),
    Resource(tables.Refund, "/v1/refunds", scopes.REFUNDS, "Refunds", "refund.* charge.refund.updated"),
    Resource(tables.Dispute, "/v1/disputes", scopes.DISPUTES, "Disputes", "charge.dispute.*"),
    Resource(tables.BalanceTransaction, "/v1/balance_transactions", scopes.BALANCE, "Balance transactions"),
    Resource(tables.Payout, "/v1/payouts", scopes.PAYOUTS, "Payouts", "payout.*"),
    Resource(tables.CreditNote, "/v1/credit_notes", scopes.CREDIT_NOTES, "Credit notes", "credit_note.*"),
    Resource(tables.TaxRate, "/v1/tax_rates", scopes.TAX_RATES, "Tax rates", "tax_rate.*"),
)
"""In the order in which people read about them: what is sold, who buys, what was billed, what was paid."""

BY_NAME: Mapping[str, Resource] = {each.name: each for each in RESOURCES}
BY_OBJECT: Mapping[str, Resource] = {each.object: each for each in RESOURCES}
UNANNOUNCED: tuple[Resource, ...] = tuple(each for each in RESOURCES if not each.events)
"""What no event tells of: its newest are listed whenever something changed."""


def heard(event_type: str) -> bool:
    """Whether any resource follows from an event of this type."""
    return any(each.hears(event_type) for each in RESOURCES)
