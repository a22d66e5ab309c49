"""What people of a workspace make here: goals, annotations, notes, saved views, preferences, invitations.

``account`` is Stripe's acct_ id, or the workspace's own id where something belongs to all its accounts together.
An account can pass to another workspace, and what people wrote about it does not: ``workspace`` says whose it is.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from lib.store.tables.base import Instant, Json, Table, Text


def _whose() -> Any:  # noqa: ANN401 - what Field() itself is declared to return
    """The workspace that something belongs to; null for what is older than this column and nobody's: nobody sees it."""
    return Field(default=None, foreign_key="workspace.id", ondelete="CASCADE")


class Goal(Table, table=True):
    """What a metric is to be by a day: ``target`` in major units of ``currency``, percents as fractions.

    ``currency`` is the one that was reported in when the goal was set; null: whatever is reported in.
    """

    __table_args__ = (Index(None, "account", "metric"),)

    id: str = Field(primary_key=True)
    workspace: Text = _whose()
    account: str
    metric: str = Field(description="The metric's slug.")
    day: str = Field(description="ISO day.")
    target: str = Field(description="Decimal text.")
    currency: Text = None
    user: Text = Field(default=None, description="Who set it.")
    created: Instant


class Annotation(Table, table=True):
    """What happened on a day, pinned to the charts: ``Raised prices``."""

    __table_args__ = (Index(None, "account", "day"),)

    id: str = Field(primary_key=True)
    workspace: Text = _whose()
    account: str
    day: str = Field(description="ISO day, in the account's time zone.")
    text: str
    user: Text = Field(default=None, description="Who wrote it.")
    created: Instant


class CustomerNote(Table, table=True):
    """What somebody wrote down about a customer."""

    __table_args__ = (Index(None, "account", "customer"),)

    id: str = Field(primary_key=True)
    workspace: Text = _whose()
    account: str
    customer: str = Field(description="Stripe's cus_ id.")
    text: str
    user: Text = Field(default=None, description="Who wrote it.")
    created: Instant


class CustomerCall(Table, table=True):
    """Somebody of the workspace called a customer on a ``day``: the list of whom to call can be worked through."""

    workspace: str = Field(primary_key=True, foreign_key="workspace.id", ondelete="CASCADE")
    account: str = Field(primary_key=True)
    customer: str = Field(primary_key=True, description="Stripe's cus_ id.")
    day: str = Field(primary_key=True, description="ISO day, in the account's time zone.")
    user: Text = Field(default=None, description="Who called.")
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
