"""What the button under each plan does, by how the workspace stands. Pure, so that every case is tested."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lib.billing.access import State
from lib.billing.plans import Every, Plan
from lib.billing.summary import UNPAID, Summary
from lib.web import plan_words


class Act(StrEnum):
    """What happens when it is pressed."""

    BUY = "buy"
    CHANGE = "change"
    LEAVE = "leave"
    """The plan ends with its current period."""
    NONE = "none"
    """It can't be pressed; its label says how things are."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A button: its label, what it does, and why it is off, if that is to be said."""

    label: str
    act: Act
    why: str | None = None


YOURS = "Your plan"
PAY_FIRST = "Pay what is owed first; then the plan can be changed."
PAY_OLD_FIRST = "Pay first what is owed for the plan that has ended; then you can choose another."


def offer(found: Summary, plan: Plan, every: Every, *, trial_days: int, locale: str) -> Offer:
    """What is offered under ``plan``, paid ``every`` month or year."""
    access = found.access
    if access.subscription is None:
        if plan.free and access.state is State.WELCOME:
            return Offer(f"Yours from {plan_words.day(access.until, locale)}", Act.NONE)
        return _first(plan, trial_days, owing=found.owed is not None)
    if access.state in UNPAID:
        return _unpaid(found, plan)
    if plan.free and access.state is State.ENDING:
        return Offer(f"Yours from {plan_words.day(access.until, locale)}", Act.NONE)
    if plan is access.bought and every is access.every:
        return Offer(YOURS, Act.NONE)
    to = plan_words.how_often(every) if plan is access.bought else plan.name
    return Offer(f"Change to {to}", Act.LEAVE if plan.free else Act.CHANGE)


def _first(plan: Plan, trial_days: int, *, owing: bool) -> Offer:
    if plan.free:
        return Offer(YOURS, Act.NONE)
    if owing:
        return Offer("Upgrade", Act.NONE, PAY_OLD_FIRST)
    return Offer(f"Start {trial_days} days free" if trial_days else "Upgrade", Act.BUY)


def _unpaid(found: Summary, plan: Plan) -> Offer:
    """Nothing can be changed before it is paid."""
    if plan is found.access.bought:
        return Offer(YOURS if found.access.state is State.GRACE else "Not paid yet", Act.NONE)
    if plan.free and found.access.state is not State.GRACE:
        return Offer("Yours until it is paid", Act.NONE)
    return Offer(f"Change to {plan.name}", Act.NONE, PAY_FIRST)
