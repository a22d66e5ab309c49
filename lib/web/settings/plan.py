"""Settings, Plan: what this installation costs, which is nothing."""

from __future__ import annotations

import streamlit as st

from lib.accounts.sessions import SignedIn


def section(_user: SignedIn) -> None:
    """The whole section."""
    st.subheader("Plan", anchor=False)
    st.write("You run Plimsoll on your own server: everything is included, and there is nothing to pay.")
