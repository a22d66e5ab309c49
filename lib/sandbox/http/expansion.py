"""``expand[]``: which paths exist, checked once, as a tree that rendering follows.

``GRAPH`` names, for each type, the fields that lead on. A field that holds an id is *replaced* by the object; a
*hidden* field is left out until asked for; a plain one only leads deeper. ``type.field`` names a nested part that is
no object of its own.
"""

from __future__ import annotations

from functools import lru_cache

from lib.sandbox.http import errors

DEEPEST = 4

REPLACED = "replaced"
"""The field holds an id, or a list of ids."""
HIDDEN = "hidden"
"""The field is absent unless expanded."""
PLAIN = "plain"
"""The field is there in any case."""

_SOURCES = "charge|refund|dispute|payout"

GRAPH: dict[str, dict[str, tuple[str, str]]] = {
    "customer": {
        "discount": (PLAIN, "discount"),
        "invoice_settings": (PLAIN, "customer.invoice_settings"),
        "subscriptions": (HIDDEN, "list:subscription"),
    },
    "customer.invoice_settings": {"default_payment_method": (REPLACED, "payment_method")},
    "payment_method": {"customer": (REPLACED, "customer")},
    "checkout.session": {
        "customer": (REPLACED, "customer"),
        "invoice": (REPLACED, "invoice"),
        "line_items": (HIDDEN, ""),
        "subscription": (REPLACED, "subscription"),
    },
    "billing_portal.session": {"configuration": (REPLACED, "billing_portal.configuration")},
    "billing_portal.configuration": {},
    "webhook_endpoint": {},
    "product": {"default_price": (REPLACED, "price")},
    "price": {"product": (REPLACED, "product"), "tiers": (HIDDEN, ""), "currency_options": (HIDDEN, "")},
    "coupon": {"applies_to": (HIDDEN, ""), "currency_options": (HIDDEN, "")},
    "promotion_code": {"customer": (REPLACED, "customer"), "promotion": (PLAIN, "promotion_code.promotion")},
    "promotion_code.promotion": {"coupon": (REPLACED, "coupon")},
    "discount": {
        "customer": (REPLACED, "customer"),
        "promotion_code": (REPLACED, "promotion_code"),
        "source": (PLAIN, "discount.source"),
    },
    "discount.source": {"coupon": (REPLACED, "coupon")},
    "subscription": {
        "customer": (REPLACED, "customer"),
        "discounts": (REPLACED, "discount"),
        "items": (PLAIN, "list:subscription_item"),
        "default_payment_method": (REPLACED, "payment_method"),
        "latest_invoice": (REPLACED, "invoice"),
        "default_tax_rates": (PLAIN, "tax_rate"),
    },
    "subscription_item": {
        "discounts": (REPLACED, "discount"),
        "price": (PLAIN, "price"),
        "tax_rates": (PLAIN, "tax_rate"),
    },
    "invoice": {
        "customer": (REPLACED, "customer"),
        "discounts": (REPLACED, "discount"),
        "lines": (PLAIN, "list:line_item"),
        "payments": (HIDDEN, "list:invoice_payment"),
        "parent": (PLAIN, "invoice.parent"),
        "total_discount_amounts": (PLAIN, "discount_amount"),
    },
    "invoice.parent": {"subscription_details": (PLAIN, "subscription_details")},
    "subscription_details": {"subscription": (REPLACED, "subscription")},
    "discount_amount": {"discount": (REPLACED, "discount")},
    "line_item": {
        "discounts": (REPLACED, "discount"),
        "discount_amounts": (PLAIN, "discount_amount"),
        "subscription": (REPLACED, "subscription"),
        "pricing": (PLAIN, "pricing"),
    },
    "pricing": {"price_details": (PLAIN, "price_details")},
    "price_details": {"price": (REPLACED, "price")},
    "invoiceitem": {
        "customer": (REPLACED, "customer"),
        "discounts": (REPLACED, "discount"),
        "invoice": (REPLACED, "invoice"),
        "pricing": (PLAIN, "pricing"),
    },
    "invoice_payment": {"invoice": (REPLACED, "invoice"), "payment": (PLAIN, "invoice_payment.payment")},
    "invoice_payment.payment": {"payment_intent": (REPLACED, "payment_intent"), "charge": (REPLACED, "charge")},
    "payment_intent": {"customer": (REPLACED, "customer"), "latest_charge": (REPLACED, "charge")},
    "charge": {
        "balance_transaction": (REPLACED, "balance_transaction"),
        "customer": (REPLACED, "customer"),
        "failure_balance_transaction": (REPLACED, "balance_transaction"),
        "payment_intent": (REPLACED, "payment_intent"),
        "refunds": (HIDDEN, "list:refund"),
    },
    "refund": {
        "balance_transaction": (REPLACED, "balance_transaction"),
        "charge": (REPLACED, "charge"),
        "customer": (REPLACED, "customer"),
        "payment_intent": (REPLACED, "payment_intent"),
        "failure_balance_transaction": (REPLACED, "balance_transaction"),
    },
    "dispute": {
        "balance_transactions": (PLAIN, "balance_transaction"),
        "charge": (REPLACED, "charge"),
        "payment_intent": (REPLACED, "payment_intent"),
    },
    "balance_transaction": {"source": (REPLACED, _SOURCES)},
    "payout": {"balance_transaction": (REPLACED, "balance_transaction")},
    "credit_note": {
        "customer": (REPLACED, "customer"),
        "invoice": (REPLACED, "invoice"),
        "lines": (PLAIN, ""),
        "refunds": (PLAIN, "credit_note.refunds"),
    },
    "credit_note.refunds": {"refund": (REPLACED, "refund")},
    "tax_rate": {},
    "event": {},
}

Tree = dict[str, "Tree"]
"""Fields to expand, each with what to expand inside it."""


@lru_cache(maxsize=512)
def tree_of(root: str, paths: tuple[str, ...]) -> Tree:
    """The paths of one request as a tree. Raises Stripe's sentence for a path that can't be expanded."""
    tree: Tree = {}
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise errors.invalid_value(
                "expand", f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}"
            )
        if not _leads(root, steps):
            raise errors.invalid_value("expand", f"This property cannot be expanded ({path}).")
        branch = tree
        for step in steps:
            branch = branch.setdefault(step, {})
    return tree


def _leads(kind: str, steps: list[str]) -> bool:
    """Whether a path leads from a type, or one of several types, to a field that exists."""
    if not steps:
        return True
    step, *rest = steps
    for each in kind.split("|"):
        if each.startswith("list:"):
            if step == "data" and _leads(each.removeprefix("list:"), rest):
                return True
        elif (field := GRAPH.get(each, {}).get(step)) and _leads(field[1], rest):
            return True
    return False


HIDDEN_FIELDS = {
    kind: frozenset(name for name, (how, _) in fields.items() if how == HIDDEN) for kind, fields in GRAPH.items()
}
"""For each kind, the fields to leave out unless expanded."""
