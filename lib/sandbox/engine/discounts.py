"""Coupons at work: who has them, while they run, and what they take off. Minor units, epoch seconds."""

from __future__ import annotations

from collections.abc import Container, Iterable
from fractions import Fraction
from typing import NamedTuple

from lib.sandbox.engine import shapes_catalog as shapes
from lib.sandbox.engine.calendar import add_months
from lib.sandbox.engine.pricing import half_up
from lib.sandbox.engine.state import Object, State, Sub


class Given(NamedTuple):
    """What one discount takes off one line, in minor units."""

    discount: str
    amount: int


def coupon_of(state: State, discount: Object) -> Object:
    """Return the coupon of a discount."""
    return state.of("coupon")[discount["source"]["coupon"]]


def grant(state: State, coupon_id: str, start: int, **holder: str | None) -> str:
    """Put a coupon to work for a subscription or a customer and return the discount's id."""
    coupon = state.of("coupon")[coupon_id]
    months = coupon["duration_in_months"]
    end = add_months(start, months) if months else None
    made = state.add(shapes.discount(state.id("di"), start, end, coupon_id, **holder))
    state.change("coupon", coupon_id, "coupon.updated", times_redeemed=coupon["times_redeemed"] + 1)
    code = holder.get("promotion_code")
    if code:
        redeemed = state.of("promotion_code")[code]["times_redeemed"]
        state.change("promotion_code", code, "promotion_code.updated", times_redeemed=redeemed + 1)
    if end is not None:
        state.schedule(end, "discount_end", made["id"])
    return str(made["id"])


def running(state: State, sub: Sub, at: int) -> list[Object]:
    """Return the discounts that apply to a subscription at a time: its own, or else its customer's."""
    held = sub.discounts or ([customers] if (customers := state.payer(sub.customer).discount) else [])
    found = [state.of("discount")[id_] for id_ in held]
    return [each for each in found if each["start"] <= at and (each["end"] is None or at < each["end"])]


def _applies(coupon: Object, product: str) -> bool:
    limit = coupon.get("applies_to")
    return limit is None or product in limit["products"]


def take_off(state: State, amounts: list[int], products: list[str], discounts: list[Object]) -> list[list[Given]]:
    """Return for each line what each discount takes off, one discount after the other on what is left."""
    given: list[list[Given]] = [[] for _ in amounts]
    left = list(amounts)
    for discount in discounts:
        coupon = coupon_of(state, discount)
        rows = [i for i, product in enumerate(products) if left[i] > 0 and _applies(coupon, product)]
        for i, off in zip(rows, _offs(coupon, [left[i] for i in rows]), strict=True):
            left[i] -= off
            given[i].append(Given(discount["id"], off))
    return given


def _offs(coupon: Object, left: list[int]) -> list[int]:
    if coupon["percent_off"] is not None:
        rate = Fraction(str(coupon["percent_off"])) / 100
        return [half_up(amount * rate) for amount in left]
    whole = sum(left)
    rest = min(coupon["amount_off"], whole)
    offs = []
    for amount in left:  # each line's share of what is still to be given: the last one takes the remainder
        off = half_up(Fraction(rest * amount, whole)) if whole else 0
        offs.append(off)
        rest -= off
        whole -= amount
    return offs


def deducted(
    state: State,
    amounts: list[Fraction],
    products: list[str],
    discounts: Iterable[Object],
    durations: Container[str],
) -> Fraction:
    """Return the exact sum of some amounts less the discounts whose coupons have these durations, never below 0."""
    left = list(amounts)
    for discount in discounts:
        coupon = coupon_of(state, discount)
        if coupon["duration"] not in durations:
            continue
        rows = [i for i, product in enumerate(products) if left[i] > 0 and _applies(coupon, product)]
        whole = sum((left[i] for i in rows), Fraction(0))
        if coupon["percent_off"] is not None:
            factor = 1 - Fraction(str(coupon["percent_off"])) / 100
        else:
            factor = 1 - min(Fraction(coupon["amount_off"]), whole) / whole if whole else Fraction(1)
        for i in rows:
            left[i] *= factor
    return sum(left, Fraction(0))
