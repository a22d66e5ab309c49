"""Settings, Notifications: what Plimsoll sends by email."""

from __future__ import annotations

import streamlit as st

from lib.accounts.sessions import SignedIn


def section(_user: SignedIn) -> None:
    """The whole section."""
    st.subheader("Notifications", anchor=False)
    st.write("Plimsoll sends no email yet.")
