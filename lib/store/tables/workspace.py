"""What people of a workspace make here: goals, annotations, notes, saved views, preferences, invitations.

``account`` is Stripe's acct_ id, or the workspace's own id where something belongs to all its accounts together.
"""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field

from lib.store.tables.base import Instant, Json, Table, Text


class Goal(Table, table=True):
    """What a metric is to be by a day: ``target`` in major units of the reporting currency, percents as fractions."""

    __table_args__ = (Index(None, "account", "metric"),)

    id: str = Field(primary_key=True)
    account: str
    metric: str = Field(description="The metric's slug.")
    day: str = Field(description="ISO day.")
    target: str = Field(description="Decimal text.")
    user: Text = Field(default=None, description="Who set it.")
    created: Instant


class Annotation(Table, table=True):
    """What happened on a day, pinned to the charts: ``Raised prices``."""

    __table_args__ = (Index(None, "account", "day"),)

    id: str = Field(primary_key=True)
    account: str
    day: str = Field(description="ISO day, in the account's time zone.")
    text: str
    user: Text = Field(default=None, description="Who wrote it.")
    created: Instant


class CustomerNote(Table, table=True):
    """What somebody wrote down about a customer."""

    __table_args__ = (Index(None, "account", "customer"),)

    id: str = Field(primary_key=True)
    account: str
    customer: str = Field(description="Stripe's cus_ id.")
    text: str
    user: Text = Field(default=None, description="Who wrote it.")
    created: Instant


class SavedView(Table, table=True):
    """A page as its address says it, kept by name. ``query`` is the address's parameters; ``shared``: with the team."""

    __table_args__ = (Index(None, "workspace", "user", "name", unique=True),)

    id: str = Field(primary_key=True)
    workspace: str = Field(foreign_key="workspace.id", ondelete="CASCADE")
    user: str = Field(foreign_key="user.id", ondelete="CASCADE")
    name: str
    page: str = Field(description="The page's address below /.")
    query: Json = None
    shared: bool = False
    created: Instant


class Preference(Table, table=True):
    """What one user chose for one workspace: which cards, how files are written, what was dismissed."""

    user: str = Field(primary_key=True, foreign_key="user.id", ondelete="CASCADE")
    workspace: str = Field(primary_key=True, foreign_key="workspace.id", ondelete="CASCADE")
    name: str = Field(primary_key=True)
    value: Json = None


class Invite(Table, table=True):
    """A link that lets one person join a workspace, kept as its digest; gone once it was used or taken back."""

    hash: str = Field(primary_key=True)
    workspace: str = Field(foreign_key="workspace.id", ondelete="CASCADE", index=True)
    role: str
    note: Text = Field(default=None, description="For whom it was made.")
    user: str = Field(foreign_key="user.id", ondelete="CASCADE", description="Who made it.")
    created: Instant
    expires: Instant
