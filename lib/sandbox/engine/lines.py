"""What an invoice lists: cycles, usage, prorations, with discounts and tax. Minor units, epoch seconds."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from random import Random

from lib.sandbox.engine import shapes_invoices as shapes
from lib.sandbox.engine.calendar import months_in
from lib.sandbox.engine.discounts import Given, take_off
from lib.sandbox.engine.pricing import Part, half_up, metered, parts
from lib.sandbox.engine.state import Billed, Item, Object, State, Sub

MEAN_OF = 3
"""Months of billed usage that an item remembers."""


@dataclass(slots=True)
class Entry:
    """What a line will say; discounts and tax are worked out when all entries of an invoice are together."""

    amount: int
    quantity: int
    description: str
    start: int
    end: int
    parent: Object
    pricing: Object
    product: str
    discountable: bool = True
    billed: Billed | None = None
    """The item's memory of this billing, to be filled in."""


def cycle_entries(state: State, sub: Sub, *, usage: tuple[int, int] | None = None) -> list[Entry]:
    """Return the lines of a subscription's running period; usage: the period whose metered use is due now.

    Each item remembers what it is being billed.
    """
    entries = []
    for item in sub.items:
        price = state.of("price")[item.price]
        if not metered(price):
            entries.extend(_licensed(state, sub, item, price))
        elif usage:
            entries.append(_used(state, sub, item, price, usage))
    return entries


def _licensed(state: State, sub: Sub, item: Item, price: Object) -> list[Entry]:
    name = state.of("product")[price["product"]]["name"]
    item.billed = Billed(0, sub.start, sub.end)
    parent = shapes.subscription_parent(sub, item)
    if sub.status == "trialing":
        text = f"Free trial for {item.quantity} × {name}"
        return [_entry(Part(0, item.quantity, "0"), text, (sub.start, sub.end), parent, price, item.billed)]
    made = []
    for part in parts(price, item.quantity) or [Part(0, item.quantity, "0")]:
        text = f"{part.quantity} × {name} (per {sub.interval if sub.count == 1 else f'{sub.count} {sub.interval}s'})"
        made.append(_entry(part, text, (sub.start, sub.end), parent, price, item.billed))
    return made


def _used(state: State, sub: Sub, item: Item, price: Object, span: tuple[int, int]) -> Entry:
    name = state.of("product")[price["product"]]["name"]
    used = int(Random(f"{state.seed}/{item.id}/{span[0]}").lognormvariate(6, 0.8))
    parent = shapes.subscription_parent(sub, item)
    part = parts(price, used)[0]
    recurring = price["recurring"]
    kept = max(1, int(MEAN_OF / months_in(recurring["interval"], recurring["interval_count"])))
    item.used = (*item.used, part.amount)[-kept:]
    return _entry(part, f"{used} × {name}", span, parent, price, None)


def _entry(  # noqa: PLR0913, PLR0917 - all that a line says
    part: Part,
    text: str,
    span: tuple[int, int],
    parent: Object,
    price: Object,
    billed: Billed | None,
) -> Entry:
    pricing = shapes.pricing(price, part.unit)
    return Entry(part.amount, part.quantity, text, *span, parent, pricing, price["product"], billed=billed)


def pending_entries(state: State, sub: Sub) -> list[tuple[str, Entry]]:
    """Return what waits for the subscription's next invoice, with the invoice items' ids."""
    waiting = []
    for id_ in sub.pending:
        item = state.of("invoiceitem")[id_]
        owner = next((i for i in sub.items if i.id == _item_of(item)), None)
        billed = owner.billed if owner and item["amount"] >= 0 else None
        entry = Entry(
            item["amount"],
            item["quantity"],
            item["description"],
            item["period"]["start"],
            item["period"]["end"],
            shapes.subscription_parent(sub, owner or _gone(item), id_, _credited(item)),
            item["pricing"],
            item["pricing"]["price_details"]["product"],
            discountable=False,
            billed=billed if billed and billed.start == item["period"]["start"] else None,
        )
        waiting.append((id_, entry))
    return waiting


def _item_of(item: Object) -> str:
    return str(item["parent"]["subscription_details"]["subscription_item"])


def _gone(item: Object) -> Item:
    return Item(_item_of(item), "", 0, 0)


def _credited(item: Object) -> Object | None:
    credited = item["proration_details"]["credited_items"]
    details: Object | None = credited["invoice_line_item_details"] if credited else None
    return details


def offs(state: State, entries: list[Entry], discounts: list[Object]) -> list[list[Given]]:
    """Return what each discount takes off each entry."""
    if not discounts:
        return [[] for _ in entries]
    amounts = [max(entry.amount, 0) if entry.discountable else 0 for entry in entries]
    return take_off(state, amounts, [entry.product for entry in entries], discounts)


def line(  # noqa: PLR0913, PLR0917 - all that a line is made of
    state: State,
    invoice_id: str,
    currency: str,
    entry: Entry,
    given: list[Given],
    rate: Object | None,
) -> Object:
    """Return an entry as a line of an invoice, with what is taken off and the tax on the rest."""
    net = entry.amount - sum(each.amount for each in given)
    amounts, credited = shapes.credits_of(given)
    taxes = [shapes.tax(rate, taxed(net, rate), net)] if rate else []
    return shapes.line(
        state.id("il"),
        invoice_id,
        currency,
        {
            "amount": entry.amount,
            "description": entry.description,
            "discount_amounts": amounts,
            "discountable": entry.discountable,
            "discounts": [],
            "parent": entry.parent,
            "period": {"end": entry.end, "start": entry.start},
            "pretax_credit_amounts": credited,
            "pricing": entry.pricing,
            "quantity": entry.quantity,
            "quantity_decimal": str(entry.quantity),
            "subtotal": entry.amount,
            "taxes": taxes,
        },
    )


def taxed(net: int, rate: Object) -> int:
    """Return the tax on an amount, or within it where the rate is inclusive, rounded half up to the minor unit."""
    percentage = Fraction(str(rate["percentage"]))
    return half_up(net * percentage / (100 + percentage if rate["inclusive"] else 100))


def _inside(amounts: list[int], rate: Object | None) -> int:
    return sum(taxed(amount, rate) for amount in amounts) if rate and rate["inclusive"] else 0


def totals(lines: list[Object], rate: Object | None) -> Object:
    """Add the lines of an invoice up."""
    subtotal = sum(each["amount"] for each in lines)
    sums: dict[str, int] = {}
    for each in lines:
        for off in each["discount_amounts"]:
            sums[off["discount"]] = sums.get(off["discount"], 0) + off["amount"]
    net = subtotal - sum(sums.values())
    tax = sum(tax["amount"] for each in lines for tax in each["taxes"])
    inside = tax if rate and rate["inclusive"] else 0  # an inclusive tax is in the lines' amounts already
    total = net + tax - inside
    amounts, credited = shapes.credits_of([Given(discount, amount) for discount, amount in sums.items()])
    return {
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - _inside([each["amount"] for each in lines], rate),
        "total": total,
        "total_excluding_tax": net - inside,
        "total_discount_amounts": amounts,
        "total_pretax_credit_amounts": credited,
        "total_taxes": [shapes.tax(rate, tax, net)] if rate else [],
        "amount_due": max(total, 0),
        "amount_remaining": max(total, 0),
    }
