"""Stripe's billing portal: the card, the invoices, and cancelling, on Stripe's own pages."""

from __future__ import annotations

from typing import Final

from lib.accounts import identifiers, roles
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import truth
from lib.billing.checkout import BACK
from lib.errors import NotSubscribed, PortalNotSetUp, StripeRefused
from lib.settings import settings
from lib.store import billing
from lib.store.engine import reading
from lib.store.tables import BillingInvoice

_UNSAVED: Final = "default configuration has not been created"
"""What Stripe says until the portal's settings were saved in its dashboard once."""
SHOWN: Final = 24
"""Newest invoices that are listed."""


def address(user: SignedIn) -> str:
    """The address of the workspace's portal at Stripe, good for a short while and for whoever has it.

    Also where nothing is sold any more: what was bought is charged until it is cancelled. Raises NotYourRole,
    NotSubscribed when the workspace never bought anything, PortalNotSetUp, or like ``Gateway.post``.
    """
    roles.require(user, Right.MANAGE)
    with reading() as db:
        found = billing.customer(db, user.workspace)
    if found is None:
        raise NotSubscribed
    try:
        session = truth.own_account().post(
            "/v1/billing_portal/sessions",
            once=identifiers.token(),
            customer=found.customer,
            return_url=settings().app_url.rstrip("/") + BACK,
        )
    except StripeRefused as refused:
        if _UNSAVED in str(refused.details.get("reason")):
            raise PortalNotSetUp from None
        raise
    return str(session["url"])


def invoices(user: SignedIn) -> tuple[BillingInvoice, ...]:
    """What the workspace was billed, newest first. Raises NotYourRole."""
    roles.require(user, Right.MANAGE)
    with reading() as db:
        return tuple(billing.invoices(db, user.workspace, SHOWN))
