"""The main script, run at every rerun: navigation first, then the guard, then the page."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

import streamlit as st

from lib.web import guard, login, words
from lib.web.navigation import PAGES

ICON: Final = "app/static/icon.png"
"""Ours, and always set: with a Material icon the browser would ask a font host for the tab's picture."""
SIDEBAR: Final = 216
"""Pixels."""


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
    chosen.run()


def _address(url_path: str) -> str:
    query = urlencode(st.query_params.to_dict())
    return f"/{url_path}" + (f"?{query}" if query else "")


main()
