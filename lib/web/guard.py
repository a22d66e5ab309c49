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
from lib.errors import WorkspaceChanged
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


def require_right(right: Right, opened: SignedIn | None = None) -> SignedIn:
    """Who is signed in, asked where something is about to be written. Raises NotYourRole unless they have ``right``.

    ``opened``: as :func:`still`.
    """
    user = require_login() if opened is None else still(opened)
    roles.require(user, right)
    return user


def still(opened: SignedIn) -> SignedIn:
    """Who is signed in now, in a dialog that opened for ``opened``: their role may be another by the time of a click.

    Raises WorkspaceChanged where they look at another workspace now: what the dialog shows is not of that one.
    """
    user = require_login()
    if (user.id, user.workspace) != (opened.id, opened.workspace):
        raise WorkspaceChanged
    return user


def sign_out(user: SignedIn) -> None:
    """End the session at once, then have the browser drop its cookie, and stop."""
    sessions.revoke(user.session)
    browser.post("/session/end", csrf=sessions.csrf(user.session))
    st.stop()
