"""The main script, run at every rerun: navigation first, then the guard, then the page."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

import streamlit as st

from lib.accounts import connections
from lib.billing.operators import is_operator
from lib.reports import one_state
from lib.settings import settings
from lib.sync import courtesy
from lib.web import (
    branding,
    browser,
    gone,
    guard,
    links,
    login,
    memory,
    missing,
    navigation,
    shortcuts,
    views,
    workspace,
)
from lib.web.navigation import PAGES, Page

SANDBOX: Final = ":material/science: **Sandbox**: a stand-in for Stripe, no real money."
SIDEBAR: Final = 240
"""Pixels."""
_WELCOMED: Final = "welcomed"
_SEEN: Final = "page-seen"
"""The page of the run before."""


def main() -> None:
    """Show the page that the address names, or the login screen with that address kept for afterwards."""
    st.set_page_config(
        page_title=branding.title(), page_icon=branding.tab_icon(), layout="wide", initial_sidebar_state=SIDEBAR
    )
    user = guard.current_user()
    runs_it = user is not None and is_operator(user)
    pages = {section: [_page(page, operator=runs_it) for page in found] for section, found in navigation.menu().items()}
    chosen = st.navigation(pages, position="hidden" if user is None else "sidebar", expanded=True)
    if user is None:
        login.show(_address(chosen.url_path))
        st.stop()
    st.set_page_config(page_title=branding.title(chosen.title))
    branding.head()
    with st.sidebar:
        browser.one_entry_a_visit()
        if settings().sandbox_mode:
            st.caption(SANDBOX)
        workspace.choose(user)
        views.popover(user, chosen.url_path)
        if st.button("Sign out", icon=":material/logout:"):
            guard.sign_out(user)
    if shortcuts.wanted(user):
        shortcuts.listen()
    if not chosen.url_path and not st.query_params and _is_new(user.workspace):
        _welcome()
    moved = st.session_state.get(_SEEN, chosen.url_path) != chosen.url_path
    missing.tell(moved=moved)
    gone.tell(user, moved=moved)
    if moved:
        browser.close_menu(chosen.url_path)
    st.session_state[_SEEN] = chosen.url_path
    with memory.visit(chosen.url_path), one_state.within(), courtesy.page():
        chosen.run()


def _page(page: Page, *, operator: bool) -> st.Page:
    shown = not page.hidden and (operator or not page.operator)
    return st.Page(
        page.path,
        title=page.title,
        icon=page.icon,
        url_path=page.url_path,
        default=page is PAGES[0],
        visibility="visible" if shown else "hidden",
    )


def _is_new(workspace: str) -> bool:
    """Whether nothing is connected, nor was: whoever lost a connection is told so on the page they asked for."""
    return not connections.of(workspace) and not connections.ended(workspace)


def _welcome() -> None:
    """Somebody who has nothing connected yet starts at Connect; the menu's Overview then says why it is empty."""
    if not st.session_state.get(_WELCOMED):
        st.session_state[_WELCOMED] = True
        st.switch_page(links.page("connect"))


def _address(url_path: str) -> str:
    query = urlencode(st.query_params.to_dict())
    return f"/{url_path}" + (f"?{query}" if query else "")


main()
