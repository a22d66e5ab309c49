"""What commands print: figures on stdout, everything said to people about them on stderr."""

from __future__ import annotations

import sys

import orjson
import typer


def as_json(value: object) -> None:
    """``value`` on stdout as JSON."""
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def figures(content: str | bytes) -> None:
    """Text or bytes on stdout exactly as they are."""
    data = content.encode() if isinstance(content, str) else content
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def note(sentence: str) -> None:
    """A sentence for people, on stderr, so that stdout stays pure figures."""
    typer.echo(sentence, err=True)
