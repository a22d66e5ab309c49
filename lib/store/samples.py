"""The demo business beside real accounts: each workspace has one of its own, under an id that Stripe gives nobody.

All of them show the same made-up business, so what Stripe makes unique on the whole server, the ids of events, is made
so here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from sqlmodel import Session, col, func, select

from lib.store.tables import Product

KIND: Final = "sample"
"""The kind of its connection."""
PREFIX: Final = "acct_sample_"
"""How its id begins: Stripe's own have no second underscore."""
_DIGITS: Final = 16
T = TypeVar("T")


def of(workspace: str) -> str:
    """The id of a workspace's sample, the same at every time."""
    return PREFIX + hashlib.sha256(workspace.encode()).hexdigest()[:_DIGITS]


def is_one(account: str) -> bool:
    """Whether an account is a sample: nothing in it is real."""
    return account.startswith(PREFIX)


def event_id(account: str, event: str) -> str:
    """The id under which an event of ``account`` is kept: of a sample one that no other sample has."""
    return f"{event}_{account.removeprefix(PREFIX)}" if is_one(account) else event


def apart(mine: Iterable[T], account: Callable[[T], str]) -> tuple[T, ...]:
    """Those of a workspace's accounts that are its own: without the sample, unless there is nothing else."""
    found = tuple(mine)
    return tuple(each for each in found if not is_one(account(each))) or found


def began(db: Session, account: str) -> int | None:
    """When the business that a sample was read from began (epoch seconds), by its oldest product; None: nothing is read
    yet.
    """
    mine = (Product.account == account, col(Product.deleted).is_(False))
    return db.exec(select(func.min(Product.created)).where(*mine)).one()
