"""The test cards that hosted pages take, and what becomes of a customer who attaches one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

from lib.sandbox.engine import dunning
from lib.sandbox.engine.lifecycle import ENDED
from lib.sandbox.engine.shapes_cards import payment_method
from lib.sandbox.engine.state import Card, Object, State, Sub

DECLINED = "Your card was declined."
ASKS = "authentication_required"
"""Why a card fails whose bank must be asked each time."""


class Kind(NamedTuple):
    """How a test card behaves: refused at once, only after its bank asked, or whenever it is charged.

    ``always``: its bank must be asked at every payment, and not only when it is saved.
    """

    brand: str
    about: str
    refused: bool = False
    asks: bool = False
    failing: bool = False
    always: bool = False


TEST_CARDS = {
    "4242424242424242": Kind("visa", "Succeeds"),
    "4000000000000002": Kind("visa", "Is declined", refused=True),
    "4000002500003155": Kind("visa", "Must be authenticated", asks=True),
    "4000002760003184": Kind("visa", "Must be authenticated at every payment", asks=True, always=True),
    "4000000000000341": Kind("visa", "Can be saved, then every charge fails", failing=True),
    "5555555555554444": Kind("mastercard", "Succeeds"),
}


class BadCardError(Exception):
    """What is wrong with a card, as a sentence for its owner."""


class Typed(NamedTuple):
    """A card that was typed in and can be tried."""

    number: str
    kind: Kind
    card: Card

    @property
    def last4(self) -> str:
        """The digits that are shown."""
        return self.card.last4


def typed(number: str, expiry: str, cvc: str, now: int) -> Typed:
    """Read a card as people type it; expiry is MM/YY, now in epoch seconds. Raises BadCardError."""
    digits = "".join(number.split()).replace("-", "")
    if not digits.isascii() or not digits.isdigit() or not _luhn(digits):
        raise BadCardError("Your card number is invalid.")
    kind = TEST_CARDS.get(digits)
    if kind is None:
        raise BadCardError("This page takes the test cards listed below alone: nothing here is real.")
    month, year = _expiry(expiry, now)
    if not (cvc.isascii() and cvc.isdigit() and len(cvc) in {3, 4}):
        raise BadCardError("Your card’s security code is incomplete.")
    return Typed(digits, kind, Card(kind.brand, digits[-4:], month, year, kind.failing, kind.always))


def _luhn(digits: str) -> bool:
    doubled = [int(each) * (2 if place % 2 else 1) for place, each in enumerate(reversed(digits))]
    return 12 <= len(digits) <= 19 and sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0  # noqa: PLR2004 - Luhn's rule


def _expiry(text: str, now: int) -> tuple[int, int]:
    digits = "".join(each for each in text if each.isdigit())
    if len(digits) == len("MMYYYY"):
        digits = digits[:2] + digits[4:]
    if not digits.isascii() or len(digits) != len("MMYY") or not 1 <= int(digits[:2]) <= 12:  # noqa: PLR2004 - December
        raise BadCardError("Your card’s expiration date is incomplete.")
    today = datetime.fromtimestamp(now, UTC)
    month, year = int(digits[:2]), today.year // 100 * 100 + int(digits[2:])
    if (year, month) < (today.year, today.month):
        raise BadCardError("Your card’s expiration date is in the past.")
    return month, year


def attach(state: State, customer: str, card: Card, name: str | None = None) -> str:
    """Put a card on file, make it the one that pays, and return its payment method's id."""
    payer = state.payer(customer)
    method = state.id("pm")
    state.cards[method] = card
    made = payment_method(method, state.now, state.of("customer")[customer], card, payer.country, name)
    state.add(made, "payment_method.attached")
    use(state, customer, method)
    return method


def use(state: State, customer: str, method: str) -> None:
    """Let a card that is on file pay from now on. Raises LookupError where it is not the customer's."""
    payer = state.payer(customer)
    if method != payer.method:
        card = state.cards[method]
        if state.of("payment_method")[method]["customer"] != customer:
            raise LookupError(method)
        payer.method, payer.fingerprint = method, method[-16:]
        payer.brand, payer.last4, payer.exp_month, payer.exp_year = card[:4]
        payer.failing = -1 if card.failing or card.asks else 0
        payer.code = ASKS if card.asks else "card_declined"
    payer.cardless = False


def must_ask(state: State, customer: str) -> bool:
    """Tell whether the bank of the card on file asks its owner at every payment."""
    payer = state.payer(customer)
    return bool(payer.failing) and payer.code == ASKS and not payer.cardless


@contextmanager
def confirmed(state: State, customer: str) -> Iterator[None]:
    """While the block runs the owner of a card answers whatever its bank asks."""
    payer, asks = state.payer(customer), must_ask(state, customer)
    if asks:
        payer.failing = 0
    try:
        yield
    finally:
        if asks:
            payer.failing = -1


def owns(state: State, customer: str, method: str) -> bool:
    """Tell whether a payment method is on file for a customer."""
    payer = state.payer(customer)
    mine = state.of("payment_method").get(method)
    return (method == payer.method and not payer.cardless) or (mine is not None and mine["customer"] == customer)


def make_default(state: State, customer: str, method: str, *, collects: bool = True) -> None:
    """Let a card pay for the customer and for all that is subscribed; ``collects``: and try at once what is owed."""
    use(state, customer, method)
    settings = state.of("customer")[customer]["invoice_settings"]
    changed = {**settings, "default_payment_method": method}
    state.change("customer", customer, "customer.updated", invoice_settings=changed)
    for sub in live_subs(state, customer):
        state.change("subscription", sub.id, "customer.subscription.updated", default_payment_method=method)
    if collects:
        collect_open(state, customer)


def live_subs(state: State, customer: str) -> list[Sub]:
    """Return a customer's subscriptions that have not ended, oldest first."""
    return [sub for id_ in state.payer(customer).subs if (sub := state.subs[id_]).status not in ENDED]


def open_invoices(state: State, customer: str) -> list[Object]:
    """Return what a customer still owes for live subscriptions, oldest first; not what is sent to be paid later."""
    owed = [state.of("invoice")[id_] for sub in live_subs(state, customer) for id_ in sub.invoices]
    waits = {sub.waiting.invoice for sub in live_subs(state, customer) if sub.waiting}
    found = [each for each in owed if each["status"] == "open" and each["id"] not in waits]
    return [each for each in found if each["collection_method"] == "charge_automatically"]


def collect_open(state: State, customer: str) -> None:
    """Try everything that is owed now, oldest first; stop at the first that fails."""
    for each in open_invoices(state, customer):
        dunning.pay(state, each["id"])
        if state.of("invoice")[each["id"]]["status"] != "paid":
            return
