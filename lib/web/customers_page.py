"""The list of customers: search, filters, every row, and the way to each customer's page."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import Final

import streamlit as st

from lib.accounts import roles
from lib.accounts.roles import Right
from lib.charts.style import Frame
from lib.reports import customers
from lib.reports.customers import Sort
from lib.web import columns, downloads, filters, links, segment_picker, words
from lib.web.figures import Book
from lib.web.standing import Standing, stand

_SORTS: Final = [str(each) for each in Sort]
_FILTERS: Final = (("Status", "status"), ("Plan", "plan"), ("Country", "country"))


def show() -> None:
    """The whole page."""
    at = stand("Customers", _explain)
    _returned(at.account.account)
    at, found = _filtered(at)
    everyone = rows(at.book)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.html(f'<span class="pl-muted">{escape(_count(at, found, everyone))}</span>', width="content")
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            if roles.may(at.user, Right.MANAGE) and not at.account.is_sample:
                links.new_subscription(at.account.account)
            columns.download(
                "Download CSV",
                lambda: customers.as_csv(found, at.book.currency),
                downloads.csv_name("customers", at.book.today, segment=at.book.segment),
                "customers-csv",
            )
    if found.is_empty():
        st.info("No customer matches. Remove a filter or shorten your search.")
        return
    _table(at, found)


@lru_cache(maxsize=8)
def rows(key: Book) -> Frame:
    """As reports.customers.of."""
    return customers.of(key.account, key.segment)


@lru_cache(maxsize=8)
def _choices(key: Book) -> dict[str, list[str]]:
    return customers.choices(rows(key))


def _explain() -> None:
    with st.popover("", icon=":material/info:", type="tertiary", help="What the columns say", key="formula"):
        st.write(
            "**MRR** is what the customer's subscriptions come to in a month today. **Paid so far** is all they paid "
            "less refunds. **Since** is the first day with MRR. **Last payment** is the day of the newest "
            "payment, with all that was paid on it. **Card until** is the last month of the card that paid last."
        )
        st.caption(
            "Past due: a payment for a subscription is overdue. One-time: paid, but never for a subscription. "
            "Free: active at an MRR of 0. Never paid: paid nothing yet."
        )


def _filtered(at: Standing) -> tuple[Standing, Frame]:
    """The ground, cut down to a segment if one is chosen, and the rows that the reader asks for, in the order that they
    ask for, which the file keeps. All is in the URL.
    """
    offered = _choices(at.book)
    for _, key in _FILTERS:
        filters.told_unknown(key, offered[key], narrows=True)
    filters.told_unknown("sort", _SORTS)
    summary = st.empty()
    with st.container(key="filters", horizontal=True, gap="small"):
        search = st.text_input(
            "Search", placeholder="Name, email or id", key="q", bind="query-params", icon=":material/search:", width=240
        )
        chosen = {
            key: st.multiselect(label, offered[key], key=key, bind="query-params", placeholder="All", width=168)
            for label, key in _FILTERS
        }
        by = st.selectbox("Sort by", _SORTS, key="sort", bind="query-params", width=200)
        at = segment_picker.choose("customers", at)
    _remember()
    summary.html(f"<details class='pl-filters'><summary>{escape(_described(search, chosen))}</summary></details>")
    segment_picker.told("customers", at)
    found = customers.matching(
        rows(at.book), search or "", statuses=chosen["status"], plans=chosen["plan"], countries=chosen["country"]
    )
    return at, customers.ordered(found, Sort(by or Sort.MRR))


_NAMES: Final = ("q", *(key for _, key in _FILTERS), "sort")
_MEMORY: Final = "customers-address"


def address() -> dict[str, list[str]]:
    """How the list was searched and filtered last, as its address says it: the way back from a customer."""
    kept: dict[str, list[str]] = st.session_state.get(_MEMORY, {})
    return kept


def _remember() -> None:
    st.session_state[_MEMORY] = {name: kept for name in _NAMES if (kept := st.query_params.get_all(name))}


def _returned(account: str) -> None:
    """The browser's Back leaves the customer's address on the list's: find the list as it was instead."""
    if st.query_params.get("id"):
        links.go_customers(account, address())


def _described(search: str | None, chosen: dict[str, list[str]]) -> str:
    """The filters in a few words, for the phone's button."""
    said = [f"“{search}”"] if search else []
    return ", ".join(said + [each for some in chosen.values() for each in some]) or "Search and filter"


def _count(at: Standing, found: Frame, everyone: Frame) -> str:
    """How many match, and what they come to: no row is left out."""
    scale = at.reader.money(at.book.currency)
    of = "" if found.height == everyone.height else f" of {words.scale_count(everyone.height, scale)}"
    who = "customer" if found.height == 1 and not of else "customers"
    return f"{words.scale_count(found.height, scale)}{of} {who}, MRR {scale.card(int(found['mrr'].sum()))}"


def _table(at: Standing, found: Frame) -> None:
    base = at.book.currency
    columns.people(
        customers.table(found, base, at.reader.locale),
        found["customer"].to_list(),
        at.account.account,
        "people",
        {
            "email": st.column_config.TextColumn("Email", width=200),
            "status": "Status",
            "mrr": columns.money("MRR", base),
            "unrated": st.column_config.TextColumn("MRR without a rate", help="No exchange rate is known; not in MRR"),
            "plans": st.column_config.TextColumn("Plan", width=200),
            "since": columns.day("Since", "The first day with MRR"),
            "country": st.column_config.TextColumn("Country", width=72),
            "ltv": columns.money("Paid so far", base, "Payments less refunds"),
            "last_payment": columns.day("Last payment"),
            "last_amount": columns.money("Paid then", base),
            "card_expires": columns.month("Card until", "The last month in which the card that paid last is good"),
            "card_note": st.column_config.TextColumn(
                "Card expires", help="Shown if it has expired or expires by next month"
            ),
        },
    )
