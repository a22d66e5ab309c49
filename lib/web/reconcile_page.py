"""Reconcile: whether our cash and our subscriptions agree with Stripe's own lists, and why not where they don't."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import Final

import streamlit as st

from lib.errors import AppError
from lib.reports import reconcile
from lib.reports.reconcile import Balance, Check
from lib.web import columns, grid, words
from lib.web.figures import Book
from lib.web.grid import Line
from lib.web.standing import Standing, stand

_HEADS: Final = (
    "Month",
    "Opening",
    "Charges",
    "Refunds",
    "Fees",
    "Disputes",
    "Other",
    "Payouts",
    "Change",
    "At Stripe",
    "Difference",
    "Closing",
)
_MONTHS: Final = 12
_TALLEST: Final = 12
_SIDES: Final = {
    "Charges": ("charges", "balance transactions of type charge and payment", "Charged", "Booked"),
    "Payouts": ("payouts", "balance transactions of type payout", "Paid out", "Booked"),
    "Subscriptions": ("subscriptions with MRR here", "that Stripe calls active or past due", "MRR here", "List price"),
}
"""For each check: what is counted on either side, and the headings of the two amounts."""


def show() -> None:
    """The whole page."""
    at = stand("Reconcile", _explain)
    try:
        with st.spinner("Comparing with Stripe's lists. Where a rule makes a difference, it is turned to see."):
            months, found = balance(at.book), checks(at.book)
    except AppError as error:
        st.error(error.message)
        return
    _summary(at, months, found)
    _months(at, months)
    for each in found:
        _check(at, each)


@lru_cache(maxsize=4)
def balance(key: Book) -> Balance:
    """As reports.reconcile.balance."""
    return reconcile.balance(key.account)


@lru_cache(maxsize=4)
def checks(key: Book) -> tuple[Check, ...]:
    """Charges, payouts and subscriptions, as in reports.reconcile."""
    account = key.account
    return reconcile.charges(account), reconcile.payouts(account), reconcile.subscriptions(account)


def _explain() -> None:
    with st.popover("What is compared", icon=":material/info:", type="tertiary", key="formula"):
        st.write(
            "**Balance**: our cash ledger, by kind and month, against the net amounts of Stripe's balance "
            "transactions. **Charges** and **payouts**: each against the transaction that booked it. "
            "**Subscriptions**: those with MRR here against those that Stripe calls active or past due."
        )
        st.caption("A rule is named as the cause only if the difference goes away when that one rule is turned.")


def _summary(at: Standing, months: Balance, found: tuple[Check, ...]) -> None:
    open_ = sum(each.unexplained for each in found) + (not months.agrees)
    differences = sum(each.findings.height for each in found)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.html(f'<div class="pl-total">{verdict(at, open_, differences, months)}</div>')
        columns.download(
            "Download differences as CSV",
            lambda: reconcile.as_csv(found),
            f"reconcile-{at.book.today}.csv",
            "reconcile-csv",
        )


def verdict(at: Standing, unexplained: int, differences: int, months: Balance) -> str:
    """The page's first line as HTML: whether everything agrees, and what was compared."""
    scale = at.reader.money(at.book.currency)
    compared = f"{words.scale_count(months.transactions, scale)} balance transactions were added up"
    if unexplained:
        many = "1 difference is" if unexplained == 1 else f"{words.scale_count(unexplained, scale)} differences are"
        return f'<b class="pl-bad">{many} not explained</b><span class="pl-muted">{escape(compared)}</span>'
    if differences:
        many = words.scale_count(differences, scale)
        said = f"{compared}; every one of {many} differences has its cause below"
        return f'<b>Everything is explained</b><span class="pl-muted">{escape(said)}</span>'
    return f'<b>Everything agrees</b><span class="pl-muted">{escape(compared)}</span>'


def _months(at: Standing, months: Balance) -> None:
    st.subheader("Balance by month", anchor=False)
    lines = reconcile.lines(months, at.reader.locale)
    if not lines:
        st.caption("Stripe's balance has not moved yet.")
        return
    said = "Each month agrees to the cent." if months.agrees else "At least one month does not agree: see Difference."
    st.caption(f"Charges less refunds, fees, disputes and payouts are the change of the balance. {said}")
    everything = len(lines) > _MONTHS and st.toggle(f"All {len(lines)} months", key="all-months")
    shown = lines if everything else lines[:_MONTHS]
    st.html(grid.table(_HEADS, [Line(head, cells) for head, cells in shown], "Balance by month"))


def _check(at: Standing, check: Check) -> None:
    st.subheader(check.name, anchor=False)
    scale = at.reader.money(at.book.currency)
    ours, theirs, *headings = _SIDES[check.name]
    count = words.scale_count(check.ours, scale), words.scale_count(check.theirs, scale)
    agreeing = words.scale_count(check.agreeing, scale)
    st.write(f"{count[0]} {ours}, {count[1]} {theirs}: {agreeing} agree.")
    if check.findings.is_empty():
        st.caption("No differences.")
        return
    causes = ", ".join(f"{cause} {words.scale_count(n, scale)}" for cause, n in check.causes)
    st.caption(words.plain(f"Differences by cause: {causes}"))
    rows = reconcile.table(check, at.account.account, livemode=at.account.livemode, locale=at.reader.locale)
    st.dataframe(
        rows,
        hide_index=True,
        height=min(_TALLEST, rows.height + 1) * columns.ROW + 2,
        column_config={
            "day": columns.day("Day"),
            "cause": st.column_config.TextColumn("Cause", width=140),
            "name": st.column_config.TextColumn("Customer", width=180),
            "sentence": st.column_config.TextColumn("Why", width=460),
            "ours": st.column_config.TextColumn(headings[0], width=90),
            "theirs": st.column_config.TextColumn(headings[1], width=90),
            "stripe": columns.stripe(),
        },
        placeholder="",
        key=f"findings-{check.name}",
    )
