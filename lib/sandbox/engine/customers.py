"""Customers and their cards; leaving altogether."""

from __future__ import annotations

from lib.sandbox.engine import shapes_catalog as shapes
from lib.sandbox.engine.lifecycle import ENDED
from lib.sandbox.engine.state import Object, Payer, State
from lib.sandbox.engine.subscriptions import cancel

_PREFIX_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
VISA = ("visa", "4242", 12, 2_034)


def create_customer(  # noqa: PLR0913 - what a customer is made of
    state: State,
    name: str | None,
    email: str | None,
    *,
    country: str = "US",
    card: tuple[str, str, int, int] | None = VISA,
    further: Object | None = None,
) -> Object:
    """Make a customer with a card (brand, last four digits, month and year of expiry), or none, and return it.

    further are values of the Stripe object that differ from the usual ones.
    """
    id_ = state.id("cus")
    method = state.id("pm")
    prefix = "".join(_PREFIX_LETTERS[ord(letter) % len(_PREFIX_LETTERS)] for letter in id_[4:12])
    shown = method if card else None
    made = shapes.customer(id_, state.now, name=name, email=email, country=country, prefix=prefix, method=shown)
    payer = Payer(id_, method, *(card or VISA), country, method[-16:], prefix)
    payer.cardless = card is None
    state.payers[id_] = payer
    return state.add({**made, **(further or {})}, "customer.created")


def delete_customer(state: State, id_: str) -> None:
    """Delete a customer: what is still running is cancelled at once, what was is kept."""
    for sub_id in state.payer(id_).subs:
        if state.subs[sub_id].status not in ENDED:
            cancel(state, sub_id)
    state.remove("customer", id_, "customer.deleted")
    state.deleted[id_] = {"id": id_, "object": "customer", "deleted": True}


def _without_tiers(price: Object) -> Object:
    """Return a price as it is nested in items."""
    return {key: value for key, value in price.items() if key != "tiers"}


def add_price(state: State, price: Object) -> str:
    """Put a price on sale and return its id."""
    state.add(price, "price.created")
    state.shown_prices[price["id"]] = _without_tiers(price)
    return str(price["id"])
