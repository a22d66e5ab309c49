"""Connecting Stripe accounts to workspaces: with Connect OAuth, with a restricted key, or to the demo business.

Beside real accounts the demo business is a *sample* (docs/decisions/0021): every workspace may have one of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from lib.accounts import identifiers
from lib.accounts.sessions import SignedIn
from lib.errors import (
    AccessRevoked,
    AlreadyConnected,
    ConnectDenied,
    ConnectFailed,
    ConnectSignedOut,
    DemosTaken,
    DemoUnavailable,
    StateExpired,
    StateForeign,
    StateMissing,
    StripeBusy,
    StripeUnavailable,
    TooManyAccounts,
    UnknownAccount,
)
from lib.gateway import demo, oauth, permissions, profile, sample
from lib.gateway.credential import Credential
from lib.settings import settings
from lib.store import connections as rows
from lib.store import people, rules, samples, secrets, tables, team
from lib.store.engine import Db, reading, transaction, write_back

STATE_LIFE: Final = 600
"""Seconds a trip to Stripe and back may take."""


@dataclass(frozen=True)
class Connected:
    """A Stripe account that a workspace may look at. ``created`` is epoch seconds."""

    account: str
    name: str
    kind: str
    livemode: bool
    timezone: str
    created: int

    @property
    def is_sample(self) -> bool:
        """Whether it is the demo business beside real accounts."""
        return self.kind == samples.KIND


@dataclass(frozen=True)
class Return:
    """What Stripe sent back in the URL, unchecked."""

    state: str
    code: str
    error: str


# --- Connect with Stripe ----------------------------------------------------------------------------------------------


def begin(user: SignedIn, *, now: int, room: int | None = None, again: str | None = None) -> str:
    """The address at Stripe to send ``user`` to. ``room``: most accounts that the plan allows; None: any number.

    ``again``: the account that is connected already and is to be connected again. Raises ConnectUnavailable when we are
    not set up for it, TooManyAccounts when there is no room for one more; whether it was the same account after all is
    asked again at the end.
    """
    with reading() as db:
        if not _has(db, user.workspace, again):
            _require_room(db, user.workspace, None, room)
    state = identifiers.token()
    address = oauth.authorize_url(state, redirect_uri())
    with transaction() as db:
        row = tables.OAuthState(
            hash=secrets.digest(state),
            session_hash=user.session,
            user=user.id,
            workspace=user.workspace,
            expires=now + STATE_LIFE,
        )
        people.add(db, row)
    return address


def finish(
    back: Return, user: SignedIn | None, *, now: int, room: Callable[[str], int | None] = lambda _workspace: None
) -> str:
    """Connect the account that Stripe's answer ``back`` names; returns its ``acct_…`` id.

    ``room`` tells, of the workspace that the trip began in, how many accounts its plan allows; None: any number.

    The state is spent by the first who brings it, before anything is compared. Raises ConnectSignedOut, StateMissing
    (unknown or replayed), StateExpired, StateForeign, ConnectDenied, ConnectFailed, ConnectInterrupted, CodeRefused,
    AlreadyConnected, TooManyAccounts or ConnectUnavailable. Once Stripe has given access, no failure of Stripe's loses
    it; where there is no room for the account, it is given back.
    """
    if user is None:
        raise ConnectSignedOut
    workspace = _spend_state(back.state, user, now)
    if back.error == "access_denied":
        raise ConnectDenied
    if back.error or not back.code:
        raise ConnectFailed
    grant = oauth.exchange(back.code)
    credential = Credential.platform(grant.account, livemode=grant.livemode)
    return _granted(workspace, credential, grant, now=now, room=room(workspace))


def _granted(workspace: str, credential: Credential, grant: oauth.Grant, *, now: int, room: int | None) -> str:
    """Keep what Stripe gave access to, or give the access back where the plan has no room for it."""
    try:
        return _save(
            workspace, credential, grant.account, scope=grant.scope, refresh=grant.refresh_token, now=now, room=room
        )
    except TooManyAccounts:
        with suppress(StripeUnavailable, StripeBusy):
            give_back(grant.account)
        raise


def redirect_uri() -> str:
    """Where Stripe sends people back to; it must be registered at Stripe exactly so."""
    return settings().app_url.rstrip("/") + "/oauth/callback"


def _spend_state(state: str, user: SignedIn, now: int) -> str:
    with transaction() as db:
        spent = people.take_oauth_state(db, secrets.digest(state))
    if spent is None:
        raise StateMissing
    if spent.expires <= now:
        raise StateExpired
    if spent.session_hash != user.session or spent.user != user.id:
        raise StateForeign
    return spent.workspace


# --- The two other ways in --------------------------------------------------------------------------------------------


def connect_restricted(workspace: str, key: str, *, now: int, room: int | None = None) -> str:
    """Connect the account of a restricted key, once it can read all we need; returns its ``acct_…`` id.

    Raises KeyIsSecret, KeyIsPublishable, KeyMalformed, KeyRefused, PermissionMissing, AlreadyConnected,
    TooManyAccounts or StripeUnavailable.
    """
    key = permissions.parse(key)
    account = permissions.check(key).require()
    return _save(workspace, Credential.restricted(key), account, secret=key, now=now, room=room)


def connect_demo(workspace: str, *, now: int, room: int | None = None) -> str:
    """Connect a made-up business of the stand-in's, no consent asked; returns its ``acct_…`` id.

    In sandbox mode it is the demo business, or the next one that no other workspace of this server reads. Raises
    StripeUnavailable while the stand-in starts, DemosTaken, AlreadyConnected, TooManyAccounts.

    Otherwise it is the workspace's sample, which takes no room. Raises DemoUnavailable where this server can't have
    one, DemoAsleep when it does not start; nothing is connected then.
    """
    if not settings().sandbox_mode:
        return _connect_sample(workspace, now)
    for account in demo.businesses(redirect_uri()):
        if _is_free(workspace, account) and (grant := demo.grant(redirect_uri(), account)):
            credential = Credential.platform(grant.account, livemode=grant.livemode, kind="demo")
            return _granted(workspace, credential, grant, now=now, room=room)
    raise DemosTaken


def has_demo() -> bool:
    """Whether :func:`connect_demo` can be asked here: everywhere but where several machines share the work."""
    return settings().sandbox_mode or sample.offered()


def _connect_sample(workspace: str, now: int) -> str:
    if not sample.offered():
        raise DemoUnavailable
    return _save(workspace, sample.credential(whole=False), samples.of(workspace), now=now)


def _is_free(workspace: str, account: str) -> bool:
    """Whether no other workspace reads ``account`` now."""
    with reading() as db:
        found = rows.live(db, account)
    return found is None or found.workspace == workspace


# --- Connected accounts -----------------------------------------------------------------------------------------------


def credential(account: str) -> Credential:
    """How to read ``account``; a sample is woken for it. Raises UnknownAccount, AccessRevoked when its connection has
    ended, DemoUnavailable or DemoAsleep.
    """
    with reading() as db:
        found = rows.live(db, account)
        if found is None:
            raise AccessRevoked if rows.ever(db, account) else UnknownAccount(account=account)
    if found.kind == samples.KIND:
        return sample.credential()
    if found.kind == "restricted_key":
        return Credential.restricted(secrets.open_(found.secret_encrypted or ""))
    return Credential.platform(account, livemode=found.livemode, kind="demo" if found.kind == "demo" else "oauth")


def of(workspace: str) -> tuple[Connected, ...]:
    """The accounts connected to ``workspace`` now, by when each was first connected to it."""
    with reading() as db:
        return tuple(
            Connected(one.account, info.name or one.account, one.kind, one.livemode, info.timezone, one.created)
            for one, info in rows.of_workspace(db, workspace)
        )


def own(mine: Iterable[Connected]) -> tuple[Connected, ...]:
    """Those of a workspace's accounts that are its own: without the sample, unless there is nothing else."""
    return samples.apart(mine, lambda each: each.account)


def read_samples() -> bool:
    """Whether any workspace has a sample now."""
    with reading() as db:
        return any(each.kind == samples.KIND for each in rows.all_live(db))


def disconnect(workspace: str, account: str, *, now: int, erase: bool = False) -> None:
    """End ``workspace``'s connection to ``account`` and give an OAuth access back at Stripe.

    ``erase`` deletes in the same moment all that is known of it; a sync that still runs writes nothing any more. A
    sample is always erased, and Stripe never asked about it.

    Raises UnknownAccount when it is not this workspace's, StripeUnavailable when Stripe could not be told; the
    connection has ended here in any case.
    """
    with transaction() as db:
        found = rows.live(db, account)
        if found is None or found.workspace != workspace:
            raise UnknownAccount(account=account)
        made_up = found.kind == samples.KIND
        granted, erase = found.kind != "restricted_key" and not made_up, erase or made_up
        rows.revoke(db, account, at=now)
        if erase:
            rows.forget(db, account)
    if erase:
        write_back()
    if granted:
        oauth.deauthorize(account)
    if made_up and not read_samples():
        sample.rest_soon()


@dataclass(frozen=True)
class Ended:
    """An account that is no longer read, and whose data is kept. ``at``: epoch seconds; ``withdrawn``: at Stripe."""

    account: str
    name: str
    kind: str
    livemode: bool
    at: int
    withdrawn: bool


def ended(workspace: str) -> tuple[Ended, ...]:
    """The accounts that ``workspace`` was the last to read and whose data is still here, newest end first."""
    with reading() as db:
        return tuple(
            Ended(
                account=info.id,
                name=info.name or info.id,
                kind=one.kind,
                livemode=one.livemode,
                at=one.revoked_at or 0,
                withdrawn=one.ending == rows.STRIPE,
            )
            for one, info in rows.ended(db, workspace)
        )


def forget(workspace: str, account: str) -> None:
    """Delete the data that was kept of an account that is no longer read. Raises UnknownAccount when it is not so."""
    with transaction() as db:
        if account not in {info.id for _, info in rows.ended(db, workspace)}:
            raise UnknownAccount(account=account)
        rows.forget(db, account)
    write_back()


def give_back(account: str) -> None:
    """Tell Stripe once more that ``account`` is no longer read, unless it was connected again meanwhile or is a sample.

    Raises StripeUnavailable or StripeBusy while Stripe can't be told.
    """
    with reading() as db:
        again = rows.live(db, account) is not None
    if not again and not samples.is_one(account):
        oauth.deauthorize(account)


def introduce(account: str, *, now: int) -> None:
    """Ask Stripe who ``account`` is, if it could not say when it was connected. Raises like ``Gateway.get``."""
    with reading() as db:
        known = rows.known(db, account)
    if known is None or not known.name:
        about = profile.profile(way := credential(account), account)
        with transaction() as db:
            rows.keep_account(db, _row(about, livemode=way.livemode, now=now))


def withdrawn(account: str, *, now: int) -> None:
    """Stripe says that the owner took our access to ``account`` away: end its connection here."""
    with transaction() as db:
        rows.revoke(db, account, at=now, ending=rows.STRIPE)


def _about(credential: Credential, account: str, now: int) -> tables.Account:
    """The account as Stripe describes it; without name, country and currency when it does not answer now."""
    try:
        about = profile.profile(credential, account)
    except (StripeUnavailable, StripeBusy):
        return tables.Account(id=account, livemode=credential.livemode, created=now)
    return _row(about, livemode=credential.livemode, now=now)


def _row(about: profile.Profile, *, livemode: bool, now: int) -> tables.Account:
    return tables.Account(
        id=about.id,
        name=f"{about.name} (demo)" if samples.is_one(about.id) else about.name,
        country=about.country,
        default_currency=about.default_currency,
        livemode=livemode,
        timezone=about.timezone,
        created=now,
    )


def _save(  # noqa: PLR0913 - what a connection is made of, by keyword
    workspace: str,
    credential: Credential,
    account: str,
    *,
    now: int,
    scope: str | None = None,
    secret: str | None = None,
    refresh: str | None = None,
    room: int | None = None,
) -> str:
    """Keep the connection; one that this workspace had to the same account is replaced.

    Raises AlreadyConnected, or TooManyAccounts when a new one finds ``room`` (None: any number) taken.

    An account that another workspace had before keeps its data and none of their choices: it is counted as by default.
    What was read of the account in the other mode goes: Stripe's test and live data share the account's id. When Stripe
    can't say now who the account is, it stays as it was or nameless, until :func:`introduce` asks again.
    """
    about = _about(credential, account, now)
    with transaction() as db:
        before = rows.live(db, account)
        if before is not None and before.workspace != workspace:
            raise AlreadyConnected
        team.hold(db, workspace)  # of two who connect at once the second is counted with the first
        if not _has(db, workspace, account):
            _require_room(db, workspace, account, room)
        passed = rows.holder(db, account) not in {None, workspace}
        rows.revoke(db, account, at=now)
        rows.keep_mode(db, account, livemode=credential.livemode)
        if about.name or rows.known(db, account) is None:
            rows.keep_account(db, about)
        if passed:
            rules.forget(db, account, about.timezone)
        row = tables.Connection(
            id=identifiers.new("con"),
            workspace=workspace,
            account=account,
            kind=credential.kind,
            scope=scope,
            livemode=credential.livemode,
            secret_encrypted=secrets.seal(secret) if secret else None,
            refresh_encrypted=secrets.seal(refresh) if refresh else None,
            created=now,
        )
        if not people.add(db, row):
            raise AlreadyConnected
    return account


def _has(db: Db, workspace: str, account: str | None) -> bool:
    """Whether the workspace reads ``account`` already."""
    found = rows.live(db, account) if account else None
    return found is not None and found.workspace == workspace


def _require_room(db: Db, workspace: str, account: str | None, room: int | None) -> None:
    """Raise TooManyAccounts unless there is room for ``account`` (None: a new one) beside the workspace's others.

    A sample takes none.
    """
    others = (info.id for one, info in rows.of_workspace(db, workspace) if one.kind != samples.KIND)
    if room is not None and sum(each != account for each in others) >= room:
        raise TooManyAccounts(limit="1 account" if room == 1 else f"{room} accounts")
