"""The Settings page: one section at a time, named in the address as ``?section=Data``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import streamlit as st

from lib.accounts.sessions import SignedIn
from lib.web import links, plan_banner, style, words
from lib.web.guard import require_login
from lib.web.settings import account, connection, data, notifications, plan, reporting, rules, said, team

PLAN: Final = "Your plan"
"""The section that says itself what the banner would."""
_CALLED: Final = {"Plan": PLAN}
"""What sections were called, in addresses that are kept."""
SECTIONS: Final[Mapping[str, Callable[[SignedIn], None]]] = {
    "Account": account.section,
    "Metric rules": rules.section,
    "Currency and time zone": reporting.section,
    "Team": team.section,
    "Notifications": notifications.section,
    PLAN: plan.section,
    "Connection": connection.section,
    "Data": data.section,
}
"""Each section by its name, in the order shown."""
_KEY: Final = "section"
_ON_A_PHONE: Final = "section-phone"


def show() -> None:
    """The whole page."""
    user = require_login()
    style.apply()
    st.title("Settings", anchor=False)
    said.draw()
    above = st.container()
    chosen = _chosen()
    if chosen != PLAN:
        with above:
            plan_banner.show(user)
    SECTIONS[chosen](user)


def _chosen() -> str:
    """Ask for the section: in a row, or where that has no room (style.css) in a list."""
    asked = st.query_params.get(_KEY)
    if asked in _CALLED:
        asked = st.query_params[_KEY] = st.session_state[_KEY] = _CALLED[asked]
    if st.query_params.pop(links.GO, None) and asked in SECTIONS:
        st.session_state[_KEY] = asked
    if asked is not None and asked not in SECTIONS:
        st.warning(f"There is no section “{words.plain(asked)}” in Settings. Your account is shown instead.")
        del st.query_params[_KEY]
    names = list(SECTIONS)
    with st.container(key="sections"):
        chosen = st.segmented_control(
            "Section",
            names,
            default=names[0],
            required=True,
            label_visibility="collapsed",
            key=_KEY,
            bind="query-params",
        )
    chosen = chosen or names[0]
    st.session_state[_ON_A_PHONE] = chosen
    with st.container(key="sections-phone"):
        st.selectbox("Section", names, key=_ON_A_PHONE, on_change=_from_the_list)
    return chosen


def _from_the_list() -> None:
    st.session_state[_KEY] = st.session_state[_ON_A_PHONE]
