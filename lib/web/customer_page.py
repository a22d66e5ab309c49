"""One customer: what they are worth, and all that happened with them, newest first."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from html import escape
from typing import Any, Final

import streamlit as st

from lib import money
from lib.accounts import roles
from lib.accounts.roles import Right
from lib.charts import alt, series
from lib.charts.scale import Scale
from lib.charts.style import Frame
from lib.periods import Interval
from lib.reports import books, customer_cards, stripe_links, timeline
from lib.reports.customer_cards import Card
from lib.reports.timeline_entry import Entry, Kind
from lib.web import customer_notes, customers_page, filters, links, unrated, words
from lib.web.figures import Book
from lib.web.overview import PLOT
from lib.web.standing import ALL, Standing, stand

_FEW: Final = 2
"""Days of MRR that make a line."""


def show() -> None:
    """The whole page; ``?id=`` names the customer."""
    at = stand("Customer")
    asked = st.query_params.get("id") or ""
    if at.account.kind == ALL and (home := books.home(at.account.account, asked)):
        links.go_customer(asked, home)
    found = _find(at.book, asked)
    if found is None:
        _unknown(asked, at)
        return
    _head(at, found)
    _chart(at, asked)
    customer_notes.section(at, asked)
    _cards(at, cards(at.book, asked))
    _timeline(at, entries(at.book, asked, at.reader.locale))


def _find(key: Book, customer: str) -> dict[str, Any] | None:
    everyone = customers_page.rows(key)
    mine = everyone.filter(everyone["customer"] == customer)
    return mine.row(0, named=True) if mine.height else None


@lru_cache(maxsize=256)
def entries(key: Book, customer: str, locale: str) -> tuple[Entry, ...]:
    """As reports.timeline.of."""
    return tuple(timeline.of(key.account, customer, locale))


@lru_cache(maxsize=256)
def cards(key: Book, customer: str) -> tuple[Card, ...]:
    """As reports.customer_cards.of."""
    return customer_cards.of(key.account, customer)


@lru_cache(maxsize=256)
def _mrr(key: Book, customer: str) -> Frame:
    return timeline.mrr_of(key.account, customer)


def _unknown(asked: str, at: Standing) -> None:
    if asked:
        st.warning(f"There is no customer “{words.plain(asked)}” in this account. The link may be for another one.")
    else:
        st.info("Pick a customer from the list.")
    links.customers("All customers", at.account.account, customers_page.address())


# --- Head -------------------------------------------------------------------------------------------------------------


def _head(at: Standing, found: dict[str, Any]) -> None:
    scale = at.reader.money(at.book.currency)
    name = found["name"] or found["email"] or found["customer"]
    gone = " (deleted at Stripe)" if found["deleted"] else ""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.header(f"{words.plain(name)}{gone}", anchor=False, width="content")
        with st.container(horizontal=True, width="content"):
            if roles.may(at.user, Right.MANAGE) and not found["deleted"] and not at.account.is_sample:
                links.new_subscription(at.account.account, found["customer"])
            links.customers("All customers", at.account.account, customers_page.address())
    address = stripe_links.link(at.account.account, found["customer"], livemode=at.account.livemode)
    plans = " + ".join(found["plans"])
    about = [escape(each) for each in (found["status"], found["email"], found["country"], plans) if each]
    if address:
        about.append(
            f'<a href="{escape(address, quote=True)}" target="_blank" rel="noopener noreferrer">Open in Stripe</a>'
        )
    st.html(f'<p class="pl-muted">{" · ".join(about)}</p>')
    st.html(f'<dl class="pl-facts">{"".join(_fact(*each) for each in _facts(at, found, scale))}</dl>')


def _facts(at: Standing, found: dict[str, Any], scale: Scale) -> list[tuple[str, str, str]]:
    """(name, figure, what to know besides)."""
    since = words.short_day(found["since"], at.reader.locale) if found["since"] else "Not yet"
    lost = [(each["currency"], each["amount"]) for each in found["unrated"]]
    facts = [
        ("MRR", scale.text(found["mrr"]), f"{unrated.amounts(lost, scale)} has no exchange rate" if lost else ""),
        ("LTV so far", scale.text(found["ltv"]), "paid, less refunds"),
        ("Customer since", since, ""),
    ]
    if found["last_payment"]:
        when = words.day(found["last_payment"], at.book.today, at.reader.locale)
        facts.append(("Last payment", scale.text(found["last_amount"]), when))
    if found["card"]:
        until = f"good until {words.month(found['card_expires'], at.reader.locale)}" if found["card_expires"] else ""
        facts.append(("Card", found["card"], "expired" if found["card_note"] == "Expired" else until))
    return facts


def _fact(name: str, figure: str, beside: str) -> str:
    small = f"<small>{escape(beside)}</small>" if beside else ""
    return f"<div><dt>{escape(name)}</dt><dd>{escape(figure)}{small}</dd></div>"


def _chart(at: Standing, customer: str) -> None:
    frame = _mrr(at.book, customer)
    if frame.height < _FEW:
        return
    scale = at.reader.money(at.book.currency)
    st.plotly_chart(
        series.series(frame, at.reader.style(scale, Interval.DAY, "area", 200)),
        theme=None,
        config=PLOT,
        alt=alt.series("MRR", frame, scale, Interval.DAY),
        key="customer-mrr",
    )


# --- Cards ------------------------------------------------------------------------------------------------------------


def _cards(at: Standing, found: tuple[Card, ...]) -> None:
    if not found:
        return
    st.subheader("Cards", anchor=False)
    entries = (card_sentences(each, at.book.today, at.reader.locale) for each in found)
    st.html(
        '<ul class="pl-list">'
        + "".join(
            f'<li><span class="pl-grow">{escape(name)}<small>{escape(use)}</small></span>'
            f'<span class="{"pl-bad" if expired else ""}">{escape(until)}</span></li>'
            for name, use, until, expired in entries
        )
        + "</ul>"
    )


def card_sentences(card: Card, today: date, locale: str) -> tuple[str, str, str, bool]:
    """(its name, how it was used, until when it is good, whether it has expired)."""
    paid = "1 payment" if card.paid == 1 else f"{card.paid} payments"
    failed = f", {card.failed} failed" if card.failed else ""
    use = f"{paid}{failed}, last charged on {words.short_day(card.last, locale)}"
    if card.expires is None:
        return card.name, use, "", False
    expired, until = card.expires < today.replace(day=1), words.month(card.expires, locale)
    return card.name, use, f"{'expired after' if expired else 'good until'} {until}", expired


# --- Timeline ---------------------------------------------------------------------------------------------------------


def _timeline(at: Standing, found: tuple[Entry, ...]) -> None:
    st.subheader("What happened", anchor=False)
    occurring = [kind for kind in Kind if any(entry.kind is kind for entry in found)]
    if not occurring:
        st.caption("Nothing yet.")
        return
    filters.told_unknown("kind", occurring, narrows=True)
    chosen = st.pills(
        "Show only", [str(kind) for kind in occurring], selection_mode="multi", key="kind", bind="query-params"
    )
    shown = [entry for entry in found if not chosen or entry.kind in chosen]
    st.html(f'<ul class="pl-list">{"".join(_entry(at, entry) for entry in shown)}</ul>')


def _entry(at: Standing, entry: Entry) -> str:
    """One line: what happened and when, with its object at Stripe; the amount, and what it did to MRR."""
    when = escape(words.short_day(entry.date, at.reader.locale))
    address = entry.object and stripe_links.link(at.account.account, entry.object, livemode=at.account.livemode)
    if address:
        when += (
            f' · <a href="{escape(address, quote=True)}" target="_blank" rel="noopener noreferrer"'
            f' aria-label="{escape(entry.sentence, quote=True)}, in Stripe">Stripe</a>'
        )
    mark = "pl-bad" if entry.bad else ""
    return (
        f'<li><span class="pl-grow">{escape(entry.sentence)}<small>{when}</small></span>'
        f'<span class="pl-amount {mark}">{escape(_amount(at, entry))}</span></li>'
    )


def _amount(at: Standing, entry: Entry) -> str:
    if entry.mrr is not None:
        return f"{words.amount(entry.mrr, at.reader.money(at.book.currency))} MRR"
    if entry.amount is None or entry.currency is None:
        return ""
    return money.show(entry.amount, entry.currency, at.reader.locale)
