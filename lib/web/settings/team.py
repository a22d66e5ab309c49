"""Settings, Team: the people of this workspace, what they may do, and links that invite others."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

import streamlit as st

from lib.accounts import roles, team
from lib.accounts.roles import Right, Role
from lib.accounts.sessions import SignedIn
from lib.accounts.team import LONGEST, Pending, Person
from lib.billing import access
from lib.billing.plans import Feature
from lib.errors import AppError
from lib.settings import settings
from lib.web import browser, locked, words
from lib.web.guard import require_login, still
from lib.web.join_page import INVITE
from lib.web.settings import said

_MADE: Final = "invite-made"
_ROLES: Final = (Role.MEMBER, Role.VIEWER, Role.OWNER)


def section(user: SignedIn) -> None:
    """The whole section."""
    st.subheader("Team", anchor=False)
    st.write(f"You are {_article(user.role)} of **{words.plain(user.workspace_name)}**. {Role(user.role).meaning}")
    manager = roles.may(user, Right.MANAGE)
    if manager:
        _name(user)
    for person in team.members(user):
        _person(user, person, manager=manager)
    if not manager:
        st.caption("An owner can invite people and change roles.")
        return
    _invite(user)
    for each in team.pending(user, now=int(time.time())):
        _pending(user, each)


def _article(role: str) -> str:
    return f"an {role}" if role == Role.OWNER else f"a {role}"


def _name(user: SignedIn) -> None:
    with st.form("workspace-name", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name of the workspace", value=user.workspace_name, max_chars=LONGEST, width=320)
        if st.form_submit_button("Rename"):
            _do(lambda: team.rename(user, name), "The workspace has its new name.")


def _person(user: SignedIn, person: Person, *, manager: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        you = " (you)" if person.id == user.id else ""
        st.markdown(f"**{words.plain(person.name)}**{you}  \n:small[{words.plain(person.email)}]", width="stretch")
        if not manager:
            st.markdown(person.role.value.capitalize())
        else:
            _role(user, person)
        if person.id == user.id and st.button("Leave", key=f"leave-{person.id}"):
            _leave(user, person)
        if manager and person.id != user.id and st.button("Remove", key=f"remove-{person.id}"):
            _remove(user, person)


def _role(user: SignedIn, person: Person) -> None:
    chosen: Role | None = st.selectbox(
        f"Role of {person.name}",
        list(Role),
        index=list(Role).index(person.role),
        format_func=lambda role: role.value.capitalize(),
        label_visibility="collapsed",
        key=f"role-{person.id}-{person.role}",
        width=140,
    )
    if chosen is not None and chosen is not person.role:
        now = f"{words.plain(person.name)} is now {_article(chosen)}."
        _do(lambda: team.set_role(user, person.id, chosen), now)


@st.dialog("Remove from the team")
def _remove(user: SignedIn, person: Person) -> None:
    require_login()
    st.write(
        f"**{words.plain(person.name)}** no longer sees this workspace, and API keys they made stop working. "
        "What they wrote for the team stays."
    )
    if st.button("Remove", type="primary", key="remove-now"):
        gone = f"{words.plain(person.name)} is no longer in the team."
        _do(lambda: team.remove(still(user), person.id, now=int(time.time())), gone)


@st.dialog("Leave this workspace")
def _leave(user: SignedIn, person: Person) -> None:
    require_login()
    st.write(f"You no longer see **{words.plain(user.workspace_name)}**. An owner can invite you again.")
    if st.button("Leave", type="primary", key="leave-now"):
        try:
            team.remove(still(user), person.id, now=int(time.time()))
        except AppError as error:
            st.error(error.message)
            return
        browser.go("/")
        st.stop()


# --- Invitations ------------------------------------------------------------------------------------------------------


def _invite(user: SignedIn) -> None:
    st.subheader("Invite somebody", anchor=False)
    full = _full(user)
    if full:
        locked.feature(user, Feature.SEATS, f"{full} Nobody is sent away: whoever is in the team stays.")
    with st.form("invite", border=False, clear_on_submit=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            role = st.selectbox("Role", _ROLES, format_func=lambda role: role.value.capitalize(), width=140)
            note = st.text_input("For whom", placeholder="Grace, bookkeeping", max_chars=LONGEST, width=280)
            sent = st.form_submit_button("Make a link", type="primary", disabled=bool(full), help=full)
        st.caption("  \n".join(f"**{each.value.capitalize()}**: {each.meaning}" for each in _ROLES))
    if sent:
        _make(user, role, note)
    if made_now := st.session_state.pop(_MADE, None):
        token, expires = made_now
        st.success(f"Send this link. It is good for one person, until {said.day(expires)}, and is not shown again.")
        st.code(link(token), language=None, wrap_lines=True)


def _make(user: SignedIn, role: Role, note: str) -> None:
    seats = access.of(user.workspace).plan.limits.seats
    try:
        made = team.invite(user, role, note, now=int(time.time()), seats=seats)
    except AppError as error:
        st.error(words.plain(error.message))
        return
    st.session_state[_MADE] = (made.token, made.expires)


def _full(user: SignedIn) -> str | None:
    """Why nobody more can be invited; None while there is room."""
    plan = access.of(user.workspace).plan
    seats = plan.limits.seats
    if seats is None:
        return None
    people, open_ = len(team.members(user)), len(team.pending(user, now=int(time.time())))
    if people + open_ < seats:
        return None
    waiting = f" and {open_} open invitation{'s' if open_ > 1 else ''}" if open_ else ""
    taken = f"{people} {'person' if people == 1 else 'people'}{waiting}"
    return f"{plan.name} has room for {seats} people, and the team has {taken}."


def link(token: str) -> str:
    """The whole address of an invitation."""
    return f"{settings().app_url.rstrip('/')}/join?{urlencode({INVITE: token})}"


def _pending(user: SignedIn, each: Pending) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        whom = words.plain(each.note) or "Somebody"
        st.markdown(
            f"**{whom}**, invited as {_article(each.role)}  \n:small[By {words.plain(each.by)}, open until "
            f"{said.day(each.expires)}]",
            width="stretch",
        )
        if st.button("Take back", key=f"back-{each.key}"):
            _do(lambda: team.take_back(user, each.key), "The link no longer works.")


def _do(act: Callable[[], None], sentence: str) -> None:
    try:
        act()
    except AppError as error:
        st.error(error.message)
        return
    said.then(sentence)
