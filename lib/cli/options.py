"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from lib.errors import AppError
from lib.periods import parse_date


def day(text: str) -> date:
    """An ISO date; anything else is bad usage."""
    try:
        return parse_date(text)
    except AppError as error:
        raise typer.BadParameter(error.message) from error


Account = Annotated[
    str | None,
    typer.Option("--account", metavar="ID", help="Stripe's acct_… id; not needed while only one is connected."),
]
From = Annotated[date | None, typer.Option("--from", metavar="DATE", parser=day, help="First day, like 2026-01-31.")]
To = Annotated[date | None, typer.Option("--to", metavar="DATE", parser=day, help="Last day, included.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")]
