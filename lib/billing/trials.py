"""One trial for each owner and each Stripe account, however many workspaces they make."""

from __future__ import annotations

from lib.accounts.roles import Role
from lib.settings import settings
from lib.store import billing, trials
from lib.store.engine import Db, reading
from lib.store.secrets import digest


def days(workspace: str) -> int:
    """Days that a workspace may try its first plan free: none once it, its owner or its account had a trial."""
    with reading() as db:
        had = any(row.status != "incomplete_expired" for row in billing.subscriptions(db, workspace))
        had = had or trials.any_of(db, _digests(db, workspace))
    return 0 if had else settings().billing_trial_days


def rivals(db: Db, workspace: str, *, since: int) -> set[str]:
    """Other workspaces of the same owners or accounts that began a Checkout since then: one of them has the trial."""
    mine = trials.names(db, workspace, Role.OWNER)
    others = billing.buying(db, since=since) - {workspace}
    return {each for each in others if mine & trials.names(db, each, Role.OWNER)}


def note(db: Db, workspace: str) -> None:
    """The workspace has or had a trial: remember whose it is, as digests, beyond its own end."""
    trials.note(db, _digests(db, workspace))


def _digests(db: Db, workspace: str) -> set[str]:
    return {digest(f"trial {each}") for each in trials.names(db, workspace, Role.OWNER)}
