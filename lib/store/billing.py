"""Queries of who pays us for which plan. Each works on an open session; times are epoch seconds, money minor units.

What Stripe told is kept by when the read that saw it began: an older read never replaces a newer one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, update
from sqlmodel import Session, SQLModel, col, select

from lib.store import ours, samples
from lib.store.engine import upsert
from lib.store.seniority import oldest_first
from lib.store.tables import (
    Account,
    BillingCheckout,
    BillingCustomer,
    BillingInvoice,
    BillingSubscription,
    Connection,
    EventInbox,
    LoginSession,
    Membership,
    Workspace,
    core,
)

_OVER = frozenset({"canceled", "incomplete_expired"})
"""Statuses of subscriptions that will never be paid again."""


def customer(db: Session, workspace: str) -> BillingCustomer | None:
    """The workspace as a customer of our own Stripe account, as the key that is set opens it."""
    now = ours.here(db)
    return next((each for each in _customers(db, workspace) if now.has(each)), None)


def ever_customer(db: Session, workspace: str) -> bool:
    """Whether the workspace began to buy once, with whatever key."""
    return bool(_customers(db, workspace))


def _customers(db: Session, workspace: str) -> Sequence[BillingCustomer]:
    """The workspace as a customer, of whatever account and mode, newest first."""
    query = select(BillingCustomer).where(BillingCustomer.workspace == workspace)
    return db.exec(query.order_by(col(BillingCustomer.created).desc(), col(BillingCustomer.customer))).all()


def workspace_of(db: Session, customer: str) -> str | None:
    """Whose customer (cus_ id) this is; None for one that we did not make."""
    return db.exec(select(BillingCustomer.workspace).where(BillingCustomer.customer == customer)).first()


def customers(db: Session) -> Sequence[BillingCustomer]:
    """Every customer of ours that the key which is set opens, oldest first."""
    now, query = ours.here(db), select(BillingCustomer)
    found = db.exec(query.order_by(col(BillingCustomer.created), col(BillingCustomer.workspace))).all()
    return [each for each in found if now.has(each)]


def elsewhere(db: Session, workspace: str | None = None) -> Mapping[str, str]:
    """Customers (cus_ id) of another account of ours or another mode, and whose they are: of one workspace, or all."""
    now, query = ours.here(db), select(BillingCustomer)
    if workspace is not None:
        query = query.where(BillingCustomer.workspace == workspace)
    return {each.customer: each.workspace for each in db.exec(query) if not now.has(each)}


def keep_customer(db: Session, row: BillingCustomer) -> str:
    """Keep a new customer; of two made at once the first stays. Returns the one that is kept."""
    db.exec(select(Workspace.id).where(Workspace.id == row.workspace).with_for_update()).first()
    if (kept := customer(db, row.workspace)) is not None:
        return kept.customer
    db.add(row)
    db.flush()
    return row.customer


def forget_customer(db: Session, workspace: str) -> None:
    """Forget who the workspace is at Stripe: it was deleted there, and a new one is made at the next Checkout."""
    if (found := customer(db, workspace)) is not None:
        db.delete(found)
        db.flush()


def name_connected(db: Session, customer: str, account: str) -> None:
    """Stripe names this account (acct_ id) with a customer of ours now."""
    named = update(BillingCustomer).where(col(BillingCustomer.customer) == customer)
    db.connection().execute(named.values(connected=account))


def forget_connected(db: Session, account: str) -> None:
    """An account's data was deleted here: nothing of ours names it any more."""
    named = update(BillingCustomer).where(col(BillingCustomer.connected) == account)
    db.connection().execute(named.values(connected=None))


# --- Subscriptions and invoices ---------------------------------------------------------------------------------------


def keep(db: Session, row: BillingSubscription | BillingInvoice) -> bool:
    """Keep what Stripe says of an object, unless a later read said something already; whether it was kept."""
    table = core(type(row))
    statement = upsert(db)(table)
    new = statement.excluded
    values = row.model_dump()
    statement = statement.on_conflict_do_update(
        index_elements=["id"],
        set_={name: new[name] for name in values if name != "id"},
        where=table.c.observed_at < new.observed_at,
    )
    return db.connection().execute(statement.returning(table.c.id), values).first() is not None


def subscriptions(db: Session, workspace: str) -> Sequence[BillingSubscription]:
    """A workspace's subscriptions, newest first; not those that another key of ours sold."""
    other = elsewhere(db, workspace)
    return [each for each in _subscriptions(db, workspace) if each.customer not in other]


def live_elsewhere(db: Session, workspace: str) -> tuple[BillingSubscription, ...]:
    """What another key of ours sold to the workspace and nobody has ended, as far as was known when it was set."""
    other = elsewhere(db, workspace)
    return tuple(each for each in _subscriptions(db, workspace) if each.customer in other and _is_live(each))


def charged_elsewhere(db: Session, workspace: str) -> bool:
    """Whether something that another key of ours sold may still cost real money: not what is known as test mode's."""
    tests = {each.customer for each in _customers(db, workspace) if each.livemode is False}
    return any(each.customer not in tests for each in live_elsewhere(db, workspace))


def _subscriptions(db: Session, workspace: str) -> Sequence[BillingSubscription]:
    query = select(BillingSubscription).where(BillingSubscription.workspace == workspace)
    return db.exec(query.order_by(col(BillingSubscription.created).desc(), col(BillingSubscription.id))).all()


def live(db: Session, workspace: str) -> tuple[BillingSubscription, ...]:
    """A workspace's subscriptions that Stripe has not ended, newest first, whatever their price is.

    Those whose first payment is not through yet count as well: none of them lets somebody buy twice.
    """
    return tuple(each for each in subscriptions(db, workspace) if _is_live(each))


def _is_live(row: BillingSubscription) -> bool:
    return row.ended_at is None and row.status not in _OVER


def all_subscriptions(db: Session) -> Sequence[BillingSubscription]:
    """Every subscription of ours, newest first; not those that another key of ours sold."""
    other, query = elsewhere(db), select(BillingSubscription)
    found = db.exec(query.order_by(col(BillingSubscription.created).desc(), col(BillingSubscription.id))).all()
    return [each for each in found if each.customer not in other]


def invoices(db: Session, workspace: str, limit: int) -> Sequence[BillingInvoice]:
    """A workspace's newest invoices; drafts are none yet, and those of another key of ours are not shown."""
    query = select(BillingInvoice).where(BillingInvoice.workspace == workspace, BillingInvoice.status != "draft")
    if other := elsewhere(db, workspace):
        sold = select(BillingSubscription.id).where(col(BillingSubscription.customer).in_(other))
        known = col(BillingInvoice.subscription)
        query = query.where(known.is_(None) | known.not_in(sold))
    return db.exec(
        query.order_by(col(BillingInvoice.created).desc(), col(BillingInvoice.number).desc()).limit(limit)
    ).all()


def open_invoices(db: Session) -> Sequence[BillingInvoice]:
    """Every invoice of ours that waits to be paid."""
    return db.exec(select(BillingInvoice).where(BillingInvoice.status == "open").order_by(BillingInvoice.id)).all()


# --- Checkouts --------------------------------------------------------------------------------------------------------


def checkout(db: Session, session: str) -> BillingCheckout | None:
    """The Checkout with this id (cs_…), if somebody here began it."""
    found = db.get(BillingCheckout, session)
    return found if found is not None and found.plan != _DOOR else None


def checkouts(db: Session, workspace: str, *, since: int) -> Sequence[BillingCheckout]:
    """The Checkouts that a workspace began since a moment, newest first."""
    mine = (BillingCheckout.workspace == workspace, BillingCheckout.created >= since, BillingCheckout.plan != _DOOR)
    query = select(BillingCheckout).where(*mine)
    return db.exec(query.order_by(col(BillingCheckout.created).desc(), col(BillingCheckout.id))).all()


def buying(db: Session, *, since: int) -> set[str]:
    """The workspaces that began a Checkout since a moment."""
    begun = (BillingCheckout.created >= since, BillingCheckout.plan != _DOOR)
    return set(db.exec(select(BillingCheckout.workspace).where(*begun)))


_DOOR = ""
"""The plan of the row that keeps a workspace's door: it is no Checkout, and there is one for each workspace."""


def take_door(db: Session, workspace: str, user: str, *, now: int, stale: int) -> bool:
    """Whether ``user`` is the only one who opens a Checkout for the workspace now, or deletes it.

    Whoever took the door more than ``stale`` seconds ago and did not leave it is gone.
    """
    table = core(BillingCheckout)
    row = {"id": _door(workspace), "workspace": workspace, "user": user, "plan": _DOOR, "interval": "", "created": now}
    statement = upsert(db)(table)
    statement = statement.on_conflict_do_update(
        index_elements=["id"],
        set_={"user": statement.excluded.user, "created": statement.excluded.created},
        where=table.c.created < now - stale,
    )
    return db.connection().execute(statement.returning(table.c.id), row).first() is not None


def leave_door(db: Session, workspace: str) -> None:
    """Let the next one in."""
    db.connection().execute(delete(BillingCheckout).where(col(BillingCheckout.id) == _door(workspace)))


def _door(workspace: str) -> str:
    return f"door-{workspace}"


def forget_checkouts(db: Session, *, before: int) -> None:
    """Forget Checkouts that were begun before a moment: Stripe's pages are good for a day."""
    db.connection().execute(delete(BillingCheckout).where(col(BillingCheckout.created) < before))


def forget_checkouts_of(db: Session, workspace: str, sessions: Collection[str]) -> None:
    """Forget these Checkouts (cs_…) of a workspace: they were closed at Stripe."""
    mine = (col(BillingCheckout.workspace) == workspace, col(BillingCheckout.id).in_(sorted(sessions)))
    db.connection().execute(delete(BillingCheckout).where(*mine))


# --- Events -----------------------------------------------------------------------------------------------------------


def settle(db: Session, events: Sequence[str]) -> None:
    """Mark events as worked on; what they told is not needed any more."""
    done = update(EventInbox).where(col(EventInbox.id).in_(events)).values(state="done", payload=None)
    db.connection().execute(done)


# --- Whose account, how many ------------------------------------------------------------------------------------------


def owner_of(db: Session, account: str) -> str | None:
    """The workspace that ``account`` is connected to, or was last; a workspace's id is its own."""
    query = select(Connection.workspace).where(Connection.account == account)
    order = (col(Connection.revoked_at).is_(None).desc(), col(Connection.revoked_at).desc())
    found = db.exec(query.order_by(*order).limit(1)).first()
    return found or db.exec(select(Workspace.id).where(Workspace.id == account)).first()


def connected(db: Session, workspace: str) -> list[str]:
    """The accounts that a workspace reads now, by when each was first connected to it; its sample is none of them."""
    live = (col(Connection.revoked_at).is_(None), Connection.kind != samples.KIND)
    query = select(Connection.account).where(Connection.workspace == workspace, *live)
    return list(db.exec(query.order_by(*oldest_first())))


def workspaces(db: Session) -> Sequence[Workspace]:
    """Every workspace, oldest first."""
    return db.exec(select(Workspace).order_by(col(Workspace.created), col(Workspace.id))).all()


def connected_names(db: Session) -> Mapping[str, list[tuple[str, str]]]:
    """For each workspace the accounts that it reads now, without its sample: (acct_ id, name)."""
    query = (
        select(Connection.workspace, Account.id, Account.name)
        .join(Account, col(Account.id) == Connection.account)
        .where(col(Connection.revoked_at).is_(None), Connection.kind != samples.KIND)
        .order_by(*oldest_first())
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for workspace, account, name in db.exec(query):
        found.setdefault(workspace, []).append((account, name or account))
    return found


def people(db: Session) -> Mapping[str, int]:
    """How many people are in each workspace."""
    query: Any = select(Membership.workspace, func.count()).group_by(col(Membership.workspace))
    return dict(db.exec(query).all())


def forget_workspace(db: Session, workspace: str) -> None:
    """Delete a workspace and all that hangs on it: by foreign keys, and what people made of all accounts together.

    Its accounts' data is deleted before. SQLite overwrites what is deleted.
    """
    if db.connection().dialect.name == "sqlite":
        db.connection().exec_driver_sql("PRAGMA secure_delete = ON")
    for table in SQLModel.metadata.sorted_tables:
        if "account" in table.columns:
            db.connection().execute(delete(table).where(table.c.account == workspace))
    looked = update(LoginSession).where(col(LoginSession.workspace) == workspace)
    db.connection().execute(looked.values(workspace=None))
    db.connection().execute(delete(Workspace).where(col(Workspace.id) == workspace))
    db.expire_all()
