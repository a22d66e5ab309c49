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
from lib.errors import AppError, LastOwner
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
    st.write(f"You are {_article(user.role)} of **{words.plain(user.workspace_name)}**. {Role(user.role).yours}")
    manager = roles.may(user, Right.MANAGE)
    if manager:
        _told(user)
        _name(user)
    people = team.members(user)
    owners = sum(person.role is Role.OWNER for person in people)
    for person in people:
        _person(user, person, manager=manager, last=person.role is Role.OWNER and owners == 1)
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


def _person(user: SignedIn, person: Person, *, manager: bool, last: bool) -> None:
    """One line; ``last``: nobody else is an owner, so they stay one."""
    mine = person.id == user.id
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        you = " (you)" if mine else ""
        st.markdown(f"**{words.plain(person.name)}**{you}  \n:small[{words.plain(person.email)}]", width="stretch")
        if not manager:
            st.markdown(person.role.value.capitalize())
        else:
            _role(user, person, last=last)
        why_not = LastOwner().message if last else None
        if mine and st.button("Leave", key=f"leave-{person.id}", disabled=last, help=why_not):
            _leave(user, person)
        if manager and not mine and st.button("Remove", key=f"remove-{person.id}"):
            _remove(user, person)
    if mine and last:
        st.caption("You are the only owner. To change your role or to leave, make somebody else an owner first.")


# --- Roles ------------------------------------------------------------------------------------------------------------


def _role(user: SignedIn, person: Person, *, last: bool) -> None:
    chosen: Role | None = st.selectbox(
        f"Role of {person.name}",
        list(Role),
        index=list(Role).index(person.role),
        format_func=lambda role: role.value.capitalize(),
        label_visibility="collapsed",
        key=f"role-{person.id}-{person.role}-{st.session_state.get(_ROUND, 0)}",
        disabled=last,
        width=140,
    )
    if chosen is None or chosen is person.role:
        return
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1  # drawn anew, the list shows the role as it is
    if person.id == user.id:
        _lower(user, person, chosen)
    else:
        _give(user, person, chosen)


_ROUND: Final = "roles-drawn"
_CHANGED: Final = "role-changed"


def _give(user: SignedIn, person: Person, role: Role) -> None:
    """Give somebody else a role, and say so, with the way back."""
    open_ = len(team.pending(user, now=int(time.time())))
    try:
        team.set_role(user, person.id, role)
    except AppError as error:
        st.error(error.message)
        return
    ended = open_ - len(team.pending(user, now=int(time.time())))
    st.session_state[_CHANGED] = (person, role, ended)
    st.rerun()


def _told(user: SignedIn) -> None:
    """The role that was just given, once, and the way back."""
    if not (changed := st.session_state.pop(_CHANGED, None)):
        return
    person, role, ended = changed
    with st.container(horizontal=True, vertical_alignment="center", key="role-told"):
        st.success(given(person.name, role, ended))
        st.button("Undo", icon=":material/undo:", key="role-undo", on_click=_take_back_role, args=(user, person))


def given(name: str, role: Role, ended: int) -> str:
    """What came of giving somebody a role; ``ended``: invitations of theirs that no longer work, Undo or not."""
    told = f"{words.plain(name)} is now {_article(role)}."
    if not ended:
        return told
    links = (
        "An open invitation they made no longer works"
        if ended == 1
        else f"{ended} open invitations they made no longer work"
    )
    return f"{told} {links}."


def _take_back_role(user: SignedIn, person: Person) -> None:
    """Give somebody the role that they had."""
    try:
        team.set_role(still(user), person.id, person.role)
    except AppError as error:
        st.error(error.message)
        return
    st.session_state[said.KEY] = f"{words.plain(person.name)} is {_article(person.role)} again."


@st.dialog("Change your own role", on_dismiss="rerun")
def _lower(user: SignedIn, person: Person, role: Role) -> None:
    """Ask before an owner gives up what they may do."""
    require_login()
    st.write(lost(role))
    with st.container(horizontal=True):
        lower = st.button(f"Become {_article(role)}", type="primary", key="lower-now")
        stay = st.button("Stay an owner", key="lower-not")
    if lower:
        _do(lambda: team.set_role(still(user), person.id, role), f"You are now {_article(role)}.")
    elif stay:
        st.rerun()


def lost(role: Role) -> str:
    """What an owner can no longer do who takes this role, and who gives it back."""
    nor = f", nor to {_MEMBERS}" if role is Role.VIEWER else ""
    return (
        f"You will no longer be able to {_OWNERS}{nor}. Invitations you made that nobody has used stop working. "
        "Only an owner can make you one again."
    )


_OWNERS: Final = "connect accounts, change the rules, invite people, change the plan or delete data"
_MEMBERS: Final = "make goals, annotations, notes, segments and views for the team"


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
