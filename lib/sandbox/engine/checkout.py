"""Checkout: what a session comes to, and what is made of it when its page is submitted. Minor units, epoch seconds."""

from __future__ import annotations

from typing import NamedTuple

from lib.sandbox.engine import cards, subscriptions
from lib.sandbox.engine import shapes_checkout as shapes
from lib.sandbox.engine.calendar import DAY
from lib.sandbox.engine.customers import create_customer
from lib.sandbox.engine.discounts import take_off
from lib.sandbox.engine.lines import taxed
from lib.sandbox.engine.pricing import rounded
from lib.sandbox.engine.state import Card, Deal, Object, State
from lib.sandbox.engine.subscriptions import Terms

OPEN_FOR = DAY


class Buyer(NamedTuple):
    """What somebody filled in on the page."""

    email: str
    name: str
    card: Card | None
    address: Object | None = None
    tax_id: Object | None = None


class NoCodeError(Exception):
    """Why a promotion code can't be used, as a sentence for whoever typed it."""


def begin(state: State, deal: Deal, fields: Object) -> Object:
    """Open a session for a deal and return it; fields are values of the Stripe object."""
    id_ = state.id("cs_test")
    state.deals[id_] = deal
    made = shapes.session(id_, state.now, state.base, {"expires_at": state.now + OPEN_FOR, "discounts": [], **fields})
    made = state.add({**made, **_amounts(state, id_, made["discounts"])})
    state.schedule(made["expires_at"], "checkout_expire", id_)
    return made


def price_of(state: State, id_: str) -> Object:
    """Return the first price of a session: it names currency and interval of all."""
    return state.of("price")[state.deals[id_].items[0][0]]


def due(state: State, id_: str, discounts: list[Object]) -> list[tuple[int, int]]:
    """Return for each line what one period costs and what the session's discounts take off it, trial or not."""
    deal = state.deals[id_]
    prices = [state.of("price")[price] for price, _ in deal.items]
    whole = [rounded(price, quantity) for price, (_, quantity) in zip(prices, deal.items, strict=True)]
    held = [{"id": "", "source": {"coupon": coupon_of(state, each)}} for each in discounts]
    taken = take_off(state, whole, [price["product"] for price in prices], held)
    return [(each, sum(off.amount for off in given)) for each, given in zip(whole, taken, strict=True)]


def coupon_of(state: State, discount: Object) -> str:
    """Return the coupon that a session's discount stands for."""
    code = discount["promotion_code"]
    return str(state.of("promotion_code")[code]["promotion"]["coupon"] if code else discount["coupon"])


def _amounts(state: State, id_: str, discounts: list[Object], rate: str | None = None) -> Object:
    """Return what a session's amounts are with some discounts and a tax rate: on trial nothing is due today."""
    deal = state.deals[id_]
    nets = [(0, 0)] * len(deal.items) if deal.trial else due(state, id_, discounts)
    rows = [(*net, taxed(net[0] - net[1], state.of("tax_rate")[rate]) if rate else 0) for net in nets]
    lines = []
    for (price_id, quantity), row in zip(deal.items, rows, strict=True):
        price = state.shown_prices[price_id]
        name = state.of("product")[price["product"]]["name"]
        lines.append(shapes.item(state.id("li"), price, name, quantity, row))
    subtotal, off, tax = (sum(row[side] for row in rows) for side in (0, 1, 2))
    return {
        "amount_subtotal": subtotal,
        "amount_total": subtotal - off + tax,
        "currency": price_of(state, id_)["currency"],
        "discounts": discounts,
        "line_items": shapes.items(id_, lines),
        "total_details": {"amount_discount": off, "amount_shipping": 0, "amount_tax": tax},
    }


def apply_code(state: State, id_: str, text: str) -> None:
    """Use a promotion code on an open session. Raises NoCodeError."""
    code = next((each for each in state.of("promotion_code").values() if each["code"] == text.strip().upper()), None)
    if code is None or not code["active"]:
        raise NoCodeError("This code is invalid.")
    coupon = state.of("coupon")[code["promotion"]["coupon"]]
    if coupon["currency"] not in {None, price_of(state, id_)["currency"]}:
        raise NoCodeError("This code does not work for what you are buying.")
    reprice(state, id_, [{"coupon": None, "promotion_code": code["id"]}])


def reprice(state: State, id_: str, discounts: list[Object]) -> None:
    """Give an open session other discounts, or none."""
    state.change("checkout.session", id_, **_amounts(state, id_, discounts))


def expire(state: State, id_: str) -> None:
    """Close a session that nobody completed, if it is open and its time, or its owner, says so."""
    if state.of("checkout.session")[id_]["status"] == "open":
        state.change("checkout.session", id_, "checkout.session.expired", status="expired", url=None)


def complete(state: State, id_: str, buyer: Buyer) -> Object:
    """Take the customer's consent: customer, card and subscription come to be, once; return the session.

    Raises BadCardError where the first payment is refused: nothing is made then.
    """
    session, deal = state.of("checkout.session")[id_], state.deals[id_]
    if session["status"] != "open":
        return session
    if buyer.card and buyer.card.failing and session["amount_total"] > 0:
        raise cards.BadCardError(cards.DECLINED)
    customer = _customer(state, session, deal, buyer)
    if buyer.card:
        cards.attach(state, customer, buyer.card, buyer.name)
    if buyer.tax_id:
        state.payer(customer).tax_ids = [buyer.tax_id]
    taxes = session["automatic_tax"]["enabled"]
    with cards.confirmed(state, customer):  # who is on the page answers their bank
        sub = subscriptions.create(
            state,
            customer,
            list(deal.items),
            trial_days=deal.trial_days,
            trial_end=deal.trial_end,
            coupons=[coupon_of(state, each) for each in session["discounts"]],
            promotion_code=next((each["promotion_code"] for each in session["discounts"]), None),
            without_card=deal.without_card,
            terms=Terms(metadata=deal.metadata, automatic_tax=taxes),
        )
    if deal.description:
        state.change("subscription", sub.id, description=deal.description)
    details = {**shapes.NO_DETAILS, "address": buyer.address, "email": buyer.email, "name": buyer.name}
    details["tax_ids"] = list(state.payer(customer).tax_ids) if session["tax_id_collection"]["enabled"] else None
    amounts = _amounts(state, id_, session["discounts"], sub.tax)
    return state.change(
        "checkout.session",
        id_,
        "checkout.session.completed",
        **amounts,
        status="complete",
        payment_status="paid" if amounts["amount_total"] else "no_payment_required",
        url=None,
        automatic_tax={**session["automatic_tax"], "status": "complete"} if taxes else session["automatic_tax"],
        customer=customer,
        customer_details=details,
        subscription=sub.id,
        invoice=sub.latest_invoice,
    )


def _customer(state: State, session: Object, deal: Deal, buyer: Buyer) -> str:
    """Return the session's customer, brought up to what was filled in, or a new one."""
    known = session["customer"]
    if known is None:
        further = {"address": buyer.address, "currency": session["currency"]}
        return str(create_customer(state, buyer.name, buyer.email, card=None, further=further)["id"])
    kept = state.of("customer")[known]
    changed: Object = {"address": buyer.address} if "address" in deal.saves and buyer.address else {}
    if "name" in deal.saves and buyer.name:
        changed["name"] = buyer.name
    if kept["email"] is None:
        changed["email"] = buyer.email
    if changed:
        state.change("customer", known, "customer.updated", **changed)
    return str(known)
