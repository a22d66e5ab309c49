"""A workspace as a customer of our own Stripe account: made once with each key, at the first thing it buys."""

from __future__ import annotations

from lib.accounts.sessions import SignedIn
from lib.billing import truth
from lib.gateway import Gateway
from lib.store import billing, ours, tables
from lib.store.engine import reading, transaction


def customer_of(user: SignedIn, gateway: Gateway, *, now: int, gone: str = "") -> str:
    """The ``cus_…`` id of the workspace that ``user`` looks at; made at Stripe when there is none.

    It is kept with the account that is connected, so that it is known who is paid and active. Two who ask at once get
    the same one; ``gone`` is one that was deleted at Stripe. Raises like ``Gateway.post``.
    """
    truth.introduce(gateway)
    with reading() as db:
        found = billing.customer(db, user.workspace)
        if found is not None:
            return found.customer
        accounts, here = billing.connected(db, user.workspace), ours.here(db)
    account = accounts[0] if accounts else None
    made = gateway.post(
        "/v1/customers",
        once=f"customer-{user.workspace}-{user.id}-{now // 3600}-{gone}",
        name=user.workspace_name,
        email=user.email,
        metadata={"workspace": user.workspace, "stripe_user_id": account},
    )
    row = tables.BillingCustomer(
        customer=made["id"],
        workspace=user.workspace,
        platform=here.platform,
        livemode=here.livemode,
        connected=account,
        created=now,
    )
    with transaction() as db:
        return billing.keep_customer(db, row)
