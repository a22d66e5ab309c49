"""Queries of connected Stripe accounts. Each works on an open session; times are epoch seconds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import and_, delete, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col, select

from lib.store import billing, pace, upserts
from lib.store.engine import reading
from lib.store.seniority import oldest_first
from lib.store.tables import Account, Connection, core


def account(account_id: str) -> Account | None:
    """What we know of a Stripe account that is or was connected; in a transaction of its own."""
    with reading() as db:
        return db.get(Account, account_id)


def live(db: Session, account: str) -> Connection | None:
    """The live connection to ``account``; there is at most one on this server."""
    return db.exec(
        select(Connection).where(Connection.account == account, col(Connection.revoked_at).is_(None))
    ).first()


def live_of(db: Session, accounts: Collection[str]) -> dict[str, Connection]:
    """The live connections to these accounts, by account. Nobody else can end them before this transaction does."""
    query = select(Connection).where(col(Connection.account).in_(accounts), col(Connection.revoked_at).is_(None))
    held = query.order_by(col(Connection.id)).with_for_update(read=True)
    return {found.account: found for found in db.exec(held)}


def hold(db: Session, account: str) -> str | None:
    """The id of the live connection, which nobody can end before this transaction does; None when it has ended."""
    query = select(Connection.id).where(Connection.account == account, col(Connection.revoked_at).is_(None))
    return db.exec(query.with_for_update(read=True)).first()


def ever(db: Session, account: str) -> bool:
    """Whether ``account`` was ever connected."""
    return db.exec(select(Connection.id).where(Connection.account == account).limit(1)).first() is not None


def holder(db: Session, account: str) -> str | None:
    """The workspace that has ``account``, or had it last; None where nobody ever had it."""
    query = select(Connection.workspace).where(Connection.account == account)
    last = query.order_by(col(Connection.revoked_at).is_not(None), col(Connection.revoked_at).desc())
    return db.exec(last.order_by(col(Connection.created).desc()).limit(1)).first()


def of_workspace(db: Session, workspace: str) -> Sequence[tuple[Connection, Account]]:
    """The live connections of a workspace with their accounts, by when each account was first connected to it."""
    query = (
        select(Connection, Account)
        .join(Account, col(Account.id) == Connection.account)
        .where(Connection.workspace == workspace, col(Connection.revoked_at).is_(None))
        .order_by(*oldest_first())
    )
    return db.exec(query).all()


def all_live(db: Session) -> Sequence[Connection]:
    """Every live connection, oldest first."""
    query = select(Connection).where(col(Connection.revoked_at).is_(None))
    return db.exec(query.order_by(col(Connection.created), col(Connection.id))).all()


OWNER: Final = "owner"
"""The connection was ended here."""
STRIPE: Final = "stripe"
"""The access was withdrawn at Stripe."""


def revoke(db: Session, account: str, *, at: int, ending: str = OWNER) -> None:
    """End the live connection to ``account``, if there is one; sealed keys are wiped. ``ending``: OWNER or STRIPE."""
    db.connection().execute(
        update(Connection)
        .where(col(Connection.account) == account, col(Connection.revoked_at).is_(None))
        .values(revoked_at=at, ending=ending, secret_encrypted=None, refresh_encrypted=None)
    )


def erase(db: Session, account: str) -> None:
    """Delete all that was read or noted of ``account``: every row of every table with an ``account`` column.

    Its connections and its own row in ``account`` stay; that row's data version grows, so cached figures go too.
    """
    upserts.bump(account, db)
    for table in SQLModel.metadata.sorted_tables:
        if "account" in table.columns and table is not core(Connection):
            db.connection().execute(delete(table).where(table.c.account == account))
    pace.forget(db, account)
    db.expire_all()


def forget(db: Session, account: str) -> None:
    """Delete all that is known of ``account``, its connections and its own row too: as if it had never been here.

    SQLite overwrites what is deleted, so that no byte of it stays in the file once the log is written back
    (:func:`lib.store.engine.write_back`).
    """
    if db.connection().dialect.name == "sqlite":
        db.connection().exec_driver_sql("PRAGMA secure_delete = ON")
    erase(db, account)
    billing.forget_connected(db, account)
    for table, column in ((Connection, col(Connection.account)), (Account, col(Account.id))):
        db.connection().execute(delete(table).where(column == account))
    db.expire_all()


def ended(db: Session, workspace: str) -> Sequence[tuple[Connection, Account]]:
    """The accounts that ``workspace`` was the last to be connected to and whose data is kept, by when it ended."""
    newer = aliased(Connection)
    later = select(newer.id).where(
        col(newer.account) == col(Connection.account),
        or_(
            col(newer.revoked_at).is_(None),
            col(newer.revoked_at) > col(Connection.revoked_at),
            and_(col(newer.revoked_at) == col(Connection.revoked_at), col(newer.created) > col(Connection.created)),
        ),
    )
    query = (
        select(Connection, Account)
        .join(Account, col(Account.id) == Connection.account)
        .where(Connection.workspace == workspace, col(Connection.revoked_at).is_not(None), ~later.exists())
        .order_by(col(Connection.revoked_at).desc(), col(Connection.created).desc(), col(Connection.id))
    )
    found: dict[str, tuple[Connection, Account]] = {}
    for connection, account in db.exec(query):
        found.setdefault(account.id, (connection, account))
    return list(found.values())


def known(db: Session, account: str) -> Account | None:
    """What we know of a Stripe account that is or was connected."""
    return db.get(Account, account)


def keep_mode(db: Session, account: str, *, livemode: bool) -> None:
    """Note which of the account's two worlds is read from now on; what was read of the other one is erased."""
    found = db.get(Account, account)
    if found is not None and found.livemode != livemode:
        erase(db, account)
        db.get_one(Account, account).livemode = livemode
        db.flush()


_OWNERS: Final = {"id", "data_version", "created", "timezone", "rules", "rules_before", "rates_url"}
"""Columns that Stripe does not tell."""


def keep_account(db: Session, about: Account) -> None:
    """Insert ``about``, or renew what Stripe says of a known one; its data version and the owner's settings stay."""
    known = db.get(Account, about.id)
    if known is None:
        db.add(about)
    else:
        known.sqlmodel_update(about.model_dump(exclude=set(_OWNERS)))
    db.flush()
