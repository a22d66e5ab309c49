"""Saved segments of a workspace: kept by name, asked for by name; and an account's ledger cut down to one."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from dataclasses import replace
from datetime import date
from threading import RLock
from typing import Final

from lib.accounts import identifiers
from lib.errors import SegmentTaken, UnknownAccount, UnknownSegment
from lib.ledger.build import Ledger
from lib.metrics.segments import Segment, from_json, narrowed, to_json
from lib.reports import books
from lib.store import connections, people, segments, tables
from lib.store.engine import reading, transaction

_KEPT: Final = 16
_cut: OrderedDict[tuple[str, Segment], tuple[weakref.ref[Ledger], Ledger]] = OrderedDict()
"""Ledgers of segments, each with the whole that it was cut from: it is good as long as that one is the account's."""
_lock = RLock()


def ledger(account: str, segment: Segment | None = None, *, since: date | None = None) -> Ledger:
    """The account's ledger, cut down to the customers of ``segment``; None: all of them. ``since``: the first day that
    is asked for.

    Kept as long as the account's ledger is the same. Raises UnknownAccount, NotSyncedYet, LedgerBroken, AccountLocked,
    HistoryLocked.
    """
    whole = books.ledger(account) if since is None else books.ledger_from(account, since)
    if segment is None:
        return whole
    key = (account, segment)
    with _lock:
        kept = _cut.pop(key, None)
        if kept is None or kept[0]() is not whole:
            kept = weakref.ref(whole), narrowed(whole, segment)
        _cut[key] = kept
        while len(_cut) > _KEPT:
            _cut.popitem(last=False)
        return kept[1]


def save(workspace: str, segment: Segment, *, now: int) -> Segment:
    """Keep a segment, in place of the one of the same name if there is one. ``now``: UTC epoch seconds.

    Raises SegmentTaken.
    """
    segment = replace(segment, name=_tidy(segment.name))
    with transaction() as db:
        kept = segments.by_name(db, workspace, segment.name)
        if kept is None:
            kept = tables.Segment(id=identifiers.new("seg"), workspace=workspace, name=segment.name, created=now)
        kept.conditions = to_json(segment)
        if not people.add(db, kept):  # somebody else saved one of this name in this very moment
            raise SegmentTaken(name=segment.name)
    return segment


def add(workspace: str, segment: Segment, *, now: int) -> Segment:
    """Keep a new segment. ``now``: UTC epoch seconds. Raises SegmentTaken."""
    segment = replace(segment, name=_tidy(segment.name))
    row = tables.Segment(id=identifiers.new("seg"), workspace=workspace, name=segment.name, created=now)
    row.conditions = to_json(segment)
    with transaction() as db:
        done = people.add(db, row)
    if not done:
        raise SegmentTaken(name=segment.name)
    return segment


def change(workspace: str, name: str, segment: Segment) -> Segment:
    """Keep ``segment`` in place of the one called ``name``, all of it or nothing.

    Raises UnknownSegment, SegmentTaken.
    """
    segment = replace(segment, name=_tidy(segment.name))
    with transaction() as db:
        done = segments.rename(db, workspace, _tidy(name), segment.name)
        kept = segments.by_name(db, workspace, segment.name) if done else None
        if kept is not None:
            kept.conditions = to_json(segment)
    if done is None:
        raise SegmentTaken(name=segment.name)
    if kept is None:
        raise _unknown(workspace, name)
    return segment


def of(workspace: str) -> list[Segment]:
    """The workspace's segments by name. Raises BadSegment for one that was tampered with."""
    with reading() as db:
        return [from_json(each.name, each.conditions) for each in segments.of(db, workspace)]


def find(workspace: str, name: str) -> Segment:
    """The segment of this name; raises UnknownSegment."""
    with reading() as db:
        kept = segments.by_name(db, workspace, _tidy(name))
        if kept is None:
            raise _unknown(workspace, name)
        return from_json(kept.name, kept.conditions)


def find_for(account: str, name: str) -> Segment:
    """The segment of this name in the workspace that has the account. Raises UnknownSegment, UnknownAccount."""
    with reading() as db:
        connection = connections.live(db, account)
    if connection is None:
        raise UnknownAccount(account=account)
    return find(connection.workspace, name)


def rename(workspace: str, name: str, to: str) -> None:
    """Give a segment another name; raises UnknownSegment, SegmentTaken, BadSegment."""
    to = Segment(_tidy(to)).name
    with transaction() as db:
        done = segments.rename(db, workspace, _tidy(name), to)
    if done is None:
        raise SegmentTaken(name=to)
    if not done:
        raise _unknown(workspace, name)


def delete(workspace: str, name: str) -> None:
    """Forget a segment; raises UnknownSegment."""
    with transaction() as db:
        done = segments.remove(db, workspace, _tidy(name))
    if not done:
        raise _unknown(workspace, name)


def _tidy(name: str) -> str:
    return " ".join(name.split())


def _unknown(workspace: str, name: str) -> UnknownSegment:
    return UnknownSegment(name=name, known=", ".join(each.name for each in of(workspace)) or "none yet")
