"""The app's own tables: people, their sessions, connections to Stripe, and the state of the sync.

Tokens are never kept, only their digests (:func:`lib.store.secrets.digest`); keys to Stripe are kept sealed.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, text
from sqlmodel import Field

from lib.store.tables.base import Count, Flag, Instant, Json, Seconds, Table, Text


class Account(Table, table=True):
    """A Stripe account that is or was connected. ``timezone`` cuts its days; ``data_version`` counts its changes.

    ``rules`` is how its MRR is counted, as lib.ledger.rules writes it (null: by default); ``rules_before`` is how it
    was counted before those, to be put back: {"rules", "timezone"}. ``rates_url`` is where its daily exchange rates
    are read from.
    """

    id: str = Field(primary_key=True, description="Stripe's acct_ id.")
    name: Text = None
    country: Text = None
    default_currency: Text = None
    livemode: bool = False
    timezone: str = "UTC"
    rules: Json = None
    rules_before: Json = None
    rates_url: Text = None
    data_version: int = Field(default=0, sa_type=BigInteger)
    created: Instant


class User(Table, table=True):
    """Someone who signs in. ``email`` is kept in lower case."""

    id: str = Field(primary_key=True)
    email: str = Field(unique=True)
    name: str
    password_hash: str
    created: Instant


class Workspace(Table, table=True):
    """What users share: connections and settings. ``currency`` is that of all accounts together; null: the first's."""

    id: str = Field(primary_key=True)
    name: str
    currency: Text = None
    created: Instant


class Membership(Table, table=True):
    """A user's place in a workspace; ``role`` is owner, member or viewer (lib.accounts.roles)."""

    user: str = Field(primary_key=True, foreign_key="user.id", ondelete="CASCADE")
    workspace: str = Field(primary_key=True, foreign_key="workspace.id", ondelete="CASCADE")
    role: str


class LoginSession(Table, table=True):
    """A browser that is signed in, until ``expires`` or until revoked, and the workspace that it looks at (null: the
    one that the user joined first).
    """

    token_hash: str = Field(primary_key=True)
    user: str = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    created: Instant
    expires: Instant
    revoked: bool = False
    workspace: Text = None


class SessionTicket(Table, table=True):
    """A note, good for one use, that turns a checked password into a cookie. ``next`` is the path to go to."""

    hash: str = Field(primary_key=True)
    user: str = Field(foreign_key="user.id", ondelete="CASCADE")
    xsrf_hash: str
    next: str
    expires: Instant


class LoginFailure(Table, table=True):
    """A wrong password. ``key`` is an email or an address, with a prefix; ``at`` in epoch seconds with fractions."""

    __table_args__ = (Index(None, "key", "at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    key: str
    at: float


class OAuthState(Table, table=True):
    """A trip to Stripe's OAuth page and back, bound to the user, workspace and browser session that began it."""

    hash: str = Field(primary_key=True)
    session_hash: str
    user: str = Field(foreign_key="user.id", ondelete="CASCADE")
    workspace: str = Field(foreign_key="workspace.id", ondelete="CASCADE")
    expires: Instant


class Connection(Table, table=True):
    """A workspace's way to a Stripe account: ``kind`` oauth, restricted_key, demo or sample. Live while not revoked."""

    __table_args__ = (
        Index(
            "uq_connection_live_account",
            "account",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    workspace: str = Field(foreign_key="workspace.id", ondelete="CASCADE", index=True)
    account: str = Field(index=True)
    kind: str
    scope: Text = None
    livemode: bool = False
    secret_encrypted: Text = Field(default=None, repr=False)
    refresh_encrypted: Text = Field(default=None, repr=False)
    created: Instant
    revoked_at: Seconds = None
    ending: Text = Field(default=None, description="Who ended it: owner (here) or stripe (access was withdrawn there).")


class ExchangeRate(Table, table=True):
    """An owner's own daily rate: ``rate`` major units of ``base`` for one of ``currency`` (decimal text)."""

    account: str = Field(primary_key=True)
    currency: str = Field(primary_key=True)
    base: str = Field(primary_key=True)
    date: str = Field(primary_key=True, description="ISO day.")
    rate: str
    source: str = Field(description="file or url")


class Segment(Table, table=True):
    """A saved filter over customers. ``conditions`` as lib.metrics.segments writes them."""

    __table_args__ = (Index(None, "workspace", "name", unique=True),)

    id: str = Field(primary_key=True)
    workspace: str = Field(foreign_key="workspace.id", ondelete="CASCADE")
    name: str
    conditions: Json = None
    created: Instant


class SyncRun(Table, table=True):
    """Where an account's sync stands. ``watermark``: events created before it (epoch seconds) are applied.
    ``relisted``: when (epoch seconds) what can change was last listed anew, events or not; ``relisting``: how far that
    is while it lasts. ``checked``: when Stripe was last asked what changed, and all of it was read.
    """

    account: str = Field(primary_key=True)
    state: str = "idle"
    phase: Text = None
    started: float | None = None
    finished: float | None = None
    error: Text = None
    watermark: Seconds = None
    relisted: float | None = None
    relisting: Json = None
    checked: float | None = None


class SyncProgress(Table, table=True):
    """How far one resource of a sync is, in objects. ``estimate`` is null while unknown."""

    account: str = Field(primary_key=True)
    resource: str = Field(primary_key=True)
    fetched: int = Field(default=0, sa_type=BigInteger)
    estimate: Count = None
    done: bool = False


class SyncWindow(Table, table=True):
    """A checkpoint: the span [start, end) of ``created`` of one resource, and the last id read in it."""

    account: str = Field(primary_key=True)
    resource: str = Field(primary_key=True)
    start: int = Field(primary_key=True, sa_type=BigInteger)
    end: int = Field(primary_key=True, sa_type=BigInteger)
    cursor: Text = None
    done: bool = False


class EventInbox(Table, table=True):
    """A webhook delivery, kept before it is answered. ``state`` is pending, done or ignored."""

    __table_args__ = (Index(None, "state", "account", "created"),)

    id: str = Field(primary_key=True, description="Stripe's evt_ id.")
    account: str
    type: str
    livemode: bool = False
    created: Instant
    received: float
    api_version: Text = None
    payload: Json = None
    state: str = "pending"
    note: Text = None


class SubscriptionVersion(Table, table=True):
    """A subscription as it was seen once: history that Stripe won't give again. Rows are only ever added.

    ``payload`` is what was seen, in any of Stripe's shapes, ``previous`` what an event says was otherwise before; the
    columns after them tell what a ledger asks (lib.store.versions). ``items``: [[item, price, quantity, [discount]]] by
    item, null where not all were told.
    """

    account: str = Field(primary_key=True)
    subscription: str = Field(primary_key=True)
    observed_at: float = Field(primary_key=True, description="The event's created time, or when our request began.")
    event: str = Field(default="", primary_key=True, description="Stripe's evt_ id; empty: a look of ours.")
    source: str
    position: int = Field(default=0, sa_type=BigInteger, description="Place among the events of its second.")
    payload: Json = None
    previous: Json = None
    status: Text = None
    items: Json = None
    discounts: Json = None
    pause_behavior: Text = None
    cancel_at_period_end: Flag = None
    cancel_at: Seconds = None
    canceled_at: Seconds = None
    ended_at: Seconds = None
    trial_end: Seconds = None


class Change(Table, table=True):
    """What changed with a data version, so that a reader who has the version before reads no more than that.

    ``resource`` is a mirrored table's name; ``*`` says that more changed than is told. Old versions are dropped.
    """

    account: str = Field(primary_key=True)
    version: int = Field(primary_key=True, sa_type=BigInteger)
    resource: str = Field(primary_key=True)
    id: str = Field(primary_key=True)


class ReadCount(Table, table=True):
    """How many requests of ours Stripe answered for an account on a day (ISO, UTC): it allows so many a month."""

    account: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    reads: int = Field(default=0, sa_type=BigInteger)


class Pace(Table, table=True):
    """A rate limit that all processes share: from ``free_at`` (epoch seconds) on the next read may begin."""

    bucket: str = Field(primary_key=True)
    free_at: float


class ApiKey(Table, table=True):
    """A key to the HTTP API, kept as its digest."""

    hash: str = Field(primary_key=True)
    user: str = Field(foreign_key="user.id", ondelete="CASCADE")
    workspace: str = Field(foreign_key="workspace.id", ondelete="CASCADE")
    created: Instant
    name: str
