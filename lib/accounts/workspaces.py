"""What a group of people shares. Every account's figures belong to one workspace."""

from __future__ import annotations

from lib.accounts import identifiers
from lib.errors import UnknownAccount
from lib.store import connections, people, tables
from lib.store.engine import reading, transaction


def for_command_line(*, now: int) -> str:
    """The workspace that the command line works in: the oldest one, made without an owner when there is none.

    The first user to sign up becomes its owner (:func:`lib.accounts.users.sign_up`).
    """
    with transaction() as db:
        found = people.first_workspace(db)
        if found is None:
            found = tables.Workspace(id=identifiers.new("ws"), name="My business", created=now)
            people.add(db, found)
        return found.id


def require_account(workspace: str, account: str) -> str:
    """``account`` when ``workspace`` has a live connection to it. Raises UnknownAccount, also when it is another's."""
    with reading() as db:
        found = connections.live(db, account)
        if found is None or found.workspace != workspace:
            raise UnknownAccount(account=account)
    return account
