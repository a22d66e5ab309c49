"""Our own Stripe account, as the key that is set now opens it. Each works on an open session.

A customer of ours belongs to the account and mode that it was made in: with another key it is not there. What the
account of a key is was asked of Stripe once and is kept here, by the key's digest, so that no page has to ask.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from lib.settings import settings, standin
from lib.store.engine import upsert
from lib.store.tables import BillingCustomer, BillingPlatform, BillingStray, core

LIVE: Final = ("sk_live_", "rk_live_")


@dataclass(frozen=True, slots=True)
class Here:
    """Whose key is set: a digest of it, the account's acct_ id, and its mode; None: not known, or no key is set."""

    key: str | None
    platform: str | None
    livemode: bool | None

    def has(self, row: BillingCustomer) -> bool:
        """Whether a customer is one of this account and mode. What is not known speaks against nothing."""
        other_mode = None not in {row.livemode, self.livemode} and row.livemode != self.livemode
        other_account = None not in {row.platform, self.platform} and row.platform != self.platform
        return not other_mode and not other_account

    def surely_has(self, row: BillingCustomer) -> bool:
        """Whether a customer is known to be one of this very account and mode."""
        return self.platform is not None and (row.platform, row.livemode) == (self.platform, self.livemode)


def here(db: Session) -> Here:
    """What is known of the account whose key is set now."""
    if (secret := _secret()) is None:
        return Here(None, None, None)
    key = hashlib.sha256(secret.encode()).hexdigest()
    found = db.get(BillingPlatform, key)
    return Here(key, found.platform if found else None, secret.startswith(LIVE))


def _secret() -> str | None:
    if settings().sandbox_mode:
        found = standin()
        return found["secret_key"] if found else None
    own = settings().stripe_secret_key
    return own.get_secret_value() if own else None


def introduce(db: Session, platform: str) -> None:
    """The key that is set opens this account (acct_ id)."""
    if (key := here(db).key) is not None:
        statement = upsert(db)(core(BillingPlatform))
        told = {"platform": statement.excluded.platform}
        statement = statement.on_conflict_do_update(index_elements=["key"], set_=told)
        db.connection().execute(statement, [{"key": key, "platform": platform, "seen": 0}])
        db.expire_all()


def learn(db: Session, customer: str) -> None:
    """A customer was read with the key that is set: it is one of this account and mode."""
    found = here(db)
    mine = update(BillingCustomer).where(col(BillingCustomer.customer) == customer)
    db.connection().execute(mine.values(platform=found.platform, livemode=found.livemode))


def clock(db: Session) -> int:
    """The latest moment that the account told; 0 before the first."""
    found = db.get(BillingPlatform, here(db).key or "")
    return found.seen if found else 0


def set_clock(db: Session, seen: int) -> None:
    """The account told of this moment: its clock only goes forward."""
    if (key := here(db).key) is not None:
        table = core(BillingPlatform)
        statement = upsert(db)(table)
        statement = statement.on_conflict_do_update(
            index_elements=["key"], set_={"seen": statement.excluded.seen}, where=table.c.seen < statement.excluded.seen
        )
        db.connection().execute(statement, [{"key": key, "platform": None, "seen": seen}])
        db.expire_all()


# --- What is there and belongs to no workspace ------------------------------------------------------------------------


def strays(db: Session) -> Sequence[BillingStray]:
    """Subscriptions at Stripe that name a workspace which is not here, newest first, as they were last seen."""
    return db.exec(select(BillingStray).order_by(col(BillingStray.created).desc(), col(BillingStray.id))).all()


def keep_strays(db: Session, rows: Iterable[BillingStray]) -> None:
    """Keep these in place of those that were seen before."""
    db.connection().execute(delete(BillingStray))
    db.add_all(rows)
