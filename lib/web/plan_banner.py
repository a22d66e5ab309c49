"""What every page tells of the plan: that it was not paid, or that it ends soon. Nothing where nothing is charged."""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

from lib.accounts import roles
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import access, moment, summary
from lib.billing.access import Access, State
from lib.money import show as money
from lib.settings import settings
from lib.web import links, plan_words
from lib.web.reader import reader

_HARMLESS: Final = frozenset({State.TRIAL, State.ENDING, State.WELCOME})
"""What may be put away: nobody loses anything by not reading it again."""
_PUT_AWAY: Final = "plan-banner-put-away"
_TOLD: Final = _HARMLESS | {State.GRACE, State.LAPSED}


def show(user: SignedIn) -> None:
    """Draw it where there is something to tell. Where BILLING is off, not even the database is asked."""
    if not settings().charging:
        return
    found = access.of(user.workspace)
    if found.state not in _TOLD or not plan_words.is_told(found, moment.now()):
        return
    name = f"{user.workspace} {found.state} {found.until}"
    if found.state in _HARMLESS and name in st.session_state.get(_PUT_AWAY, ()):
        return
    _draw(user, found, name)


def _draw(user: SignedIn, found: Access, name: str) -> None:
    manager = roles.may(user, Right.MANAGE)
    serious = "plan-banner" if found.state in _HARMLESS else "plan-banner-serious"
    with st.container(key=serious, horizontal=True, vertical_alignment="center"):
        st.html(f'<p role="status">{_mark(found)} {escape(sentence(user, found))}</p>', width="stretch")
        if found.state is State.LAPSED:
            links.exports("Open Exports")
        links.plan("Pay or change the plan" if manager and found.state not in _HARMLESS else "See the plan")
        if found.state in _HARMLESS:
            st.button("Hide", key="plan-banner-away", type="tertiary", on_click=_put_away, args=(name,))


def sentence(user: SignedIn, found: Access) -> str:
    """What is told to ``user``, in their own locale."""
    locale, manager = reader().locale, roles.may(user, Right.MANAGE)
    owed = summary.owed(user) if found.state in summary.UNPAID else None
    amount = money(owed.amount, owed.currency, locale) if owed else ""
    price = plan_words.cost(summary.of(user), locale) if found.state is State.TRIAL else ""
    return plan_words.banner(found, price, amount, locale, manager=manager)


def _mark(found: Access) -> str:
    """A sign that hints at how serious it is; the sentence says it to those who hear."""
    return f'<span class="pl-mark" aria-hidden="true">{"▲" if found.state not in _HARMLESS else "●"}</span>'


def _put_away(name: str) -> None:
    st.session_state.setdefault(_PUT_AWAY, set()).add(name)
