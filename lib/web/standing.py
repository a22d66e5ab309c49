"""Which account a page is about, and whether it has figures to show yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Final

import streamlit as st

from lib.accounts import connections, roles
from lib.accounts.connections import Connected, Ended
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.errors import AccountLocked, AppError, NotSyncedYet, UnknownAccount
from lib.reports import books, door
from lib.web import (
    branding,
    downloads,
    elsewhere,
    figures,
    freshness,
    links,
    live,
    locked,
    made_up,
    plan_banner,
    progress,
    style,
    words,
)
from lib.web.figures import Book
from lib.web.guard import require_login
from lib.web.reader import Reader, reader, remember

_LAST: Final = "account-last"
_PAGE: Final = 640
"""Pixels that are kept for a page's figures while they are computed for the first time."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A page's ground: who looks, at which account, with which figures."""

    user: SignedIn
    reader: Reader
    account: Connected
    book: Book

    def unsaid(self, notes: Iterable[str]) -> list[str]:
        """The notes to figures that the head of the page does not say already."""
        said = _unrated(self.book)
        return [note for note in dict.fromkeys(notes) if note not in said]


def stand(
    title: str,
    beside: Callable[[], None] = lambda: None,
    *,
    alone: bool = False,
    beyond: Callable[[SignedIn, Connected], None] = lambda _user, _account: None,
) -> Standing:
    """The ground of a page of figures. Where there is none, the page says why and what to do, and stops.

    ``beside`` draws more into the row of the title; ``alone``: the page is about one account, never all together;
    ``beyond`` draws, under the lock, what the page has of an account whose figures the plan does not show.
    """
    user = require_login()
    remember(user)
    style.apply()
    st.set_page_config(page_title=branding.title(title))
    account = choose(user, title, beside)
    made_up.mark(user, account)
    plan_banner.show(user)
    if account.kind == ALL:
        _together(user, title, alone=alone)
    else:
        progress.banner(account.account)
        freshness.banner(account)
    try:
        with st.skeleton(height=_PAGE):
            book = figures.book(account.account)
            empty = figures.empty(book)
    except NotSyncedYet:
        progress.waiting(account.account)
        st.stop()
    except AccountLocked:
        locked.account(user, account, connections.of(user.workspace), together=account.kind == ALL)
        if account.kind != ALL:
            beyond(user, account)
        st.stop()
    except AppError as error:
        st.error(error.message)
        st.stop()
    if empty:
        st.info(
            f"{words.plain(account.name)} has no subscriptions and no payments at Stripe yet. "
            "The first ones show up here by themselves."
        )
        live.follow(account.account, book.version)
        st.stop()
    live.follow(account.account, book.version)
    if title not in _BY_THEMSELVES and (unrated := _unrated(book)):
        st.caption(words.plain(f"{' '.join(unrated)} {_RATES}"))
    return Standing(user, reader(), account, book)


_BY_THEMSELVES: Final = ("Failed charges", "Rules", "New subscription")
"""Pages that say with each amount what has no exchange rate, or have no figures."""
_RATES: Final = "Rates can be added on the Rules page."


def _unrated(book: Book) -> list[str]:
    """What no figure holds, in a sentence for each currency."""
    return [door.unrated(code, book.currency) for code in book.unpriced]


def choose(user: SignedIn, title: str, beside: Callable[[], None]) -> Connected:
    """The account in the URL, or the newest connected; a choice when there are several. Stops where there is none."""
    mine = connections.of(user.workspace)
    known = {each.account: each for each in mine}
    several = len(own := connections.own(mine)) > 1
    if several:
        known[user.workspace] = whole(user.workspace, own)
    last = st.session_state.get(_LAST)
    asked = st.query_params.get("account")
    asked = user.workspace if asked == ALL and several else asked or (last if last in known else None)
    head = st.container(horizontal=True, vertical_alignment="center", key="head")
    head.title(title, anchor=False, width="content")
    if asked and asked not in known:
        elsewhere.offer(user, asked)
    if not mine:
        _invite(user)
    if asked and asked not in known:
        _unknown(user, asked, mine)
    with head:
        beside()
        st.space("stretch")
        if len(mine) == 1:
            st.html(f"<span class='pl-muted'>{escape(mine[0].name)}</span>", width="content")
            return mine[0]
        st.session_state[_LAST] = _choice(known, asked)
        return known[st.session_state[_LAST]]


def _choice(known: dict[str, Connected], asked: str | None) -> str:
    """The account chosen, which the address says from now on.

    The list is another one for each account that a page opens with, lest an earlier choice overrule the address. Where
    the address has none the list is that of the newest: so it is the same one in the next run, when the address has it,
    and a choice made meanwhile isn't lost.
    """
    names = {account: each.name for account, each in known.items()}
    opened = asked or list(names)[_newest(known)]
    chosen = st.selectbox(
        "Account",
        list(names),
        format_func=lambda account: label(account, names),
        label_visibility="collapsed",
        key=f"account-{opened}",
        index=list(names).index(opened),
        width=240,
    )
    st.query_params["account"] = chosen
    if chosen != opened:
        st.rerun()
    return chosen


def _newest(known: dict[str, Connected]) -> int:
    """The place of the account that was connected last, of those that the plan shows; a sample's if it is the only."""
    own = connections.own(each for each in known.values() if each.kind != ALL)
    places = [list(known).index(each.account) for each in own]
    return max((place for place in places if locked.shows(list(known)[place])), default=places[-1])


def whole(workspace: str, mine: tuple[Connected, ...]) -> Connected:
    """All accounts of a workspace in the place of one: its id is the workspace's."""
    live = any(each.livemode for each in mine)
    return Connected(workspace, "All accounts", ALL, live, mine[0].timezone, mine[0].created)


ALL: Final = "all"
"""The kind of all accounts together, and a word for them in addresses; what is written there is the workspace's id, so
that a link opens the same accounts for everybody."""


def _together(user: SignedIn, title: str, *, alone: bool) -> None:
    """What must be said where all accounts are asked for; stops where a page is about one alone."""
    connected = connections.of(user.workspace)
    mine = connections.own(connected)
    if alone:
        st.info(f"{title} is about one account at a time. Choose one:")
        for each in connected:
            if st.button(words.plain(each.name), key=f"choose-{each.account}"):
                st.query_params["account"] = each.account
                st.session_state[_LAST] = each.account
                st.rerun()
        st.stop()
    for each in mine:
        progress.banner(each.account, each.name)
        freshness.banner(each)
    if any(each.livemode for each in mine) and not all(each.livemode for each in mine):
        st.caption("Test accounts are left out: real money and test money are never added up.")
    made_up.left_out(connected)
    try:
        if out := books.left_out(user.workspace):
            st.caption(
                f"Left out, because its customers can't be told from another account's: {words.plain(', '.join(out))}."
            )
    except NotSyncedYet:
        return


def label(account: str, names: dict[str, str]) -> str:
    """An account's name, with its id when two have the same name."""
    name = names[account]
    return name if list(names.values()).count(name) == 1 else f"{name} ({account})"


def _invite(user: SignedIn) -> None:
    for each in connections.ended(user.workspace):
        parted(user, each)
    if not roles.may(user, Right.MANAGE):
        st.info("No Stripe account is connected now. An owner of this workspace can connect one.")
        st.stop()
    here = connections.has_demo()
    st.info(
        "Connect a Stripe account and its whole history is read, usually in a few minutes. "
        + ("No account at hand? The Connect page has a demo business to look around in." if here else ELSEWHERE)
    )
    if not here:
        st.code(SANDBOX, language="bash")
    links.go_connect("Connect an account")
    st.stop()


ELSEWHERE: Final = (
    "This server shares its work among several machines, and the demo business lives on one. To look around in a "
    "made-up business first, start this software a second time on your own computer, in another folder and without "
    "Stripe keys: that is the sandbox."
)
SANDBOX: Final = "PORT=8601 make run"
"""What is typed there; the port is one that the first server does not have."""


def parted(user: SignedIn, ended: Ended) -> None:
    """Tell that an account is no longer read, and what can be done; its data can be taken along."""
    when = words.short_day(datetime.fromtimestamp(ended.at, UTC).date(), reader().locale)
    name = words.plain(ended.name)
    how = f"Access to {name} was withdrawn at Stripe" if ended.withdrawn else f"{name} was disconnected here"
    ways = "connect it again to go on where it was, or delete it in Settings."
    if not roles.may(user, Right.MANAGE):
        ways = "an owner of this workspace can connect it again or delete it."
    st.warning(f"{how} on {when}. Its data is kept: {ways}")
    downloads.everything(user, ended.account, f"Download the data of {ended.name}")


def _unknown(user: SignedIn, asked: str, mine: tuple[Connected, ...]) -> None:
    gone = [each for each in connections.ended(user.workspace) if each.account == asked]
    for each in gone:
        parted(user, each)
    if not gone:
        st.warning(UnknownAccount(account=words.plain(asked)).message)
    for one in mine:
        links.overview(f"Go to {words.plain(one.name)}", one.account)
    st.stop()
