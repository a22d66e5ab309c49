"""Saved views and links to share, in a popover of the sidebar: the same place on every page."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from functools import partial
from html import escape
from typing import Final

import streamlit as st

from lib.accounts import connections, roles, views
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.accounts.views import View
from lib.errors import AppError
from lib.web import asking, copy_link, words
from lib.web.guard import still
from lib.web.navigation import PAGES, Page

_CHOSEN: Final = ("range", "interval", "compare", "segment")
"""Widgets whose defaults the address leaves out; a view names them all, whatever was chosen elsewhere since."""
_PASSING: Final = frozenset({"status"})
"""Parameters that tell of a moment and not of a page, where no widget of this name filters it."""
_SET_UP: Final = "Set-up"


def popover(user: SignedIn, url_path: str) -> None:
    """Draw the popover on the page at ``url_path``: views to open and, where there are figures, a way to save one."""
    found = views.of(user)
    page = _page(url_path)
    with st.popover("Views", icon=":material/bookmark:", width="stretch"):
        if found:
            st.html(f'<ul class="pl-list">{"".join(_entry(each) for each in found)}</ul>')
        else:
            st.caption("A view is a page with its account, dates and filters, kept by name. None is saved yet.")
        if page.menu != _SET_UP:
            _save(user, page)
            copy_link.button(_unsaid(user))
        if found and st.button("Rename or delete views", type="tertiary", icon=":material/edit:"):
            _manage(user)


def _page(url_path: str) -> Page:
    return next((each for each in PAGES if each.url_path == url_path), PAGES[0])


def _entry(view: View) -> str:
    """A view as a link of its own: it can be opened beside this page, too."""
    beside = "" if not view.shared else "for the team" if view.mine else f"by {view.author}"
    small = f"<small>{escape(beside)}</small>" if beside else ""
    return f'<li><a href="{escape(view.address, quote=True)}" target="_self">{escape(view.name)}</a>{small}</li>'


def _unsaid(user: SignedIn) -> dict[str, str]:
    """The account, where there is only one and the address does not name it: the link must not open another's."""
    mine = connections.of(user.workspace)
    return {"account": mine[0].account} if len(mine) == 1 else {}


# --- Saving -----------------------------------------------------------------------------------------------------------


def _save(user: SignedIn, page: Page) -> None:
    with st.form("save-view", border=False, clear_on_submit=True):
        name = st.text_input(
            "Name", max_chars=views.LONGEST_NAME, placeholder="For example: Churn this quarter", key="view-name"
        )
        shared = roles.may(user, Right.EDIT) and st.checkbox("Share with the team", key="view-shared")
        if not st.form_submit_button("Save this view"):
            return
    try:
        address = "" if page is PAGES[0] else page.url_path
        views.save(user, name, page=address, query=chosen(user), shared=shared, now=int(time.time()))
    except AppError as error:
        st.error(words.plain(error.message))
        return
    st.rerun()


def chosen(user: SignedIn) -> dict[str, list[str]]:
    """All that is chosen on this page, as an address writes it."""
    kept = [name for name in st.query_params if name not in _PASSING or name in st.session_state]
    found = {name: st.query_params.get_all(name) for name in kept}
    for name in _CHOSEN:
        if name in st.session_state and name not in found and (value := _written(st.session_state[name])):
            found[name] = value
    if found.get("range") == ["Custom"] and "days" in st.session_state:
        found["days"] = _written(st.session_state["days"])
    return {name: [value] for name, value in _unsaid(user).items()} | found


def _written(value: object) -> list[str]:
    """A widget's value as the address writes it; nothing for a widget that is empty."""
    match value:
        case None:
            return []
        case bool():
            return [str(value).lower()]
        case tuple() | list():
            return [text for each in value for text in _written(each)]
        case date():
            return [value.isoformat()]
        case _:
            return [str(value)]


# --- Renaming and deleting --------------------------------------------------------------------------------------------


@st.dialog("Your views and the team's")
def _manage(user: SignedIn) -> None:
    managing(user)


def managing(user: SignedIn) -> None:
    """What the dialog shows: each view that ``user`` may change, with its name to edit."""
    try:
        user = still(user)
    except AppError as error:
        st.error(error.message)
        return
    editor = roles.may(user, Right.EDIT)
    found = [each for each in views.of(user) if editor or not each.shared]
    if not found:
        st.write("You have saved no view of your own. The team's views can be changed by owners and members.")
    for view in found:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input(
                f"Name of “{words.plain(view.name)}”",
                value=view.name,
                max_chars=views.LONGEST_NAME,
                key=f"rename-{view.id}",
            )
            if st.button("Rename", key=f"rename-now-{view.id}"):
                _done(partial(views.rename, user, view.id, name))
            asking.button("Delete", f"delete-view-{view.id}")
        if asking.confirmed(f"delete-view-{view.id}", _lost(view)):
            _done(partial(views.remove, user, view.id))


def _lost(view: View) -> str:
    whose = "The whole team will lose it." if view.shared else "Only you have it, and it can't be brought back."
    return f"Delete the view “{words.plain(view.name)}”? {whose}"


def _done(act: Callable[[], None]) -> None:
    try:
        act()
    except AppError as error:
        st.error(words.plain(error.message))
        return
    st.rerun()
