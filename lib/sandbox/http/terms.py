"""What subscriptions are made of, as forms tell it: prices, changes of items, coupons, trials. Checked as by Stripe."""

from __future__ import annotations

from collections.abc import Sequence

from lib.sandbox.engine.changes import Edit
from lib.sandbox.engine.state import Object, State, Sub
from lib.sandbox.http import errors
from lib.sandbox.http.forms import Form, flag, one_of, text, whole

PRORATION = one_of("create_prorations", "always_invoice", "none")
MOST = 999_999
"""The highest quantity."""
ITEM = {"id": text, "price": text, "quantity": whole(0, MOST), "deleted": flag}
DISCOUNT = {"coupon": text, "promotion_code": text}
TRIAL_SETTINGS = {"end_behavior": {"missing_payment_method": one_of("cancel", "create_invoice", "pause")}}
LONGEST_TRIAL = 730


def price_for(state: State, id_: str | None, param: str) -> Object:
    """Return a recurring price that is on sale. Raises Stripe's sentence for any other."""
    if not id_:
        raise errors.missing_parameter(param)
    price = state.of("price").get(id_)
    if price is None:
        raise errors.no_such("price", id_, param=param, status=400)
    if not price["active"]:
        raise errors.invalid_value(param, "The price specified is inactive. This field only accepts active prices.")
    if price["recurring"] is None:
        sentence = "The price specified is set to `type=one_time` but this field only accepts prices with "
        raise errors.invalid_value(param, f"{sentence}`type=recurring`.")
    return price


def same_interval(prices: Sequence[Object], param: str = "items") -> None:
    """Raise unless all prices have one interval and one currency."""
    if len({(each["recurring"]["interval"], each["recurring"]["interval_count"]) for each in prices}) > 1:
        sentence = "Currently, all prices on a subscription must have the same `recurring.interval` and "
        raise errors.invalid_value(param, f"{sentence}`recurring.interval_count`.")
    if len({each["currency"] for each in prices}) > 1:
        raise errors.invalid_value(param, "All prices on a subscription must have the same `currency`.")


def chosen(state: State, items: list[Form], name: str = "items") -> list[tuple[str, int]]:
    """Return the prices and quantities of a new subscription, checked."""
    if not items:
        raise errors.missing_parameter(name)
    prices = [price_for(state, each.get("price"), f"{name}[{i}][price]") for i, each in enumerate(items)]
    same_interval(prices, name)
    return [(price["id"], each.get("quantity", 1)) for price, each in zip(prices, items, strict=True)]


def edits_of(state: State, sub: Sub, items: list[Form], name: str = "items") -> list[Edit]:
    """Return the changes that a form asks for, checked."""
    prices = {item.id: item.price for item in sub.items}
    made = []
    for number, each in enumerate(items):
        id_ = each.get("id")
        if id_ is not None and id_ not in prices:
            raise errors.no_such("subscription item", id_, param=f"{name}[{number}][id]", status=400)
        if each.get("price") or id_ is None:
            price = price_for(state, each.get("price"), f"{name}[{number}][price]")
            prices[id_ or f"new {number}"] = price["id"]
        if each.get("deleted"):
            prices.pop(id_ or "", None)
        made.append(Edit(id_, each.get("price"), each.get("quantity"), each.get("deleted", False)))
    if not prices:
        raise errors.invalid_value(name, "A subscription must have at least one active item.")
    same_interval([state.of("price")[each] for each in prices.values()], name)
    return made


def coupons_of(state: State, discounts: list[Form]) -> tuple[list[str], str | None]:
    """Return the coupons of a list of discounts, and the promotion code if there is one."""
    found, used = [], None
    for number, each in enumerate(discounts):
        code, coupon = each.get("promotion_code"), each.get("coupon")
        if code and (promotion := state.of("promotion_code").get(code)) is None:
            raise errors.no_such("promotion_code", code, param=f"discounts[{number}][promotion_code]", status=400)
        if code and promotion:
            coupon, used = promotion["promotion"]["coupon"], code
        if coupon not in state.of("coupon"):
            raise errors.no_such("coupon", str(coupon), param=f"discounts[{number}][coupon]", status=400)
        found.append(str(coupon))
    return found, used


def trial_of(given: Form, now: int, param: str = "trial_end") -> Form:
    """Return `trial_days` or `trial_end` of a form; a trial that ends now is none."""
    end = given.get("trial_end")
    if end is not None and given.get("trial_period_days"):
        raise errors.invalid_value(param, "You may only specify one of trial_end, trial_period_days.")
    if isinstance(end, int) and end <= now:
        sentence = "Invalid timestamp: must be an integer Unix timestamp in the future."
        raise errors.invalid_value(param, sentence)
    return {"trial_days": given.get("trial_period_days", 0), "trial_end": end if isinstance(end, int) else None}


def cut_at(state: State, sub: Sub, date: int | None, name: str) -> int:
    """Return when prorations are cut: now, or at a time of the running period."""
    if date is None:
        return state.now
    if not sub.start <= date <= sub.end:
        raise errors.invalid_value(name, "The subscription proration date must be within the current period.")
    return date


def without_card(given: Form) -> str | None:
    """Return what the end of a trial is to do where no card is on file; None where a form does not say."""
    found = ((given.get("trial_settings") or {}).get("end_behavior") or {}).get("missing_payment_method")
    return str(found) if found else None
