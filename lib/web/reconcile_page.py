"""Reconcile: whether our cash and our subscriptions agree with Stripe's own lists, and why not where they don't."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import Any, Final

import streamlit as st
from babel.dates import format_datetime
from streamlit.delta_generator import DeltaGenerator

from lib.accounts import roles
from lib.accounts.roles import Right
from lib.errors import AppError
from lib.reports import arriving, reconcile
from lib.reports.reconcile import Balance, Check, Lists
from lib.web import columns, grid, words
from lib.web.figures import Book
from lib.web.grid import Line
from lib.web.settings.said import refusal
from lib.web.standing import Standing, stand

_HEADS: Final = (
    "Month",
    "Change",
    "At Stripe",
    "Difference",
    "Opening",
    "Charges",
    "Refunds",
    "Fees",
    "Disputes",
    "Other",
    "Payouts",
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
    at = stand("Reconcile", _explain, alone=True)
    try:
        with st.spinner("Comparing with what Stripe lists. Where the two differ, each rule is tried in turn."):
            months, found = balance(at.book), checks(at.book)
    except AppError as error:
        st.error(error.message)
        return
    _summary(at, months, found)
    _months(at, months)
    for each in found:
        _check(at, each)
    _lists(at)


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
        st.caption("A rule is named as the cause only if the difference goes away when that one rule is changed.")


def _summary(at: Standing, months: Balance, found: tuple[Check, ...]) -> None:
    open_ = sum(each.unexplained for each in found) + (not months.agrees)
    differences = sum(each.findings.height for each in found)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        partial = arriving.partial(at.account.account)
        st.html(f'<div class="pl-total">{verdict(at, open_, differences, months, partial=partial)}</div>')
        columns.download(
            "Download differences as CSV",
            lambda: reconcile.as_csv(found),
            f"reconcile-{at.book.today}.csv",
            "reconcile-csv",
        )


def verdict(at: Standing, unexplained: int, differences: int, months: Balance, *, partial: bool = False) -> str:
    """The page's first line as HTML: whether everything agrees, and what was compared. ``partial``: data is still
    arriving, so what is missing may be on its way.
    """
    scale = at.reader.money(at.book.currency)
    compared = f"{words.scale_count(months.transactions, scale)} balance transactions were added up"
    if unexplained:
        many = "1 difference is" if unexplained == 1 else f"{words.scale_count(unexplained, scale)} differences are"
        if partial:
            return f'<b>{many} not explained yet</b><span class="pl-muted">{escape(_YET)}</span>'
        return f'<b class="pl-bad">{many} not explained</b><span class="pl-muted">{escape(compared)}</span>'
    if differences:
        many = words.scale_count(differences, scale)
        said = f"{compared}; every one of {many} differences has its cause below"
        return f'<b>Everything is explained</b><span class="pl-muted">{escape(said)}</span>'
    return f'<b>Everything agrees</b><span class="pl-muted">{escape(compared)}</span>'


_YET: Final = "Data is still arriving from Stripe, and what is missing here may be on its way"


def _months(at: Standing, months: Balance) -> None:
    st.subheader("Balance by month", anchor=False)
    lines = reconcile.lines(months, at.reader.locale)
    if not lines:
        st.caption("Stripe's balance has not moved yet.")
        return
    said = "Each month agrees to the cent." if months.agrees else "At least one month does not agree: see Difference."
    st.caption(f"Charges less refunds, fees, disputes and payouts are the change of the balance. {said}")
    everything = len(lines) > _MONTHS and st.toggle(f"All {len(lines)} months", key="all", bind="query-params")
    shown = lines if everything else lines[:_MONTHS]
    st.html(grid.table(_HEADS, [Line(head, cells) for head, cells in shown], "Balance by month"))


# --- Stripe's lists, read now -----------------------------------------------------------------------------------------


def _lists(at: Standing) -> None:
    """On request: count what Stripe lists at this moment. The result stays for the session, or until it is anew."""
    st.subheader("Stripe's lists, counted now", anchor=False)
    st.write(
        "Everything above compares what was read from Stripe. This reads Stripe's lists once more and compares every "
        "customer, subscription, invoice and charge with the copy here, and the status of each."
    )
    kept = f"lists-{at.account.account}"
    why_not = refusal(at.user, Right.EDIT)
    off = bool(why_not)
    if st.button("Count at Stripe now", icon=":material/checklist:", key="count-lists", disabled=off, help=why_not):
        progress = st.progress(0.0, "Asking Stripe")
        try:
            roles.require(at.user, Right.EDIT)
            st.session_state[kept] = reconcile.lists(at.account.account, lambda *of: _told(at, progress, *of))
        except AppError as error:
            st.error(words.plain(error.message))
        progress.empty()
    if found := st.session_state.get(kept):
        _counted(at, found)
    else:
        st.caption("Stripe has no way to ask for a count: every page is read, for a large account in a few minutes.")


def _told(at: Standing, progress: DeltaGenerator, read: int, expected: int) -> None:
    scale = at.reader.money(at.book.currency)
    text = f"Reading Stripe's lists: {words.scale_count(read, scale)} of about {words.scale_count(expected, scale)}"
    progress.progress(min(1.0, read / max(1, expected)), text)


def _counted(at: Standing, found: Lists) -> None:
    scale = at.reader.money(at.book.currency)
    when = str(format_datetime(found.until, "medium", locale=at.reader.locale))
    lines = [
        Line(each.name, [words.scale_count(n, scale) for n in (each.ours, each.theirs, each.findings.height)])
        for each in found.checks
    ]
    active = found.active_here, found.active_there, abs(found.active_here - found.active_there)
    lines.insert(2, Line("of them active or past due", [words.scale_count(n, scale) for n in active], "pl-muted"))
    heads = ("Made until then", "Here", "At Stripe", "Differences")
    agree = "Every object is on both sides, with the same status." if not found.differences else ""
    st.caption(words.plain(f"As of {when}, up to which the copy here is complete. {agree}"))
    st.html(grid.table(heads, lines, "Objects here and at Stripe"))
    for each in found.checks:
        if each.findings.height:
            _findings(at, each, f"lists-{each.name}", {"ours": None, "theirs": None, "day": columns.day("Made")})


# --- Checks of what is here -------------------------------------------------------------------------------------------


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
    sides = {name: st.column_config.TextColumn(head, width=90) for name, head in zip(_OURS, headings, strict=True)}
    _findings(at, check, f"findings-{check.name}", sides)


_OURS: Final = ("ours", "theirs")


def _findings(at: Standing, check: Check, key: str, config: dict[str, Any]) -> None:
    """The differences, each in its sentence."""
    rows = reconcile.table(check, at.account.account, livemode=at.account.livemode, locale=at.reader.locale)
    st.dataframe(
        rows,
        hide_index=True,
        height="content" if rows.height < _TALLEST else _TALLEST * columns.ROW,
        column_config={
            "day": columns.day("Day"),
            "cause": st.column_config.TextColumn("Cause", width=140),
            "name": st.column_config.TextColumn("Customer", width=180),
            "sentence": st.column_config.TextColumn("Why", width=460),
            "stripe": columns.stripe(at.account.account),
            **config,
        },
        placeholder="",
        key=key,
    )
