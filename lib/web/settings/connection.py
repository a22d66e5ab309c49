"""Settings, Connection: the accounts that are read, how fresh they are, and how reading one is ended."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st

from lib.accounts import connections, roles
from lib.accounts.connections import Connected
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import brand, leaving
from lib.billing import ending as plans_ending
from lib.errors import AppError
from lib.sync import runtime
from lib.web import freshness, links, words
from lib.web.guard import require_login, require_right
from lib.web.settings import said

KINDS: Final = {
    "oauth": "Connect with Stripe",
    "restricted_key": "Restricted key",
    "demo": "Demo business",
    "sample": "Made-up figures",
}
"""How an account is connected, in words."""
ERASE: Final = "Delete its data here now"
KEEP: Final = "Keep the data, in case I connect again"


def section(user: SignedIn) -> None:
    """The whole section."""
    st.subheader("Connected accounts", anchor=False)
    mine = connections.of(user.workspace)
    if not mine:
        st.write("No Stripe account is connected.")
    for each in mine:
        _account(user, each)
    if not mine:
        links.go_connect("Connect an account")
    elif roles.may(user, Right.MANAGE):
        st.page_link(links.page("connect"), label="Connect another account", icon=":material/add_link:")
    freshness.section(user)


def _account(user: SignedIn, each: Connected) -> None:
    why_not = said.refusal(user, Right.MANAGE)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        mode = "" if each.livemode or each.is_sample else " · test mode"
        st.markdown(
            f"**{words.plain(each.name)}**  \n:small[{words.plain(each.account)} · "
            f"{KINDS.get(each.kind, each.kind)}{mode} · since {said.day(each.created)}]",
            width="stretch",
        )
        verb = "Remove" if each.is_sample else "Disconnect"
        if st.button(verb, key=f"disconnect-{each.account}", disabled=bool(why_not), help=why_not):
            _remove(user, each) if each.is_sample else _disconnect(user, each)


@st.dialog("Disconnect this account")
def _disconnect(user: SignedIn, account: Connected) -> None:
    ending(user, account)


@st.dialog("Remove the demo business")
def _remove(user: SignedIn, account: Connected) -> None:
    removing(user, account)


def removing(user: SignedIn, account: Connected) -> None:
    """What the dialog asks of a sample: a click, for nothing is lost that can't be opened again."""
    require_login()
    st.write(
        f"**{words.plain(account.name)}** and all that you noted about it are deleted here. Your own accounts are not "
        "concerned. You can open a fresh one on the Connect page."
    )
    if st.button("Remove it", type="primary", key="remove-now"):
        said.then(_end(user, account, erase=True))


def ending(user: SignedIn, account: Connected) -> None:
    """What the dialog asks: the account's name, typed, and what becomes of its data."""
    require_login()
    st.write(
        f"{words.plain(brand.current().title)} stops reading **{words.plain(account.name)}**. {_at_stripe(account)}"
    )
    choice = st.radio("What happens to its data here", [KEEP, ERASE])
    if choice == ERASE:
        st.caption("Figures, customers and history are deleted here for good. Nothing is deleted at Stripe.")
    lets_go = _plan(user, account)
    act = "Disconnect and delete its data" if choice == ERASE else "Disconnect"
    if named(account.name, "disconnect-now", act):
        done = _end(user, account, erase=choice == ERASE)
        said.then(f"{done} {_let_go(user)}" if lets_go and _is_gone(user, account) else done)


def _plan(user: SignedIn, account: Connected) -> bool:
    """Ask whether the plan is to run out too, where nothing would be left for it to show."""
    plan = leaving.running(user.workspace) if leaving.last_account(user.workspace, account.account) else None
    if plan is None:
        return False
    when = f" on {said.day(plan.until)}" if plan.until is not None else ""
    chosen = st.checkbox(f"Also cancel {plan.name} at the end of the period{when}", key="let-go")
    st.caption(
        f"{plan.name} ends{when} and nothing more is charged. You can take that back until then."
        if chosen
        else f"Otherwise {plan.name} goes on and is charged as before, until you cancel it in Settings, Your plan."
    )
    return chosen


def _let_go(user: SignedIn) -> str:
    try:
        plans_ending.at_period_end(require_right(Right.MANAGE, opened=user))
    except AppError as error:
        return f"The plan continues, though: {words.plain(error.message)} Cancel it in Settings, Your plan."
    return "The plan ends with its current period."


def _is_gone(user: SignedIn, account: Connected) -> bool:
    return account.account not in {each.account for each in connections.of(user.workspace)}


def named(name: str, key: str, verb: str) -> bool:
    """Ask for a name and for a click; whether both were given."""
    typed = st.text_input(f"Type {words.plain(name)} to confirm", autocomplete="off", key=f"{key}-typed")
    if not st.button(verb, type="primary", key=key):
        return False
    if " ".join(typed.split()) == " ".join(name.split()):
        return True
    st.error("That is not the name, so nothing was done. Type it exactly as shown above.")
    return False


def _at_stripe(account: Connected) -> str:
    if account.kind == "restricted_key":
        return "The key is deleted here; at Stripe it keeps working until you delete it there too."
    return "Access is withdrawn at Stripe as well."


def _end(user: SignedIn, account: Connected, *, erase: bool) -> str:
    """Disconnect; returns the sentence that says how it went."""
    after = "its data here is deleted" if erase else "its data is kept here until you delete it"
    done = f"{words.plain(account.name)} is disconnected and {after}."
    if account.is_sample:
        done = f"{words.plain(account.name)} is removed."
    gone, told = True, True
    try:
        user = require_right(Right.MANAGE, opened=user)
        connections.disconnect(user.workspace, account.account, now=int(time.time()), erase=erase)
    except AppError as error:
        gone, told = _is_gone(user, account), False
        later = "Stripe does not answer just now; it is told as soon as it does."
        done = f"{done} {later}" if gone else error.message
    if gone:
        runtime.leave(account.account, told=told)
    return done
