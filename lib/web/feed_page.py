"""The live feed: what happened lately, newest first, by kind; what happens while it is open shows up by itself."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

import streamlit as st

from lib import money
from lib.periods import zone
from lib.reports import feed, stripe_links
from lib.reports.feed import USUAL, Item, Kind
from lib.reports.stripe_links import Finder
from lib.web import columns, downloads, figures, filters, memory, segment_picker, words
from lib.web.standing import Standing, stand

_SPANS: Final = (30, 90, 365)
"""Days that can be looked back."""
_STEP: Final = 50
"""Entries that are shown at once, and added with each click."""
_SEEN: Final = "feed-seen"
_SIGNS: Final = {
    Kind.NEW: "●",
    Kind.UPGRADE: "▲",
    Kind.DOWNGRADE: "▼",
    Kind.CHURN: "✕",
    Kind.REACTIVATION: "↺",
    Kind.TRIAL: "◔",
    Kind.CANCEL: "⊘",
    Kind.FAILED: "!",
    Kind.PAYMENT: "✓",
    Kind.REFUND: "↩",
    Kind.DISPUTE: "⚑",
}
"""Beside the colour, and hidden from those who hear the page: the sentence says it."""


def show() -> None:
    """The whole page."""
    at = stand("Live feed", _explain)
    memory.recall("feed", ("q", "kind", "lookback"))
    filters.told_unknown("lookback", map(_days, _SPANS))
    filters.told_unknown("kind", Kind)
    summary = st.empty()
    with st.container(key="filters", horizontal=True, gap="small", vertical_alignment="bottom"):
        asked = st.text_input("Search", placeholder="Customer or plan", key="q", bind="query-params", width=240)
        days = st.segmented_control(
            "Look back",
            _SPANS,
            default=_SPANS[0],
            required=True,
            key="lookback",
            bind="query-params",
            format_func=_days,
        )
        at = segment_picker.choose("feed", at)
    days = days or _SPANS[0]
    summary.html(f"<details class='pl-filters'><summary>{_days(days)}</summary></details>")
    segment_picker.told("feed", at)
    kinds = _kinds()
    paid = Kind.PAYMENT in kinds
    everything = figures.feed(at.book, days, at.reader.locale, payments=paid)
    memory.remember("feed", ("q", "kind", "lookback"))
    shown = narrowed(everything, kinds, asked or "")
    _head(at, shown, days)
    if not shown:
        st.info(_NOTHING if everything else f"Nothing happened in the last {_days(days)}.")
        return
    _list(at, shown, _fresh(at, everything, (days, paid)))


_NOTHING: Final = "Nothing of that kind happened in this time. Remove a filter, or look further back."


def _days(days: int) -> str:
    return "12 months" if days == _SPANS[-1] else f"{days} days"


def _explain() -> None:
    with st.popover("", icon=":material/info:", type="tertiary", help="What is shown here", key="formula"):
        st.write(
            "Everything that moved MRR, by customer and day, and trials, cancellations, failed payments, refunds and "
            "disputes. Amounts in **MRR** are what a change is worth in a month. Successful payments are many: "
            "choose *Payments* to see them. New entries show up by themselves while this page is open."
        )
        st.caption("Times are in the account's time zone. Where Stripe tells only the day, there is no time.")


def _kinds() -> tuple[Kind, ...]:
    """The kinds to show: those picked, or the usual ones. All are offered, so that every address is understood."""
    chosen = st.pills(
        "Show only",
        [str(kind) for kind in Kind],
        selection_mode="multi",
        key="kind",
        bind="query-params",
    )
    return tuple(Kind(each) for each in chosen) or USUAL


def narrowed(found: Sequence[Item], kinds: Sequence[Kind], asked: str) -> tuple[Item, ...]:
    """The items of these kinds whose sentence holds every word that was asked for."""
    sought = asked.casefold().split()
    return tuple(
        item for item in found if item.kind in kinds and all(word in item.sentence.casefold() for word in sought)
    )


def _fresh(at: Standing, found: Sequence[Item], asked: tuple[int, bool]) -> set[tuple[str, ...]]:
    """What has happened since the same was drawn before (``asked``: days, payments too); nothing the first time.

    Looking further back, or at payments too, shows what is old: it is no news.
    """
    place = f"{_SEEN}-{at.book.account}-{at.book.segment}-{asked}"
    known = st.session_state.get(place)
    now = {item.key for item in found}
    st.session_state[place] = now if known is None else known | now
    return set() if known is None else now - known


def _head(at: Standing, shown: tuple[Item, ...], days: int) -> None:
    net = sum(item.mrr for item in shown if item.mrr is not None)
    scale = at.reader.money(at.book.currency)
    count = f"{words.scale_count(len(shown), scale)} {'entry' if len(shown) == 1 else 'entries'}"
    moved = f" · {words.amount(net, scale)} MRR in total" if any(item.mrr for item in shown) else ""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.html(f'<span class="pl-muted">{escape(count + moved)}</span>', width="content")
        columns.download(
            "Download CSV",
            lambda: feed.csv(shown, at.book.currency),
            downloads.csv_name("live-feed", f"{days}-days", at.book.today, segment=at.book.segment),
            "feed-csv",
        )


def _list(at: Standing, shown: tuple[Item, ...], fresh: set[tuple[str, ...]]) -> None:
    limit = st.session_state.setdefault("feed-limit", _STEP)
    said = ". ".join(item.sentence for item in shown[:limit] if item.key in fresh)
    find = stripe_links.finder(at.account.account, livemode=at.account.livemode)
    days = []
    for day, items in groupby(shown[:limit], key=lambda item: item.date):
        heading = escape(words.day(day, at.book.today, at.reader.locale))
        rows = "".join(_row(at, item, find, fresh=item.key in fresh) for item in items)
        days.append(f'<h3>{heading}</h3><ul class="pl-list">{rows}</ul>')
    heard = f'<div class="pl-heard" role="status" aria-live="polite">{escape(said)}</div>'
    st.html(f'<div class="pl-feed">{heard}{"".join(days)}</div>')
    if len(shown) > limit and st.button(f"Show {min(_STEP, len(shown) - limit)} more"):
        st.session_state["feed-limit"] = limit + _STEP
        st.rerun()


def _row(at: Standing, item: Item, find: Finder, *, fresh: bool) -> str:
    tone = "pl-bad" if item.bad else "pl-good" if item.mrr else ""
    time = words.clock(item.at, zone(at.account.timezone), at.reader.locale) if item.at is not None else ""
    new = '<span class="pl-badge">new</span>' if fresh else ""
    return (
        f'<li class="{"pl-fresh" if fresh else ""}"><span class="pl-time">{escape(time)}</span>'
        f'<span class="pl-kind {tone}" aria-hidden="true">{_SIGNS[item.kind]}</span>'
        f'<span class="pl-grow">{_name(at, item)}{escape(item.said)}{new}{_source(item, find)}</span>'
        f'<span class="pl-amount {tone}">{escape(_amount(at, item))}</span></li>'
    )


def _name(at: Standing, item: Item) -> str:
    if not item.customer:
        return escape(item.name)
    address = f"/customer?{urlencode({'id': item.customer, 'account': at.account.account})}"
    return f'<a href="{escape(address, quote=True)}" target="_self">{escape(item.name)}</a>'


def _source(item: Item, find: Finder) -> str:
    """The account, where all are told of together, and the way to Stripe."""
    said = " · ".join(filter(None, (escape(item.account), _in_stripe(item, find))))
    return f"<small>{said}</small>" if said else ""


def _in_stripe(item: Item, find: Finder) -> str:
    address = find(item.object, item.account) if item.object else None
    if address is None:
        return ""
    heard = escape(f"{item.sentence}, in Stripe", quote=True)
    return (
        f'<a href="{escape(address, quote=True)}" target="_blank" rel="noopener noreferrer" '
        f'aria-label="{heard}">Stripe</a>'
    )


def _amount(at: Standing, item: Item) -> str:
    if item.mrr is not None:
        return f"{words.exact_amount(item.mrr, at.reader.money(at.book.currency))} MRR"
    if item.amount is None or item.currency is None:
        return ""
    return money.show(item.amount, item.currency, at.reader.locale)
