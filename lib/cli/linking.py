"""Commands that link an account and bring its history here."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from lib.cli import accounts, output
from lib.cli.options import Account, Json
from lib.cli.stripe_at_hand import stripe
from lib.errors import NothingConnected


def connect(
    restricted_key: Annotated[
        str, typer.Option(metavar="rk_…", envvar="STRIPE_RESTRICTED_KEY", help="A restricted key with read access.")
    ],
    json: Json = False,
) -> None:
    """Link a Stripe account without a browser, once its key can read all that is needed."""
    from lib.accounts import connections, workspaces
    from lib.billing import access
    from lib.store.engine import migrate

    migrate()
    now = int(time.time())
    workspace = workspaces.for_command_line(now=now)
    room = access.of(workspace).plan.limits.accounts
    with stripe():
        account = connections.connect_restricted(workspace, restricted_key, now=now, room=room)
    if json:
        output.as_json({"account": account})
    else:
        typer.echo(f"Connected {account}. Next: python -m lib sync --account {account}")


def sync(
    account: Account = None,
    full: Annotated[bool, typer.Option("--full", help="Read the whole history again, not just what changed.")] = False,
    json: Json = False,
) -> None:
    """Bring an account (or all of them) up to date, with a progress bar; goes on where an interrupted one stopped."""
    from lib.cli import progress
    from lib.store.engine import migrate

    migrate()
    wanted = [accounts.chosen(account)] if account else accounts.connected()
    if not wanted:
        raise NothingConnected
    with stripe():
        counts = {each: progress.sync(each, full=full) for each in wanted}
    if json:
        output.as_json(counts)
