"""Who is looking, asked of the store at every rerun: a sign-out in one tab ends the others.

``st.user.session`` is the session's hash. It comes from a header that only our middleware can set
(lib/api/identity.py), and Streamlit resumes a page's state only for the same hash.
"""

from __future__ import annotations

import time

import streamlit as st

from lib.accounts import roles, sessions
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.web import browser


def current_user() -> SignedIn | None:
    """Who is signed in here, or None. The only place that asks."""
    session = st.user.get("session")
    return sessions.find(session, now=int(time.time())) if isinstance(session, str) else None


def require_login() -> SignedIn:
    """Who is signed in; otherwise nothing more of this page or fragment runs. The first call of every page."""
    user = current_user()
    if user is None:
        browser.go("/")
        st.stop()
    return user


def require_right(right: Right) -> SignedIn:
    """Who is signed in, asked where something is about to be written. Raises NotYourRole unless they have ``right``."""
    user = require_login()
    roles.require(user, right)
    return user


def sign_out(user: SignedIn) -> None:
    """End the session at once, then have the browser drop its cookie, and stop."""
    sessions.revoke(user.session)
    browser.post("/session/end", csrf=sessions.csrf(user.session))
    st.stop()
