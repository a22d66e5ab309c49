"""Another plan for a workspace that has one: a dialog that says what it costs to the cent before anything is done."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import streamlit as st

from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import access, change, truth
from lib.billing.access import State
from lib.billing.change import Preview
from lib.billing.plans import Every
from lib.errors import AppError, CheckoutOpening, NotConfirmedYet, PreviewStale, StripeBusy, StripeUnavailable
from lib.money import show
from lib.web import acting, plan_words, style, words
from lib.web.guard import require_login, require_right
from lib.web.reader import reader
from lib.web.settings import said

SEEN = "plan-preview"
"""Where the preview is kept while the dialog is open: its name, and the preview."""
ASKED = "plan-change-asked"
"""Where a change is kept that waits for somebody's bank: the preview's name, the preview, and Stripe's page."""


@st.dialog("Change the plan")
def dialog(user: SignedIn, slug: str, every: Every) -> None:
    """The dialog, which asks Stripe anew each time that it is opened."""
    style.in_dialog(reader().mode)
    changing(user, slug, every)


def changing(user: SignedIn, slug: str, every: Every) -> None:
    """What the dialog says and asks."""
    require_login()
    body, name = st.empty(), _name(user, slug, every)
    if not _is_asked(name):
        with body.container():
            _offered(user, slug, every)
    if _is_asked(name):
        body.empty()
        _confirming(user, *st.session_state[ASKED][1:])


def _is_asked(name: tuple[str, str, Every]) -> bool:
    """Whether this very change waits for somebody's bank."""
    asked = st.session_state.get(ASKED)
    return asked is not None and asked[0] == name


def _offered(user: SignedIn, slug: str, every: Every) -> None:
    """What the change costs, and the button that makes it."""
    try:
        with st.spinner("Asking Stripe what this costs…"):
            seen = _seen(user, slug, every)
    except AppError as error:
        st.error(words.plain(error.message))
        return
    place = st.empty()
    place.html(table(seen, reader().locale))
    st.caption("You can change again at any time. Nothing of your data is lost.")

    def confirm() -> None:
        try:
            page = change.confirm(require_right(Right.MANAGE, opened=user), _seen(user, slug, every))
        except (StripeUnavailable, StripeBusy, CheckoutOpening):
            raise  # it may have been made: asking again with the same token makes no second one
        except PreviewStale:
            st.session_state.pop(SEEN, None)
            place.html(table(_seen(user, slug, every), reader().locale))
            raise
        except AppError:
            st.session_state.pop(SEEN, None)  # another try is another change
            raise
        st.session_state.pop(SEEN, None)
        if page is None:
            said.then(_done(user, seen))
        st.session_state[ASKED] = (_name(user, slug, every), seen, page)

    row, told = st.container(horizontal=True), st.container()
    with row:
        acting.button(
            lambda: label(_seen(user, slug, every), reader().locale),
            confirm,
            key="change-now",
            busy="Changing…",
            leads=True,
            told=told,
        )
        if st.button("Cancel", key="change-not"):
            st.rerun()


def _confirming(user: SignedIn, seen: Preview, page: str) -> None:
    """What is to be done where the card's bank asks its owner first: nothing is changed or charged yet."""
    amount = show(seen.due, seen.currency, reader().locale)
    st.write(words.plain(ASKS.format(amount=amount, plan=seen.plan.name)))

    def look() -> None:
        truth.refresh(require_right(Right.MANAGE, opened=user).workspace)
        access.forget()
        if not _is_made(user, seen):
            raise NotConfirmedYet
        st.session_state.pop(ASKED, None)
        said.then(_done(user, seen))

    row, told = st.container(horizontal=True, vertical_alignment="center"), st.container()
    with row:
        st.html(link(f"Confirm {amount} at Stripe", page), width="content")
        acting.button("I have confirmed it", look, key="change-asked", busy="Asking Stripe…", told=told)


def _is_made(user: SignedIn, seen: Preview) -> bool:
    now = access.of(user.workspace)
    return (now.bought, now.every) == (seen.plan, seen.every)


def _name(user: SignedIn, slug: str, every: Every) -> tuple[str, str, Every]:
    return user.workspace, slug, every


def _seen(user: SignedIn, slug: str, every: Every) -> Preview:
    """What Stripe said when the dialog was opened; asked once, and anew where something has changed meanwhile."""
    name = _name(user, slug, every)
    kept = st.session_state.get(SEEN)
    if kept is None or kept[0] != name:
        kept = (name, change.preview(user, slug, every))
        st.session_state[SEEN] = kept
    found: Preview = kept[1]
    return found


def forget() -> None:
    """Ask Stripe anew when a dialog is opened next."""
    st.session_state.pop(SEEN, None)
    st.session_state.pop(ASKED, None)


def _done(user: SignedIn, seen: Preview) -> str:
    if access.of(user.workspace).state is State.GRACE:
        return f"The plan is changed to {seen.plan.name}, but its payment failed: see below."
    return f"The plan is changed: you have {seen.plan.name} now."


# --- In words ---------------------------------------------------------------------------------------------------------

ASKS = (
    "Your bank wants you to confirm this payment of {amount}. You do that at Stripe; {plan} starts once it is paid. "
    "Until then nothing is changed or charged, and if you leave it, Stripe drops the change within a day."
)


def link(text: str, page: str) -> str:
    """The main way on, to a page of Stripe's in another tab, as HTML."""
    return (
        f'<a class="pl-button" href="{escape(page, quote=True)}" target="_blank" rel="noopener noreferrer">'
        f"{escape(text)}</a>"
    )


def label(seen: Preview, locale: str) -> str:
    """What the button says: the amount that is charged at once, if any."""
    return f"Change for {show(seen.due, seen.currency, locale)} now" if seen.due else "Change, nothing to pay now"


def table(seen: Preview, locale: str) -> str:
    """Every line, the tax, what is due now or kept as credit, and what it costs from then on; as HTML."""
    rows = "".join(
        f'<li{mark}><span class="pl-grow">{escape(name)}</span><span class="pl-amount">{escape(amount)}</span></li>'
        for name, amount, mark in _rows(seen, locale)
    )
    to = f"To {seen.plan.name}, {seen.plan.price(locale, seen.every)}."
    return f'<p>{escape(to)}</p><ul class="pl-list">{rows}</ul><p class="pl-then">{escape(then(seen, locale))}</p>'


def _rows(seen: Preview, locale: str) -> Iterator[tuple[str, str, str]]:
    if seen.trial_end is None:
        for line in seen.lines:
            yield line.text, _signed(line.amount, seen, locale), ""
        if seen.discount:
            yield "Discount", _signed(-seen.discount, seen, locale), ""
        if seen.tax:
            yield "Tax", _signed(seen.tax, seen, locale), ""
        if 0 < seen.total != seen.due:
            yield "Paid from your credit", _signed(seen.due - seen.total, seen, locale), ""
    if seen.credit:
        yield "Kept as credit for your next invoices", show(seen.credit, seen.currency, locale), ""
    yield "Due now", show(seen.due, seen.currency, locale), ' class="pl-due"'


def _signed(amount: int, seen: Preview, locale: str) -> str:
    return ("−" if amount < 0 else "") + show(abs(amount), seen.currency, locale)


def then(seen: Preview, locale: str) -> str:
    """From when what costs what."""
    more = plan_words.before(discounts=seen.discounted, tax=bool(seen.tax))
    price = seen.plan.price(locale, seen.every) + more
    if seen.trial_end is not None:
        until = plan_words.day(seen.trial_end, locale)
        if seen.first == seen.plan.amount(seen.every):
            return f"Your trial goes on until {until}. From then on {price}."
        first = show(seen.first, seen.currency, locale)
        return f"Your trial goes on until {until}. The first payment then is {first}; the price is {price}."
    if seen.renews is None:
        return f"From now on {seen.plan.name} costs {price}."
    return f"From {plan_words.day(seen.renews, locale)} on {price}."
