"""A business without subscriptions: pages of recurring figures say so and show the way to the cash."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from lib.reports import cash_flow
from lib.web import links, words
from lib.web.figures import Book
from lib.web.standing import Standing


@lru_cache(maxsize=16)
def only_payments(key: Book) -> bool:
    """Whether the account has payments and never had a subscription."""
    return cash_flow.only_payments(key.account)


def instead(at: Standing) -> None:
    """Where there never was a subscription, say so, show the way to Cash flow, and stop."""
    if only_payments(at.book):
        st.info(
            f"{words.plain(at.account.name)} has payments at Stripe but no subscriptions, so there is no recurring "
            "revenue to show here. The money that came in and went out is under Cash flow."
        )
        links.cash_flow("Open Cash flow", at.account.account)
        st.stop()
