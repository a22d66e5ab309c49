"""Cards: one figure each, its change against 30 days before, a sparkline, and the way to its page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import streamlit as st

from lib.charts.sparkline import sparkline
from lib.metrics.registry import Good, Metric, Total
from lib.reports import arriving
from lib.reports.door import Card
from lib.web import figures, links, words
from lib.web.figures import Book
from lib.web.reader import Reader

_HEIGHT: Final = 184
"""Pixels of a card."""
SLUGS: Final = ("mrr", "net_revenue", "active_customers", "customer_churn_rate", "ltv", "failed_charges")
"""The cards of who chose none."""
CASH: Final = ("net_revenue", "gross_revenue", "fees", "refunds", "failed_charges", "stripe_balance")
"""The same where nothing recurs."""


def row(key: Book, reader: Reader, slugs: Sequence[str] = SLUGS) -> None:
    """The cards of the overview, in this order."""
    segment = key.segment.name if key.segment else None
    partial = arriving.partial(key.account)
    with st.skeleton(height=_HEIGHT):
        for slug in slugs:
            figures.card(key, slug)
    with st.container(key="cards"):
        for slug in slugs:
            card = figures.card(key, slug)
            with st.container(key=f"card-{slug}"):
                links.metric(slug, card.metric.name, key.account, segment)
                st.html(body(card, reader, partial=partial))
                _about(card.metric)


def _about(metric: Metric) -> None:
    """How the figure is computed, above the link that covers the card; its label is there for those who hear it."""
    with st.popover(f"About {metric.name}", icon=":material/info:", type="tertiary", key=f"about-{metric.slug}"):
        st.write(words.plain(metric.formula))
        days = "today, against 30 days ago" if metric.total is Total.LAST else "the last 30 days, against the 30 before"
        st.caption(f"The card shows {days}. {'Higher' if metric.good is Good.UP else 'Lower'} is better.")


def body(card: Card, reader: Reader, *, partial: bool = False) -> str:
    """The card below its heading, as HTML; ``partial``: data is still arriving, so no change is called good or bad."""
    scale = reader.scale(card.metric, card.currency)
    change = words.change(card.metric, card.value, card.before, scale)
    difference = None if partial or card.value is None or card.before is None else card.value - card.before
    sentence = escape(words.card_sentence(card, scale, judges=not partial) + (f" {arriving.NOTE}" if partial else ""))
    about = "partial: data still arriving" if partial else words.window(card.metric)
    return (
        f'<span class="pl-heard">{sentence}</span><div aria-hidden="true">'
        f'<div class="pl-value">{escape(scale.card(card.value))}</div>'
        f'<div class="pl-change {words.verdict(card.metric, difference)}">{escape(change)}</div>'
        f'<div class="pl-span">{about}</div></div>'
        f"{sparkline(card.sparkline)}"
    )
