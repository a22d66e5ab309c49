"""Our own business: who pays us for which plan, as Stripe told it last, and how this installation shows itself.

None of these tables has an ``account`` column: they are about workspaces, and stay when a connected account is erased.
Money is integer minor units of ``currency``; times are UTC epoch seconds.
"""

from __future__ import annotations

from sqlmodel import Field

from lib.store.tables.base import Instant, Minor, Seconds, Table, Text


class BillingCustomer(Table, table=True):
    """A workspace as a customer of our own Stripe account, and the account that was connected when it was made."""

    workspace: str = Field(primary_key=True, foreign_key="workspace.id", ondelete="CASCADE")
    customer: str = Field(unique=True, description="Stripe's cus_ id, on our own account.")
    connected: Text = Field(default=None, description="The acct_ id of the owner's connected account.")
    created: Instant


class BillingSubscription(Table, table=True):
    """A subscription to one of our plans. ``observed_at`` is when the read began that saw it so; newer ones win.

    ``amount`` is what a period costs before discounts and tax; ``mrr`` its MRR to us after discounts that stay, 0
    unless it is paid; ``ends_at`` when it ends because it was cancelled; ``unpaid_since`` when its latest invoice fell
    due (null: nothing is owed).
    """

    id: str = Field(primary_key=True)
    workspace: str = Field(foreign_key="workspace.id", ondelete="CASCADE", index=True)
    customer: str
    status: str
    plan: Text = Field(default=None, description="Our plan's name; null: a price that is none of ours.")
    interval: Text = None
    price: Text = None
    item: Text = Field(default=None, description="Stripe's si_ id, which a change of plan names.")
    amount: Minor = None
    currency: Text = None
    mrr: Minor = None
    trial_end: Seconds = None
    period_end: Seconds = None
    ends_at: Seconds = None
    ended_at: Seconds = None
    unpaid_since: Seconds = None
    created: Instant
    observed_at: float


class BillingInvoice(Table, table=True):
    """One of our own invoices, as its owner sees it in the list; ``due`` is what is still to be paid."""

    id: str = Field(primary_key=True)
    workspace: str = Field(foreign_key="workspace.id", ondelete="CASCADE", index=True)
    subscription: Text = None
    number: Text = None
    status: Text = None
    currency: str
    total: Minor = None
    due: Minor = None
    page: Text = Field(default=None, description="Stripe's page of the invoice, where it can be paid.")
    pdf: Text = None
    created: Instant
    observed_at: float


class BillingCheckout(Table, table=True):
    """A Checkout that a workspace began: only a session that stands here is ever read back from Stripe."""

    id: str = Field(primary_key=True, description="Stripe's cs_ id.")
    workspace: str = Field(foreign_key="workspace.id", ondelete="CASCADE", index=True)
    user: str = Field(description="Who began it.")
    plan: str
    interval: str
    created: Instant


class BillingClock(Table, table=True):
    """The latest moment that our own Stripe account told us: one row. A stand-in's clock may be far ahead of ours."""

    id: int = Field(primary_key=True)
    seen: Instant


class Brand(Table, table=True):
    """How this installation shows itself: one row. Pictures are data: URLs."""

    id: int = Field(primary_key=True)
    name: Text = None
    colour: Text = Field(default=None, description="#rrggbb")
    icon: Text = None
    logo: Text = None
