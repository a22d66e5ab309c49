"""Which Stripe account a command is about."""

from __future__ import annotations

import time
from typing import Final

from lib.errors import NothingConnected, UnknownAccount, WhichAccount

ALL: Final = "all"


def chosen(account: str | None) -> str:
    """``account`` once it is known here, or the only one connected; brings the database up to date first. A sample
    must be named unless there is nothing else.

    ``all`` are all accounts of the command line's workspace together. An account whose connection has ended still has
    its figures, so it may be named. Raises UnknownAccount, WhichAccount or NothingConnected.
    """
    from lib.store import connections, samples
    from lib.store.engine import migrate, reading

    migrate()
    if account == ALL:
        from lib.accounts import workspaces

        return workspaces.for_command_line(now=int(time.time()))
    if account is not None:
        with reading() as db:
            if not connections.ever(db, account):
                raise UnknownAccount(account=account)
        return account
    known = samples.apart(connected(), str)
    if not known:
        raise NothingConnected
    if len(known) > 1:
        raise WhichAccount(known=", ".join(known))
    return known[0]


def connected() -> list[str]:
    """The accounts connected now, on this whole server, oldest first; the database must be up to date."""
    from lib.store import connections
    from lib.store.engine import reading

    with reading() as db:
        return [each.account for each in connections.all_live(db)]
