"""Compare with Stripe: the MRR of each customer by Stripe's own file and by us, and the rule behind each difference."""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

from lib.billing import brand
from lib.errors import AppError
from lib.reports import stripe_mrr
from lib.reports.stripe_mrr import Comparison
from lib.web import columns, words
from lib.web.standing import Standing, stand

_MEGABYTES: Final = stripe_mrr.LARGEST // 1_000_000


def show() -> None:
    """The whole page."""
    at = stand("Compare with Stripe", alone=True)
    st.write(
        "Stripe computes MRR too, by its own rules. Add the file that Stripe makes of it, and every customer and "
        "month is compared with what is computed here."
    )
    st.markdown(
        "1. In the Stripe dashboard open **Billing**, then **Overview**, then **Download**.\n"
        "2. Choose **MRR per subscriber per month** and save the CSV.\n"
        "3. Drop it here."
    )
    file = st.file_uploader("MRR per subscriber per month (CSV)", max_upload_size=_MEGABYTES, key="mrr-file")
    st.caption("The file is read in memory for this comparison. Nothing of it is kept.")
    if file is None:
        return
    try:
        with st.spinner("Comparing. Where figures differ, rules are changed, one at a time and then two, to see why."):
            found = stripe_mrr.compare(at.account.account, stripe_mrr.parse(file.getvalue()))
    except AppError as error:
        st.error(words.plain(error.message))
        return
    result(at, found)


def result(at: Standing, found: Comparison) -> None:
    """What came of it: the summary, each cause, and every row that differs."""
    st.subheader("Result", anchor=False)
    st.html(summary(at, found))
    if found.differing.is_empty():
        st.success("Every customer and month agrees to the cent.")
    else:
        _differences(at, found)
    columns.download(
        "Download the comparison as CSV",
        lambda: stripe_mrr.result_csv(found),
        f"stripe-mrr-comparison-{at.book.today}.csv",
        "compare-csv",
    )


def summary(at: Standing, found: Comparison) -> str:
    """``1,204 of 1,220 customers agree to the cent``, then one line for each cause, as HTML."""
    scale = at.reader.money(at.book.currency)

    def many(number: int) -> str:
        return words.scale_count(number, scale)

    lines = "".join(
        f'<li><span class="pl-amount">{many(count)}</span>'
        f'<span class="pl-grow">{escape(cause)}<small>{escape(sentence)}</small></span></li>'
        for cause, sentence, count in found.causes
    )
    return (
        f'<div class="pl-total"><b>{many(found.agreeing)} of {many(found.customers)}</b>'
        f'<span class="pl-muted">customers agree to the cent in every month of the file</span></div>'
        f'<ul class="pl-list">{lines}</ul>'
    )


def _differences(at: Standing, found: Comparison) -> None:
    rows = stripe_mrr.table(found, at.reader.locale)
    columns.people(
        rows.drop("customer"),
        rows["customer"].to_list(),
        at.account.account,
        "differences",
        {
            "month": st.column_config.DateColumn("Month", format="MMM YYYY", width=90),
            "theirs": st.column_config.TextColumn("Stripe", width=100),
            "ours": st.column_config.TextColumn(brand.current().title, width=100),
            "difference": st.column_config.TextColumn("Difference", width=100),
            "cause": st.column_config.TextColumn("Cause", width=140),
            "sentence": st.column_config.TextColumn("Why", width=420),
        },
    )
