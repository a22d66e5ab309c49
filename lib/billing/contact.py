"""What Stripe's own records say of a workspace is kept right: the account that is connected, and who gets its mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lib.accounts import identifiers
from lib.accounts.roles import Role
from lib.billing.rows import OVER
from lib.gateway import Gateway
from lib.store import billing, people, team
from lib.store.engine import Db, reading, transaction
from lib.store.tables import BillingCustomer

ACCOUNT: Final = "stripe_user_id"
"""The metadata that names the connected account, on our customers and their subscriptions."""


def keep_right(
    gateway: Gateway, row: BillingCustomer, who: Mapping[str, Any], bought: Sequence[Mapping[str, Any]]
) -> None:
    """Tell Stripe what has changed since its customer ``who`` was made: nothing is asked where nothing has.

    Whoever connects an account after buying is named with it from then on. Mail that went to somebody who has left the
    workspace goes to its longest-standing owner; an address that nobody here ever had was chosen at Stripe, and stays.
    Raises like ``Gateway.post``.
    """
    with reading() as db:
        accounts, email = billing.connected(db, row.workspace), _mail_goes_to(db, row.workspace, who.get("email"))
    account = accounts[0] if accounts else None
    changed: dict[str, Any] = {"email": email} if email is not None else {}
    if account is not None and _named(who) != account:
        changed["metadata"] = {ACCOUNT: account}
    if changed:
        gateway.post(f"/v1/customers/{row.customer}", once=identifiers.token(), **changed)
    if account is None:
        return
    for each in bought:
        if each["status"] not in OVER and _named(each) != account:
            gateway.post(f"/v1/subscriptions/{each['id']}", once=identifiers.token(), metadata={ACCOUNT: account})
    if row.connected != account:
        with transaction() as db:
            billing.name_connected(db, row.customer, account)


def _named(found: Mapping[str, Any]) -> object:
    return (found.get("metadata") or {}).get(ACCOUNT)


def _mail_goes_to(db: Db, workspace: str, email: object) -> str | None:
    """Whom Stripe is to write to instead of ``email``; None: it stays."""
    known = people.user_by_email(db, email.strip().lower()) if isinstance(email, str) else None
    members = team.members(db, workspace)
    if known is None or known.id in {user.id for user, _ in members}:
        return None
    return next((user.email for user, role in members if role == Role.OWNER), None)
