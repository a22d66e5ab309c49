"""The page of cancellations: why customers leave, what went with them, and what they said."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from html import escape
from typing import Any, Final

import streamlit as st

from lib.charts.scale import Scale
from lib.reports import cancellation_tables, stripe_links
from lib.reports import cancellations as report
from lib.reports.cancellations import FEEDBACK, NO_ANSWER, Cancellation, Cancellations
from lib.web import columns, downloads, filters, one_time, words
from lib.web.figures import Book
from lib.web.standing import Standing, stand

_SHOWN: Final = 20
"""Comments shown until the reader asks for more."""


def show() -> None:
    """The whole page."""
    at = stand("Cancellations", _explain)
    one_time.instead(at)
    at, start, end = filters.days("cancellations", at)
    found = _table(at.book, start, end)
    money = at.reader.money(found.currency)
    spanned = span(start, end, at.book.today, money.locale)
    if not found.rows:
        st.info(f"{words.plain(spanned)}, no subscription was cancelled. Choose a longer span to look further back.")
        return
    st.markdown(words.plain(sentence(found, spanned, money)))
    _reasons(found)
    _comments(at, found, money)
    _everyone(at, found)
    for note in at.unsaid(found.notes):
        st.caption(words.plain(note))
    downloads.csv(
        "Download CSV",
        lambda: report.as_csv(found),
        downloads.csv_name("cancellations", start, end, segment=at.book.segment),
        "cancellations-csv",
    )


def _explain() -> None:
    with st.popover("", icon=":material/info:", type="tertiary", help="How it is computed", key="formula"):
        st.write(
            "Subscriptions are counted on the day they were cancelled, with the reason that Stripe gives and the "
            "answer that customers picked. Cancellations that were taken back are left out; those on trial had no MRR "
            "to lose."
        )
        st.caption(
            "MRR lost is what ended on the subscription's last day, at that day's exchange rate. A subscription that "
            "was cancelled and still runs to the end of what was paid has its MRR at stake, not lost yet. A customer "
            "who moved to another subscription the same day lost only the difference."
        )


@lru_cache(maxsize=16)
def _table(key: Book, start: date, end: date) -> Cancellations:
    """As reports.cancellations.table, kept while the account's data stays the same."""
    return report.table(key.account, start, end, key.segment)


def span(start: date, end: date, today: date, locale: str) -> str:
    """``Since Mar 3, 2026`` up to today; else ``From Mar 3, 2026 to Mar 9, 2026`` or ``On Mar 3, 2026``."""
    first, last = words.short_day(start, locale), words.short_day(end, locale)
    if start == end:
        return f"On {first}"
    return f"Since {first}" if end >= today else f"From {first} to {last}"


def sentence(found: Cancellations, spanned: str, money: Scale) -> str:
    """What was cancelled in the span, which ``spanned`` names."""
    total = found.total
    many = "1 subscription was" if total.count == 1 else f"{words.scale_count(total.count, money)} subscriptions were"
    staying = sum(not row.gone for row in found.rows)
    said = f"{spanned}, {many} cancelled: {money.text(total.lost)} of MRR was lost"
    if not staying:
        return f"{said}."
    who = "1 of them still runs" if staying == 1 else f"{words.scale_count(staying, money)} of them still run"
    return f"{said}, and {who}, with {money.text(total.at_stake)} at stake."


def _reasons(found: Cancellations) -> None:
    for title, tallies in (("What customers said", found.feedback), ("How it ended", found.reasons)):
        st.subheader(title, anchor=False)
        rows = cancellation_tables.tallies(tallies, found.currency)
        st.dataframe(
            rows,
            hide_index=True,
            height="content",
            column_config={
                "label": st.column_config.TextColumn("Reason", width=200),
                "count": st.column_config.NumberColumn("Subscriptions", format="localized"),
                "share": st.column_config.NumberColumn("Share", format="percent"),
                **_money(found.currency),
            },
            key=title,
        )


def _money(currency: str) -> dict[str, Any]:
    return {
        "lost": columns.money("MRR lost", currency, "At the exchange rate of the day it ended"),
        "at_stake": columns.money(
            "MRR at stake", currency, "Of those that still run; trials, free, paused and unpaid ones have none"
        ),
    }


def _everyone(at: Standing, found: Cancellations) -> None:
    st.subheader("Who cancelled", anchor=False)
    columns.people(
        cancellation_tables.everyone(found, at.account.account, livemode=at.account.livemode),
        [row.customer for row in found.rows],
        at.account.account,
        "cancelled",
        {
            "plan": st.column_config.TextColumn("Plan", width=140),
            "cancelled": columns.day("Cancelled"),
            "leaves": columns.day("Leaves", "The day on which it ended or will end. Empty: Stripe does not say"),
            "feedback": st.column_config.TextColumn("What they said", width=170),
            "reason": st.column_config.TextColumn("How it ended", width=130),
            **_money(found.currency),
            "stripe": columns.stripe(),
        },
    )


def _comments(at: Standing, found: Cancellations, money: Scale) -> None:
    written = [row for row in found.rows if row.comment]
    st.subheader("In their words", anchor=False)
    if not written:
        st.caption("Nobody left a comment.")
        return
    everything = False
    if len(written) > _SHOWN:
        everything = st.toggle(f"Show all {len(written)} comments", key="all", bind="query-params")
        if not everything:
            st.caption(f"The newest {_SHOWN} of {len(written)} comments are shown.")
    items = "".join(comment(at, row, money) for row in (written if everything else written[:_SHOWN]))
    st.html(f'<ul class="pl-list">{items}</ul>')


def comment(at: Standing, row: Cancellation, money: Scale) -> str:
    """One comment as HTML: what was said, who said it, what went with it, and the way to it at Stripe."""
    account = at.account
    address = stripe_links.link(account.account, row.subscription, livemode=account.livemode, home=row.account)
    seen = f' · <a href="{escape(address)}" target="_blank" rel="noopener">See it at Stripe</a>' if address else ""
    answer = report.said(row.feedback, FEEDBACK) if row.feedback else NO_ANSWER
    facts = [row.name, row.account or "", row.plan or "", answer]
    facts += [f"cancelled {words.short_day(row.cancelled, money.locale)}", leaving(row, money)]
    amount, fate = (row.lost, "lost") if row.gone or row.lost else (row.at_stake, "at stake")
    return (
        f'<li><span class="pl-grow">“{escape(row.comment or "")}”'
        f"<small>{escape(' · '.join(filter(None, facts)))}{seen}</small></span>"
        f'<span class="pl-amount">{escape(money.text(amount))}<small>MRR {fate}</small></span></li>'
    )


def leaving(row: Cancellation, money: Scale) -> str:
    """``left on Mar 3, 2026``, or ``leaving on …`` while it still runs."""
    if row.leaves is None:
        return "" if row.gone else "still running"
    return f"{'left' if row.gone else 'leaving'} on {words.short_day(row.leaves, money.locale)}"
