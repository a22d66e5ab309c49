"""What a locked feature shows: what the plan adds, what it costs, the way there, and its shape on one's own data.

Nothing of this is drawn, or asked of the database, where nothing is charged.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import streamlit as st

from lib.accounts import roles
from lib.accounts.connections import Connected
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import access, plans
from lib.billing.plans import Feature, Plan
from lib.charts import shape as chart
from lib.charts.shape import Curve
from lib.charts.theme import palette
from lib.errors import AccountLocked, AppError
from lib.reports import shapes
from lib.web import links, words
from lib.web.reader import reader

SEE: Final = "See plans"
ASK: Final = "An owner of this workspace can upgrade"
_STILL: Final = {"displayModeBar": False, "staticPlot": True, "responsive": True}


def feature(user: SignedIn, wanted: Feature, adds: str) -> None:
    """Draw the lock of a feature; ``adds``: what it would do here, in one sentence."""
    more = _more(user, wanted)
    _draw(user, wanted.name.lower(), f"{wanted} are part of {more.name}, {_price(more)}.", adds)


def account(user: SignedIn, chosen: Connected, mine: Sequence[Connected], *, together: bool) -> None:
    """Draw the lock of an account that the plan does not show, or of all ``together``, and the way to those it does."""
    have, more = access.of(user.workspace).plan, _more(user, Feature.ACCOUNTS)
    room = have.limits.accounts or 0
    shown = "one of your accounts" if room == 1 else f"{room} of your accounts"
    what = "All accounts together" if together else chosen.name
    _draw(
        user,
        "account",
        f"{what}: {have.name} shows {shown}, the oldest first. {more.name}, {_price(more)}, shows {_many(more)}.",
        "Everything that is connected is kept up to date, and nothing is deleted. Stripe's objects of every account "
        "can be downloaded under Exports.",
    )
    if not together:
        _shape_of(chosen)
    with st.container(horizontal=True, key="locked-elsewhere"):
        for each in mine:
            if shows(each.account):
                links.overview(f"Go to {words.plain(each.name)}", each.account)
        links.exports("Exports")


def _shape_of(chosen: Connected) -> None:
    try:
        drawn = shapes.hidden_account(chosen.account)
    except AppError:
        return
    if any(drawn):
        shape(Curve(drawn), f"The shape of {chosen.name}'s MRR in the last two years, without figures.", key="account")


def history(user: SignedIn, first: date, account_id: str, *, drawn: bool) -> None:
    """Say that figures before ``first`` are kept and what shows them; ``drawn``: with the shape of the hidden years."""
    more, day = _more(user, Feature.HISTORY), words.short_day(first, reader().locale)
    sentence = f"Figures before {day} are kept. {more.name}, {_price(more)}, shows them."
    with st.container(key="locked-history"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f":material/lock: :small[{words.plain(sentence)}]", width="content")
            _way(user)
        if drawn and len(past := shapes.hidden_years(account_id)) > 1:
            shape(Curve(past), f"The shape of your MRR before {day}, without figures.", key="history", height=72)


def shows(account_id: str) -> bool:
    """Whether the plan shows an account; every one where nothing is charged."""
    try:
        access.require_account(account_id)
    except AccountLocked:
        return False
    return True


def shape(curve: Curve, said: str, *, key: str, height: int = 160) -> None:
    """Draw a curve without a figure, and say under it what it is."""
    figure = chart.shape(curve, palette(reader().mode), height)
    st.plotly_chart(figure, theme=None, config=_STILL, alt=said, key=f"shape-{key}")
    st.caption(words.plain(said))


# --- The lock ---------------------------------------------------------------------------------------------------------


def _draw(user: SignedIn, name: str, sentence: str, adds: str) -> None:
    with st.container(key=f"locked-{name}", horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/lock: **{words.plain(sentence)}**  \n{words.plain(adds)}", width="stretch")
        _way(user)


def _way(user: SignedIn) -> None:
    """To the plans; who can't buy one may look at them too."""
    links.plan(SEE if roles.may(user, Right.MANAGE) else ASK)


def _more(user: SignedIn, wanted: Feature) -> Plan:
    return plans.with_feature(wanted, access.of(user.workspace).plan.limits)


def _price(plan: Plan) -> str:
    return plan.price(reader().locale)


def _many(plan: Plan) -> str:
    return "as many as you like" if plan.limits.accounts is None else f"up to {plan.limits.accounts}"
