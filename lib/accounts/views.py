"""Saved views: a page with all that was chosen on it, kept by name for oneself or for the team.

A view holds an address and no figures: whoever opens it sees what their own sign-in lets them see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from lib.accounts import identifiers, roles
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.errors import BadView, TooManyViews, UnknownView, ViewNameTaken
from lib.store import people, tables, views
from lib.store.engine import reading, transaction

LONGEST_NAME: Final = 60
"""Characters."""
LONGEST_QUERY: Final = 4_000
"""Characters of an address that is kept."""
MOST: Final = 100
"""Views of one user in one workspace."""

Asked = Mapping[str, list[str]]
"""An address's parameters, each with its values."""


@dataclass(frozen=True)
class View:
    """A page kept by name. ``page`` is its address below ``/``; ``author``: the name of who saved it."""

    id: str
    name: str
    page: str
    query: Asked
    shared: bool
    mine: bool
    author: str

    @property
    def address(self) -> str:
        """The page's address on this site, with what was chosen on it."""
        query = urlencode(self.query, doseq=True)
        return f"/{self.page}" + (f"?{query}" if query else "")


def save(  # noqa: PLR0913 - what a view is made of, by keyword
    user: SignedIn, name: str, *, page: str, query: Asked, shared: bool, now: int
) -> str:
    """Keep a page as it stands; returns the view's id. ``now`` is epoch seconds.

    Raises BadView, ViewNameTaken, TooManyViews; NotYourRole where it is to be shared and ``user`` may not.
    """
    if shared:
        roles.require(user, Right.EDIT)
    name = _name(name)
    if len(urlencode(query, doseq=True)) > LONGEST_QUERY:
        raise BadView(reason="its address is too long to keep")
    view = identifiers.new("view")
    row = tables.SavedView(
        id=view,
        workspace=user.workspace,
        user=user.id,
        name=name,
        page=page,
        query={key: list(values) for key, values in query.items()},
        shared=shared,
        created=now,
    )
    with transaction() as db:
        if views.count(db, user.workspace, user.id) >= MOST:
            raise TooManyViews(most=MOST)
        if not people.add(db, row):
            raise ViewNameTaken(name=name)
    return view


def of(user: SignedIn) -> tuple[View, ...]:
    """The views that ``user`` may open: their own and the team's, by name."""
    with reading() as db:
        found = views.of(db, user.workspace, user.id)
    return tuple(
        View(row.id, row.name, row.page, row.query or {}, row.shared, row.user == user.id, author)
        for row, author in found
    )


def rename(user: SignedIn, view: str, name: str) -> None:
    """Call a view otherwise. Raises BadView, ViewNameTaken, and as :func:`remove`."""
    name = _name(name)
    with transaction() as db:
        _changeable(user, views.one(db, user.workspace, user.id, view))
        if not views.rename(db, view, name):
            raise ViewNameTaken(name=name)


def share(user: SignedIn, view: str, *, shared: bool) -> None:
    """Show one's own view to the team, or to nobody else any more. Raises UnknownView, NotYourRole."""
    with transaction() as db:
        found = views.one(db, user.workspace, user.id, view)
        if found is None or found.user != user.id:
            raise UnknownView
        roles.require(user, Right.EDIT)
        views.share(db, view, shared=shared)


def remove(user: SignedIn, view: str) -> None:
    """Delete a view. Raises UnknownView (somebody else's own, too), NotYourRole for a shared one."""
    with transaction() as db:
        _changeable(user, views.one(db, user.workspace, user.id, view))
        views.remove(db, view)


def _changeable(user: SignedIn, found: tables.SavedView | None) -> None:
    if found is None:
        raise UnknownView
    if found.shared:
        roles.require(user, Right.EDIT)


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise BadView(reason="it needs a name")
    if len(name) > LONGEST_NAME:
        raise BadView(reason=f"its name is longer than {LONGEST_NAME} characters")
    return name
