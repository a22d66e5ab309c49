"""What the pages say about our own plans: sentences made of how a workspace stands. Pure, so that each is tested."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from lib.billing.access import Access, State
from lib.billing.plans import CURRENCY, FREE, Every, Limits, Plan
from lib.billing.summary import Summary
from lib.money import show
from lib.web import words

DAY: Final = 86_400
TRIAL_TOLD: Final = 3 * DAY
"""Seconds before the end of a trial in which every page tells of it."""
ENDING_TOLD: Final = 7 * DAY
"""The same for a plan that was cancelled."""
KEPT: Final = "Nothing is deleted"
_EVERY: Final = {Every.MONTH: "monthly", Every.YEAR: "yearly"}


def day(moment: int | None, locale: str) -> str:
    """The day (UTC) of epoch seconds; ``the end of its time`` where it is not known."""
    if moment is None:
        return "the end of its time"
    return words.short_day(datetime.fromtimestamp(moment, UTC).date(), locale)


def cost(found: Summary, locale: str) -> str:
    """What the plan costs: ``$29.00 a month``, and that less or more is billed where that may be."""
    price = f"{show(found.amount, found.currency, locale)} a {found.access.every or Every.MONTH}"
    return price + before(discounts=found.discounted, tax=found.taxed)


def before(*, discounts: bool, tax: bool) -> str:
    """What a price leaves out, after it: `` before discounts and any tax``."""
    if discounts:
        return " before discounts and any tax" if tax else " before discounts"
    return " plus any tax" if tax else ""


def how_often(every: Every) -> str:
    """``monthly`` or ``yearly``."""
    return _EVERY[every]


def standing(found: Summary, locale: str) -> str:
    """What a workspace has now, in a sentence or two."""
    access = found.access
    name, price, until = access.bought.name, cost(found, locale), day(access.until, locale)
    owed = f" {show(found.owed.amount, found.owed.currency, locale)}" if found.owed else ""
    renews = f" Renews on {until}." if access.until is not None else ""
    return {
        State.OFF: access.plan.sells,
        State.FREE: "Free. There is nothing to pay.",
        State.WELCOME: f"Everything, as before, until {until}. Then Free, unless you choose a plan.",
        State.TRIAL: f"Trial of {name} until {until}, then {price}.",
        State.ACTIVE: f"{name}, {price}.{renews}",
        State.ENDING: f"{name} ends on {until}, after that Free.",
        State.GRACE: f"Your last payment failed. {name} goes on until {until}; pay{owed} at Stripe to keep it.",
        State.LAPSED: f"{name} was not paid, so this workspace is on Free until it is paid; everything is kept.",
        State.UNFINISHED: f"The first payment of {name} has not gone through yet. Pay{owed} at Stripe to begin.",
    }[access.state]


def included(limits: Limits) -> list[str]:
    """What a plan includes, as a list."""
    found = [
        _number(limits.accounts, "Stripe account", "Stripe accounts"),
        _number(limits.seats, "person", "people"),
        "Your whole history" if limits.history is None else f"Figures of the last {limits.history} months",
        "Every metric and export",
    ]
    more = {"Forecasts": limits.forecasts, "Weekly summaries by email": limits.emails, "The HTTP API": limits.api}
    return found + [name for name, has in more.items() if has]


def _number(most: int | None, one: str, many: str) -> str:
    return f"As many {many} as you like" if most is None else f"1 {one}" if most == 1 else f"{most} {many}"


def lost(found: Summary) -> list[str]:
    """What a workspace no longer has once its plan has ended."""
    have, left = found.access.bought.limits, FREE.limits
    told = [
        f"Figures older than {left.history} months are not shown; they are kept" if have.history is None else "",
        "Forecasts" if have.forecasts else "",
        "Weekly summaries by email" if have.emails else "",
        "API keys stop working" if have.api else "",
    ]
    if left.accounts is not None and found.accounts > left.accounts:
        told.insert(0, f"Only the oldest of your {found.accounts} connected accounts is shown; the others are kept")
    if left.seats is not None and found.people > left.seats:
        told.append(f"Nobody new can be invited; the {found.people} people already in the team stay")
    return [each for each in told if each]


def of(used: int, most: int | None) -> str:
    """``1 of 3``, or ``1`` where there is no limit."""
    return str(used) if most is None else f"{used} of {most}"


def since(access: Access, today: date, locale: str) -> str:
    """From when figures are shown."""
    first = access.first_day(today)
    return "The beginning" if first is None else words.short_day(first, locale)


def other_price(plan: Plan, every: Every, locale: str) -> str:
    """What paying by the year saves: ``saves $58.00 a year``, or ``or $290.00 a year, which saves $58.00``."""
    less = show(12 * plan.month - plan.year, CURRENCY, locale)
    if plan.free:
        return "No card needed"
    return f"Saves {less} a year" if every is Every.YEAR else f"or {plan.price(locale, Every.YEAR)}, which saves {less}"


# --- On every page ----------------------------------------------------------------------------------------------------


def is_told(access: Access, now: int) -> bool:
    """Whether every page tells how the workspace stands: it was not paid, or what it has ends soon."""
    if access.state in {State.GRACE, State.LAPSED, State.WELCOME}:
        return True
    soon = {State.TRIAL: TRIAL_TOLD, State.ENDING: ENDING_TOLD}.get(access.state)
    return soon is not None and access.until is not None and access.until - now <= soon


def banner(access: Access, price: str, owed: str, locale: str, *, manager: bool) -> str:
    """What every page tells then. ``owed``: the amount, empty where it is not known; only owners are told to pay."""
    name, until = access.bought.name, day(access.until, locale)
    failed = f"The last payment for {name} failed" + (f": {owed} is owed" if owed and manager else "")
    who = "" if manager else " An owner of this workspace can pay in Settings."
    works = (
        f"{KEPT}, and this goes on working: figures of the last {FREE.limits.history} months of the oldest account, "
        "reading from Stripe, and exports."
    )
    chosen = "unless a plan is chosen" if manager else "unless an owner chooses a plan"
    return {
        State.WELCOME: f"From {until} on this server sells plans. Until then everything goes on as before; then this "
        f"workspace is on Free, {chosen}. {KEPT}.",
        State.GRACE: f"{failed}. {name} goes on until {until}.{who}",
        State.LAPSED: f"{name} was not paid, so this workspace is on Free until it is. {works}{who}",
        State.TRIAL: f"The trial of {name} ends on {until}" + (f"; from then on it costs {price}." if manager else "."),
        State.ENDING: f"{name} ends on {until}, after that this workspace is on Free. {KEPT}.",
    }[access.state]
