"""Failed charges: who to call today, whose card is about to expire, and what was won back."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import Final

import streamlit as st

from lib.accounts import calls
from lib.charts.scale import NOT_AVAILABLE, Scale
from lib.reports import failed, failed_tables
from lib.reports.failed import FailedCharges
from lib.web import calls as marks
from lib.web import columns, downloads, filters, segment_picker, unrated, words
from lib.web.figures import Book
from lib.web.standing import ALL, Standing, stand

_TRIED, _ALL, _GIVEN_UP = "Stripe still tries", "All", "Stripe gave up"
_SHOWN: Final = (_ALL, _TRIED, _GIVEN_UP)


def show() -> None:
    """The whole page."""
    at = stand("Failed charges", _explain)
    at = segment_picker.choose("failed-charges", at)
    segment_picker.told("failed-charges", at)
    found = report(at.book)
    scale = at.reader.money(at.book.currency)
    _to_call(at, found, scale)
    _at_risk(at, found, scale)
    _recovered(at, found, scale)


@lru_cache(maxsize=8)
def report(key: Book) -> FailedCharges:
    """As reports.failed.of."""
    return failed.of(key.account, key.segment)


def _explain() -> None:
    with st.popover("", icon=":material/info:", type="tertiary", help="How it is computed", key="formula"):
        st.write(
            "A payment counts once, however often it was tried: a card that is declined four times for one invoice of "
            "\\$99 is \\$99. **To call** are all customers with invoices that are open today and whose last attempt "
            "failed, however long ago that was; who owes the most comes first, after those who owe something without a "
            "known exchange rate, which may be more. **At risk** are customers with MRR whose card is good to the end "
            "of this month or of the next. **Recovered** are payments that first failed in the last 30 days and "
            "succeeded later; the rate divides them by all that first failed then."
        )
        st.caption(
            "So the amount to call about differs from what failed in the last 30 days: it leaves out what was won back "
            "since, and holds what failed earlier and is still owed."
        )


def _heading(title: str, figure: str, sentence: str) -> None:
    st.subheader(title, anchor=False)
    st.html(f'<div class="pl-total"><b>{escape(figure)}</b><span class="pl-muted">{escape(sentence)}</span></div>')


def _count(number: int, one: str, many: str, scale: Scale) -> str:
    return f"1 {one}" if number == 1 else f"{words.scale_count(number, scale)} {many}"


# --- Who to call ------------------------------------------------------------------------------------------------------


def _to_call(at: Standing, found: FailedCharges, scale: Scale) -> None:
    _heading("To call", *to_call(found, scale))
    if found.unresolved.is_empty():
        st.caption("Nobody owes you a failed payment.")
        return
    st.caption(words.plain(since(found, scale)))
    if told := as_owed(found, scale):
        st.caption(words.plain(told))
    filters.told_unknown("show", _SHOWN, narrows=True)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        shown = st.segmented_control(
            "Show", _SHOWN, default=_ALL, required=True, key="show", bind="query-params", label_visibility="collapsed"
        )
        st.space("stretch")
        some = failed.narrowed(found, retried={_TRIED: True, _GIVEN_UP: False}.get(shown or _ALL))
        _emails(failed_tables.emails(some.to_reach), "unresolved")
        _csv("unresolved", at, lambda: failed_tables.unresolved_csv(found), _EACH_INVOICE)
    _to_reach(at, some)


def to_call(found: FailedCharges, scale: Scale) -> tuple[str, str]:
    """The sum of what is open, n/a where no rate for any of it is known; and what it is the sum of."""
    rows = found.unresolved
    people = _count(rows["customer"].n_unique(), "customer", "customers", scale)
    count = _count(rows.height, "invoice", "invoices", scale)
    stake = f", with {scale.text(found.mrr_at_stake)} of MRR at stake" if found.mrr_at_stake else ""
    without = unrated.without(failed.unrated(rows), scale)
    figure = scale.text(None if rows.height and rows["amount_base"].is_null().all() else found.owed)
    return figure, f"from {people}, on {count} whose payment failed{without}{stake}"


def as_owed(found: FailedCharges, scale: Scale) -> str:
    """What is open in each currency, and how the sum was made of it; empty where all is in one."""
    owed, unknown = found.owed_by_currency, {currency for currency, _ in failed.unrated(found.unresolved)}
    if len(owed) < 2:  # noqa: PLR2004 - nothing to tell apart
        return ""
    each = ", ".join(replace(scale, currency=currency).text(amount) for currency, amount in owed)
    exchanged = {currency for currency, _ in owed} - unknown - {found.base}
    return f"As owed: {each}." + (" The sum is at today's exchange rates." if exchanged else "")


def since(found: FailedCharges, scale: Scale) -> str:
    """How what is to call about lies to the last 30 days: the figures of both need not agree."""
    older, count = found.older, found.unresolved.height
    unknown = failed.unrated(found.unresolved)
    order = "What has no exchange rate first, then who owes the most." if unknown else "Who owes the most comes first."
    if older.is_empty():
        return f"All that is open today; all of it first failed in the last 30 days. {order}"
    amount = scale.text(int(older["amount_base"].sum())) + unrated.without(failed.unrated(older), scale)
    if older.height == count:
        return f"All that is open today; all of it first failed before the last 30 days. {order}"
    newer = _count(count - older.height, "invoice", "invoices", scale)
    return (
        f"All that is open today, whenever it first failed: {newer} in the last 30 days, "
        f"{words.scale_count(older.height, scale)} before that ({amount}). {order}"
    )


def _emails(found: list[str], key: str) -> None:
    """The addresses of a list, to copy in one go."""
    if not found:
        return
    with st.popover("Copy emails", icon=":material/mail:", key=f"{key}-emails"):
        st.caption("One address a line, each customer once. The button at the right copies them all.")
        st.code("\n".join(found), language=None, height="content" if len(found) <= _LINES else _LINES * columns.ROW)


_LINES: Final = 10


_EACH_INVOICE: Final = "One row an invoice, of all that is open"


def _to_reach(at: Standing, found: FailedCharges) -> None:
    """One row a customer, of the invoices that ``found`` has."""
    called = calls.of(at.user, at.book.today)
    if marks.hidden(found.to_reach["customer"].to_list(), called):
        found = failed.uncalled(found, called)
    customers = found.to_reach["customer"].to_list()
    if not customers:
        st.caption("None.")
        marks.clicked(at, customers, called)
        return
    told = marks.labels(at, customers, called)
    widths = _TIGHT if at.account.kind == ALL else _WIDTHS
    config = {
        columns.WHOSE: columns.whose(),
        "reach": st.column_config.LinkColumn("Call or write", display_text=r"^(?:tel|mailto):(.*)$"),
        "invoices": st.column_config.NumberColumn(
            "Invoices", help="Unpaid. The customer's page lists each; so does the CSV"
        ),
        "due": st.column_config.TextColumn("Amount due", alignment="right"),
        "amount_base": columns.money(
            "Due", at.book.currency, "At today's exchange rate; empty where none is known for a part of it"
        ),
        "since": columns.day("Failed since", "The oldest of the invoices"),
        "next_attempt": columns.day("Next attempt", "The earliest; empty: Stripe does not try again by itself"),
        "reason": st.column_config.TextColumn("Reason", help="Of the newest failure"),
        "mrr": columns.money("MRR", at.book.currency, "At stake: what the subscriptions are worth today"),
    }
    columns.people(
        failed_tables.to_reach_table(
            found, at.account.account, told, livemode=at.account.livemode, locale=at.reader.locale
        ),
        customers,
        at.account.account,
        "unresolved",
        {
            marks.COLUMN: marks.column(at, widths[marks.COLUMN]),
            **{name: {**column, "width": widths[name]} for name, column in config.items()},
            "stripe": columns.stripe(),
        },
        width=widths["name"],
    )
    marks.clicked(at, customers, called)


_WIDTHS: Final = {
    "name": 160,
    columns.WHOSE: 100,
    marks.COLUMN: 124,
    "reach": 128,
    "invoices": 72,
    "due": 100,
    "amount_base": 84,
    "since": 100,
    "next_attempt": 100,
    "reason": 110,
    "mrr": 80,
}
"""Pixels: all of the list is in sight on a screen of 1440, the way to Stripe at its end too."""
_TIGHT: Final = {**_WIDTHS, "name": 136, marks.COLUMN: 116, "reach": 98, "due": 90, "reason": 88}
"""The same with one column more, the account's."""


# --- At risk ----------------------------------------------------------------------------------------------------------


def _at_risk(at: Standing, found: FailedCharges, scale: Scale) -> None:
    count = _count(found.at_risk.height, "customer whose card expires", "customers whose cards expire", scale)
    _heading("At risk", scale.text(found.mrr_at_risk), f"of MRR from {count} this month or next")
    if found.at_risk.is_empty():
        st.caption("No card of a paying customer expires this month or next.")
        return
    with st.container(horizontal=True, horizontal_alignment="right"):
        _emails(failed_tables.emails(found.at_risk), "at-risk")
        _csv("at-risk", at, lambda: failed_tables.at_risk_csv(found))
    columns.people(
        failed_tables.at_risk_table(found, at.account.account, livemode=at.account.livemode),
        found.at_risk["customer"].to_list(),
        at.account.account,
        "at-risk",
        {
            "email": st.column_config.TextColumn("Email", width=200),
            "card": "Card",
            "card_expires": columns.month("Good until"),
            "plans": st.column_config.TextColumn("Plan", width=240),
            "mrr": columns.money("MRR", at.book.currency),
            "stripe": columns.stripe(),
        },
    )


# --- Recovered --------------------------------------------------------------------------------------------------------


def _recovered(at: Standing, found: FailedCharges, scale: Scale) -> None:
    rate = found.recovery_rate
    of = _count(found.recent.height, "payment", "payments", scale)
    sentence = (
        f"recovered: {words.scale_count(found.recovered.height, scale)} of {of} that first failed in the last 30 days, "
        f"{scale.text(found.recovered_amount)} of {scale.text(found.failed_amount)}"
        f"{unrated.without(failed.unrated(found.recent), scale)}"
    )
    nothing = "no payment failed in the last 30 days"
    text = NOT_AVAILABLE if rate is None else scale.percent(rate)
    _heading("Recovered", text, nothing if rate is None else sentence)
    if found.recent.is_empty():
        return
    if told := not_recovered(found, scale):
        st.caption(words.plain(told))
    with st.container(horizontal=True, horizontal_alignment="right"):
        _csv("recovered", at, lambda: failed_tables.recent_csv(found))
    columns.people(
        failed_tables.recent_table(found, at.account.account, livemode=at.account.livemode, locale=at.reader.locale),
        found.recent["customer"].to_list(),
        at.account.account,
        "recovered",
        {
            "email": st.column_config.TextColumn("Email", width=200),
            "due": st.column_config.TextColumn("Amount", alignment="right"),
            "amount_base": columns.money(
                "Amount", at.book.currency, "At the exchange rate of the day it failed; empty where none is known"
            ),
            "date": columns.day("First failed"),
            "recovered": columns.day("Recovered", "Empty: not recovered"),
            "standing": st.column_config.TextColumn(
                "Now", help="To call: it is open, and in the first list", width=112
            ),
            "stripe": columns.stripe(),
        },
    )


def not_recovered(found: FailedCharges, scale: Scale) -> str:
    """What became of the payments that failed in the last 30 days and were not won back; empty where all were."""
    still, others = found.still_open.height, found.recent.height - found.recovered.height
    if not others:
        return ""
    settled = others - still
    said = f"Not recovered: {words.scale_count(others, scale)}. To call, above: {words.scale_count(still, scale)}."
    if not settled:
        return said
    return (
        f"{said} Not to call: {words.scale_count(settled, scale)}, paid another way, voided, written off, being tried "
        "now, or without an invoice."
    )


def _csv(name: str, at: Standing, text: columns.Text, help_: str | None = None) -> None:
    file = downloads.csv_name(f"failed-charges-{name}", at.book.today, segment=at.book.segment)
    downloads.csv("Download CSV", text, file, f"{name}-csv", help_)
