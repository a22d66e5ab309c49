"""An address that is about another workspace of the reader's: it is offered, never opened in place of their own."""

from __future__ import annotations

import streamlit as st

from lib.accounts import connections, team
from lib.accounts.sessions import SignedIn
from lib.web import words


def offer(user: SignedIn, asked: str) -> None:
    """Ask whether to look at the workspace that has ``asked``, and stop there.

    Nothing happens where no workspace of theirs has it: whether one of somebody else's does is not told.
    """
    found = _workspace(user, asked)
    if found is None:
        return
    workspace, name = found
    st.info(f"This link is about **{words.plain(name)}**. You are looking at **{words.plain(user.workspace_name)}**.")
    if st.button(f"Switch to {words.plain(name)}", type="primary", key=f"switch-{workspace}"):
        team.look_at(user, workspace)
        st.rerun()
    st.stop()


def _workspace(user: SignedIn, asked: str) -> tuple[str, str] | None:
    """Id and name of another workspace of theirs that is ``asked`` itself, or that has that account connected."""
    for workspace, name in team.workspaces(user).items():
        if workspace != user.workspace and (
            asked == workspace or asked in {each.account for each in connections.of(workspace)}
        ):
            return workspace, name
    return None
