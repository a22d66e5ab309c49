"""What each role in a workspace may do: a viewer looks, a member works, an owner decides.

Asked where something is done, not only where a button is drawn.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Protocol

from lib.errors import NotYourRole


class Role(StrEnum):
    """A user's place in a workspace. ``meaning`` says to people what it allows."""

    OWNER = "owner"
    MEMBER = "member"
    VIEWER = "viewer"

    @property
    def meaning(self) -> str:
        """One sentence on what it allows."""
        return _MEANINGS[self]

    @property
    def yours(self) -> str:
        """The same, said to who has it."""
        return _YOURS[self]


_MEANINGS: Final = {
    Role.OWNER: "Can do everything: connect accounts, change the rules, invite people, delete data.",
    Role.MEMBER: "Sees every figure and makes goals, annotations, notes, segments and views for the team.",
    Role.VIEWER: "Sees every figure and downloads it; changes nothing that others see.",
}
_YOURS: Final = {
    Role.OWNER: "You can do everything: connect accounts, change the rules, invite people, delete data.",
    Role.MEMBER: "You see every figure and make goals, annotations, notes, segments and views for the team.",
    Role.VIEWER: "You see every figure and can download it; you change nothing that others see.",
}


class Right(StrEnum):
    """Something that not everybody may do."""

    EDIT = "edit"
    """Make or change what the team shares: goals, annotations, notes, segments, shared views."""
    MANAGE = "manage"
    """Connections, rules, currency and time zone, API keys, people, the plan."""


_RIGHTS: Final = {
    Role.OWNER: frozenset(Right),
    Role.MEMBER: frozenset({Right.EDIT}),
    Role.VIEWER: frozenset[Right](),
}


class Somebody(Protocol):
    """Whoever has a role: lib.accounts.sessions.SignedIn."""

    @property
    def role(self) -> str:
        """A Role, as it is kept."""
        ...


def may(user: Somebody, right: Right) -> bool:
    """Whether ``user`` has ``right`` in the workspace that they look at."""
    return right in _RIGHTS[Role(user.role)]


def require(user: Somebody, right: Right) -> None:
    """Raise NotYourRole unless ``user`` has ``right``."""
    if not may(user, right):
        raise NotYourRole(role=user.role)
