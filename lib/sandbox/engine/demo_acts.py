"""What can happen to a subscription of the demo business, and how often a month."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from lib.sandbox.engine import changes, dunning, subscriptions
from lib.sandbox.engine.calendar import DAY
from lib.sandbox.engine.catalog import MONTH, YEAR, Catalog
from lib.sandbox.engine.changes import Edit
from lib.sandbox.engine.customers import delete_customer
from lib.sandbox.engine.lifecycle import ENDED
from lib.sandbox.engine.names import chance
from lib.sandbox.engine.state import State, Sub

Act = Callable[[State, Catalog, Sub, Random], None]

_UP = {"free": "starter", "starter": "growth", "team": "growth", "growth": "scale"}
_DOWN = {"scale": "growth", "growth": "starter", "team": "starter"}
_SEATED = {"team": (2, 14), "fleet": (5, 34), "depot": (8, 60), "labels": (5, 70)}
_REASONS = (
    "too_expensive",
    "missing_features",
    "unused",
    "switched_service",
    "customer_service",
    "too_complex",
    "other",
)
_COMMENTS = (
    None,
    None,
    None,
    "We have closed the shop for the winter.",
    "Head office decided on another tool.",
    "Great product, but we no longer need it.",
    "We missed an export to our accounting.",
)


def seats(rng: Random, plan: str) -> int:
    """Draw how many seats a new customer takes; plans without seats come once."""
    if plan == "crew":
        return rng.choice((1, 1, 1, 2, 2, 3))
    low, high = _SEATED.get(plan, (1, 1))
    return low + int((high - low) * rng.random() ** 2.6)


def well(sub: Sub) -> bool:
    """Tell whether a subscription runs undisturbed."""
    return sub.status == "active" and not sub.cancel_at_period_end and sub.pause is None


def _plan(catalog: Catalog, sub: Sub) -> str:
    return catalog.plans[sub.items[0].price]


def leave_later(state: State, _: Catalog, sub: Sub, rng: Random) -> None:
    """Cancel at the end of the period."""
    if sub.status in {"active", "trialing"} and not sub.cancel_at_period_end:
        feedback = rng.choice((*_REASONS, None))
        subscriptions.cancel(state, sub.id, at_period_end=True, feedback=feedback, comment=rng.choice(_COMMENTS))
        if chance(rng, 0.06):
            at = min(state.now + 2 * DAY, sub.end - 60)
            state.schedule(at, "act", "stay", sub.id, 0)


def stay(state: State, _: Catalog, sub: Sub, __: Random) -> None:
    """Think better of it."""
    if sub.status in {"active", "trialing"} and sub.cancel_at_period_end:
        subscriptions.keep(state, sub.id)


def leave_now(state: State, _: Catalog, sub: Sub, rng: Random) -> None:
    """Cancel at once."""
    if well(sub):
        feedback = rng.choice((*_REASONS, None))
        subscriptions.cancel(state, sub.id, invoice_now=True, feedback=feedback, comment=rng.choice(_COMMENTS))


def write_off(state: State, _: Catalog, sub: Sub, __: Random) -> None:
    """Give up on a subscription that has not been paid for long."""
    if sub.status in {"past_due", "unpaid"}:
        subscriptions.cancel(state, sub.id)


def _move(state: State, catalog: Catalog, sub: Sub, rng: Random, ladder: dict[str, str]) -> None:
    plan = ladder.get(_plan(catalog, sub))
    price = catalog.prices.get((plan or "", sub.currency, (sub.interval, sub.count)))
    if plan and price and well(sub):
        behavior = "always_invoice" if chance(rng, 0.2) else "create_prorations"
        edit = Edit(item=sub.items[0].id, price=price, quantity=seats(rng, plan))
        changes.update(state, sub.id, [edit], behavior)


def upgrade(state: State, catalog: Catalog, sub: Sub, rng: Random) -> None:
    """Move to the next plan."""
    _move(state, catalog, sub, rng, _UP)


def downgrade(state: State, catalog: Catalog, sub: Sub, rng: Random) -> None:
    """Move to a smaller plan; a few go back to the free one."""
    to_free = _plan(catalog, sub) == "starter" and chance(rng, 0.12) and len(sub.items) == 1
    _move(state, catalog, sub, rng, {"starter": "free"} if to_free else _DOWN)


def _seats_after(catalog: Catalog, sub: Sub, rng: Random) -> int | None:
    if _plan(catalog, sub) not in _SEATED or not well(sub):
        return None
    now = sub.items[0].quantity
    more = max(1, int(now * rng.uniform(0.08, 0.4)))
    after = now + more if chance(rng, 0.6) else now - more
    return after if after > 0 else None


def change_seats(state: State, catalog: Catalog, sub: Sub, rng: Random) -> None:
    """Add or remove seats."""
    after = _seats_after(catalog, sub, rng)
    if after:
        behavior = "always_invoice" if chance(rng, 0.1) else "create_prorations"
        changes.update(state, sub.id, [Edit(item=sub.items[0].id, quantity=after)], behavior)


def change_quietly(state: State, catalog: Catalog, sub: Sub, rng: Random) -> None:
    """Change seats without proration: the API shows nothing before the next invoice."""
    after = _seats_after(catalog, sub, rng)
    if after and sub.interval == "month":
        changes.update(state, sub.id, [Edit(item=sub.items[0].id, quantity=after)], "none")


def change_interval(state: State, catalog: Catalog, sub: Sub, rng: Random) -> None:
    """Go from months to years, or back."""
    interval = YEAR if (sub.interval, sub.count) == MONTH else MONTH
    item = sub.items[0]
    price = catalog.prices.get((_plan(catalog, sub), sub.currency, interval))
    back = interval == MONTH and chance(rng, 0.7)
    if price and well(sub) and len(sub.items) == 1 and not back:
        changes.update(state, sub.id, [Edit(item=item.id, price=price, quantity=item.quantity)])


def change_addon(state: State, catalog: Catalog, sub: Sub, rng: Random) -> None:
    """Add priority support, or drop it."""
    price = catalog.prices.get(("support", sub.currency, (sub.interval, sub.count)))
    if not price or not well(sub) or _plan(catalog, sub) in {"free", "support"}:
        return
    held = next((item for item in sub.items if item.price == price), None)
    if held is None:
        changes.update(state, sub.id, [Edit(price=price, quantity=1)])
    elif chance(rng, 0.9):
        changes.update(state, sub.id, [Edit(item=held.id, deleted=True)])


def card_trouble(state: State, _: Catalog, sub: Sub, rng: Random) -> None:
    """The card stops working: for an attempt or two, or for good."""
    payer = state.payer(sub.customer)
    payer.failing = rng.choice((1, 1, 1, 2, 2, 3, -1, -1, -1, -1))
    if payer.failing < 0 and sub.after_retries == "unpaid" and chance(rng, 0.5):
        state.schedule(sub.end + rng.randrange(33, 55) * DAY, "settle", sub.id)
    state.schedule(sub.end + 80 * DAY, "act", "write_off", sub.id, 0)


def settle(state: State, sub_id: str) -> None:
    """Come back with a good card and pay what is owed."""
    if state.subs[sub_id].status not in ENDED:
        dunning.settle_all(state, sub_id)


def take_a_break(state: State, _: Catalog, sub: Sub, rng: Random) -> None:
    """Pause collection for a while."""
    if not well(sub):
        return
    until = state.now + rng.randrange(20, 90) * DAY
    planned = chance(rng, 0.5)
    behavior = rng.choice(("void", "void", "void", "keep_as_draft", "keep_as_draft", "mark_uncollectible"))
    subscriptions.pause(state, sub.id, behavior, until if planned else None)
    if not planned:
        state.schedule(until, "resume", sub.id)


def thank(state: State, catalog: Catalog, sub: Sub, rng: Random) -> None:
    """Give a loyal customer a coupon, on the subscription or on everything."""
    if not well(sub) or sub.discounts or state.payer(sub.customer).discount:
        return
    keys: tuple[str, ...]
    if chance(rng, 0.25):
        subscriptions.discount_customer(state, sub.customer, catalog.coupons["friend"])
        return
    if sub.interval == "year":  # a coupon of some months would come and go between two invoices: nothing would show it
        keys = ("friend",)
    else:
        keys = ("welcome", "friend", "sorry") if sub.currency == "usd" else ("welcome", "friend")
    subscriptions.discount(state, sub.id, catalog.coupons[rng.choice(keys)])


def migrate(state: State, catalog: Catalog, sub: Sub, rng: Random) -> None:
    """End a subscription and begin another in its place, as businesses do when they change their plans."""
    plan = _UP.get(_plan(catalog, sub)) if chance(rng, 0.6) else _DOWN.get(_plan(catalog, sub))
    price = catalog.prices.get((plan or "", sub.currency, (sub.interval, sub.count)))
    if price and plan and well(sub):
        subscriptions.cancel(state, sub.id, invoice_now=True, comment="Moved to a new plan")
        subscriptions.create(state, sub.customer, [(price, seats(rng, plan))], tax=sub.tax)


def take_another(state: State, catalog: Catalog, sub: Sub, rng: Random) -> None:
    """Take a second subscription."""
    if well(sub) and _plan(catalog, sub) != "free":
        plan = rng.choice(("starter", "team"))
        items = [(catalog.prices[plan, sub.currency, MONTH], seats(rng, plan))]
        subscriptions.create(state, sub.customer, items, tax=sub.tax)


def _gone(state: State, rng: Random) -> str | None:
    """Return somebody who has left, or nobody."""
    sub = rng.choice(list(state.subs.values()))
    payer = state.payer(sub.customer)
    gone = all(state.subs[id_].status == "canceled" for id_ in payer.subs) and sub.customer in state.of("customer")
    return sub.customer if gone else None


def come_back(state: State, catalog: Catalog, _: Sub, rng: Random) -> None:
    """Win somebody back who has left."""
    customer = _gone(state, rng)
    if customer:
        payer = state.payer(customer)
        payer.failing = 0
        last = state.subs[payer.subs[-1]]
        items = [(item.price, item.quantity) for item in last.items[:1]]
        if _plan(catalog, last) != "free":
            subscriptions.create(state, customer, items, tax=last.tax)


def erase(state: State, _: Catalog, __: Sub, rng: Random) -> None:
    """Delete a customer who has left and asked for it."""
    customer = _gone(state, rng)
    if customer and not state.payer(customer).discount:
        delete_customer(state, customer)


ACTS: dict[str, Act] = {
    "leave_later": leave_later,
    "leave_now": leave_now,
    "stay": stay,
    "write_off": write_off,
    "upgrade": upgrade,
    "downgrade": downgrade,
    "change_seats": change_seats,
    "change_quietly": change_quietly,
    "change_interval": change_interval,
    "change_addon": change_addon,
    "card_trouble": card_trouble,
    "take_a_break": take_a_break,
    "thank": thank,
    "migrate": migrate,
    "take_another": take_another,
    "come_back": come_back,
    "erase": erase,
}
LEAVING = frozenset({"leave_later", "leave_now", "downgrade"})

RATES = {
    "leave_later": 0.031,
    "leave_now": 0.010,
    "upgrade": 0.022,
    "downgrade": 0.010,
    "change_seats": 0.13,
    "change_quietly": 0.0016,
    "change_interval": 0.010,
    "change_addon": 0.007,
    "card_trouble": 0.022,
    "take_a_break": 0.006,
    "thank": 0.006,
    "migrate": 0.003,
    "take_another": 0.0035,
    "come_back": 0.008,
    "erase": 0.0012,
}
"""How often a month each happens to a running subscription; many find that they cannot, and then nothing does."""
