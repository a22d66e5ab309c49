"""The plans side by side: what each costs and includes, and one button under each."""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

from lib.accounts import roles
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import access, checkout, plans, trials
from lib.billing.access import State
from lib.billing.moment import now
from lib.billing.plans import Every, Plan
from lib.billing.summary import UNPAID, Summary
from lib.errors import AlreadySubscribed
from lib.web import acting, browser, plan_change, plan_leaving, plan_offers, plan_words
from lib.web.plan_offers import Act, Offer
from lib.web.reader import reader
from lib.web.settings import said

THERE: Final = "This workspace has a plan already: here it is. Nothing was bought a second time."
_EVERY: Final = {"Monthly": Every.MONTH, "Yearly": Every.YEAR}


def show(user: SignedIn, found: Summary) -> None:
    """Draw them; who may not act sees no buttons."""
    every = _every(found)
    trial = trials.days(user.workspace) if found.access.subscription is None else 0
    with st.container(key="plans-offered"):
        for plan in plans.PLANS:
            with st.container(key=f"plan-{plan.slug}"):
                offered = plan_offers.offer(found, plan, every, trial_days=trial, locale=reader().locale)
                st.html(card(plan, every, reader().locale, yours=_is_yours(user, found, plan)))
                if roles.may(user, Right.MANAGE):
                    _button(user, found, plan, every, offered)
    st.caption(small_print(trial, first=_first(found)))


def _every(found: Summary) -> Every:
    """By the month or by the year, as the address says it."""
    mine = "Yearly" if found.access.every is Every.YEAR else "Monthly"
    chosen = st.segmented_control(
        "How often you pay", list(_EVERY), default=mine, required=True, key="every", bind="query-params"
    )
    return _EVERY[chosen or mine]


def _is_yours(user: SignedIn, found: Summary, plan: Plan) -> bool:
    """Whether the card itself must say so: who may act reads it on the button."""
    return plan is found.access.plan and not roles.may(user, Right.MANAGE)


def card(plan: Plan, every: Every, locale: str, *, yours: bool) -> str:
    """A plan's card as HTML: name, price, the sentence that sells it, what it includes."""
    mark = '<span class="pl-yours">Your plan now</span>' if yours else ""
    note = f"<small>{escape(plan_words.other_price(plan, every, locale))}</small>"
    amount, _, period = plan.price(locale, every).partition(" a ")
    price = f"<b>{escape(amount)}</b> " + ("for good" if plan.free else f"a {escape(period)}")
    items = "".join(f"<li>{escape(each)}</li>" for each in plan_words.included(plan.limits))
    return (
        f'<div class="pl-plan"><h3>{escape(plan.name)}{mark}</h3><p class="pl-price">{price}{note}</p>'
        f"<p>{escape(plan.sells)}</p><ul>{items}</ul></div>"
    )


def _first(found: Summary) -> str:
    """What is to be done before any of them can be had."""
    if found.access.state in UNPAID:
        return plan_offers.PAY_FIRST
    return plan_offers.PAY_OLD_FIRST if found.owed else ""


def small_print(trial_days: int, *, first: str = "") -> str:
    """What is to be known of all of them; ``first``: what is to be done before."""
    trial = (
        f"The first {trial_days} days are free; cancel before they end and nothing is charged. " if trial_days else ""
    )
    return f"{first}{' ' if first else ''}{trial}Prices are in US dollars. You enter your card at Stripe, never here."


def _button(user: SignedIn, found: Summary, plan: Plan, every: Every, offered: Offer) -> None:
    key = f"choose-{plan.slug}"
    if offered.act is Act.NONE:
        st.button(offered.label, key=key, disabled=True, help=offered.why, width="stretch")
    elif offered.act is Act.BUY:
        acting.button(
            offered.label,
            lambda: _buy(user, plan, every),
            key=key,
            busy="Opening Stripe…",
            leads=_leads(found, plan),
            stretch=True,
        )
    elif st.button(offered.label, key=key, width="stretch"):
        if offered.act is Act.LEAVE:
            plan_leaving.dialog(user, found)
        else:
            plan_change.dialog(user, plan.slug, every)


def _buy(user: SignedIn, plan: Plan, every: Every) -> None:
    """Off to Stripe; where a plan turns out to be there already, the page is drawn anew and shows it."""
    try:
        browser.go(checkout.begin(user, plan.slug, every, now=now()))
    except AlreadySubscribed:
        if access.of(user.workspace).subscription is None:
            raise
        said.then(THERE)


def _leads(found: Summary, plan: Plan) -> bool:
    """The one button that a newcomer's eye goes to: the cheapest plan that costs something."""
    return found.access.state in {State.FREE, State.WELCOME} and plan is plans.PLANS[1]
