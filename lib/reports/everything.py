"""All that is kept of one account as one ZIP: Stripe's objects and what people noted of it, a file each.

It needs no plan and no live connection: one's own data can always be taken along, of an account that is no longer read
too, for as long as it is kept.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date
from typing import BinaryIO, Final, cast

from lib.accounts import workspaces
from lib.reports import export, exports, kept
from lib.reports.exports import Ask, Export

FORMATS: Final = ("csv", "parquet")
_FIRST, _LAST = date(1970, 1, 1), date(9998, 12, 31)
_BLOCK: Final = 1 << 18
"""Bytes of a file that are packed at once."""


def _whole(name: str) -> Export:
    """A resource's every row, of whichever day."""
    return Export(f"stripe-{name.replace('_', '-')}", name, "", lambda ask: export.batches(ask.account, name))


PARTS: Final = (
    *(_whole(name) for name in export.RESOURCES),
    Export("notes", "Notes", "", lambda ask: iter((kept.notes_frame(ask.workspace, ask.account),))),
    Export(
        "annotations",
        "Annotations",
        "",
        lambda ask: iter((kept.annotations_frame(ask.workspace, ask.account, _FIRST, _LAST),)),
    ),
    Export("segments", "Segments", "", lambda ask: iter((kept.segments_frame(ask.workspace),))),
)
"""What the ZIP holds, a file each."""


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


def zipped(workspace: str, account: str, form: str = "csv", *, bom: bool = False) -> Iterator[bytes]:
    """The ZIP, piece by piece, of CSV or Parquet files; ``bom`` as in exports.csv.

    Before each file it is asked again whether the account is the workspace's: data may be erased or become somebody
    else's while a long file is sent. Raises UnknownAccount, OneAccountOnly.
    """
    outlet = _Outlet()
    with zipfile.ZipFile(cast("BinaryIO", outlet), "w", zipfile.ZIP_DEFLATED) as archive:
        for part in PARTS:
            workspaces.require_own(workspace, account)
            asked = Ask(account, _FIRST, _LAST, workspace=workspace)
            with archive.open(f"{part.name}.{form}", "w", force_zip64=True) as file:
                for piece in _pieces(part, asked, form, bom=bom):
                    file.write(piece)
                    if found := outlet.take():
                        yield found
    yield outlet.take()


def _pieces(part: Export, asked: Ask, form: str, *, bom: bool) -> Iterator[bytes]:
    if form == "csv":
        yield from (piece.encode() for piece in exports.csv(part, asked, bom=bom))
        return
    path = exports.parquet(part, asked)
    try:
        with path.open("rb") as made:
            while piece := made.read(_BLOCK):
                yield piece
    finally:
        path.unlink(missing_ok=True)
