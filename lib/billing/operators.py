"""Who runs this server: those whose emails OPERATORS names, or, while it names nobody, whoever signed up first."""

from __future__ import annotations

from lib.accounts.sessions import SignedIn
from lib.errors import NotTheOperator
from lib.settings import settings
from lib.store import people
from lib.store.engine import reading


def is_operator(user: SignedIn) -> bool:
    """Whether ``user`` runs this server; asked of the settings and the database at every call."""
    if named := settings().operators:
        return user.email.lower() in named
    with reading() as db:
        return people.first_user(db) == user.id


def require_operator(user: SignedIn) -> None:
    """Raise NotTheOperator unless ``user`` runs this server."""
    if not is_operator(user):
        raise NotTheOperator
