"""What is sold: whether BILLING is on and why, each plan's price at Stripe, and Stripe Tax."""

from __future__ import annotations

from typing import Any, Final

from lib.billing import ending, prices
from lib.billing.plans import CURRENCY, Every, Plan
from lib.billing.setup.record import Check, Group, State
from lib.billing.setup.sides import Side
from lib.errors import ResourceMissing
from lib.money import show
from lib.settings import settings
from lib.store import billing as sold
from lib.store.engine import reading

BILLING: Final = "Billing"
TAX: Final = "Stripe Tax"


def billing(side: Side) -> Check | None:
    """Whether plans are sold here, and by what that was decided; told once, where the server runs."""
    if not side.main:
        return None
    chosen, check = settings(), side.check(BILLING, Group.PLANS)
    state = "on" if chosen.charging else "off"
    if chosen.billing is not None:
        why = f"because BILLING={state} is set"
    elif chosen.sandbox_mode:
        why = "because this is the sandbox, where no money is real"
    elif chosen.charging:
        why = "because a secret key and a price are set"
    else:
        why = "because no price is set"
    if chosen.charging and not side.keys.secret and not chosen.sandbox_mode:
        says = f"On, {why}, but there is no secret key: limits hold, and nobody can pay."
        return check.now(State.WRONG, says, "Set STRIPE_SECRET_KEY, or BILLING=off to unlock everything, and restart.")
    if chosen.charging:
        return check.now(State.OK, f"On, {why}: workspaces choose a plan and pay.")
    if running := _running(side):
        many = "1 subscription is" if running == 1 else f"{running} subscriptions are"
        says = f"Off, {why}, but {many} still charged at Stripe for plans that were sold here."
        todo = (
            "Set BILLING=on again, or have them cancelled: owners can in Settings, Your plan, you can at Stripe under "
            "Subscriptions."
        )
        return check.now(State.WRONG, says, todo, link=side.dashboard("subscriptions"))
    todo = "To sell plans, make their prices at Stripe and set BILLING=on."
    return check.now(State.OK, f"Off, {why}: everything is unlocked, and nobody pays.", todo)


def _running(side: Side) -> int:
    """Subscriptions that were sold with the key that is set and will be charged again."""
    if not side.kept:
        return 0
    with reading() as db:
        return sum(ending.goes_on(each) for each in sold.all_subscriptions(db))


def name_of(plan: Plan, every: Every) -> str:
    """How the check of a price is called."""
    return f"{plan.name}, {'yearly' if every is Every.YEAR else 'monthly'}"


def price(side: Side, plan: Plan, every: Every) -> Check | None:
    """Whether Stripe has a plan's price and it is what the page says; None where nothing is sold."""
    if not settings().charging:
        return None
    check = side.check(name_of(plan, every), Group.PLANS)
    says = f"To be {plan.price(every=every)}, with the lookup key {plan.lookup_key(every)}"
    if not side.usable:
        return check.now(State.UNKNOWN, f"{says}.")
    found = _find(side, plan, every)
    page = side.dashboard("products")
    if found is None:
        setting = f", or name it in {prices.setting_of(plan, every)}" if side.main else ""
        todo = f"Make a price of {plan.price(every=every)} with this lookup key{setting}."
        state = State.WRONG if side.main else State.MISSING
        return check.now(state, "Stripe has no such price.", todo, copy=plan.lookup_key(every), link=page)
    if not prices.fits(found, plan, every):
        says = f"Stripe's price is {_told(found)}; the page says {plan.price(every=every)}."
        return check.now(State.WRONG, says, "Make a price that costs the same, and give it the lookup key.", link=page)
    return check.now(State.OK, f"{plan.price(every=every)}, at Stripe and on the page.")


def _find(side: Side, plan: Plan, every: Every) -> dict[str, Any] | None:
    """The price; settings name those of the mode that this server runs in."""
    if side.main:
        return prices.find(plan, every, side.keys.gateway())
    page = side.keys.gateway().page("/v1/prices", lookup_keys=[plan.lookup_key(every)], active=True, limit=1)
    return page.data[0] if page.data else None


def _told(found: dict[str, Any]) -> str:
    """What a price of Stripe's costs, in words."""
    recurring = found.get("recurring") or {}
    amount, currency = found.get("unit_amount"), str(found.get("currency") or CURRENCY)
    cost = show(amount, currency) if isinstance(amount, int) else "no fixed amount"
    count, interval = recurring.get("interval_count") or 1, recurring.get("interval")
    often = "once" if not interval else f"a {interval}" if count == 1 else f"every {count} {interval}s"
    return f"{cost} {often}" + ("" if found.get("active", True) else ", and not active")


def tax(side: Side) -> Check | None:
    """Whether Stripe Tax is ready; None where it is not used."""
    if not settings().charging or not settings().billing_tax:
        return None
    check = side.check(TAX, Group.PLANS)
    if not side.usable:
        return check.now(State.UNKNOWN, "Can be asked once the secret key is right.")
    try:
        found = side.keys.gateway().get("/v1/tax/settings")
    except ResourceMissing:
        return check.now(State.UNKNOWN, "This Stripe does not tell whether Stripe Tax is set up.")
    if found.get("status") == "active":
        return check.now(State.OK, "Set up: Stripe works out taxes at Checkout.")
    todo = "Finish its set-up at Stripe (your address and registrations), or set BILLING_TAX=false."
    says = "BILLING_TAX is on, but Stripe Tax is not set up, so Checkout fails."
    return check.now(State.WRONG, says, todo, link=side.dashboard("settings/tax"))
