"""What a workspace may use: the one place that is asked, by reports, the API, the command line and pages alike.

A plan that is paid or on trial holds. One whose payment failed holds for GRACE more; then the workspace is on Free
until it is paid. Nothing is ever deleted for want of payment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from lib.billing import begun, moment, plans
from lib.billing.memory import Memory
from lib.billing.plans import Every, Feature, Plan
from lib.errors import AccountLocked, HistoryLocked, PlanNeeded
from lib.periods import add_months
from lib.settings import settings
from lib.store import billing
from lib.store.engine import reading
from lib.store.tables import BillingSubscription

GRACE: Final = 14 * 86_400
"""Seconds that a plan goes on after a payment failed."""
REMEMBERED: Final = 1.0
"""Seconds that an answer is kept: a page asks many times, and a payment may come any moment."""


class State(StrEnum):
    """How a workspace stands with us."""

    OFF = "off"
    """Nothing is charged on this server."""
    FREE = "free"
    WELCOME = "welcome"
    """Here before this server sold plans: everything goes on until ``until``, then it is on Free."""
    TRIAL = "trial"
    ACTIVE = "active"
    ENDING = "ending"
    """Paid or on trial, and cancelled: it ends at ``until``."""
    GRACE = "grace"
    """A payment failed; the plan goes on until ``until``."""
    LAPSED = "lapsed"
    """A payment failed and the grace is over: Free, until it is paid."""
    UNFINISHED = "unfinished"
    """The first payment has not gone through yet."""


_HOLDING: Final = frozenset({State.TRIAL, State.ACTIVE, State.ENDING, State.GRACE})


@dataclass(frozen=True, slots=True)
class Access:
    """What a workspace may use now: ``plan``. ``bought`` is what it subscribed to, which differs while unpaid.

    ``until`` (epoch seconds) is when the trial, the period that was paid, or the grace ends.
    """

    workspace: str
    state: State
    plan: Plan
    bought: Plan
    every: Every | None = None
    until: int | None = None
    subscription: str | None = None

    def has(self, feature: Feature) -> bool:
        """Whether a feature is included, without limit where it has one."""
        return self.plan.limits.has(feature)

    def need(self, feature: Feature) -> None:
        """Raise PlanNeeded unless a feature is included."""
        if not self.has(feature):
            more = plans.with_feature(feature, self.plan.limits)
            raise PlanNeeded(feature=feature.value, plan=more.name, price=more.price())

    def first_day(self, today: date) -> date | None:
        """The first day whose figures are shown; None: from the beginning."""
        months = self.plan.limits.history
        return None if months is None else add_months(today.replace(day=1), -months)


def of(workspace: str) -> Access:
    """How a workspace stands now, at most REMEMBERED seconds ago."""
    if not settings().charging:
        return Access(workspace, State.OFF, plans.EVERYTHING, plans.EVERYTHING)
    return _accesses(workspace)


def bought(workspace: str) -> Access:
    """How a workspace stands by what it bought, also where nothing is sold any more: it may go on being charged."""
    return _accesses(workspace)


def of_account(account: str) -> Access:
    """How the workspace stands that reads ``account`` (or whose id it is). An account that nobody reads is on Free."""
    if not settings().charging:
        return Access("", State.OFF, plans.EVERYTHING, plans.EVERYTHING)
    return _accesses(_owner(account))


def forget() -> None:
    """Ask the database anew at the next question: something was paid, cancelled, connected or left."""
    for memory in (_accesses, _owner, _connected):
        memory.forget()


def of_rows(workspace: str, rows: Sequence[BillingSubscription], now: int, *, welcome: int | None = None) -> Access:
    """How a workspace stands by what Stripe said of its subscriptions: the best of them counts.

    ``welcome``: until when everything goes on for who has none and was here before plans were sold.
    """
    found = [_of_row(workspace, each, now) for each in rows if each.plan is not None]
    best = max(found, key=_worth, default=None)
    if welcome is not None and (best is None or best.state is State.FREE):
        return Access(workspace, State.WELCOME, plans.EVERYTHING, plans.FREE, until=welcome)
    return best or Access(workspace, State.FREE, plans.FREE, plans.FREE)


def holds(row: BillingSubscription, now: int) -> bool:
    """Whether what was bought may be used now: it is paid, on trial, or in grace."""
    return _state(row, now)[0] in _HOLDING


def _worth(access: Access) -> tuple[int, bool, int]:
    return plans.PLANS.index(access.plan), access.state is not State.FREE, plans.PLANS.index(access.bought)


def _of_row(workspace: str, row: BillingSubscription, now: int) -> Access:
    bought = plans.find(row.plan or "free")
    state, until = _state(row, now)
    if state is State.FREE:
        return Access(workspace, state, plans.FREE, plans.FREE)
    every = Every(row.interval) if row.interval else None
    return Access(workspace, state, bought if state in _HOLDING else plans.FREE, bought, every, until, row.id)


def _state(row: BillingSubscription, now: int) -> tuple[State, int | None]:
    """The state of one subscription and when it ends."""
    if row.ended_at is not None or (row.ends_at is not None and row.ends_at <= now):
        return State.FREE, None
    if row.status in {"past_due", "unpaid"}:
        until = (row.unpaid_since or int(row.observed_at)) + GRACE
        return (State.GRACE if now < until else State.LAPSED), until
    if row.ends_at is not None and row.status in {"active", "trialing"}:
        return State.ENDING, row.ends_at
    until_when = {
        "trialing": (State.TRIAL, row.trial_end),
        "active": (State.ACTIVE, row.period_end),
        "incomplete": (State.UNFINISHED, None),
    }
    return until_when.get(row.status, (State.FREE, None))


# --- Accounts and days ------------------------------------------------------------------------------------------------


def require(account: str, feature: Feature) -> None:
    """Raise PlanNeeded unless the plan of whoever reads ``account`` includes a feature."""
    of_account(account).need(feature)


def require_account(account: str) -> Access:
    """How the workspace stands, if its plan shows ``account``; the oldest connections come first.

    Of all accounts together the plan must show each. Raises AccountLocked.
    """
    access = of_account(account)
    room = access.plan.limits.accounts
    if room is None:
        return access
    shown = _connected(access.workspace)[:room]
    everything = account == access.workspace and len(_connected(access.workspace)) <= room
    if account in shown or everything or account not in {*_connected(access.workspace), access.workspace}:
        return access
    more = plans.with_feature(Feature.ACCOUNTS, access.plan.limits)
    raise AccountLocked(
        current=access.plan.name, shown="one" if room == 1 else room, plan=more.name, price=more.price()
    )


def require_days(account: str, start: date, today: date) -> None:
    """Raise HistoryLocked when ``start`` is before the first day that the plan shows, or AccountLocked."""
    access = require_account(account)
    first = access.first_day(today)
    if first is not None and start < first:
        more = plans.with_feature(Feature.HISTORY, access.plan.limits)
        raise HistoryLocked(current=access.plan.name, first=first, plan=more.name, price=more.price())


def _read(workspace: str) -> Access:
    with reading() as db:
        rows, now = billing.subscriptions(db, workspace), moment.now(db)
    return of_rows(workspace, rows, now, welcome=begun.welcome(workspace, now))


def _read_owner(account: str) -> str:
    with reading() as db:
        return billing.owner_of(db, account) or ""


def _read_connected(workspace: str) -> list[str]:
    with reading() as db:
        return billing.connected(db, workspace)


_accesses: Final = Memory(_read, REMEMBERED)
_owner: Final = Memory(_read_owner, REMEMBERED)
_connected: Final = Memory(_read_connected, REMEMBERED)
