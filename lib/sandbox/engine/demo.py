"""The demo business lives: every midnight it is decided who comes and what happens to whom that day.

All chance comes from the seed and the day, so a world built twice is the same, and one that is advanced goes on
living as it did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import exp
from random import Random
from typing import Any

from lib.sandbox.engine import demo_acts, demo_cash, demo_cast, names, seasons, subscriptions
from lib.sandbox.engine.calendar import DAY, HOUR
from lib.sandbox.engine.catalog import MONTH, QUARTER, WEEK, YEAR, Catalog, stock
from lib.sandbox.engine.customers import create_customer
from lib.sandbox.engine.names import chance
from lib.sandbox.engine.state import State, Sub

_MONTH_DAYS = 30.44
_COUNTRIES = {
    "usd": (("US", 82), ("CA", 9), ("AU", 5), ("MX", 4)),
    "eur": (("DE", 45), ("FR", 28), ("NL", 17), ("ES", 10)),
    "gbp": (("GB", 100),),
    "jpy": (("JP", 100),),
    "kwd": (("KW", 100),),
}
_CURRENCIES = (("usd", 71.0), ("eur", 14.5), ("gbp", 9.5), ("jpy", 4.2), ("kwd", 0.8))
_PLANS = (
    ("free", 6),
    ("starter", 44),
    ("team", 22),
    ("growth", 11),
    ("scale", 2.2),
    ("crew", 7),
    ("fleet", 4.5),
    ("depot", 3),
    ("labels", 1.5),
    ("messages", 1.2),
)
_INTERVALS = ((MONTH, 74), (QUARTER, 8), (YEAR, 18))
_ONLY = {"free": MONTH, "fleet": MONTH, "depot": MONTH, "labels": MONTH, "messages": MONTH, "crew": WEEK}
_TAXED, _INCLUDED = (
    0.7,
    0.22,
)  # of the customers of countries with VAT: all who pay it, and those whose prices include it
_COUPONS = (
    ("welcome", 34),
    ("half", 8),
    ("first", 20),
    ("friend", 14),
    ("charity", 5),
    ("growth", 8),
    ("partner", 6),
    ("once15", 5),
)
_DOLLARS_ONLY = frozenset({"partner", "once15", "sorry"})
_GIVES_UP, _CANNOT_PAY = 0.36, 0.44  # of the trials; the rest becomes customers
_POLICIES = (("cancel", 84), ("unpaid", 11), ("past_due", 5))


ACTS = {**demo_acts.ACTS, **demo_cash.ACTS}
RATES = {**demo_acts.RATES, **demo_cash.RATES}


@dataclass(slots=True)
class Demo:
    """What the demo business plans by: its catalogue, its first day, and how many customers are to come."""

    catalog: Catalog
    first: int
    """Days since 1970."""
    span: int
    customers: int
    coming: list[int]
    cast: set[str] = field(default_factory=set)
    """Subscriptions whose stories are told in advance: chance leaves them alone."""


def begin(state: State, days: int, customers: int) -> None:
    """Open the business at the state's clock, which must be a midnight, to win some customers within some days."""
    first = state.now // DAY
    coming = seasons.counts(first, days, customers, days * 3 + 400)
    state.demo = Demo(stock(state), first, days, customers, coming)
    state.schedule(state.now, "live")


def _demo(state: State) -> Demo:
    if state.demo is None:
        message = "this world has no demo business"
        raise LookupError(message)
    return state.demo


def pick(rng: Random, shares: tuple[tuple[Any, float], ...]) -> Any:  # noqa: ANN401 - whatever the shares are of
    """Pick by shares."""
    return rng.choices([each for each, _ in shares], [share for _, share in shares])[0]


def live(state: State) -> None:
    """Plan a day: who comes, and what happens to whom; then wake at the next midnight."""
    demo = _demo(state)
    day = state.now // DAY
    rng = Random(f"{state.seed}/day/{day}")
    coming = demo.coming[day - demo.first] if day - demo.first < len(demo.coming) else demo.coming[-1]
    for _ in range(coming):
        state.schedule(_moment(state, rng), "arrive", rng.getrandbits(48))
    active = [sub.id for sub in state.subs.values() if sub.status == "active" and not sub.cancel_at_period_end]
    running = [sub_id for sub_id in active if sub_id not in demo.cast]
    leaving = seasons.leaving(day, demo.first, demo.span)
    for act, monthly in RATES.items():
        mean = monthly * len(running) / _MONTH_DAYS * (leaving if act in demo_acts.LEAVING else 1.0)
        for _ in range(_how_many(rng, mean)):
            state.schedule(_moment(state, rng), "act", act, rng.choice(running), rng.getrandbits(48))
    state.schedule(state.now + DAY, "live")


def _moment(state: State, rng: Random) -> int:
    """Return a second of the day; most fall into working hours."""
    hour = rng.triangular(0, 24, 15)
    return state.now + min(int(hour * HOUR), DAY - 2)


def _how_many(rng: Random, mean: float) -> int:
    """Draw from a Poisson distribution (Knuth's way: the means are small)."""
    limit = exp(-mean)
    count, product = 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def act(state: State, name: str, sub_id: str, seed: int) -> None:
    """Have something happen to a subscription, if it still can."""
    ACTS[name](state, _demo(state).catalog, state.subs[sub_id], Random(seed))


def arrive(state: State, seed: int) -> None:
    """Win a customer, who takes a plan."""
    demo = _demo(state)
    rng = Random(seed)
    played = demo_cast.role(len(state.payers), demo.customers)
    if played:
        demo.cast.add(demo_cast.enter(state, demo.catalog, played, rng))
        return
    currency = pick(rng, _CURRENCIES)
    country = pick(rng, _COUNTRIES[currency])
    name, email = names.company(rng, country)
    year = datetime.fromtimestamp(state.now, UTC).year
    customer = create_customer(state, name, email, country=country, card=names.card(rng, year))["id"]
    payer = state.payer(customer)
    payer.code = pick(rng, (("card_declined", 60), ("insufficient_funds", 28), ("expired_card", 12)))
    plan, price = _choose(demo.catalog, rng, currency)
    trial = 14 if plan not in {"free", "crew", "messages"} and chance(rng, 0.36) else 0
    if not trial and plan != "free" and chance(rng, 0.035):
        payer.failing = 1
    invoiced = plan in {"scale", "fleet", "depot"} and not trial and chance(rng, 0.12)
    if invoiced:
        payer.pays_after = rng.choice((3, 9, 14, 21, 26))
    if invoiced and demo.catalog.yearly(price):
        payer.pays_after = rng.choice((21, 36, 44))
    sub = subscriptions.create(
        state,
        customer,
        _items(demo.catalog, rng, plan, price, currency),
        trial_days=trial,
        tax=_tax(demo.catalog, country, rng.random()),
        days_until_due=30 if invoiced else None,
        after_retries=pick(rng, _POLICIES),
        **_coupon(demo.catalog, rng, plan, currency),
    )
    _foretell(state, rng, sub)


def _tax(catalog: Catalog, country: str, share: float) -> str | None:
    rates = catalog.inclusive if share < _INCLUDED else catalog.taxes
    return rates.get(country) if share < _TAXED else None


def _choose(catalog: Catalog, rng: Random, currency: str) -> tuple[str, str]:
    plan = pick(rng, _PLANS)
    interval = _ONLY.get(plan) or pick(rng, _INTERVALS)
    if (plan, currency, interval) not in catalog.prices:  # text messages are not sold everywhere
        plan = "starter"
    return plan, catalog.prices[plan, currency, interval]


def _items(catalog: Catalog, rng: Random, plan: str, price: str, currency: str) -> list[tuple[str, int]]:
    items = [(price, demo_acts.seats(rng, plan))]
    interval = next(interval for (_, _, interval), id_ in catalog.prices.items() if id_ == price)
    support = catalog.prices.get(("support", currency, interval))
    if plan in {"growth", "scale", "team"} and support and chance(rng, 0.09):
        items.append((support, 1))
    messages = catalog.prices.get(("messages", currency, interval))
    if plan in {"growth", "scale", "fleet"} and messages and chance(rng, 0.07):
        items.append((messages, 1))
    return items


def _coupon(catalog: Catalog, rng: Random, plan: str, currency: str) -> dict[str, Any]:
    if plan in {"free", "messages"} or not chance(rng, 0.2):
        return {}
    key = "staff" if chance(rng, 0.02) else pick(rng, _COUPONS)
    if (key in _DOLLARS_ONLY and currency != "usd") or (key == "growth" and plan != "growth"):
        return {}
    coupons = [catalog.coupons[key]]
    if key == "friend" and chance(rng, 0.15):
        coupons.append(catalog.coupons["first"])
    code = catalog.codes.get(key) if len(coupons) == 1 and chance(rng, 0.5) else None
    return {"coupons": coupons, "promotion_code": code}


def _foretell(state: State, rng: Random, sub: Sub) -> None:
    """Decide what comes of a trial, and of a first payment that failed."""
    if sub.status == "incomplete" and chance(rng, 0.45):
        state.schedule(state.now + rng.randrange(600, 20 * HOUR), "settle", sub.id)
    if sub.trial_end is None:
        return
    fate = rng.random()
    if fate < _GIVES_UP:
        at = state.now + rng.randrange(DAY, 13 * DAY)
        state.schedule(at, "act", "leave_later", sub.id, rng.getrandbits(48))
    elif fate < _CANNOT_PAY:
        state.payer(sub.customer).failing = -1


def play(state: State, sub_id: str, what: str) -> None:
    """Go on with a story that is told in advance."""
    demo_cast.play(state, _demo(state).catalog, sub_id, what)


TASKS: dict[str, Callable[..., Any]] = {
    "live": live,
    "act": act,
    "arrive": arrive,
    "play": play,
    "settle": demo_acts.settle,
}
