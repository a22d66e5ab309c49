"""What a sync remembers between its steps: run, progress, windows, events. Each works on an open session.

Also the few questions a sync asks the mirrored tables. Times are epoch seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import and_, delete, func, null, or_, update
from sqlmodel import Session, col, select

from lib.store import syncing
from lib.store.engine import upsert
from lib.store.syncing import LISTED
from lib.store.tables import (
    MIRROR,
    BalanceTransaction,
    EventInbox,
    Invoice,
    InvoiceItem,
    InvoiceLine,
    Mirror,
    SyncProgress,
    SyncRun,
    SyncWindow,
    core,
)

Key = tuple[str, int, int]
"""A window's resource, start and end."""
_CHUNK = 500


# --- The run ----------------------------------------------------------------------------------------------------------


def run(db: Session, account: str) -> SyncRun | None:
    """Where the account's sync stands; None before the first."""
    return db.get(SyncRun, account)


def save_run(db: Session, account: str, **changes: Any) -> None:  # noqa: ANN401 - columns of SyncRun
    """Set these columns of the account's run."""
    found = db.get(SyncRun, account) or SyncRun(account=account)
    found.sqlmodel_update(changes)
    db.add(found)
    db.flush()


def hold_run(db: Session, account: str) -> SyncRun | None:
    """The account's run, which no other process can change before this transaction ends."""
    return db.exec(select(SyncRun).where(SyncRun.account == account).with_for_update()).first()


def is_whole(db: Session, account: str) -> bool:
    """Whether the account's history was read to its end."""
    kept = windows(db, account)
    return bool(kept) and all(window.done for window in kept)


def unfinished(db: Session) -> Sequence[str]:
    """Accounts whose sync is queued or running."""
    return db.exec(select(SyncRun.account).where(col(SyncRun.state).in_(["queued", "running"]))).all()


# --- Progress and windows ---------------------------------------------------------------------------------------------


def progress(db: Session, account: str) -> Sequence[SyncProgress]:
    """How far each resource is."""
    return db.exec(select(SyncProgress).where(SyncProgress.account == account)).all()


def save_progress(db: Session, account: str, resource: str, **changes: Any) -> None:  # noqa: ANN401 - columns
    """Set these columns of one resource's progress."""
    found = db.get(SyncProgress, (account, resource)) or SyncProgress(account=account, resource=resource)
    found.sqlmodel_update(changes)
    db.add(found)


def windows(db: Session, account: str) -> Sequence[SyncWindow]:
    """The account's windows, newest first."""
    query = select(SyncWindow).where(SyncWindow.account == account)
    return db.exec(query.order_by(col(SyncWindow.end).desc(), col(SyncWindow.resource))).all()


def replace_window(db: Session, account: str, old: Key | None, new: Iterable[SyncWindow]) -> None:
    """Put ``new`` windows in the place of the ``old`` one."""
    if old is not None and (found := db.get(SyncWindow, (account, *old))):
        db.delete(found)
        db.flush()
    db.add_all(new)


def stands(db: Session, window: SyncWindow) -> bool:
    """Whether a window is still as it was when it was taken up: no other process went on with it since."""
    found = db.get(SyncWindow, (window.account, window.resource, window.start, window.end))
    return found is not None and not found.done and found.cursor == window.cursor


def advance(db: Session, account: str, resource: str, *, read: int, expected: int) -> None:
    """Count ``read`` more objects of a resource; ``expected``: about how many are left, as far as the reader knows."""
    found = db.get(SyncProgress, (account, resource))
    fetched = (found.fetched if found else 0) + read
    left = select(SyncWindow.start).where(
        SyncWindow.account == account, SyncWindow.resource == resource, col(SyncWindow.done).is_(False)
    )
    done = db.exec(left.limit(1)).first() is None
    estimate = fetched if done else (fetched + expected if fetched else None)
    save_progress(db, account, resource, fetched=fetched, estimate=estimate, done=done)


def forget(db: Session, account: str) -> None:
    """Drop the account's windows and progress, to read its history anew."""
    for table in (SyncWindow, SyncProgress):
        db.connection().execute(delete(table).where(col(table.account) == account))


# --- Events -----------------------------------------------------------------------------------------------------------


def pending(db: Session, account: str, limit: int) -> Sequence[EventInbox]:
    """The account's oldest deliveries that were not worked on."""
    query = select(EventInbox).where(EventInbox.account == account, EventInbox.state == "pending")
    return db.exec(query.order_by(col(EventInbox.created), col(EventInbox.id)).limit(limit)).all()


def waiting(db: Session) -> Sequence[str]:
    """Accounts with deliveries that were not worked on."""
    return db.exec(select(EventInbox.account).where(EventInbox.state == "pending").distinct()).all()


def settled(db: Session, ids: Sequence[str]) -> set[str]:
    """Which of these events were worked on already."""
    found: set[str] = set()
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        query = select(EventInbox.id).where(col(EventInbox.id).in_(chunk), EventInbox.state == "done")
        found.update(db.exec(query))
    return found


def settle(db: Session, account: str, events: Iterable[dict[str, Any]], *, received: float) -> None:
    """Mark events as worked on; those that were read from Stripe's list and never delivered are added."""
    done = {"state": "done", "payload": None}
    rows = [syncing.row(event, account=account, received=received, note=LISTED) | done for event in events]
    if rows:
        # one statement: the same event may be delivered in this very moment
        statement = upsert(db)(core(EventInbox))
        statement = statement.on_conflict_do_update(index_elements=["id"], set_={"state": "done", "payload": null()})
        db.connection().execute(statement, sorted(rows, key=lambda row: row["id"]))


def set_aside(db: Session, ids: Sequence[str], note: str) -> None:
    """Ignore these deliveries for good; ``note`` says why."""
    db.connection().execute(update(EventInbox).where(col(EventInbox.id).in_(ids)).values(state="ignored", note=note))


# --- Questions to the mirror ------------------------------------------------------------------------------------------


def still_pending(db: Session, account: str, ids: Sequence[str]) -> Sequence[str]:
    """Which of these invoice items wait for an invoice, as far as we know."""
    query = select(InvoiceItem.id).where(
        InvoiceItem.account == account,
        col(InvoiceItem.id).in_(ids),
        col(InvoiceItem.invoice).is_(None),
        col(InvoiceItem.deleted).is_(False),
    )
    return db.exec(query).all()


def oldest_due(db: Session, account: str, at: int) -> int | None:
    """When the oldest balance transaction was created that we know as pending and that should be available ``at``."""
    query = select(func.min(BalanceTransaction.created)).where(
        BalanceTransaction.account == account,
        BalanceTransaction.status == "pending",
        col(BalanceTransaction.available_on) <= at,
    )
    return db.exec(query).one()


def unseen(db: Session, account: str, table: type[Mirror], since: float) -> Sequence[str]:
    """Ids of live rows that were last seen before ``since``, or in our future: by a clock that was wrong."""
    seen = col(table.observed_at)
    query = select(table.id).where(
        table.account == account,
        col(table.deleted).is_(False),
        or_(seen.between(0.001, since - 0.001), seen > time.time()),
    )
    return db.exec(query.order_by(table.id)).all()


def untold_taxes(db: Session, account: str) -> Sequence[str]:
    """Ids of live invoices with lines that include tax, but were read before the rate of each tax was kept."""
    query = select(Invoice.id).where(
        Invoice.account == account,
        col(Invoice.deleted).is_(False),
        col(InvoiceLine.deleted).is_(False),
        col(InvoiceLine.tax_inclusive) != 0,
        col(InvoiceLine.taxes).is_(None),
    )
    joined = and_(col(InvoiceLine.account) == Invoice.account, col(InvoiceLine.invoice) == Invoice.id)
    return db.exec(query.join(InvoiceLine, joined).distinct().order_by(Invoice.id)).all()


def last_seen(db: Session, account: str) -> float:
    """When (epoch seconds) the newest row of the account was observed; 0 when there is none."""
    newest = (db.exec(select(func.max(table.observed_at)).where(table.account == account)).one() for table in MIRROR)
    return max((at for at in newest if at), default=0.0)


def count(db: Session, account: str, table: type[Mirror]) -> int:
    """How many live rows of a table the account has."""
    query = select(func.count()).select_from(table).where(table.account == account, col(table.deleted).is_(False))
    return db.exec(query).one()
