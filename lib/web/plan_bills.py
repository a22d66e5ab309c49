"""Stripe's portal and the list of our own invoices, for those who may act."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.accounts.sessions import SignedIn
from lib.billing import leaving, portal
from lib.billing.summary import Bill, Owed, Summary
from lib.money import show as money
from lib.store.tables import BillingInvoice
from lib.web import acting, browser, plan_leaving, plan_words
from lib.web.reader import reader

STATES: Final = {
    "paid": "Paid",
    "open": "To be paid",
    "void": "Cancelled, nothing to pay",
    "uncollectible": "Written off",
}
_SAFE: Final = ("https://", "http://")


def show(user: SignedIn, found: Summary, *, ends: bool = False) -> None:
    """The whole part, once something was bought; ``ends``: cancelling is what is left to do here."""
    bills = portal.invoices(user)
    running = leaving.running(user.workspace) is not None
    if found.access.subscription is None and not bills and not running:
        return
    st.subheader("Card and invoices", anchor=False)
    row, told = st.container(horizontal=True), st.container()
    with row:
        if ends and running:
            _cancel(user, found, leads=True)
        portal_button(user, "Card, invoices and cancelling at Stripe", told=told)
        if running and not ends:
            _cancel(user, found, leads=False)
    st.html(listed(bills, reader().locale))


def _cancel(user: SignedIn, found: Summary, *, leads: bool) -> None:
    if st.button("Cancel the plan", key="cancel-plan", type="primary" if leads else "tertiary"):
        plan_leaving.dialog(user, found)


def portal_button(
    user: SignedIn, label: str, *, told: DeltaGenerator, key: str = "portal", leads: bool = False
) -> None:
    """The way to Stripe's own pages about this customer of ours."""
    acting.button(
        label,
        lambda: browser.go(portal.address(user)),
        key=key,
        busy="Opening Stripe…",
        leads=leads,
        icon=":material/open_in_new:",
        told=told,
    )


def pay(user: SignedIn, owed: Owed | None, told: DeltaGenerator) -> None:
    """The page's main way on while something is owed: Stripe's page of each invoice, the oldest first, or its portal.

    Each of Stripe's pages takes the amount of its own invoice alone, so each button names that.
    """
    if owed is None or not all(_safe(each.page) for each in owed.bills):
        portal_button(user, "Pay at Stripe", told=told, key="pay", leads=True)
        return
    several = len(owed.bills) > 1
    for number, bill in enumerate(owed.bills):
        st.html(_pay_link(bill, owed.currency, reader().locale, dated=several, leads=number == 0), width="content")


def _pay_link(bill: Bill, currency: str, locale: str, *, dated: bool, leads: bool) -> str:
    of = f"of {plan_words.day(bill.created, locale)}" if dated else "at Stripe"
    return (
        f'<a class="pl-button{"" if leads else " pl-second"}" href="{escape(bill.page or "", quote=True)}" '
        f'target="_blank" rel="noopener noreferrer">'
        f"Pay {escape(money(bill.amount, currency, locale))} {escape(of)}</a>"
    )


def several(owed: Owed | None, locale: str) -> str:
    """What is to be known where several invoices are open; empty otherwise."""
    if owed is None or len(owed.bills) == 1:
        return ""
    return (
        f"{len(owed.bills)} invoices are open, {money(owed.amount, owed.currency, locale)} in all. "
        "Each is paid on a page of its own at Stripe."
    )


def listed(bills: Sequence[BillingInvoice], locale: str) -> str:
    """The invoices as HTML, newest first; the list is part of the page and read as a table."""
    if not bills:
        return '<p class="pl-muted">There is no invoice yet.</p>'
    heads = "".join(f'<th scope="col">{each}</th>' for each in ("Date", "Number", "Amount", "Status", "Invoice"))
    rows = "".join(_row(each, locale) for each in bills)
    return (
        '<div class="pl-scroll" tabindex="0" role="region" aria-label="Invoices"><table class="pl-grid pl-bills">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(bill: BillingInvoice, locale: str) -> str:
    name = bill.number or "no number yet"
    cells = (
        escape(bill.number or "—"),
        escape(money(bill.total or 0, bill.currency, locale)),
        escape(STATES.get(bill.status or "", bill.status or "—")),
        _links(bill, name) or "—",
    )
    day = escape(plan_words.day(bill.created, locale))
    return f'<tr><th scope="row">{day}</th>{"".join(f"<td>{each}</td>" for each in cells)}</tr>'


def _links(bill: BillingInvoice, name: str) -> str:
    found = (("View", bill.page), ("PDF", bill.pdf))
    return " ".join(_link(word, address, f"{word} {name}") for word, address in found if address and _safe(address))


def _link(word: str, address: str, spoken: str) -> str:
    return (
        f'<a href="{escape(address, quote=True)}" target="_blank" rel="noopener noreferrer" '
        f'aria-label="{escape(spoken, quote=True)} (new tab)">{word}</a>'
    )


def _safe(address: str | None) -> bool:
    """Whether an address that came from Stripe is one that may be a link."""
    return address is not None and address.startswith(_SAFE)
