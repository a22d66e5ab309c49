"""The commands that copy the database to a file while the app runs, and put such a copy back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lib.cli import output

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]


def backup(file: File) -> None:
    """Copy everything that is kept to FILE, while the app runs."""
    from lib.store import backup as store
    from lib.store.engine import migrate

    migrate()
    size = store.save(file)
    output.note(f"Saved {size / 1e6:,.1f} MB to {file}.")
    output.note("Keys to Stripe in it are sealed with APP_SECRET (DATA_DIR/app_secret): keep that too, somewhere else.")


def restore(
    file: File, yes: Annotated[bool, typer.Option("--yes", help="Don't ask before everything is replaced.")] = False
) -> None:
    """Put a backup in the place of everything that is kept, while the app runs."""
    from lib.store import backup as store
    from lib.store.engine import migrate

    migrate()
    if not yes:
        typer.confirm(f"Replace everything that is kept here by {file}?", abort=True, err=True)
    before = store.load(file)
    output.note(f"Restored {file}. What was kept before is in {before}.")
