"""``doctor``: is everything in place, and what to mend if not. Looks only; changes nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import typer

from lib.cli import output
from lib.cli.options import Json
from lib.cli.serving import THIS_MACHINE
from lib.errors import AppError
from lib.settings import Settings, settings

QUIET_DAYS = 3
"""Days without a delivery, though things changed, after which webhooks count as broken."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``says`` tells how it stands, or what to mend; ``open``: it is not there yet, or can't be
    asked, and nothing is broken by that.
    """

    ok: bool
    name: str
    says: str
    open: bool = False

    def line(self) -> str:
        """The finding for people: ``✓ Database: …``."""
        mark = "○" if self.open else "✓" if self.ok else "✗"
        return f"{mark} {self.name}: {self.says}"


def doctor(json: Json = False) -> None:
    """Check settings, database, Stripe and webhooks, and say what to mend; exits with 1 when something is broken."""
    found = list(findings())
    if json:
        output.as_json([vars(each) for each in found])
    else:
        for each in found:
            typer.echo(each.line())
    if not all(each.ok for each in found):
        raise typer.Exit(1)


def findings() -> Iterator[Finding]:
    """Every check in turn; the settings first, because without them there is nothing more to look at."""
    try:
        chosen = settings()
    except AppError as error:
        yield Finding(ok=False, name="Settings", says=error.message)
        return
    yield Finding(ok=True, name="Settings", says=mode(chosen))
    for name, check in CHECKS.items():
        try:
            yield Finding(ok=True, name=name, says=check(chosen))
        except Broken as error:
            yield Finding(ok=False, name=name, says=str(error))
        except AppError as error:
            yield Finding(ok=False, name=name, says=error.message)
    yield from demo_business(chosen)
    yield from set_up(chosen)


def demo_business(chosen: Settings) -> Iterator[Finding]:
    """Whether the demo business beside real accounts runs; nothing where none is open."""
    from lib.accounts import connections
    from lib.gateway import sample

    try:
        if not _readable(chosen) or not connections.read_samples():
            return
    except AppError:
        return  # told above
    found = sample.running()
    says = f"answers at {found['base']}" if found else "asleep; it starts when it is read next"
    yield Finding(ok=True, name="Demo business", says=says)


def set_up(chosen: Settings) -> Iterator[Finding]:
    """What the Platform page shows: our own set-up at Stripe, asked live; nothing where no platform is set up."""
    from lib.billing import setup
    from lib.gateway import standin
    from lib.sync.announcements import EVENT_TYPES

    named = chosen.stripe_secret_key or chosen.stripe_client_id
    if not (standin.live() if chosen.sandbox_mode else named):
        return
    try:
        kept = _readable(chosen)
    except AppError:
        kept = False  # told above
    for each in setup.look(EVENT_TYPES, kept=kept).checks:
        says = " ".join(part for part in (each.says, each.todo, " ".join(each.copy.split())) if part)
        open_ = each.state in {setup.State.AMISS, setup.State.MISSING, setup.State.UNKNOWN}
        yield Finding(each.state is not setup.State.WRONG, f"{each.name} ({each.mode})", says, open=open_)


class Broken(Exception):  # noqa: N818 - a verdict, not a failure of ours
    """What is wrong and how to mend it."""


def mode(chosen: Settings) -> str:
    """Whom the app talks to."""
    if chosen.sandbox_mode:
        return "no Stripe keys, so sandbox mode: a stand-in Stripe with a made-up business"
    if chosen.stripe_secret_key is None:
        return f"{chosen.stripe_api_base} with restricted keys only; Connect with Stripe needs STRIPE_SECRET_KEY too"
    live = "live" if "_live_" in chosen.stripe_secret_key.get_secret_value() else "test"
    return f"{chosen.stripe_api_base} in {live} mode"


def check_data_dir(chosen: Settings) -> str:
    """DATA_DIR can be written; its first existing parent tells when it is not there yet."""
    folder = chosen.data_dir.resolve()
    nearest = next(each for each in (folder, *folder.parents) if each.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise Broken(f"{folder} can't be written. Make it writable for this user, or set DATA_DIR to another folder.")
    return str(folder)


def check_app_url(chosen: Settings) -> str:
    """APP_URL is an address, and one that is safe to sign in over."""
    url = urlsplit(chosen.app_url)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise Broken(f"“{chosen.app_url}” is not an address. Set APP_URL like https://plimsoll.example.com.")
    if url.scheme == "http" and url.hostname not in THIS_MACHINE:
        raise Broken(f"{chosen.app_url} sends passwords in the open. Put https in front and set APP_URL to it.")
    return chosen.app_url


def check_app_secret(chosen: Settings) -> str:
    """The key that seals stored secrets is there, or will be made."""
    if chosen.app_secret:
        return "from APP_SECRET"
    if chosen.database_url:
        raise Broken("with DATABASE_URL every machine needs the same key. Set APP_SECRET to a long random text.")
    kept = chosen.data_dir / "app_secret"
    return f"kept in {kept}" if kept.exists() else f"made in {kept} at the first start"


def check_database(chosen: Settings) -> str:
    """The database answers, and its tables are those that this version expects."""
    from lib.store import health

    name = "PostgreSQL" if chosen.database_url else "SQLite"
    if not chosen.database_url and not Path(chosen.database.removeprefix("sqlite:///")).exists():
        return f"{name}, made at the first start"
    if not health.up_to_date():
        raise Broken("its tables are not those of this version. Run `make migrate`, or just start the app.")
    return f"{name}, up to date"


def check_stripe(chosen: Settings) -> str:
    """Stripe (or the stand-in) answers and knows our key."""
    from lib.gateway import addresses, standin
    from lib.gateway.client import Gateway
    from lib.gateway.credential import Credential
    from lib.gateway.retry import Patience

    if chosen.sandbox_mode:
        found = standin.live()
        return f"the stand-in answers at {found['base']}" if found else "the stand-in starts with the app"
    if chosen.stripe_secret_key is None:
        return "each account is read with its own restricted key"
    check_keys(chosen)
    own = Credential("oauth", addresses.platform_key())
    account = Gateway(own, patience=Patience(attempts=1)).get("/v1/account")
    return f"answers, and knows the key of {account['id']}"


def check_keys(chosen: Settings) -> None:
    """The platform's two keys look like what they should be. Raises Broken."""
    key = chosen.stripe_secret_key.get_secret_value() if chosen.stripe_secret_key else ""
    if not key.startswith(("sk_test_", "sk_live_", "rk_test_", "rk_live_")):
        raise Broken("STRIPE_SECRET_KEY does not look like a secret key (sk_…). Copy it again from Stripe.")
    if chosen.stripe_client_id and not chosen.stripe_client_id.startswith("ca_"):
        raise Broken("STRIPE_CLIENT_ID does not look like a client id (ca_…). It is in Stripe's Connect settings.")


def check_webhooks(chosen: Settings) -> str:
    """The signing secret is there when Stripe delivers to us."""
    if chosen.sandbox_mode:
        return "signed by the stand-in"
    if chosen.stripe_secret_key is None:
        return "not used with restricted keys; changes are fetched from Stripe's event list"
    if chosen.stripe_webhook_secret is None:
        where = f"{chosen.app_url.rstrip('/')}/webhooks/stripe"
        raise Broken(f"make a Connect endpoint at Stripe for {where} and put its secret in STRIPE_WEBHOOK_SECRET.")
    if not chosen.stripe_webhook_secret.get_secret_value().startswith("whsec_"):
        raise Broken("STRIPE_WEBHOOK_SECRET does not look like a signing secret (whsec_…). Copy it again from Stripe.")
    if silent := _undelivered(chosen):
        where = f"{chosen.app_url.rstrip('/')}/webhooks/stripe"
        raise Broken(
            f"nothing was delivered in {QUIET_DAYS} days for {', '.join(silent)}, although things changed there. See "
            f"at Stripe whether the Connect endpoint {where} is on and hears connected accounts."
        )
    return "STRIPE_WEBHOOK_SECRET is set"


def _undelivered(chosen: Settings) -> Sequence[str]:
    """Accounts whose changes were only found by asking, lately."""
    from lib.store import reads
    from lib.store.engine import reading

    if not _readable(chosen):
        return ()
    with reading() as db:
        return reads.undelivered(db, time.time() - QUIET_DAYS * 86_400)


def _readable(chosen: Settings) -> bool:
    """Whether there is a database with the tables of this version."""
    from lib.store import health

    made = bool(chosen.database_url) or Path(chosen.database.removeprefix("sqlite:///")).exists()
    return made and health.up_to_date()


def check_reads(chosen: Settings) -> str:
    """Stripe's read allocation is not used up for any account."""
    from lib.store import connections, samples
    from lib.store.engine import reading
    from lib.sync import allowance

    if not _readable(chosen):
        return "none so far"
    with reading() as db:
        accounts = [each.account for each in connections.all_live(db) if each.kind != samples.KIND]
    if not accounts:
        return "none so far"
    found = {account: allowance.of(account, time.time()) for account in accounts}
    worst = max(found, key=lambda account: found[account].share)
    used = f"{found[worst].used:,} of {found[worst].allowed:,} reads in {allowance.DAYS} days for {worst}"
    if found[worst].share >= 1:
        raise Broken(f"{used}: all that Stripe allows. It is asked every six hours until there is room again.")
    return f"{used}, the most of all accounts" if len(accounts) > 1 else used


CHECKS: dict[str, Callable[[Settings], str]] = {
    "Data folder": check_data_dir,
    "Address": check_app_url,
    "Encryption key": check_app_secret,
    "Database": check_database,
    "Stripe": check_stripe,
    "Webhooks": check_webhooks,
    "Reads": check_reads,
}
