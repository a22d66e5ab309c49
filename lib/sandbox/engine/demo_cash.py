"""What happens to the demo business's money beside subscriptions: refunds, disputes, single sales."""

from __future__ import annotations

from itertools import islice
from random import Random

from lib.sandbox.engine import dunning, invoicing, payments
from lib.sandbox.engine.calendar import DAY
from lib.sandbox.engine.catalog import Catalog
from lib.sandbox.engine.demo_acts import Act, well
from lib.sandbox.engine.names import chance
from lib.sandbox.engine.state import Object, State, Sub

_RECENT = 250


def _recent_charge(state: State, rng: Random) -> Object | None:
    charges = state.of("charge")
    ids = list(islice(reversed(charges), _RECENT))
    charge = charges[rng.choice(ids)] if ids else None
    whole = charge and charge["paid"] and not charge["amount_refunded"] and not charge["disputed"]
    return charge if whole else None


def give_back(state: State, _: Catalog, __: Sub, rng: Random) -> None:
    """Refund some or all of a recent charge, now and then with a credit note."""
    charge = _recent_charge(state, rng)
    if charge is None:
        return
    amount = None if chance(rng, 0.6) else max(charge["amount"] * rng.randrange(10, 80) // 1_000 * 10, 10)
    made = payments.refund(state, charge["id"], amount, rng.choice(("requested_by_customer", "duplicate", None)))
    invoice = next((i for i, intent in reversed(state.intents.items()) if intent == charge["payment_intent"]), None)
    if invoice and chance(rng, 0.5):
        payments.credit_note(state, invoice, made)


def contest(state: State, _: Catalog, __: Sub, rng: Random) -> None:
    """Dispute a recent charge; it is decided some weeks later."""
    charge = _recent_charge(state, rng)
    if charge:
        made = payments.dispute(state, charge["id"], rng.choice(("fraudulent", "product_not_received", "duplicate")))
        won = chance(rng, 0.4)
        state.schedule(state.now + rng.randrange(15, 60) * DAY, "close_dispute", made["id"], won)


def buy_once(state: State, catalog: Catalog, sub: Sub, _: Random) -> None:
    """Buy something without an invoice."""
    if well(sub):
        price = state.of("price")[catalog.once["pack", sub.currency]]
        payments.charge_once(state, sub.customer, price["unit_amount"], sub.currency, "Add-on pack")


def be_onboarded(state: State, catalog: Catalog, sub: Sub, _: Random) -> None:
    """Buy help, on an invoice of its own."""
    if well(sub):
        invoice = invoicing.one_off(state, sub.customer, catalog.once["onboarding", sub.currency], 1)
        dunning.collect(state, invoice)


ACTS: dict[str, Act] = {
    "give_back": give_back,
    "contest": contest,
    "buy_once": buy_once,
    "be_onboarded": be_onboarded,
}
RATES = {"give_back": 0.010, "contest": 0.0022, "buy_once": 0.014, "be_onboarded": 0.005}
"""How often a month each happens for every running subscription."""
