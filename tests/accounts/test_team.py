"""People of a workspace: who may do what, links that are good once, and always an owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlmodel import select

from lib.accounts import api_keys, sessions, team, users
from lib.accounts.roles import Right, Role, may
from lib.accounts.sessions import SignedIn
from lib.errors import (
    AlreadyMember,
    BadApiKey,
    InviteGone,
    LastOwner,
    NameMissing,
    NotAMember,
    NotYourRole,
)
from lib.store.engine import reading, transaction
from lib.store.tables import Invite, Membership
from tests.accounts.members import NOON, RIGHT, PlainHasher, enter, join

LATER = NOON + team.INVITED_FOR


def again(user: SignedIn) -> SignedIn | None:
    """The same browser at its next click."""
    return sessions.find(user.session, now=NOON)


def member(owner: SignedIn, name: str, role: Role) -> SignedIn:
    """Somebody who signed up by a link."""
    token = team.invite(owner, role, "", now=NOON).token
    user = users.sign_up(f"{name.lower()}@x.example", name, RIGHT, hasher=PlainHasher(), now=NOON, invite=token)
    return enter(user.id).user


@pytest.fixture
def ada() -> SignedIn:
    return join("Ada").user


@pytest.mark.parametrize(
    ("role", "edit", "manage"), [(Role.OWNER, True, True), (Role.MEMBER, True, False), (Role.VIEWER, False, False)]
)
def test_what_a_role_may(role: Role, edit: bool, manage: bool, ada: SignedIn) -> None:
    grace = member(ada, "Grace", role)
    assert (grace.workspace, grace.role) == (ada.workspace, role)
    assert (may(grace, Right.EDIT), may(grace, Right.MANAGE)) == (edit, manage)


def test_a_link_is_good_for_one_person(ada: SignedIn) -> None:
    token = team.invite(ada, Role.VIEWER, " Grace ", now=NOON).token
    assert [(each.note, each.role, each.by) for each in team.pending(ada, now=NOON)] == [("Grace", Role.VIEWER, "Ada")]
    said = team.read(token, now=NOON)
    assert (said.workspace_name, said.by, said.role) == ("Ada's workspace", "Ada", Role.VIEWER)
    users.sign_up("grace@x.example", "Grace", RIGHT, hasher=PlainHasher(), now=NOON, invite=token)
    for act in (
        lambda: team.read(token, now=NOON),
        lambda: team.accept(join("Eve").user, token, now=NOON),
        lambda: users.sign_up("eve2@x.example", "Eve", RIGHT, hasher=PlainHasher(), now=NOON, invite=token),
    ):
        with pytest.raises(InviteGone):
            act()
    assert users.sign_in("eve@example.com", RIGHT, address="192.0.2.1", hasher=PlainHasher(), now=NOON).name == "Eve"
    assert team.pending(ada, now=NOON) == ()


def test_a_refused_sign_up_makes_nobody(ada: SignedIn) -> None:
    with pytest.raises(InviteGone):
        users.sign_up("grace@x.example", "Grace", RIGHT, hasher=PlainHasher(), now=NOON, invite="guessed")
    assert [person.name for person in team.members(ada)] == ["Ada"]
    users.sign_up("grace@x.example", "Grace", RIGHT, hasher=PlainHasher(), now=NOON)  # the email is still free


def test_links_end_by_time_and_by_being_taken_back(ada: SignedIn) -> None:
    old = team.invite(ada, Role.MEMBER, "", now=NOON).token
    with pytest.raises(InviteGone):
        team.read(old, now=LATER)
    with pytest.raises(InviteGone):
        team.accept(join("Eve").user, old, now=LATER)
    new = team.invite(ada, Role.MEMBER, "", now=LATER).token
    (pending,) = team.pending(ada, now=LATER)
    team.take_back(replace(ada, workspace="ws_other"), pending.key)
    assert team.read(new, now=LATER).by == "Ada"
    team.take_back(ada, pending.key)
    with pytest.raises(InviteGone):
        team.read(new, now=LATER)


def test_the_token_is_kept_nowhere(ada: SignedIn) -> None:
    token = team.invite(ada, Role.MEMBER, "", now=NOON).token
    with reading() as db:
        (row,) = db.exec(select(Invite)).all()
    assert token not in str(row.model_dump())


def test_joining_shows_the_other_workspace_and_back(ada: SignedIn) -> None:
    eve = join("Eve").user
    team.accept(eve, team.invite(ada, Role.MEMBER, "", now=NOON).token, now=NOON)
    there = again(eve)
    assert there is not None
    assert (there.workspace, there.role) == (ada.workspace, Role.MEMBER)
    assert set(team.workspaces(there).values()) == {"Ada's workspace", "Eve's workspace"}
    team.look_at(there, eve.workspace)
    home = again(eve)
    assert home is not None
    assert (home.workspace, home.role) == (eve.workspace, Role.OWNER)
    with pytest.raises(NotAMember):
        team.look_at(ada, eve.workspace)


def test_a_link_never_lowers_an_owner(ada: SignedIn) -> None:
    token = team.invite(ada, Role.VIEWER, "", now=NOON).token
    with pytest.raises(AlreadyMember):
        team.accept(ada, token, now=NOON)
    assert again(ada) == ada
    assert team.read(token, now=NOON).role is Role.VIEWER  # still good for somebody else


def test_who_is_removed_sees_nothing_at_the_next_click(ada: SignedIn) -> None:
    grace = member(ada, "Grace", Role.OWNER)
    key = api_keys.create(grace.id, grace.workspace, "sheet", now=NOON)
    team.remove(ada, grace.id, now=NOON)
    alone = again(grace)
    assert alone is not None
    assert alone.workspace != ada.workspace
    assert (alone.workspace_name, alone.role) == ("Grace's workspace", Role.OWNER)
    with pytest.raises(BadApiKey):
        api_keys.require(key)


def test_there_is_always_an_owner(ada: SignedIn) -> None:
    grace = member(ada, "Grace", Role.MEMBER)
    for act in (
        lambda: team.set_role(ada, ada.id, Role.VIEWER),
        lambda: team.remove(ada, ada.id, now=NOON),
    ):
        with pytest.raises(LastOwner):
            act()
    team.set_role(ada, grace.id, Role.OWNER)
    team.remove(ada, ada.id, now=NOON)
    assert [person.name for person in team.members(grace)] == ["Grace"]


def test_invitations_go_with_the_right_to_invite(ada: SignedIn) -> None:
    grace = member(ada, "Grace", Role.OWNER)
    link = team.invite(grace, Role.OWNER, "", now=NOON).token
    adas = team.invite(ada, Role.MEMBER, "", now=NOON).token
    team.set_role(ada, grace.id, Role.VIEWER)
    assert [each.by for each in team.pending(ada, now=NOON)] == ["Ada"]
    team.set_role(ada, grace.id, Role.OWNER)  # nothing comes back with the right
    with pytest.raises(InviteGone):
        team.read(link, now=NOON)
    assert team.read(adas, now=NOON).by == "Ada"


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER, None])
def test_who_may_no_longer_invite_lets_nobody_in(role: Role | None, ada: SignedIn) -> None:
    """Asked again at the door, should an invitation be left behind."""
    grace, eve = member(ada, "Grace", Role.OWNER), join("Eve").user
    link = team.invite(grace, Role.OWNER, "", now=NOON).token
    with transaction() as db:
        if role is None:
            db.delete(db.get_one(Membership, (grace.id, ada.workspace)))
        else:
            db.get_one(Membership, (grace.id, ada.workspace)).role = role
    for act in (
        lambda: team.read(link, now=NOON),
        lambda: team.accept(eve, link, now=NOON),
        lambda: users.sign_up("mallory@x.example", "M", RIGHT, hasher=PlainHasher(), now=NOON, invite=link),
    ):
        with pytest.raises(InviteGone):
            act()
    assert eve.id not in {person.id for person in team.members(ada)}


def test_who_stays_an_owner_keeps_their_invitations(ada: SignedIn) -> None:
    grace = member(ada, "Grace", Role.MEMBER)
    link = team.invite(ada, Role.MEMBER, "", now=NOON).token
    team.set_role(ada, grace.id, Role.OWNER)
    team.set_role(ada, ada.id, Role.OWNER)
    assert team.read(link, now=NOON).by == "Ada"


def test_anybody_may_leave(ada: SignedIn) -> None:
    grace = member(ada, "Grace", Role.VIEWER)
    team.remove(grace, grace.id, now=NOON)
    assert [person.name for person in team.members(ada)] == ["Ada"]


def test_a_name_for_the_workspace(ada: SignedIn) -> None:
    team.rename(ada, "  Halyard   Ltd ")
    renamed = again(ada)
    assert renamed is not None
    assert renamed.workspace_name == "Halyard Ltd"
    with pytest.raises(NameMissing):
        team.rename(ada, "  ")


MANAGING: dict[str, Callable[[SignedIn, SignedIn], object]] = {
    "invite": lambda who, _: team.invite(who, Role.OWNER, "", now=NOON),
    "pending": lambda who, _: team.pending(who, now=NOON),
    "take_back": lambda who, _: team.take_back(who, "x"),
    "set_role": lambda who, _: team.set_role(who, who.id, Role.OWNER),
    "remove": lambda who, ada: team.remove(who, ada.id, now=NOON),
    "rename": lambda who, _: team.rename(who, "Mine"),
}


@pytest.mark.parametrize("act", MANAGING)
@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
def test_only_owners_manage(act: str, role: Role, ada: SignedIn) -> None:
    with pytest.raises(NotYourRole):
        MANAGING[act](member(ada, "Grace", role), ada)


def test_strangers_are_nobody_here(ada: SignedIn) -> None:
    eve = join("Eve").user
    with pytest.raises(NotAMember):
        team.set_role(ada, eve.id, Role.VIEWER)
    with pytest.raises(NotAMember):
        team.remove(ada, eve.id, now=NOON)
