"""Cards: one figure each, its change against 30 days before, a sparkline, and the way to its page."""

from __future__ import annotations

from html import escape

import streamlit as st

from lib.charts.sparkline import sparkline
from lib.reports.door import Card
from lib.web import figures, links, words
from lib.web.figures import Book
from lib.web.reader import Reader

SLUGS = ("mrr", "net_revenue", "active_customers", "customer_churn_rate", "ltv", "failed_charges")


def row(key: Book, reader: Reader) -> None:
    """The six cards of the overview."""
    segment = key.segment.name if key.segment else None
    with st.container(key="cards"):
        for slug in SLUGS:
            card = figures.card(key, slug)
            with st.container(key=f"card-{slug}"):
                links.metric(slug, card.metric.name, key.account, segment)
                st.html(body(card, reader))


def body(card: Card, reader: Reader) -> str:
    """The card below its heading, as HTML."""
    scale = reader.scale(card.metric, card.currency)
    change = words.change(card.metric, card.value, card.before, scale)
    difference = None if card.value is None or card.before is None else card.value - card.before
    sentence = escape(words.card_sentence(card, scale))
    return (
        f'<span class="pl-heard">{sentence}</span><div aria-hidden="true">'
        f'<div class="pl-value">{escape(scale.card(card.value))}</div>'
        f'<div class="pl-change {words.verdict(card.metric, difference)}">{escape(change)}</div>'
        f'<div class="pl-span">{words.window(card.metric)}</div></div>'
        f"{sparkline(card.sparkline)}"
    )
