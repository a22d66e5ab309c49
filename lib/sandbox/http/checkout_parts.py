"""Parts of the Checkout page: terms, amounts, codes and addresses. Everything is escaped; amounts are minor units."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from lib.sandbox.engine import checkout
from lib.sandbox.engine.calendar import DAY
from lib.sandbox.engine.state import Object, State
from lib.sandbox.http import pages
from lib.sandbox.http.hosted import amounts, day, every, money, off, product_of

COUNTRIES = {
    "US": "United States", "AU": "Australia", "AT": "Austria", "CA": "Canada", "FR": "France", "DE": "Germany",
    "IN": "India", "IE": "Ireland", "IT": "Italy", "JP": "Japan", "NL": "Netherlands", "ES": "Spain",
    "CH": "Switzerland", "GB": "United Kingdom",
}  # fmt: skip


def known(state: State, session: Object) -> Object:
    """What is known of whoever pays: the customer, or the address that the session was made with."""
    customer = state.of("customer").get(session["customer"] or "")
    return customer or {"email": session["customer_email"]}


def needs_card(session: Object) -> bool:
    """Whether a card must be filled in."""
    return bool(session["payment_method_collection"] != "if_required" or session["amount_total"] > 0)


def needs_address(session: Object) -> bool:
    """Whether country and postal code must be filled in."""
    return bool(session["billing_address_collection"] == "required" or session["automatic_tax"]["enabled"])


def trial_days(state: State, session: Object) -> int:
    """How many days are free, 0 for none."""
    deal = state.deals[session["id"]]
    return -(-(deal.trial_end - state.now) // DAY) if deal.trial_end else deal.trial_days


def terms(state: State, session: Object, trial: int) -> str:
    """``14 days free, then $29.00 per month``."""
    price = checkout.price_of(state, session["id"])
    whole = sum(amount for amount, _ in checkout.due(state, session["id"], []))
    paid = f"{money(whole, price['currency'])} {every(price)}"
    if trial:
        return f"{trial} {'day' if trial == 1 else 'days'} free, then {paid}"
    return paid


def priced(state: State, session: Object) -> str:
    """What is bought, what is taken off, and what is due today."""
    price = checkout.price_of(state, session["id"])
    currency = price["currency"]
    rows = []
    due = checkout.due(state, session["id"], session["discounts"])
    for (price_id, quantity), (whole, _) in zip(state.deals[session["id"]].items, due, strict=True):
        name = product_of(state, state.of("price")[price_id])
        rows.append((name if quantity == 1 else f"{quantity} × {name}", f"{money(whole, currency)} {every(price)}"))
    for each in session["discounts"]:
        coupon = state.of("coupon")[checkout.coupon_of(state, each)]
        rows.append((f"{coupon['id']}: {off(coupon)}", money(-sum(taken for _, taken in due), currency)))
    days = trial_days(state, session)
    if days:
        after = sum(whole - taken for whole, taken in due)
        rows.append((f"Total after trial, on {day(state.now + days * DAY)}", money(after, currency)))
    if session["automatic_tax"]["enabled"]:
        rows.append(("Tax on it", "by your address"))
    return amounts(rows, ("Total due today", money(session["amount_total"], currency)))


def code(state: State, session: Object, given: Mapping[str, str]) -> str:
    """The field for a promotion code, or the code in use; empty where none is allowed."""
    if not session["allow_promotion_codes"]:
        return ""
    here = escape(f"/c/pay/{session['id']}")
    if session["discounts"]:
        code = state.of("promotion_code")[session["discounts"][0]["promotion_code"]]["code"]
        return pages.fill("code_used", action=here, used=escape(code))
    return pages.fill("code", action=here, typed=escape(given.get("promotion_code", "")))


def address(session: Object, given: Mapping[str, str]) -> str:
    """The fields for country and postal code; empty where they are not needed."""
    if not needs_address(session):
        return ""
    chosen = given.get("country", "US")
    options = [
        f'<option value="{code}"{" selected" if code == chosen else ""}>{escape(name)}</option>'
        for code, name in COUNTRIES.items()
    ]
    return pages.fill("address", countries="\n".join(options), postal=escape(given.get("postal", "")))


def tax_number(session: Object, given: Mapping[str, str]) -> str:
    """The field for a business's tax number; empty where none is asked for."""
    if not session["tax_id_collection"]["enabled"]:
        return ""
    return pages.fill("tax_number", number=escape(given.get("tax_id", "")))
