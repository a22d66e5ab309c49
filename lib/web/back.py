"""The way back from a customer: the browser's Back leaves the customer's address on the page that was left."""

from __future__ import annotations

from typing import Final

import streamlit as st

from lib.web import links

_MEMORY: Final = "address-of"


def leave(page: str) -> None:
    """Keep the address of ``page`` as it stands."""
    kept = st.session_state.setdefault(_MEMORY, {})
    kept[page] = {name: st.query_params.get_all(name) for name in st.query_params}


def returned(page: str) -> None:
    """Find the page as it was left, where the address is a customer's. To be called first of all."""
    kept = st.session_state.get(_MEMORY, {}).get(page)
    if kept and st.query_params.get("id"):
        st.switch_page(links.page(page), query_params=dict(kept))
