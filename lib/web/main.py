"""The main script, run at every rerun: navigation first, then the guard, then the page."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

import streamlit as st

from lib.accounts import connections
from lib.web import guard, links, login, words
from lib.web.navigation import PAGES

ICON: Final = "app/static/icon.png"
"""Ours, and always set: with a Material icon the browser would ask a font host for the tab's picture."""
SIDEBAR: Final = 216
"""Pixels."""
_WELCOMED: Final = "welcomed"


def main() -> None:
    """Show the page that the address names, or the login screen with that address kept for afterwards."""
    st.set_page_config(page_title="Plimsoll", page_icon=ICON, layout="wide", initial_sidebar_state=SIDEBAR)
    user = guard.current_user()
    pages = [
        st.Page(page.path, title=page.title, icon=page.icon, url_path=page.url_path, default=page is PAGES[0])
        for page in PAGES
    ]
    chosen = st.navigation(pages, position="hidden" if user is None else "sidebar")
    if user is None:
        login.show(_address(chosen.url_path))
        st.stop()
    with st.sidebar:
        st.caption(f"{words.plain(user.name)} · {words.plain(user.workspace_name)}")
        if st.button("Sign out", icon=":material/logout:"):
            guard.sign_out(user)
    if not chosen.url_path and not st.query_params and not connections.of(user.workspace):
        _welcome()
    chosen.run()


def _welcome() -> None:
    """Somebody who has nothing connected yet starts at Connect; the menu's Overview then says why it is empty."""
    if not st.session_state.get(_WELCOMED):
        st.session_state[_WELCOMED] = True
        st.switch_page(links.page("connect"))


def _address(url_path: str) -> str:
    query = urlencode(st.query_params.to_dict())
    return f"/{url_path}" + (f"?{query}" if query else "")


main()
