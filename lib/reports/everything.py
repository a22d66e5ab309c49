"""All that is kept of one account as one ZIP: Stripe's objects and what people noted and chose, a file each.

It needs no plan and no live connection: one's own data can always be taken along, of an account that is no longer read
too, for as long as it is kept.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from typing import BinaryIO, Final, cast

import polars as pl

from lib.accounts import workspaces
from lib.reports import export, exports, kept
from lib.reports.exports import Ask, Export
from lib.store import frames_taken

FORMATS: Final = ("csv", "parquet")
_FIRST, _LAST = date(1970, 1, 1), date(9998, 12, 31)
_BLOCK: Final = 1 << 18
"""Bytes of a file that are packed at once."""


def _whole(name: str) -> Export:
    """A resource's every row, of whichever day."""
    return Export(f"stripe-{name.replace('_', '-')}", name, "", lambda ask: export.batches(ask.account, name))


def _one(name: str, frame: Callable[[Ask], pl.DataFrame], *numbers: str) -> Export:
    """What people made or chose, in one piece."""
    return Export(name, name, "", lambda ask: iter((frame(ask),)), numbers=numbers)


PARTS: Final = (
    *(_whole(name) for name in export.RESOURCES),
    Export("subscription-versions", "", "", lambda ask: map(export.with_iso_times, frames_taken.versions(ask.account))),
    _one("notes", lambda ask: kept.notes_frame(ask.workspace, ask.account)),
    _one("annotations", lambda ask: kept.annotations_frame(ask.workspace, ask.account, _FIRST, _LAST)),
    _one("calls", lambda ask: kept.calls_frame(ask.workspace, ask.account)),
    _one("goals", lambda ask: kept.goals_frame(ask.workspace, ask.account), "target"),
    _one("segments", lambda ask: kept.segments_frame(ask.workspace)),
    _one("views", lambda ask: kept.views_frame(ask.workspace, ask.reader)),
    _one("exchange-rates", lambda ask: kept.rates_frame(ask.account)),
    _one("rules", lambda ask: kept.rules_frame(ask.account)),
)
"""What the ZIP holds, a file each. A test holds it against every table that is about an account."""


class _Outlet:
    """What a ZIP is written into and taken from piece by piece; it can't be wound back, so nothing is kept."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, piece: bytes) -> int:
        self._held += piece
        return len(piece)

    def flush(self) -> None:
        """Nothing to do: it is all in memory until it is taken."""

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._held = bytes(self._held), bytearray()
        return taken


def zipped(  # noqa: PLR0913 - whose, how it is written, who reads: by keyword but the first three
    workspace: str, account: str, form: str = "csv", *, bom: bool = False, commas: bool = False, reader: str = ""
) -> Iterator[bytes]:
    """The ZIP, piece by piece, of CSV or Parquet files; ``bom`` and ``commas`` as in exports.csv. ``reader``: the user
    whose own views are in it beside the team's.

    Before each file it is asked again whether the account is the workspace's: data may be erased or become somebody
    else's while a long file is sent. Raises UnknownAccount, OneAccountOnly.
    """
    outlet = _Outlet()
    with zipfile.ZipFile(cast("BinaryIO", outlet), "w", zipfile.ZIP_DEFLATED) as archive:
        for part in PARTS:
            workspaces.require_own(workspace, account)
            asked = Ask(account, _FIRST, _LAST, workspace=workspace, reader=reader)
            with archive.open(f"{part.name}.{form}", "w", force_zip64=True) as file:
                for piece in _pieces(part, asked, form, bom=bom, commas=commas):
                    file.write(piece)
                    if found := outlet.take():
                        yield found
    yield outlet.take()


def _pieces(part: Export, asked: Ask, form: str, *, bom: bool, commas: bool) -> Iterator[bytes]:
    if form == "csv":
        yield from (piece.encode() for piece in exports.csv(part, asked, bom=bom, commas=commas))
        return
    path = exports.parquet(part, asked)
    try:
        with path.open("rb") as made:
            while piece := made.read(_BLOCK):
                yield piece
    finally:
        path.unlink(missing_ok=True)
