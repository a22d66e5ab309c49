"""Settings, Currency and time zone: in what an account reports and where its days end; and all accounts together."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from lib.accounts import connections, roles, workspaces
from lib.accounts.connections import Connected
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.errors import AppError
from lib.reports import rules
from lib.reports.rules import Comparison, Counting
from lib.web import links, rules_comparison, standing, words
from lib.web.reader import reader
from lib.web.settings import said

_SEEN: Final = "reporting-seen"
"""The comparison on the page, with what it is about."""


def section(user: SignedIn) -> None:
    """The whole section."""
    st.subheader("Currency and time zone", anchor=False)
    st.write("Every amount is shown in one currency, and days and months begin and end at midnight in one time zone.")
    mine = connections.of(user.workspace)
    if not mine:
        st.caption("Each account has its own currency and time zone. Connect one, then choose them here.")
        return
    _account(user, _picked(mine))
    if len(own := connections.own(mine)) > 1:
        _together(user, own)


def _together(user: SignedIn, mine: tuple[Connected, ...]) -> None:
    """The currency of all accounts together."""
    st.subheader("All accounts together", anchor=False)
    try:
        known = sorted({code for each in mine for code in rules.currencies(each.account)})
    except AppError as error:
        st.info(error.message)
        return
    now, why_not = workspaces.currency(user.workspace), said.refusal(user, Right.MANAGE)
    options = [_FIRST, *sorted({*known, *([now] if now else [])})]
    chosen = st.selectbox(
        "Currency of all accounts",
        options,
        index=options.index(now) if now in options else 0,
        format_func=lambda code: code if code == _FIRST else code.upper(),
        disabled=bool(why_not),
        help=why_not or "Amounts of every account are converted at the rates of their days.",
        key=f"currency-of-all-{now}",
        width=320,
    )
    wanted = None if chosen == _FIRST else chosen
    if wanted == now:
        return
    what = "the first account's currency" if wanted is None else wanted.upper()
    st.write(
        f"The combined view would be shown in {what}, for the whole team. The accounts on their own stay as they are."
    )
    if st.button(f"Show all accounts in {what}", type="primary", disabled=bool(why_not), help=why_not):
        workspaces.set_currency(user, wanted)
        said.then(f"All accounts together are now shown in {what}.")


_FIRST: Final = "The first account's currency"


def _picked(mine: tuple[Connected, ...]) -> Connected:
    if len(mine) == 1:
        st.markdown(f"**{words.plain(mine[0].name)}**")
        return mine[0]
    names = {each.account: each.name for each in mine}
    chosen = st.selectbox(
        "Account", list(names), format_func=lambda each: standing.label(each, names), key="reporting-account", width=320
    )
    return next(each for each in mine if each.account == chosen)


def _account(user: SignedIn, account: Connected) -> None:
    try:
        now = rules.current(account.account)
        known = rules.currencies(account.account)
    except AppError as error:
        st.info(error.message)
        return
    wanted = _wanted(account.account, now, known)
    if wanted == now:
        st.caption("These are in force now. Choose another currency or time zone to see first what would change.")
        return
    _compared(user, account, wanted)


def _wanted(account: str, now: Counting, known: tuple[str, ...]) -> Counting:
    """What stands in the two lists."""
    currencies = [now.currency, *(each for each in known if each != now.currency)]
    zones = rules.timezones()
    zones = zones if now.timezone in zones else (now.timezone, *zones)
    left, right = st.columns(2)
    currency = left.selectbox("Reporting currency", currencies, format_func=str.upper, key=f"currency-{account}")
    timezone = right.selectbox("Time zone", zones, index=zones.index(now.timezone), key=f"timezone-{account}")
    if len(known) == 1:
        left.caption("Only currencies with known exchange rates can be chosen. Rates can be added on the Rules page.")
        with left:
            st.page_link(links.page("rules"), label="Add exchange rates", query_params={"account": account})
    held = now.rules if currency == now.currency else replace(now.rules, currency=currency)
    return Counting(held, timezone, currency)


def _compared(user: SignedIn, account: Connected, wanted: Counting) -> None:
    about = (account.account, wanted.rules, wanted.timezone)
    seen: tuple[object, Comparison] | None = st.session_state.get(_SEEN)
    if seen is None or seen[0] != about:
        st.caption("Not in force yet. Every figure is recalculated for the comparison, which may take some seconds.")
        if st.button("Show what changes", type="primary"):
            with st.spinner("Counting by the new settings"):
                _see(about, account.account, wanted)
        return
    rules_comparison.draw(seen[1], reader())
    why_not = said.refusal(user, Right.MANAGE)
    st.write("Every figure follows, past ones too: on all pages, in exports and in the API.")
    if st.button("Use this", type="primary", disabled=bool(why_not), help=why_not):
        _keep(user, account, wanted)


def _see(about: tuple[object, ...], account: str, wanted: Counting) -> None:
    try:
        found = rules.preview(account, wanted.rules, wanted.timezone)
    except AppError as error:
        st.error(error.message)
        return
    st.session_state[_SEEN] = (about, found)
    st.rerun()


def _keep(user: SignedIn, account: Connected, wanted: Counting) -> None:
    try:
        roles.require(user, Right.MANAGE)
        rules.keep(account.account, wanted.rules, wanted.timezone)
    except AppError as error:
        st.error(error.message)
        return
    st.session_state.pop(_SEEN, None)
    said.then(
        f"{words.plain(account.name)} reports in {wanted.currency.upper()}, and its days end at midnight in "
        f"{words.plain(wanted.timezone)}."
    )
