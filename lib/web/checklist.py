"""The first steps, on the Overview until they are done or somebody hides them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from lib.accounts import connections, preferences, team
from lib.accounts.roles import Right, may
from lib.accounts.sessions import SignedIn
from lib.billing import operators
from lib.reports import goals
from lib.settings import settings
from lib.web import links
from lib.web.standing import Standing

_HIDDEN: Final = "checklist-hidden"
_SEEN: Final = "checklist-seen-proof"
"""Preferences: hidden for good; has seen what makes a figure."""
PROVES: Final = "proves"
"""A link's word for: this page proves what the link said. It counts as having seen what makes a figure."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is, whether it is done, and the page and words that lead to it."""

    title: str
    about: str
    done: bool
    page: str
    link: str


def saw_proof(user: SignedIn) -> None:
    """Remember that somebody has seen what makes a figure; once."""
    if not st.session_state.get(_SEEN):
        st.session_state[_SEEN] = True
        preferences.put(user, _SEEN, value=True)


def show(at: Standing) -> None:
    """One line with the next of the three steps, which opens to all. Nothing once all are done, or hidden; hiding can
    be undone in the same breath.
    """
    if st.session_state.get(_HIDDEN):
        _hidden(at.user)
        return
    found = () if preferences.get(at.user, _HIDDEN) else steps(at)
    if all(step.done for step in found):
        return
    following = next(step for step in found if not step.done)
    done = f"{sum(step.done for step in found)} of {len(found)} done"
    with (
        st.container(key="checklist"),
        st.expander(f"**First steps**: {done}. Next: {following.title}", icon=":material/checklist:"),
    ):
        for step in found:
            _step(step, at)
        if st.button("Hide the first steps", type="tertiary", key="checklist-hide"):
            preferences.put(at.user, _HIDDEN, value=True)
            st.session_state[_HIDDEN] = True
            st.rerun()


def _hidden(user: SignedIn) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("The first steps are hidden.", width="content")
        if st.button("Undo", type="tertiary", key="checklist-undo"):
            preferences.put(user, _HIDDEN, None)
            del st.session_state[_HIDDEN]
            st.rerun()


def _step(step: Step, at: Standing) -> None:
    mark = ":material/check_circle:" if step.done else ":material/radio_button_unchecked:"
    word = "Done: " if step.done else ""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"{mark} **{word}{step.title}**  \n:small[{step.about}]", width="stretch")
        if not step.done:
            st.page_link(links.page(step.page), label=step.link, query_params=_query(step, at))


def _query(step: Step, at: Standing) -> dict[str, str]:
    return {"slug": "mrr", "account": at.account.account} if step.page == "metric" else {}


def steps(at: Standing) -> tuple[Step, ...]:
    """The steps as they stand for this reader; a step that somebody else must take is none of theirs."""
    user = at.user
    found = (
        _connected(user),
        Step(
            "See what makes your MRR",
            "Open the figure, click a point, and you see the customers and the Stripe objects behind it.",
            preferences.get(user, _SEEN) is True,
            "metric",
            "Open MRR",
        ),
        Step(
            "Make it yours",
            "Choose your cards, set a goal for MRR, or invite somebody.",
            _own_touch(at),
            "settings",
            "Invite somebody",
        ),
    )
    needs = {"connect": Right.MANAGE, "settings": Right.EDIT}
    return tuple(each for each in found if each.page not in needs or may(user, needs[each.page]))


def _connected(user: SignedIn) -> Step:
    """The first step. The sandbox knows no real account: its demo business is all that can be connected there."""
    own = any(each.kind not in {"demo", "sample"} for each in connections.of(user.workspace))
    if settings().sandbox_mode:
        title, about = ("Connect an account", "It is read") if own else ("Connect the demo business", "It is here")
        return Step(title, f"{about} and stays up to date. {_real(user)}", done=True, page="connect", link="Connect")
    about = "Your history is read and stays up to date." if own else "What you see is the demo business, not yours."
    return Step("Connect your Stripe account", about, own, "connect", "Connect")


def _real(user: SignedIn) -> str:
    """The way from the sandbox to a real account."""
    if operators.is_operator(user):
        return "When you want your real account, the page Platform in the menu has the steps."
    return "To see your real account, ask whoever runs this server to give it Stripe's keys; the README says how."


def _own_touch(at: Standing) -> bool:
    if preferences.get(at.user, "cards") or goals.of(at.user.workspace, at.account.account, "mrr", at.book.currency):
        return True
    return len(team.members(at.user)) > 1 or not may(at.user, Right.EDIT)
