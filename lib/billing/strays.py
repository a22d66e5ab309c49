"""Subscriptions at Stripe that name a workspace which is not here: somebody pays, and nobody has a plan for it.

They are looked for once an hour and shown to whoever runs this server, who alone can say whether another installation
sold them. Nothing is ever cancelled because of it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from lib.accounts.sessions import SignedIn
from lib.billing.operators import require_operator
from lib.billing.rows import OVER
from lib.gateway import Gateway
from lib.store import billing, ours, together
from lib.store.engine import reading, transaction
from lib.store.tables import BillingStray

log = logging.getLogger(__name__)

MOST_PAGES: Final = 5
"""Pages of a hundred subscriptions that are looked at, the newest first."""


def look(gateway: Gateway) -> None:
    """See what is there now, and keep it for whoever runs this server. Raises like ``Gateway.get``."""
    found: list[BillingStray] = []
    for number, page in enumerate(gateway.pages("/v1/subscriptions"), 1):
        found += [row for each in page.data if (row := _row(each, livemode=gateway.credential.livemode))]
        if number == MOST_PAGES:
            log.info("Only the newest %d subscriptions at Stripe were looked at for strays", MOST_PAGES * 100)
            break
    with transaction() as db:
        here = {each.id for each in billing.workspaces(db)}
        rows = [row for row in found if row.named not in here and billing.workspace_of(db, row.customer) is None]
        ours.keep_strays(db, rows)
    if rows:
        log.warning("%d subscriptions at Stripe name a workspace that is not here: see Our customers", len(rows))


def _row(found: Mapping[str, Any], *, livemode: bool) -> BillingStray | None:
    """A live subscription that was sold here, or by another Plimsoll; None for everything else that bills there."""
    named, customer = (found.get("metadata") or {}).get("workspace"), found.get("customer")
    ours_ = isinstance(named, str) and named.startswith(together.PREFIX) and isinstance(customer, str)
    if not ours_ or found.get("status") in OVER:
        return None
    items = (found.get("items") or {}).get("data") or []
    price = items[0].get("price") or {} if items else {}
    return BillingStray(
        id=found["id"],
        customer=str(customer),
        named=str(named),
        status=str(found.get("status")),
        amount=(price.get("unit_amount") or 0) * (items[0].get("quantity") or 1) if items else None,
        currency=price.get("currency"),
        livemode=livemode,
        created=found.get("created") or 0,
    )


def of(user: SignedIn) -> tuple[BillingStray, ...]:
    """Those that the last look found, newest first. Raises NotTheOperator."""
    require_operator(user)
    with reading() as db:
        return tuple(ours.strays(db))
