"""What is kept of accounts between questions: the newest of each purpose, no more than is allowed to weigh."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock, RLock
from typing import Generic, TypeVar

from lib.errors import NotSyncedYet
from lib.settings import settings
from lib.store import journal
from lib.store.engine import reading
from lib.store.journal import Changed
from lib.store.tables import Account

T = TypeVar("T")


class Shelf(Generic[T]):
    """What was made for an account's state, one for each purpose, the newest alone; what was used longest ago goes when
    all together weigh more than ``most``.
    """

    def __init__(self, most: int, weigh: Callable[[T], int]) -> None:
        self.most, self._weigh = most, weigh
        self._kept: OrderedDict[Hashable, tuple[int, T]] = OrderedDict()
        self._guard = Lock()

    def get(self, about: Account, purpose: Hashable, make: Callable[[], T], renew: Callable[[T, Changed], T]) -> T:
        """What is kept for the account's present version, made now if need be: by ``renew`` from an older one and what
        changed since, where both are known, else by ``make``. Raises NotSyncedYet. The account's lock is held.
        """
        if about.data_version == 0:
            raise NotSyncedYet
        key = (settings().database, about.id, purpose)
        with self._guard:
            version, found = self._kept.pop(key, (0, None))
        if found is None or version != about.data_version:
            changed = _changed(about, version) if found is not None else None
            found = make() if found is None or changed is None else renew(found, changed)
        with self._guard:
            self._kept[key] = (about.data_version, found)
            while len(self._kept) > 1 and sum(self._weigh(each) for _, each in self._kept.values()) > self.most:
                self._kept.popitem(last=False)
        return found


def _changed(about: Account, since: int) -> Changed | None:
    with reading() as db:
        return journal.between(db, about.id, since, about.data_version) if since < about.data_version else None


_locks: dict[tuple[str, str], RLock] = {}


def lock(account: str) -> RLock:
    """One thread at a time looks and makes for an account or a workspace; others wait and find it made."""
    return _locks.setdefault((settings().database, account), RLock())
