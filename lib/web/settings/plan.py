"""Settings, Your plan: what the workspace has, what else there is, and the way to pay, change and cancel."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import Final
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.accounts import roles, team
from lib.accounts.roles import Right, Role
from lib.accounts.sessions import SignedIn
from lib.billing import access, brand, checkout, moment, summary, truth
from lib.billing.access import Access, State
from lib.billing.summary import UNPAID, Owed, Summary
from lib.errors import AppError, by_code
from lib.money import show as money
from lib.settings import settings
from lib.web import (
    acting,
    browser,
    facts,
    links,
    plan_bills,
    plan_cards,
    plan_change,
    plan_leaving,
    plan_unsold,
    plan_words,
    words,
)
from lib.web.facts import Fact
from lib.web.reader import reader
from lib.web.settings import said

_STATUS: Final = "status"
_RETURNED: Final = "returned"
"""In the address: the session that somebody paid who had to sign in again on the way back. See lib.api.billing."""
PAID, WAITING = "paid", "waiting"
"""What lib.api.billing says in the address when somebody is back from paying."""
ON_ITS_WAY: Final = "Your payment is on its way. The plan starts as soon as Stripe confirms it; that can take a minute."
BEGUN: Final = "A payment page is open at Stripe. Once you have paid there, the plan starts; that can take a minute."
_FAILED: Final = "plan-failed"
_LOOKS: Final = 4
"""Seconds between looks whether what was owed has been paid: the database is asked, not Stripe."""


def section(user: SignedIn) -> None:
    """The whole section."""
    st.subheader("Your plan", anchor=False)
    if not settings().charging:
        plan_unsold.show(user)
        return
    if session := st.query_params.get(_RETURNED):
        browser.go(f"/billing/return?{urlencode({'session_id': session})}")
        st.stop()
    st.caption(
        f"What you pay {words.plain(brand.current().title)} for. The plans that your own customers pay you for are "
        "under Plans in the menu."
    )
    if not st.session_state.get("change-now-going"):
        plan_change.forget()
    _back_from_stripe(user)
    found = summary.of(user)
    _now(user, found)
    _used(found)
    plan_cards.show(user, found)
    if roles.may(user, Right.MANAGE):
        plan_bills.show(user, found)
    else:
        _who(user)


# --- Back from Stripe -------------------------------------------------------------------------------------------------


def _back_from_stripe(user: SignedIn) -> None:
    """What came of a payment, once: what the address claims is held against what Stripe said."""
    asked, on_its_way = st.query_params.get(_STATUS), _look(user)
    if failed := st.session_state.pop(_FAILED, None):
        st.error(failed)
    if asked in {PAID, WAITING}:
        standing = access.of(user.workspace)
        if not standing.plan.free:
            del st.query_params[_STATUS]
            said.then(_welcome(standing.bought.name, standing.state))
        _waiting(user, ON_ITS_WAY)
    elif asked is None and on_its_way:
        _waiting(user, BEGUN)
    elif asked is not None:
        del st.query_params[_STATUS]
        if error := by_code(asked):
            st.session_state[_FAILED] = words.plain(error.message)
            st.rerun()


def _look(user: SignedIn) -> bool:
    """Whether somebody began to buy and nothing came of it yet, Stripe being asked: a webhook may have been lost."""
    before = access.of(user.workspace)
    try:
        on_its_way = checkout.look(user)
    except AppError:
        return True  # the page is not kept from those who look by a Stripe that does not answer
    if st.query_params.get(_STATUS) is None:
        _welcome_if_new(before, access.of(user.workspace))
    return on_its_way


def _welcome_if_new(before: Access, after: Access) -> None:
    """Whoever had no plan and has one now is thanked."""
    if before.subscription is None and before.plan is not after.plan and not after.plan.free:
        said.then(_welcome(after.bought.name, after.state))


def _welcome(plan: str, state: State) -> str:
    if state is State.TRIAL:
        return f"Your trial of {plan} has begun. Thank you."
    return f"Thank you: {plan} has started."


def _waiting(user: SignedIn, sentence: str) -> None:
    st.info(sentence)
    if roles.may(user, Right.MANAGE):
        check_again(user, st.container())
    _watch(user, _outcome(user))


def check_again(user: SignedIn, told: DeltaGenerator) -> None:
    """The button that asks Stripe what is so now."""

    def look() -> None:
        before, had = _outcome(user), access.of(user.workspace)
        truth.refresh(user.workspace)
        access.forget()
        if _outcome(user) == before:
            said.then("Stripe has nothing new yet. Please try again in a minute.")
        _welcome_if_new(had, access.of(user.workspace))
        st.rerun()

    acting.button("Check again", look, key="check-again", busy="Asking Stripe…", told=told)


# --- What there is ----------------------------------------------------------------------------------------------------


def _now(user: SignedIn, found: Summary) -> None:
    st.html(f'<p class="pl-standing">{escape(_standing(found))}</p>')
    if several := plan_bills.several(found.owed, reader().locale):
        st.caption(several)
    state, manager = found.access.state, roles.may(user, Right.MANAGE)
    row, told = st.container(horizontal=True, vertical_alignment="center"), st.container()
    with row:
        if manager and (state in UNPAID or found.owed):
            plan_bills.pay(user, found.owed, told)
            if st.query_params.get(_STATUS) is None and not checkout.waiting(user.workspace):
                check_again(user, told)
        if manager and state is State.ENDING:
            plan_leaving.keep(user, found, told)
        if state in {State.LAPSED, State.GRACE, State.ENDING}:
            links.exports("Take your data along")
    if state in UNPAID or found.owed:
        _watch(user, _outcome(user))


def _standing(found: Summary) -> str:
    """What a workspace has now; where its plan has ended, what is still to be paid for it."""
    locale = reader().locale
    if found.owed is None or found.access.state in UNPAID:
        return plan_words.standing(found, locale)
    owed = money(found.owed.amount, found.owed.currency, locale)
    now = "Free." if found.access.state is State.FREE else plan_words.standing(found, locale)
    return f"{now} {owed} of a plan that has ended is still to be paid; then you can choose a plan again."


Outcome = tuple[State, Owed | None]
"""What a payment changes: how a workspace stands, and what it owes."""


def _outcome(user: SignedIn) -> Outcome:
    return access.of(user.workspace).state, summary.owed(user)


@st.fragment(run_every=_LOOKS)
def _watch(user: SignedIn, before: Outcome) -> None:
    """While something is owed: draw the page anew once Stripe has told that it was paid, in whatever tab."""
    if _outcome(user) != before:
        st.rerun()


def _used(found: Summary) -> None:
    limits, locale = found.access.plan.limits, reader().locale
    today = datetime.fromtimestamp(moment.now(), UTC).date()
    facts.show(
        (
            Fact("Stripe accounts", plan_words.of(found.accounts, limits.accounts)),
            Fact("People", plan_words.of(found.people, limits.seats)),
            Fact("Figures since", plan_words.since(found.access, today, locale)),
        )
    )


def _who(user: SignedIn) -> None:
    """Who can change the plan, for those who can't."""
    owners = [words.plain(each.name) for each in team.members(user) if each.role is Role.OWNER]
    st.caption(f"An owner of this workspace can change the plan: {', '.join(owners)}. Your role is {user.role}.")
