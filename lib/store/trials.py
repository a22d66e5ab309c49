"""Who had a trial of a plan of ours: digests of owners and of the accounts they connected. Works on an open session."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session, col, select

from lib.store import samples
from lib.store.engine import upsert
from lib.store.tables import BillingTrial, Connection, Membership, core


def names(db: Session, workspace: str, owner: str) -> set[str]:
    """What tells a workspace's people and accounts again: its owners (who have role ``owner``), and the Stripe accounts
    that it reads or read. The demo business is everybody's.
    """
    people = select(Membership.user).where(Membership.workspace == workspace, Membership.role == owner)
    real = (Connection.workspace == workspace, col(Connection.kind).not_in(("demo", samples.KIND)))
    return {*db.exec(people), *db.exec(select(Connection.account).where(*real))}


def note(db: Session, digests: Iterable[str]) -> None:
    """Remember these."""
    rows = [{"hash": each} for each in sorted(digests)]
    if rows:
        statement = upsert(db)(core(BillingTrial)).on_conflict_do_nothing(index_elements=["hash"])
        db.connection().execute(statement, rows)


def any_of(db: Session, digests: Iterable[str]) -> bool:
    """Whether one of these is remembered."""
    query = select(BillingTrial.hash).where(col(BillingTrial.hash).in_(sorted(digests))).limit(1)
    return db.exec(query).first() is not None
