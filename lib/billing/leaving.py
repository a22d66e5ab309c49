"""Leaving: a workspace is deleted with all that is in it, and its plan with it.

First the plan is cancelled at Stripe, so that nothing goes on costing; only then is anything deleted here.
"""

from __future__ import annotations

from dataclasses import dataclass

from lib.accounts import connections, roles, team
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import access, checkout, ending, plans
from lib.errors import AppError, PlanNotCancelled, UnknownAccount
from lib.store import billing
from lib.store import connections as rows
from lib.store import team as people
from lib.store.engine import reading, transaction, write_back


@dataclass(frozen=True, slots=True)
class Left:
    """An account that is no longer read; ``told``: Stripe knows, or need not be told."""

    account: str
    told: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan that would go on being charged: its name, and until when (epoch seconds) it is paid or on trial.

    One whose price is none of ours by now is called the old plan.
    """

    name: str
    until: int | None


def running(workspace: str) -> Plan | None:
    """The plan that the workspace will be charged for again; None where there is none, or it ends anyway.

    Whether plans are sold here still does not matter: Stripe goes on charging.
    """
    with reading() as db:
        found = [each for each in billing.live(db, workspace) if ending.goes_on(each)]
    row = next((each for each in found if each.plan is not None), found[0] if found else None)
    if row is None:
        return None
    until = {"trialing": row.trial_end, "active": row.period_end}.get(row.status)
    return Plan(plans.find(row.plan).name if row.plan is not None else "The old plan", until)


def last_account(workspace: str, account: str) -> bool:
    """Whether ``account`` is the only one that the workspace reads."""
    with reading() as db:
        return billing.connected(db, workspace) == [account]


def delete_workspace(user: SignedIn, *, now: int) -> tuple[Left, ...]:
    """Delete the workspace that ``user`` looks at; the accounts that were connected to it.

    The plan is cancelled first and at once; each account is disconnected, its access given back, and erased; kept data
    of accounts that left before goes too. Whoever is in no other workspace gets an empty one, and
    everybody is told at their next page.

    Raises NotYourRole, CheckoutOpening while somebody opens a payment page, or PlanNotCancelled when Stripe does not
    answer: nothing is deleted then.
    """
    roles.require(user, Right.MANAGE)
    left: list[Left] = []
    with checkout.alone(user, now=now):
        try:
            ending.at_once(user.workspace)
        except AppError as error:
            raise PlanNotCancelled(reason=error.message) from error
        while not _gone(user, now):
            left += [_leave(user.workspace, each.account, now) for each in connections.of(user.workspace)]
            for ended in connections.ended(user.workspace):
                connections.forget(user.workspace, ended.account)
    write_back()
    access.forget()
    return tuple(left)


def _leave(workspace: str, account: str, now: int) -> Left:
    try:
        connections.disconnect(workspace, account, now=now, erase=True)
    except UnknownAccount:
        return Left(account, told=True)  # somebody else disconnected it this moment
    except AppError:
        return Left(account, told=False)  # it has ended here; Stripe is told later
    return Left(account, told=True)


def _gone(user: SignedIn, now: int) -> bool:
    """Delete the workspace itself, unless something of an account is still in it; whether it is gone."""
    workspace = user.workspace
    with transaction() as db:
        people.hold(db, workspace)
        if rows.of_workspace(db, workspace) or rows.ended(db, workspace):
            return False
        team.rehome(db, workspace, by=user, now=now)
        billing.forget_workspace(db, workspace)
    return True
