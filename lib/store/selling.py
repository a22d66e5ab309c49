"""What an owner can sell here and to whom, as it was read from their account. Each works on an open session."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, or_, select

from lib.store.tables import Customer, Price, Product


def customers(db: Session, account: str, like: str, limit: int) -> Sequence[Customer]:
    """Customers whose name, email or id has ``like`` in it, by name."""
    query = select(Customer).where(Customer.account == account, col(Customer.deleted).is_(False))
    if like:
        found = (col(Customer.name), col(Customer.email), col(Customer.id))
        query = query.where(or_(*(each.icontains(like, autoescape=True) for each in found)))
    return db.exec(query.order_by(col(Customer.name), col(Customer.email), col(Customer.id)).limit(limit)).all()


def customer(db: Session, account: str, customer_id: str) -> Customer | None:
    """A customer of the account who was not deleted."""
    found = db.get(Customer, (account, customer_id))
    return found if found is not None and not found.deleted else None


def prices(db: Session, account: str) -> Sequence[tuple[Price, str]]:
    """Active recurring prices of active products, with the product's name; metered and tiered ones are left out.

    A price may be for packages: see its ``transform_divide_by``.
    """
    query = (
        select(Price, Product.name)
        .join(Product, (col(Product.account) == Price.account) & (col(Product.id) == Price.product))
        .where(
            Price.account == account,
            col(Price.active).is_(True),
            col(Price.deleted).is_(False),
            col(Price.interval).is_not(None),
            col(Price.unit_amount_decimal).is_not(None),
            or_(col(Price.billing_scheme).is_(None), Price.billing_scheme == "per_unit"),
            or_(col(Price.usage_type).is_(None), Price.usage_type == "licensed"),
            col(Product.active).is_not(False),
        )
        .order_by(col(Product.name), col(Price.currency), col(Price.interval), col(Price.id))
    )
    return [(price, name or price.id) for price, name in db.exec(query)]
