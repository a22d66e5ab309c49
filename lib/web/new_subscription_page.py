"""A new subscription for one of the account's own customers: chosen, reviewed, and only then made at Stripe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from typing import Final

import streamlit as st

from lib.accounts import identifiers
from lib.billing import brand, selling
from lib.billing.selling import Choice, Offer, PriceChoice
from lib.errors import AppError, NotYourRole, StripeBusy, StripeUnavailable
from lib.money import show as money
from lib.money import show_count, show_exact
from lib.reports import stripe_links
from lib.web import acting, links, words
from lib.web.standing import Standing, stand

_REVIEW: Final = "new-subscription-review"
_DRAFT: Final = "new-subscription-draft"
_MADE: Final = "new-subscription-made"
_WIDTH: Final = 480
"""Pixels of a field."""


@dataclass(frozen=True, slots=True)
class Review:
    """What is about to be made, and the token that keeps a second click from making it twice."""

    offer: Offer
    once: str


def show() -> None:
    """The whole page; ``?customer=`` names whom it is for."""
    at = stand("New subscription", alone=True)
    try:
        selling.allowed(at.user, at.account.account)
    except AppError as error:
        st.warning(words.plain(error.message))
        if not isinstance(error, NotYourRole):
            links.go_connect("Connect with Stripe")
        return
    made: tuple[Offer, str] | None = st.session_state.get(_MADE)
    review: Review | None = st.session_state.get(_REVIEW)
    if made is not None and made[0].account == at.account.account:
        _made(at, *made)
    elif review is not None and review.offer.account == at.account.account:
        _review(at, review)
    else:
        _form(at)


# --- To choose --------------------------------------------------------------------------------------------------------


def _form(at: Standing) -> None:
    draft: Offer | None = st.session_state.get(_DRAFT)
    if draft is not None and draft.account != at.account.account:
        draft = None
    asked = draft.customer.id if draft else st.query_params.get("customer") or ""
    prices = {each.id: each for each in selling.prices(at.user, at.account.account)}
    if not prices:
        st.info(
            "This account has no active recurring price with a fixed amount per unit. "
            "Create one in Stripe; it shows up here by itself."
        )
        return
    st.write("Stripe charges the customer's card on file, and sends the receipts as it always does.")
    like = st.text_input(
        "Search customers", placeholder="Name, email or id", icon=":material/search:", key="who-like", width=_WIDTH
    )
    people = {each.id: each for each in selling.customers(at.user, at.account.account, like or asked)}
    if not people:
        st.info("No customer matches. Shorten your search.")
        return
    customer = _customer(people, asked, like)
    price = _price(at, prices, people.get(customer or ""), draft)
    with st.container(horizontal=True, width=_WIDTH):
        quantity = st.number_input("Quantity", 1, selling.MOST, draft.quantity if draft else 1, key="how-many")
        days = st.number_input(
            "Days of trial", 0, selling.LONGEST_TRIAL, draft.trial_days if draft else 0, key="trial-days"
        )
    if st.button("Review", type="primary", key="review", disabled=not (customer and price)):
        _look(at, customer or "", price or "", int(quantity), int(days))


def _customer(people: dict[str, Choice], asked: str, like: str) -> str | None:
    return st.selectbox(
        "Customer",
        list(people),
        index=list(people).index(asked) if asked in people else 0 if len(people) == 1 else None,
        format_func=lambda each: people[each].name,
        placeholder="Choose a customer",
        key=f"who-{like}-{asked}",
        width=_WIDTH,
    )


def _price(at: Standing, prices: dict[str, PriceChoice], who: Choice | None, draft: Offer | None) -> str | None:
    """Ask for a price in the currency that Stripe bills the customer in; new customers may have any."""
    billed = who.currency if who else None
    fitting = [each.id for each in prices.values() if billed in {None, each.currency}]
    return st.selectbox(
        "Price",
        fitting,
        index=fitting.index(draft.price.id) if draft and draft.price.id in fitting else None,
        format_func=lambda each: priced(prices[each], at.reader.locale),
        placeholder="Choose a price" if fitting else f"No price is in {(billed or '').upper()}",
        key=f"what-price-{billed}",
        width=_WIDTH,
    )


def _look(at: Standing, customer: str, price: str, quantity: int, days: int) -> None:
    try:
        with st.spinner("Asking Stripe what this costs…"):
            offered = selling.offer(at.user, at.account.account, customer, price, quantity, days)
    except AppError as error:
        st.error(words.plain(error.message))
        return
    st.session_state[_REVIEW] = Review(offered, identifiers.token())
    st.session_state.pop(_DRAFT, None)
    st.rerun()


# --- To confirm -------------------------------------------------------------------------------------------------------


def _review(at: Standing, review: Review) -> None:
    offered, locale = review.offer, at.reader.locale
    st.subheader("Is this right?", anchor=False)
    st.html(listed(facts(offered, at.book.today, locale)), width=_WIDTH)
    st.write(words.plain(kept(offered, locale, brand.current().title)))
    whose = "Later payments have" if offered.first else "Payments have"
    st.caption(f"{whose} the taxes and discounts that are set up at Stripe for the customer by then.")

    def make() -> None:
        try:
            made = selling.create(at.user, offered, once=review.once)
        except (StripeUnavailable, StripeBusy):
            raise  # it may have been made: asking again with the same token makes no second one
        except AppError:
            # Stripe would answer the same again to the same token, though the card was changed meanwhile.
            st.session_state[_REVIEW] = Review(offered, identifiers.token())
            raise
        st.session_state.pop(_REVIEW, None)
        st.session_state[_MADE] = (offered, made)
        st.rerun()

    row, told = st.container(horizontal=True), st.container()
    with row:
        acting.button("Create the subscription", make, key="create", busy="Creating at Stripe…", leads=True, told=told)
        if st.button("Back", key="review-back"):
            st.session_state[_DRAFT] = st.session_state.pop(_REVIEW).offer
            st.rerun()


def _made(at: Standing, offered: Offer, made: str) -> None:
    address = stripe_links.link(at.account.account, made, livemode=at.account.livemode)
    st.success(
        f"The subscription of {words.plain(offered.customer.name)} is created: {words.plain(made)}. "
        "It shows up in your figures in a moment."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        links.customer(f"Go to {words.plain(offered.customer.name)}", offered.customer.id, at.account.account)
        if address:
            st.link_button("Open in Stripe", address, icon=":material/open_in_new:")
        if st.button("Create another", key="another"):
            st.session_state.pop(_MADE, None)
            st.rerun()


# --- In words ---------------------------------------------------------------------------------------------------------


def facts(offered: Offer, today: date, locale: str) -> Iterator[tuple[str, str]]:
    """All that is reviewed: whom it is for, what each period costs, and how the first payment comes to its amount."""

    def shown(amount: int) -> str:
        sign = "−" if amount < 0 else ""
        return sign + money(abs(amount), offered.price.currency, locale)

    times = f"{show_count(offered.quantity, locale)} × " if offered.quantity > 1 else ""
    yield "Customer", offered.customer.name
    yield "Price", f"{times}{priced(offered.price, locale)}"
    yield f"Each {period(offered.price)}", shown(offered.amount)
    if offered.first:
        less = {"Discount": -offered.first.discount, "Tax": offered.first.tax}
        less["Paid from the customer’s credit"] = offered.first.due - offered.first.total
        yield from ((name, shown(amount)) for name, amount in less.items() if amount)
    amount, when = first(offered, today, locale)
    yield f"First payment, {when}", amount


def listed(rows: Iterable[tuple[str, str]]) -> str:
    """Names and what they are, as an HTML list."""
    items = (
        f'<li><span>{escape(name)}</span><span class="pl-amount pl-told">{escape(what)}</span></li>'
        for name, what in rows
    )
    return f'<ul class="pl-list">{"".join(items)}</ul>'


def period(price: PriceChoice) -> str:
    """``month``, or ``3 months``."""
    return price.interval if price.count == 1 else f"{price.count} {price.interval}s"


def priced(price: PriceChoice, locale: str) -> str:
    """``Team, $12.50 a month``; a unit may cost less than a cent, and be a package."""
    every = f"a {price.interval}" if price.count == 1 else f"every {period(price)}"
    return f"{price.name}, {show_exact(price.unit, price.currency, locale)} {every}{_packaged(price, locale)}"


def _packaged(price: PriceChoice, locale: str) -> str:
    if price.size == 1:
        return ""
    size = show_count(price.size, locale)
    return f" for each whole {size}" if price.whole else f" for each {size} or part of it"


def first(offered: Offer, today: date, locale: str) -> tuple[str, str]:
    """The first payment, and when it is."""
    amount = money(offered.due, offered.price.currency, locale)
    if not offered.trial_days:
        return amount, "now"
    day = words.short_day(today + timedelta(days=offered.trial_days), locale)
    return amount, f"on {day}, after {offered.trial_days} days of trial"


def kept(offered: Offer, locale: str, name: str) -> str:
    """The share of each payment that this installation, called ``name``, keeps."""
    if not offered.fee_percent:
        return f"{name} keeps nothing of it."
    fee = money(offered.first_fee, offered.price.currency, locale)
    which = "" if offered.due == offered.amount else " of the first"
    return f"{name} keeps {selling.in_words(offered.fee_percent)} of each payment: {fee}{which}."
