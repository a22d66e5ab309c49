"""Ending what a workspace pays for: at the period's end, taken back, or at once because the workspace goes.

Whoever is charged can end it, also where nothing is sold any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lib.accounts import identifiers, roles
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import checkout, truth
from lib.errors import BillingOff, ConnectUnavailable, NotSubscribed, OtherStripeAccount, ResourceMissing
from lib.settings import settings
from lib.store import billing
from lib.store.engine import reading
from lib.store.tables import BillingSubscription

_CHARGED: Final = frozenset({"trialing", "active", "past_due", "unpaid"})


def goes_on(row: BillingSubscription) -> bool:
    """Whether a subscription will be charged again until somebody cancels it."""
    return row.ended_at is None and row.ends_at is None and row.status in _CHARGED


def at_period_end(user: SignedIn) -> None:
    """Let the plan run out at the end of what was paid. Raises NotYourRole, NotSubscribed, or like ``Gateway.post``."""
    _set(user, cancel=True)


def keep(user: SignedIn) -> None:
    """Take that back while it still runs. Raises like :func:`at_period_end`, or BillingOff."""
    roles.require(user, Right.MANAGE)
    if not settings().charging:
        raise BillingOff
    _set(user, cancel=False)


def _set(user: SignedIn, *, cancel: bool) -> None:
    roles.require(user, Right.MANAGE)
    truth.refresh(user.workspace)
    with reading() as db:
        running = billing.live(db, user.workspace)
    if not running:
        raise NotSubscribed
    gateway = truth.own_account()
    for each in running:
        asked = {"cancel_at_period_end": True} if cancel else staying(gateway.get(f"/v1/subscriptions/{each.id}"))
        gateway.post(f"/v1/subscriptions/{each.id}", once=identifiers.token(), **asked)
    truth.refresh(user.workspace)


def staying(found: Mapping[str, Any]) -> dict[str, Any]:
    """What takes back a subscription's end, as Stripe shows it: a date that it ends on is taken away as a date.

    The portal sets one where subscriptions bill in Stripe's flexible mode; the flag alone would leave it.
    """
    if found.get("cancel_at") is not None and not found.get("cancel_at_period_end"):
        return {"cancel_at": ""}
    return {"cancel_at_period_end": False}


def at_once(workspace: str) -> None:
    """Cancel everything that a workspace pays for, and close what it could still pay: it is about to be deleted.

    Also where nothing is charged any more: what was once bought here must not go on costing. Raises like
    ``Gateway.delete``; ConnectUnavailable only where something may still run and no key is left to end it with, and
    OtherStripeAccount where another key sold what may still cost money.
    """
    with reading() as db:
        if billing.charged_elsewhere(db, workspace):
            raise OtherStripeAccount
        if billing.customer(db, workspace) is None:
            return
    try:
        gateway = truth.own_account()
    except ConnectUnavailable:
        if _running(workspace):
            raise
        return
    checkout.close(workspace, gateway)
    truth.refresh(workspace)
    for subscription in _running(workspace):
        try:
            gateway.delete(f"/v1/subscriptions/{subscription}")
        except ResourceMissing:
            continue
    truth.refresh(workspace)


def _running(workspace: str) -> list[str]:
    with reading() as db:
        return [each.id for each in billing.subscriptions(db, workspace) if each.ended_at is None]
