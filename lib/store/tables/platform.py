"""Our own business: who pays us for which plan, as Stripe told it last, and how this installation shows itself.

None of these tables has an ``account`` column: they are about workspaces, and stay when a connected account is erased.
Money is integer minor units of ``currency``; times are UTC epoch seconds.
"""

from __future__ import annotations

from sqlmodel import Field

from lib.store.tables.base import Flag, Instant, Minor, Seconds, Table, Text


class BillingCustomer(Table, table=True):
    """A workspace as a customer of our own Stripe account, and the account that Stripe names with it.

    ``platform`` and ``livemode`` tell which account of ours and which mode it was made in; null: not known yet. A
    workspace has one for each, and only that of the key that is set counts.
    """

    customer: str = Field(primary_key=True, description="Stripe's cus_ id, on our own account.")
    workspace: str = Field(foreign_key="workspace.id", ondelete="CASCADE", index=True)
    platform: Text = Field(default=None, description="The acct_ id of our own account.")
    livemode: Flag = None
    connected: Text = Field(default=None, description="The acct_ id of the owner's connected account.")
    created: Instant


class BillingSubscription(Table, table=True):
    """A subscription to one of our plans. ``observed_at`` is when the read began that saw it so; newer ones win.

    ``amount`` is what a period costs before discounts and tax; ``discounted`` whether the next renewal costs less, as
    far as is known (null: not read since we ask); ``mrr`` its MRR to us after discounts that stay, 0
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
    discounted: Flag = None
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


class BillingPlatform(Table, table=True):
    """Our own Stripe account as one of our keys opens it. ``seen``: the latest moment that it told, 0 before the first.

    Only a stand-in tells of moments that count: its clock may be far ahead of ours.
    """

    key: str = Field(primary_key=True, description="A digest of the secret key.")
    platform: Text = Field(default=None, description="Its acct_ id; null: not told yet.")
    seen: Instant


class BillingStray(Table, table=True):
    """A subscription on our own account that names a workspace which is not here, as the last look at Stripe saw it."""

    id: str = Field(primary_key=True)
    customer: str
    named: str = Field(description="The workspace that its metadata names.")
    status: str
    amount: Minor = None
    currency: Text = None
    livemode: bool
    created: Instant


class BillingBegun(Table, table=True):
    """Since when this server sells plans: one row."""

    id: int = Field(primary_key=True)
    at: Instant


class Brand(Table, table=True):
    """How this installation shows itself: one row. Pictures are data: URLs."""

    id: int = Field(primary_key=True)
    name: Text = None
    colour: Text = Field(default=None, description="#rrggbb")
    icon: Text = None
    logo: Text = None


class BillingTrial(Table, table=True):
    """The digest of an owner, or of an owner's Stripe account, that had a trial of a plan."""

    hash: str = Field(primary_key=True)
