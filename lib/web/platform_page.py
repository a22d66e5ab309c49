"""The Platform page: what must be set up at Stripe for this server, each thing checked live, and the server's brand."""

from __future__ import annotations

import streamlit as st

from lib.billing import operators
from lib.errors import NotTheOperator
from lib.web import style
from lib.web.guard import require_login


def show() -> None:
    """The whole page."""
    user = require_login()
    style.apply()
    st.title("Platform", anchor=False)
    try:
        operators.require_operator(user)
    except NotTheOperator as error:
        st.warning(error.message)
        return
