"""``python -m lib``: the commands in one place, and the one edge where an AppError becomes a line and an exit code."""

from __future__ import annotations

import logging
import os
import sys

import typer

from lib.cli import backups, doctor, documents, figures, linking, operators, rules, serving
from lib.errors import AppError

FAILED, INTERRUPTED = 1, 130

app = typer.Typer(
    name="python -m lib",
    help="Plimsoll: subscription analytics for Stripe accounts, on your own machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a mistake of ours shows Python's own traceback, without local variables
)
for command in (
    serving.run,
    serving.sandbox,
    linking.connect,
    linking.sync,
    figures.metrics,
    figures.movements,
    figures.export,
    rules.rules,
    serving.worker,
    backups.backup,
    backups.restore,
    doctor.doctor,
    operators.operator,
    documents.docs,
):
    app.command()(command)


def main() -> None:
    """Run the command line and leave with its exit code."""
    os.umask(0o077)  # what it writes (customers' data) is its owner's alone
    logging.basicConfig(level=logging.ERROR, format="%(message)s")  # a failure is one line, told below
    try:
        app()
    except AppError as error:
        typer.echo(error.message, err=True)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # the reader has enough: `… | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
