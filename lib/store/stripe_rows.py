"""From Stripe's JSON to rows: ``FROM_STRIPE[obj["object"]](obj, account, observed_at) -> list[Row]``.

A row is ``(table, {column: value})``, a plain dict keyed by database column name: no model instances, because this is
the hot path of a sync. Both the old and the new field shapes of Stripe are read. Nested lists become rows of their own;
a nested list should be whole (page it first when ``has_more``): only then are its absent members known to be gone.

``observed_at`` is the epoch second at which the request that fetched the object began.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from lib.store.shapes import billing, catalog, payments
from lib.store.shapes.common import Obj, Reader
from lib.store.tables import (
    BalanceTransaction,
    Charge,
    Coupon,
    CreditNote,
    Customer,
    Discount,
    Dispute,
    Invoice,
    InvoiceItem,
    InvoiceLine,
    InvoicePayment,
    Mirror,
    Payout,
    Price,
    Product,
    Refund,
    Row,
    Subscription,
    SubscriptionItem,
    TaxRate,
)


class Kind(NamedTuple):
    """A kind of Stripe object: where it is kept and how it is read."""

    table: type[Mirror]
    read: Reader


KINDS: Final[dict[str, Kind]] = {
    "customer": Kind(Customer, catalog.customer),
    "product": Kind(Product, catalog.product),
    "price": Kind(Price, catalog.price),
    "coupon": Kind(Coupon, catalog.coupon),
    "discount": Kind(Discount, catalog.discount),
    "tax_rate": Kind(TaxRate, catalog.tax_rate),
    "subscription": Kind(Subscription, billing.subscription),
    "subscription_item": Kind(SubscriptionItem, billing.subscription_item),
    "invoice": Kind(Invoice, billing.invoice),
    "line_item": Kind(InvoiceLine, billing.line_item),
    "invoiceitem": Kind(InvoiceItem, billing.invoiceitem),
    "invoice_payment": Kind(InvoicePayment, billing.invoice_payment),
    "charge": Kind(Charge, payments.charge),
    "refund": Kind(Refund, payments.refund),
    "dispute": Kind(Dispute, payments.dispute),
    "balance_transaction": Kind(BalanceTransaction, payments.balance_transaction),
    "payout": Kind(Payout, payments.payout),
    "credit_note": Kind(CreditNote, billing.credit_note),
}
"""Every kind that is kept, by Stripe's ``object``. Invoice lines are ``line_item``, pending items ``invoiceitem``."""


def _reader(name: str, kind: Kind) -> Reader:
    def read(obj: Obj, account: str, observed_at: float) -> list[Row]:
        if obj.get("deleted") and kind.table is not Discount:  # a deleted discount still comes whole
            return tombstone(name, obj["id"], account)
        return kind.read(obj, account, observed_at)

    return read


FROM_STRIPE: Final[dict[str, Reader]] = {name: _reader(name, kind) for name, kind in KINDS.items()}


def from_stripe(obj: Obj, account: str, observed_at: float) -> list[Row]:
    """The rows of any object. A kind that is not kept gives none."""
    read = FROM_STRIPE.get(obj["object"])
    return read(obj, account, observed_at) if read else []


def tombstone(name: str, id_: str, account: str) -> list[Row]:
    """The row that says: this object is deleted at Stripe. Ids never come back, so it needs no time to compete with.

    What was known of the object stays; what arrives late still fills it in.
    """
    row: dict[str, Any] = {"account": account, "id": id_, "observed_at": 0.0, "deleted": True}
    return [(KINDS[name].table, row)]
