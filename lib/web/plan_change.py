"""Another plan for a workspace that has one: a dialog that says what it costs to the cent before anything is done."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import streamlit as st

from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import access, change
from lib.billing.access import State
from lib.billing.change import Preview
from lib.billing.plans import Every
from lib.errors import AppError, PaymentRefused, PreviewStale, StripeRefused
from lib.money import show
from lib.web import acting, plan_words, style, words
from lib.web.guard import require_login, require_right
from lib.web.reader import reader
from lib.web.settings import said

SEEN = "plan-preview"
"""Where the preview is kept while the dialog is open: its name, and the preview."""


@st.dialog("Change the plan")
def dialog(user: SignedIn, slug: str, every: Every) -> None:
    """The dialog, which asks Stripe anew each time that it is opened."""
    style.in_dialog(reader().mode)
    changing(user, slug, every)


def changing(user: SignedIn, slug: str, every: Every) -> None:
    """What the dialog says and asks."""
    require_login()
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
            change.confirm(require_right(Right.MANAGE, opened=user), _seen(user, slug, every))
        except (PaymentRefused, StripeRefused):
            st.session_state.pop(SEEN, None)  # another try is another change
            raise
        except PreviewStale:
            st.session_state.pop(SEEN, None)
            place.html(table(_seen(user, slug, every), reader().locale))
            raise
        st.session_state.pop(SEEN, None)
        said.then(_done(user, seen))

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


def _seen(user: SignedIn, slug: str, every: Every) -> Preview:
    """What Stripe said when the dialog was opened; asked once, and anew where something has changed meanwhile."""
    name = (user.workspace, slug, every)
    kept = st.session_state.get(SEEN)
    if kept is None or kept[0] != name:
        kept = (name, change.preview(user, slug, every))
        st.session_state[SEEN] = kept
    found: Preview = kept[1]
    return found


def forget() -> None:
    """Ask Stripe anew when a dialog is opened next."""
    st.session_state.pop(SEEN, None)


def _done(user: SignedIn, seen: Preview) -> str:
    if access.of(user.workspace).state is State.GRACE:
        return f"The plan is changed to {seen.plan.name}, but its payment failed: see below."
    return f"The plan is changed: you have {seen.plan.name} now."


# --- In words ---------------------------------------------------------------------------------------------------------


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
    return f'<p>{escape(to)}</p><ul class="pl-list">{rows}</ul><p>{escape(then(seen, locale))}</p>'


def _rows(seen: Preview, locale: str) -> Iterator[tuple[str, str, str]]:
    if seen.trial_end is None:
        for line in seen.lines:
            yield line.text, _signed(line.amount, seen, locale), ""
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
    price = seen.plan.price(locale, seen.every)
    if seen.trial_end is not None:
        return f"Your trial goes on until {plan_words.day(seen.trial_end, locale)}. From then on {price}."
    if seen.renews is None:
        return f"From now on {seen.plan.name} costs {price}."
    return f"From {plan_words.day(seen.renews, locale)} on {price}."
