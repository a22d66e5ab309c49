"""A few customers of the demo business whose stories are told in every world, however small and whatever the seed.

Each comes when a share of all customers has come. Chance does nothing to their subscriptions, so that a test can count
on one of each kind: metered usage, pauses, trials of every outcome, coupons, cancellations, arrears, inclusive tax.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import NamedTuple

from lib.sandbox.engine import changes, dunning, names, subscriptions
from lib.sandbox.engine.calendar import DAY
from lib.sandbox.engine.catalog import MONTH, QUARTER, YEAR, Catalog
from lib.sandbox.engine.changes import Edit
from lib.sandbox.engine.customers import create_customer, delete_customer
from lib.sandbox.engine.lifecycle import ENDED
from lib.sandbox.engine.state import State, Sub

TRIAL = 14


class Role(NamedTuple):
    """Somebody who comes when ``share`` (in sixtieths) of all have come, takes plans, and does things on some days."""

    share: int
    plans: tuple[str, ...]
    days: tuple[tuple[int, str], ...] = ()
    """Days after arrival, and what happens then: names of PLAYS."""
    interval: tuple[str, int] = MONTH
    quantity: int = 1
    coupon: str | None = None
    trial: bool = False
    cardless: bool = False
    home: tuple[str, str] = ("usd", "US")
    inclusive: bool = False
    policy: str = "cancel"


_GERMANY, _FRANCE, _BRITAIN = ("eur", "DE"), ("eur", "FR"), ("gbp", "GB")
ROLES = (
    Role(3, ("growth", "messages")),
    Role(5, ("messages",)),
    Role(7, ("starter",), ((40, "card fails"), (130, "card works")), policy="past_due"),
    Role(9, ("growth", "messages"), coupon="half"),
    Role(11, ("starter",), interval=QUARTER, coupon="first"),
    Role(13, ("starter",), trial=True, coupon="first"),
    Role(15, ("growth",), ((6, "cancel"),), trial=True),
    Role(17, ("team",), ((70, "give up"),), quantity=3, trial=True, cardless=True),
    Role(19, ("growth",), ((40, "cancel"), (48, "keep"))),
    Role(21, ("starter",), ((35, "pause"), (80, "resume"))),
    Role(23, ("growth",), ((50, "free"),)),
    Role(25, ("starter",), coupon="staff"),
    Role(27, ("labels",), ((45, "double"),), quantity=25),
    Role(29, ("team",), ((40, "double"),), quantity=4, coupon="friend", home=_GERMANY, inclusive=True),
    Role(31, ("growth", "messages"), home=_FRANCE, inclusive=True),
    Role(33, ("starter",), interval=YEAR, home=_BRITAIN, inclusive=True),
    Role(35, ("starter",), trial=True, home=_GERMANY, inclusive=True),
    Role(37, ("starter",), ((3, "cancel"), (9, "keep")), trial=True),
    Role(39, ("starter",), coupon="first", home=_GERMANY, inclusive=True),
    Role(41, ("starter",), ((30, "erase"),)),
    Role(44, ("team",), ((5, "card fails"),), quantity=5, policy="past_due"),
    Role(46, ("team",), quantity=2, trial=True, cardless=True),
    Role(47, ("growth",), ((20, "pause"),)),
    Role(48, ("growth",), ((30, "cancel"),), interval=YEAR),
)
_SHARES = 60


def role(number: int, customers: int) -> Role | None:
    """Return the role of the customer of that number (from 0) where so many are to come, or None."""
    return next((each for each in ROLES if each.share * customers // _SHARES == number), None)


def enter(state: State, catalog: Catalog, played: Role, rng: Random) -> str:
    """Have a role's customer come, plan the rest of the story, and return the subscription's id."""
    currency, country = played.home
    name, email = names.company(rng, country)
    card = None if played.cardless else names.card(rng, datetime.fromtimestamp(state.now, UTC).year)
    customer = create_customer(state, name, email, country=country, card=card)["id"]
    prices = [catalog.prices[plan, currency, played.interval] for plan in played.plans]
    sub = subscriptions.create(
        state,
        customer,
        [(price, played.quantity) for price in prices],
        trial_days=TRIAL if played.trial else 0,
        coupons=[catalog.coupons[played.coupon]] if played.coupon else None,
        tax=catalog.inclusive[country] if played.inclusive else None,
        after_retries=played.policy,
        without_card="pause" if played.cardless else "create_invoice",
    )
    for day, what in played.days:
        state.schedule(state.now + day * DAY, "play", sub.id, what)
    return sub.id


def play(state: State, catalog: Catalog, sub_id: str, what: str) -> None:
    """Have the next thing of a story happen."""
    sub = state.subs[sub_id]
    if sub.status not in ENDED:
        PLAYS[what](state, catalog, sub)


def _card_fails(state: State, _: Catalog, sub: Sub) -> None:
    state.payer(sub.customer).failing = -1


def _double(state: State, _: Catalog, sub: Sub) -> None:
    item = sub.items[0]
    changes.update(state, sub.id, [Edit(item=item.id, quantity=2 * item.quantity)])


PLAYS: Mapping[str, Callable[[State, Catalog, Sub], None]] = {
    "card fails": _card_fails,
    "card works": lambda state, _, sub: dunning.settle_all(state, sub.id),
    "cancel": lambda state, _, sub: subscriptions.cancel(state, sub.id, at_period_end=True, feedback="unused"),
    "keep": lambda state, _, sub: subscriptions.keep(state, sub.id),
    "give up": lambda state, _, sub: subscriptions.cancel(state, sub.id),
    "pause": lambda state, _, sub: subscriptions.pause(state, sub.id),
    "resume": lambda state, _, sub: subscriptions.resume(state, sub.id),
    "free": lambda state, catalog, sub: subscriptions.discount(state, sub.id, catalog.coupons["staff"]),
    "double": _double,
    "erase": lambda state, _, sub: delete_customer(state, sub.customer),
}
