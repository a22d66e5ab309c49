"""What a group of people shares. Every account's figures belong to one workspace."""

from __future__ import annotations

from lib.accounts import identifiers, roles
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
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
    """``account`` when ``workspace`` has a live connection to it, or when it is the workspace itself: all its accounts
    together. Raises UnknownAccount, also when it is another's.
    """
    if account == workspace:
        return account
    with reading() as db:
        found = connections.live(db, account)
        if found is None or found.workspace != workspace:
            raise UnknownAccount(account=account)
    return account


def require_own(workspace: str, account: str) -> str:
    """As :func:`require_account`, and also an account that ``workspace`` was the last to read and whose data is kept:
    it can be taken along, not looked at. Raises UnknownAccount.
    """
    try:
        return require_account(workspace, account)
    except UnknownAccount:
        with reading() as db:
            if account not in {info.id for _, info in connections.ended(db, workspace)}:
                raise
    return account


def set_currency(user: SignedIn, currency: str | None) -> None:
    """Choose the currency (ISO code) of all accounts together; None: that of the first. Raises NotYourRole."""
    roles.require(user, Right.MANAGE)
    with transaction() as db:
        row = db.get(tables.Workspace, user.workspace)
        assert row is not None  # noqa: S101 - somebody signed in is in a workspace
        row.currency = currency.lower() if currency else None
        db.add(row)


def currency(workspace: str) -> str | None:
    """The currency chosen for all accounts together."""
    with reading() as db:
        row = db.get(tables.Workspace, workspace)
        return row.currency if row else None
