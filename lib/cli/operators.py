"""``operator``: the link by which somebody whom OPERATORS names signs up."""

from __future__ import annotations

import time
from typing import Annotated

import typer


def operator(email: Annotated[str, typer.Argument(help="An email that OPERATORS names.")]) -> None:
    """Print the link, good for seven days, by which an email that OPERATORS names signs up to run this server."""
    from lib.accounts import operators

    typer.echo(operators.link(email, now=int(time.time())))
