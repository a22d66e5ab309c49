"""Who buys and what is sold: customers, products, prices, coupons and the discounts that apply them."""

from __future__ import annotations

from typing import ClassVar

from lib.store.tables.base import Count, Decimal, Flag, Json, Minor, Mirror, Seconds, Text, metadata_column


class Customer(Mirror, table=True):
    """A customer. ``balance`` is in minor units, negative for credit; ``discount`` is the id of its own discount."""

    KEPT_WHEN_DELETED: ClassVar[bool] = True

    created: Seconds = None
    email: Text = None
    name: Text = None
    phone: Text = None
    currency: Text = None
    country: Text = None
    delinquent: Flag = None
    balance: Minor = None
    metadata_: Json = metadata_column()
    discount: Text = None


class Product(Mirror, table=True):
    """What is sold."""

    KEPT_WHEN_DELETED: ClassVar[bool] = True

    created: Seconds = None
    name: Text = None
    active: Flag = None
    metadata_: Json = metadata_column()


class Price(Mirror, table=True):
    """A price of a product. ``interval`` is null for a one-time price; ``unit_amount_decimal`` is in minor units."""

    KEPT_WHEN_DELETED: ClassVar[bool] = True

    created: Seconds = None
    active: Flag = None
    product: Text = None
    currency: Text = None
    type: Text = None
    billing_scheme: Text = None
    unit_amount_decimal: Decimal = None
    interval: Text = None
    interval_count: Count = None
    usage_type: Text = None
    tiers: Json = None
    tiers_mode: Text = None
    transform_divide_by: Count = None
    transform_round: Text = None
    tax_behavior: Text = None
    nickname: Text = None
    metadata_: Json = metadata_column()


class Coupon(Mirror, table=True):
    """A coupon: ``percent_off`` or ``amount_off`` (minor units). ``applies_to`` lists product ids; null: all."""

    KEPT_WHEN_DELETED: ClassVar[bool] = True

    created: Seconds = None
    name: Text = None
    percent_off: Decimal = None
    amount_off: Minor = None
    currency: Text = None
    duration: Text = None
    duration_in_months: Count = None
    applies_to: Json = None
    valid: Flag = None


class Discount(Mirror, table=True):
    """A coupon at work on a customer, subscription, item or invoice, from ``start`` to ``end`` (null: for good)."""

    KEPT_WHEN_DELETED: ClassVar[bool] = True

    coupon: Text = None
    customer: Text = None
    subscription: Text = None
    subscription_item: Text = None
    invoice: Text = None
    invoice_item: Text = None
    promotion_code: Text = None
    start: Seconds = None
    end: Seconds = None


class TaxRate(Mirror, table=True):
    """A tax rate; ``percentage`` as decimal text. ``inclusive``: the price holds the tax."""

    created: Seconds = None
    display_name: Text = None
    percentage: Decimal = None
    inclusive: Flag = None
    active: Flag = None
    country: Text = None
