"""How often Stripe was read for each account, what it allows, and how fresh each account is. Times: epoch seconds."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, func, select

from lib.errors import NoRoom
from lib.store import connections, samples
from lib.store.engine import transaction
from lib.store.syncing import LISTED
from lib.store.tables import Charge, Connection, EventInbox, ReadCount, SyncRun, core

log = logging.getLogger(__name__)


def add(counts: Mapping[tuple[str, str], int]) -> bool:
    """Add these reads, by account and day; whether they are kept. Counting is no reason for anything else to fail."""
    try:
        with transaction() as db:
            for (account, day), reads in sorted(counts.items()):
                _add(db, account, day, reads)
    except NoRoom:
        log.warning("Reads of Stripe could not be counted now: there is no room")
        return False
    except SQLAlchemyError:
        log.warning("Reads of Stripe could not be counted now", exc_info=True)
        return False
    return True


def _add(db: Session, account: str, day: str, reads: int) -> None:
    insert = postgresql.insert if db.connection().dialect.name == "postgresql" else sqlite.insert
    table = core(ReadCount)
    if connections.live(db, account) is None:  # it has left meanwhile, and nothing of it is kept
        return
    db.connection().execute(
        insert(table)
        .values(account=account, day=day, reads=reads)
        .on_conflict_do_update(index_elements=["account", "day"], set_={"reads": table.c.reads + reads})
    )


def used(db: Session, accounts: Collection[str], since: str) -> dict[str, int]:
    """Reads of each of these accounts since a day (ISO, UTC), that day included; none is 0."""
    query = select(ReadCount.account, func.sum(ReadCount.reads)).where(
        col(ReadCount.account).in_(accounts), ReadCount.day >= since
    )
    found = {account: int(reads) for account, reads in db.exec(query.group_by(col(ReadCount.account)))}
    return {account: found.get(account, 0) for account in accounts}


def transactions(db: Session, accounts: Collection[str], since: int) -> int:
    """Successful charges of all these accounts together that were created since."""
    query = select(func.count()).where(
        col(Charge.account).in_(accounts),
        Charge.status == "succeeded",
        col(Charge.deleted).is_(False),
        col(Charge.created) >= since,
    )
    return db.exec(query).one()


def sharing(db: Session, account: str) -> list[str]:
    """Which accounts share the allocation of ``account``, itself too: of a platform all that it reads in one mode."""
    live = select(Connection).where(col(Connection.revoked_at).is_(None))
    own = db.exec(live.where(Connection.account == account)).first()
    if own is None or own.kind != "oauth":
        return [account]
    alike = live.where(Connection.kind == "oauth", Connection.livemode == own.livemode)
    return sorted(each.account for each in db.exec(alike))


def runs(db: Session, accounts: Collection[str]) -> dict[str, SyncRun]:
    """Where the sync of each of these accounts stands; those that never began are left out."""
    return {each.account: each for each in db.exec(select(SyncRun).where(col(SyncRun.account).in_(accounts)))}


def last_delivered(db: Session, accounts: Collection[str]) -> dict[str, float]:
    """When the newest delivery of use to us came for each account; those that never had one are left out."""
    query = select(EventInbox.account, func.max(EventInbox.received)).where(
        col(EventInbox.account).in_(accounts),
        func.coalesce(EventInbox.note, "") != LISTED,
        col(EventInbox.state).in_(["pending", "done"]),
    )
    return dict(db.exec(query.group_by(col(EventInbox.account))).all())


def undelivered(db: Session, since: float) -> Sequence[str]:
    """Accounts whose events were all read from Stripe's list since, and none was delivered; a sample's never are."""
    query = select(EventInbox.account).where(
        EventInbox.state == "done", EventInbox.received >= since, EventInbox.note == LISTED
    )
    listed = {each for each in db.exec(query.distinct()).all() if not samples.is_one(each)}
    came = {account for account, at in last_delivered(db, listed).items() if at >= since}
    return sorted(listed - came)
