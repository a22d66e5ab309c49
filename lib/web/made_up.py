"""What pages say of the demo business beside real accounts: that it is made up, and the way to figures of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from lib.accounts import connections, roles
from lib.accounts.connections import Connected
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.web import links, words

MARK: Final = ":material/science: **Demo business**: made-up figures."
APART: Final = "The demo business is left out: made-up figures are never added to yours."


def mark(user: SignedIn, account: Connected) -> None:
    """A quiet line under the title of every page of a sample; nothing on pages of other accounts."""
    if not account.is_sample:
        return
    with st.container(key="made-up", horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(MARK, width="content")
        if own := [each for each in connections.of(user.workspace) if not each.is_sample]:
            links.overview(f"Go to {words.plain(own[-1].name)}", own[-1].account)
        elif roles.may(user, Right.MANAGE):
            st.page_link(links.page("connect"), label="Connect your own account")


def left_out(mine: Sequence[Connected]) -> None:
    """Say on pages of all accounts together that the sample is none of them, where there is one."""
    if any(each.is_sample for each in mine):
        st.caption(APART)
