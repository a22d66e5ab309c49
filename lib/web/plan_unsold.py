"""Settings, Your plan, where nothing is sold: nothing to pay, but for what was bought before and is charged still."""

from __future__ import annotations

from html import escape

import streamlit as st

from lib.accounts import roles
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import plans, summary
from lib.billing.access import State
from lib.billing.summary import Summary
from lib.web import plan_bills, plan_words
from lib.web.reader import reader

INCLUDED = "No plans are sold here any more, and everything is included."
UNKNOWN = "The old plan"
"""What a plan is called whose price is none of ours by now."""


def show(user: SignedIn) -> None:
    """What is charged still, with the way to cancel it for owners; else that there is nothing to pay."""
    found = summary.unsold(user)
    if found is None:
        st.write(plans.EVERYTHING.sells)
        return
    st.caption(INCLUDED)
    st.html(f'<p class="pl-standing">{escape(sentence(found, reader().locale))}</p>')
    if roles.may(user, Right.MANAGE):
        plan_bills.show(user, found, ends=True)
    else:
        st.caption(f"An owner of this workspace can cancel it here. Your role is {user.role}.")


def sentence(found: Summary, locale: str) -> str:
    """What goes on being charged, and until when."""
    access = found.access
    if access.subscription is None:
        return f"{UNKNOWN} may still be charged at Stripe: look there, and cancel it."
    name, price, until = access.bought.name, plan_words.cost(found, locale), plan_words.day(access.until, locale)
    still = {
        State.TRIAL: f"From {until} on {name} is charged at Stripe, {price}: cancel it before, and nothing is.",
        State.ENDING: f"{name} ends on {until}, and nothing more is charged.",
        State.UNFINISHED: f"You need not pay for {name}: what you began to buy is not needed any more.",
        State.GRACE: f"{name}, {price}, was not paid, and Stripe goes on asking for it until you cancel it.",
    }
    still[State.LAPSED] = still[State.GRACE]
    goes_on = f"{name} is still charged at Stripe, {price}, next on {until}, until you cancel it."
    return still.get(access.state, goes_on)
