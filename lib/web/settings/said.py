"""What the last act on the Settings page came to, kept over the rerun that redraws it; and days as it writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NoReturn

import streamlit as st

from lib.accounts import roles
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.web import words
from lib.web.reader import reader

KEY: Final = "settings-said"


def then(sentence: str) -> NoReturn:
    """Draw the page anew with ``sentence`` at its head; it is Markdown, so names in it are made plain before."""
    st.session_state[KEY] = sentence
    st.rerun()


def draw() -> None:
    """The sentence, once."""
    if said := st.session_state.pop(KEY, None):
        st.success(said)


def day(moment: int) -> str:
    """The day (UTC) of an epoch second, as the reader's locale writes it."""
    return words.short_day(datetime.fromtimestamp(moment, UTC).date(), reader().locale)


def refusal(user: SignedIn, right: Right) -> str | None:
    """Why a button is off for ``user``; None where it is not."""
    if roles.may(user, right):
        return None
    who = "An owner" if right is Right.MANAGE else "An owner or a member"
    return f"{who} of this workspace can do this; your role is {user.role}."
