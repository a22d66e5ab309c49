"""Which accounts a workspace's view of all of them is about, and in what currency. A workspace's id begins ``ws_``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lib.store import connections, samples
from lib.store.engine import Db
from lib.store.tables import Account, Workspace

PREFIX: Final = "ws_"


@dataclass(frozen=True, slots=True)
class Together:
    """The accounts, oldest connection first, all of one mode; ``currency`` is the one chosen, if one was."""

    accounts: tuple[Account, ...]
    currency: str | None

    @property
    def version(self) -> int:
        """Grows with every change of any of them."""
        return sum(each.data_version for each in self.accounts)


def is_one(account: str) -> bool:
    """Whether this is a workspace's id in an account's place."""
    return account.startswith(PREFIX)


def of(db: Db, workspace: str) -> Together:
    """The workspace's accounts whose figures are there. Where some are live and some test accounts, the live ones:
    real money and play money are never summed. Nor is a sample with anything: it is here where there is nothing else.
    """
    mine = [about for _, about in connections.of_workspace(db, workspace)]
    ready = [about for about in samples.apart(mine, lambda each: each.id) if about.data_version]
    live = [about for about in ready if about.livemode]
    row = db.get(Workspace, workspace)
    return Together(tuple(live or ready), row.currency if row else None)
