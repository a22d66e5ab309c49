"""The people of a workspace: who they are, what they may do, how others join. Times are epoch seconds, passed in.

An invitation is a link that is good for one person and seven days; only its digest is kept. A workspace always has an
owner.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from lib.accounts import identifiers, roles
from lib.accounts.roles import Right, Role
from lib.accounts.sessions import DAY, SignedIn
from lib.errors import AlreadyMember, InviteGone, LastOwner, NameMissing, NoSeatLeft, NotAMember, TooManySeats
from lib.store import people, preferences, tables, team
from lib.store.engine import Db, reading, transaction
from lib.store.secrets import digest

INVITED_FOR: Final = 7 * DAY
"""Seconds that an invitation is good for."""
LONGEST: Final = 100
"""Characters of a workspace's name, or of the note on an invitation."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a workspace."""

    id: str
    name: str
    email: str
    role: Role


@dataclass(frozen=True, slots=True)
class Pending:
    """An invitation nobody has used yet. ``note``: for whom it was made; ``by``: who made it; ``key`` names it."""

    key: str
    role: Role
    note: str
    by: str
    expires: int


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an invitation says to whoever opens its link."""

    workspace: str
    workspace_name: str
    by: str
    role: Role


@dataclass(frozen=True, slots=True)
class Made:
    """A new invitation: the token of its link, shown once."""

    token: str = field(repr=False)
    expires: int


def members(user: SignedIn) -> tuple[Person, ...]:
    """The people of the workspace that ``user`` looks at, by when they signed up."""
    with reading() as db:
        return tuple(Person(row.id, row.name, row.email, Role(role)) for row, role in team.members(db, user.workspace))


def set_role(user: SignedIn, person: str, role: Role) -> None:
    """Give somebody another role; with the right to invite go the invitations that nobody has used yet.

    Raises NotYourRole, NotAMember or LastOwner.
    """
    roles.require(user, Right.MANAGE)
    with transaction() as db:
        _member(db, user.workspace, person)
        if role is not Role.OWNER:
            _keep_an_owner(db, user.workspace, person)
        team.set_role(db, user.workspace, person, role)
        if not _may_invite(db, user.workspace, person):
            team.remove_invites_of(db, user.workspace, person)


def remove(user: SignedIn, person: str, *, now: int) -> None:
    """Take somebody out; at their next click they no longer see this workspace, and their API keys open nothing.

    Anybody may leave; taking others out needs Right.MANAGE. Who would be left without a workspace gets an empty one.
    Raises NotYourRole, NotAMember or LastOwner.
    """
    if person != user.id:
        roles.require(user, Right.MANAGE)
    with transaction() as db:
        _member(db, user.workspace, person)
        _keep_an_owner(db, user.workspace, person)
        _settle(db, person, user.workspace, now)
        team.remove(db, user.workspace, person)


def _may_invite(db: Db, workspace: str, person: str) -> bool:
    found = team.membership(db, workspace, person)
    return found is not None and roles.may(found, Right.MANAGE)


def rehome(db: Db, workspace: str, *, by: SignedIn, now: int) -> None:
    """Give an empty workspace to everybody who is in no other than this one, which is about to be deleted, and leave
    word for all of them of who deletes it: see :func:`gone`.
    """
    name = db.get_one(tables.Workspace, workspace).name
    for person, _ in team.members(db, workspace):
        home, made = _settle(db, person.id, workspace, now)
        word = {"name": name, "by": "" if person.id == by.id else by.name, "made": home if made else ""}
        preferences.keep(db, person.id, home, f"{_GONE}{identifiers.new('gone')}", word)


def _settle(db: Db, person: str, workspace: str, now: int) -> tuple[str, bool]:
    """Where somebody is who is about to lose ``workspace``, and whether that one is made for them, having no other.

    What they were not told yet of workspaces that are gone goes there with them.
    """
    others = [each.id for each, _ in team.workspaces(db, person) if each.id != workspace]
    home = others[0] if others else _own(db, person, now)
    preferences.move(db, person, workspace, home, _GONE)
    return home, not others


_GONE: Final = "workspace-gone-"
"""The beginning of the preferences that hold such words."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A workspace that was deleted: its name, and who deleted it; nobody's name where it was the reader. ``made``: the
    id of the empty workspace that the reader got in its place, being in no other.
    """

    name: str
    by: str
    made: str = ""


def gone(user: SignedIn) -> tuple[Gone, ...]:
    """The workspaces of ``user`` that were deleted since this was last asked; each is told once."""
    with reading() as db:
        if not preferences.beginning(db, user.id, _GONE):
            return ()
    with transaction() as db:
        found = preferences.take(db, user.id, _GONE)
    return tuple(Gone(str(word["name"]), str(word["by"]), str(word.get("made", ""))) for word in found)


def _own(db: Db, person: str, now: int) -> str:
    row = db.get(tables.User, person)
    assert row is not None  # noqa: S101 - a member is a user
    made = tables.Workspace(id=identifiers.new("ws"), name=f"{row.name}'s workspace", created=now)
    people.add(db, made)
    people.add(db, tables.Membership(user=person, workspace=made.id, role=Role.OWNER))
    return made.id


def _member(db: Db, workspace: str, person: str) -> tables.Membership:
    """Their place, in a workspace whose people nobody else changes meanwhile."""
    team.hold(db, workspace)
    found = team.membership(db, workspace, person)
    if found is None:
        raise NotAMember
    return found


def _keep_an_owner(db: Db, workspace: str, person: str) -> None:
    found = team.membership(db, workspace, person)
    if found and found.role == Role.OWNER and team.owners(db, workspace, Role.OWNER) == 1:
        raise LastOwner


def rename(user: SignedIn, name: str) -> None:
    """Give the workspace another name. Raises NotYourRole or NameMissing."""
    roles.require(user, Right.MANAGE)
    tidy = " ".join(name.split())[:LONGEST]
    if not tidy:
        raise NameMissing
    with transaction() as db:
        team.rename(db, user.workspace, tidy)


# --- Several workspaces -----------------------------------------------------------------------------------------------


def workspaces(user: SignedIn) -> dict[str, str]:
    """The names of the workspaces that ``user`` is in, by id, oldest first."""
    with reading() as db:
        return {row.id: row.name for row, _ in team.workspaces(db, user.id)}


def look_at(user: SignedIn, workspace: str) -> None:
    """Have this browser show another workspace. Raises NotAMember."""
    with transaction() as db:
        if team.membership(db, workspace, user.id) is None:
            raise NotAMember
        team.look_at(db, user.session, workspace)


# --- Invitations ------------------------------------------------------------------------------------------------------


def invite(user: SignedIn, role: Role, note: str, *, now: int, seats: int | None = None) -> Made:
    """Make an invitation. ``seats``: most people that the workspace's plan has room for; None: no limit.

    Raises NotYourRole, or NoSeatLeft when the people and the invitations that still hold take all of them.
    """
    roles.require(user, Right.MANAGE)
    token = identifiers.token()
    row = tables.Invite(
        hash=digest(token),
        workspace=user.workspace,
        role=role,
        note=" ".join(note.split())[:LONGEST] or None,
        user=user.id,
        created=now,
        expires=now + INVITED_FOR,
    )
    with transaction() as db:
        team.hold(db, user.workspace)
        team.forget_invites(db, now=now)
        if seats is not None and _taken(db, user.workspace) + len(team.invites(db, user.workspace, now=now)) >= seats:
            raise NoSeatLeft(limit=_people(seats))
        people.add(db, row)
    return Made(token, row.expires)


def _taken(db: Db, workspace: str) -> int:
    return len(team.members(db, workspace))


def _people(seats: int) -> str:
    return "1 person" if seats == 1 else f"{seats} people"


def pending(user: SignedIn, *, now: int) -> tuple[Pending, ...]:
    """The invitations nobody has used, newest first. Raises NotYourRole."""
    roles.require(user, Right.MANAGE)
    with reading() as db:
        return tuple(
            Pending(row.hash, Role(row.role), row.note or "", by, row.expires)
            for row, by in team.invites(db, user.workspace, now=now)
        )


def take_back(user: SignedIn, key: str) -> None:
    """End an invitation; one that is gone is fine. Raises NotYourRole."""
    roles.require(user, Right.MANAGE)
    with transaction() as db:
        team.remove_invite(db, user.workspace, key)


def read(token: str, *, now: int) -> Invitation:
    """What the invitation says. Raises InviteGone: unknown, used, taken back, too old, or of one who may not invite."""
    with reading() as db:
        found = team.invite(db, digest(token))
        if found is None or not _holds(db, found[0], now):
            raise InviteGone
    row, workspace_name, by = found
    return Invitation(row.workspace, workspace_name, by, Role(row.role))


def accept(user: SignedIn, token: str, *, now: int, seats: int | None = None) -> str:
    """Join by an invitation, and have this browser show that workspace; returns its id.

    ``seats``: most people that the workspace's plan has room for; None: no limit. Raises InviteGone, AlreadyMember,
    which leaves the invitation for somebody else and the role as it is, or TooManySeats, which leaves it too.
    """
    with transaction() as db:
        found = team.invite(db, digest(token))
        if found is not None and team.membership(db, found[0].workspace, user.id):
            raise AlreadyMember(workspace=found[1])
        joined = join(db, user.id, token, now=now, seats=seats)
        team.look_at(db, user.session, joined)
    return joined


def join(db: Db, person: str, token: str, *, now: int, seats: int | None = None) -> str:
    """Spend an invitation within a transaction; the workspace's id. Raises InviteGone or TooManySeats.

    What is raised ends the transaction, so an invitation that found no seat is still there.
    """
    row = team.take_invite(db, digest(token))
    if row is None:
        raise InviteGone
    team.hold(db, row.workspace)
    if not _holds(db, row, now):
        raise InviteGone
    if seats is not None and _taken(db, row.workspace) >= seats:
        raise TooManySeats(limit=_people(seats))
    people.add(db, tables.Membership(user=person, workspace=row.workspace, role=row.role))
    return row.workspace


def _holds(db: Db, row: tables.Invite, now: int) -> bool:
    """Whether an invitation is still good: in time, and made by somebody who still may invite."""
    return row.expires > now and _may_invite(db, row.workspace, row.user)
