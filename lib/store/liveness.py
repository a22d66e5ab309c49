"""Which objects may still change, and were not seen lately. Times are epoch seconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import ColumnElement, or_, true
from sqlmodel import Session, col, select

from lib.store.tables import (
    BalanceTransaction,
    Charge,
    Coupon,
    CreditNote,
    Customer,
    Dispute,
    Invoice,
    InvoiceItem,
    InvoicePayment,
    Mirror,
    Payout,
    Price,
    Product,
    Refund,
    Subscription,
    core,
)

OPEN: Final[Mapping[type[Mirror], ColumnElement[bool]]] = {
    Product: true(),
    Price: true(),
    Coupon: true(),
    Customer: true(),
    Subscription: col(Subscription.status).not_in(["canceled", "incomplete_expired"]),
    Invoice: or_(
        col(Invoice.status).is_(None), col(Invoice.status).in_(["draft", "open", "uncollectible"])
    ),  # Stripe leaves a draft's status out in old API versions
    InvoiceItem: col(InvoiceItem.invoice).is_(None),
    InvoicePayment: col(InvoicePayment.status) == "open",
    Charge: col(Charge.status) == "pending",
    Refund: col(Refund.status).in_(["pending", "requires_action"]),
    Dispute: col(Dispute.status).not_in(["won", "lost", "warning_closed", "prevented"]),
    Payout: col(Payout.status).in_(["pending", "in_transit"]),
    BalanceTransaction: col(BalanceTransaction.status) == "pending",
}
"""Of each table, the rows that Stripe may still change or delete, by what we know of them."""
ABOUT: Final = (
    (Refund.charge, Refund, Charge),
    (Dispute.charge, Dispute, Charge),
    (CreditNote.invoice, CreditNote, Invoice),
)
"""What changes with what: a refund changes its charge, a credit note its invoice."""


def unseen(db: Session, account: str, since: float) -> set[tuple[str, str]]:
    """(resource, id) of every live row that may still change and was last seen before ``since``.

    Left out are tombstone-like rows that were only named by others and never seen.
    """
    return {
        (core(table).name, id_)
        for table, may_change in OPEN.items()
        for id_ in db.exec(
            select(table.id).where(
                table.account == account,
                col(table.deleted).is_(False),
                col(table.observed_at).between(0.001, since - 0.001),
                may_change,
            )
        )
    }


def touched(db: Session, account: str, since: int, unseen_since: float) -> set[tuple[str, str]]:
    """(resource, id) of charges and invoices, last seen before ``unseen_since``, that something made ``since`` changed.

    Disputes count whenever they were made: they end months later.
    """
    found: set[tuple[str, str]] = set()
    for key, source, changed in ABOUT:
        named = select(key).where(source.account == account)
        if source is not Dispute:
            named = named.where(col(source.created) >= since)
        query = select(changed.id).where(
            changed.account == account,
            col(changed.deleted).is_(False),
            col(changed.observed_at) < unseen_since,
            col(changed.id).in_(named),
        )
        found |= {(core(changed).name, id_) for id_ in db.exec(query)}
    return found
