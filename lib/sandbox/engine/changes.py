"""Changes in the middle of a period: plans, seats, add-ons, with Stripe's classic proration. Minor units."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from lib.sandbox.engine.calendar import step
from lib.sandbox.engine.discounts import running, take_off
from lib.sandbox.engine.dunning import collect
from lib.sandbox.engine.invoicing import add_pending, draft
from lib.sandbox.engine.lifecycle import hide, publish, reveal, told
from lib.sandbox.engine.lines import Entry, cycle_entries, pending_entries
from lib.sandbox.engine.pricing import half_up, metered, rounded
from lib.sandbox.engine.shapes_invoices import proration_text
from lib.sandbox.engine.state import Billed, Item, State, Sub
from lib.sandbox.engine.subscriptions import invoice_pending


class Edit(NamedTuple):
    """A change of one item: another price or quantity, a new item (item None), or its end."""

    item: str | None = None
    price: str | None = None
    quantity: int | None = None
    deleted: bool = False


class Cut(NamedTuple):
    """A proration: minor units, the time it is cut at, and whether it gives back or asks for more."""

    amount: int
    at: int
    credit: bool


def update(
    state: State,
    sub_id: str,
    edits: Sequence[Edit],
    behavior: str = "create_prorations",
    at: int | None = None,
) -> None:
    """Change a subscription's items; behavior is create_prorations, always_invoice or none.

    Prorations are cut at a time of the running period (epoch seconds), by default now.
    """
    sub = state.subs[sub_id]
    cut = state.now if at is None else at
    before = told(state, sub)
    started_free = not _full(state, sub)
    prorates = behavior != "none" and sub.status != "trialing"
    if prorates:
        _credit_all(state, sub, edits, cut)
    _edit_items(state, sub, edits)
    interval, count = _terms(state, sub)
    if (interval, count) != (sub.interval, sub.count) or (started_free and _full(state, sub)):
        sub.interval, sub.count = interval, count
        _restart(state, sub)
    elif prorates:
        _debit_all(state, sub, edits, cut)
        if behavior == "always_invoice":
            invoice_pending(state, sub, "subscription_update")
    elif behavior == "none" and sub.status != "trialing":
        hide(state, sub, before)
    if prorates:
        reveal(state, sub)
    publish(state, sub)


def _credit_all(state: State, sub: Sub, edits: Sequence[Edit], at: int) -> None:
    for edit in edits:
        item = next((item for item in sub.items if item.id == edit.item), None)
        if item is not None and not metered(state.of("price")[item.price]):
            _credit(state, sub, item, at)


def give_back(state: State, sub_id: str) -> None:
    """Credit the rest of the running period of everything that was billed, for the next invoice."""
    sub = state.subs[sub_id]
    _credit_all(state, sub, [Edit(item=item.id) for item in sub.items], state.now)


def _credit(state: State, sub: Sub, item: Item, at: int) -> None:
    """Give back what was billed for the rest of the period."""
    billed = item.billed
    if billed is None:
        return
    amount = half_up(Fraction(billed.amount * (billed.end - max(at, billed.start)), billed.end - billed.start))
    _keep(state, sub, item, Cut(-amount, at, credit=True))


def _debit_all(state: State, sub: Sub, edits: Sequence[Edit], at: int) -> None:
    changed = {edit.item for edit in edits}
    offs = take_off(
        state,
        [_price_of(state, item) for item in sub.items],
        [state.of("price")[item.price]["product"] for item in sub.items],
        running(state, sub, state.now),
    )
    for item, given in zip(sub.items, offs, strict=True):
        if (item.id in changed or item.billed is None) and not metered(state.of("price")[item.price]):
            whole = _price_of(state, item) - sum(each.amount for each in given)
            amount = half_up(Fraction(whole * (sub.end - at), _period_length(sub)))
            item.billed = Billed(amount, at, sub.end)
            _keep(state, sub, item, Cut(amount, at, credit=False))


def _period_length(sub: Sub) -> int:
    return sub.end - sub.start


def _price_of(state: State, item: Item) -> int:
    price = state.of("price")[item.price]
    return 0 if metered(price) else rounded(price, item.quantity)


def _keep(state: State, sub: Sub, item: Item, cut: Cut) -> None:
    price = state.of("price")[item.price]
    name = state.of("product")[price["product"]]["name"]
    text = proration_text(cut.credit, name, item.quantity, cut.at)
    add_pending(state, sub, item, price, {"amount": cut.amount, "quantity": item.quantity, "description": text}, cut.at)


def _edit_items(state: State, sub: Sub, edits: Sequence[Edit]) -> None:
    for edit in edits:
        if edit.item is None:
            sub.items.append(Item(state.id("si"), edit.price or "", edit.quantity or 1, state.now))
            continue
        item = next(item for item in sub.items if item.id == edit.item)
        if edit.deleted:
            sub.items.remove(item)
            continue
        item.price = edit.price or item.price
        item.quantity = item.quantity if edit.quantity is None else edit.quantity


def _terms(state: State, sub: Sub) -> tuple[str, int]:
    recurring = state.of("price")[sub.items[0].price]["recurring"]
    return recurring["interval"], recurring["interval_count"]


def _full(state: State, sub: Sub) -> int:
    return sum(_price_of(state, item) for item in sub.items)


def _restart(state: State, sub: Sub) -> None:
    """Begin a new period now, because the interval changed or a free plan became a paid one: bill it at once."""
    if sub.status == "trialing":
        return
    was = (sub.start, state.now)
    sub.anchor = sub.start = state.now
    sub.cycle = 0
    sub.spent.clear()
    sub.end = step(state.now, sub.interval, sub.count, 1)
    waiting: list[tuple[str | None, Entry]] = list(pending_entries(state, sub))
    entries = waiting + [(None, entry) for entry in cycle_entries(state, sub, usage=was)]
    invoice_id = draft(state, sub.customer, sub.currency, entries, "subscription_update", sub=sub, period=was)
    state.schedule(sub.end, "period_end", sub.id, sub.end)
    publish(state, sub)
    collect(state, invoice_id)
