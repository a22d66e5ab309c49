"""A rate limit that all processes share: the table ``pace`` says when the next read of each bucket may begin.

Times are the database's, and only spans leave it: clocks of several machines need not agree.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Double, case, cast, delete, extract, func, literal, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from lib.store.engine import transaction
from lib.store.tables import Pace, core

log = logging.getLogger(__name__)

Seconds = ColumnElement[Any]


def reserve(bucket: str, rate: float, count: int) -> float | None:
    """Book the next ``count`` reads of ``bucket``, each ``1 / rate`` seconds long; seconds until the first may begin.

    One statement, hence no two processes book the same. None when the database can't tell: pacing is no reason for a
    read to fail.
    """
    span = count / rate
    ends_in = _move(bucket, lambda free_at, now: case((free_at > now, free_at), else_=now) + span, first=span)
    return None if ends_in is None else max(0.0, ends_in - span)


def pause(bucket: str, seconds: float) -> None:
    """Let nobody begin a read of ``bucket`` for so many seconds: Stripe asked us to wait."""
    _move(bucket, lambda free_at, now: case((free_at > now + seconds, free_at), else_=now + seconds), first=seconds)


def forget(db: Session, account: str) -> None:
    """Delete the buckets of ``account``: its own, and that of each of its endpoints."""
    own = or_(col(Pace.bucket) == account, col(Pace.bucket).startswith(f"{account} ", autoescape=True))
    db.connection().execute(delete(Pace).where(own))


def _move(bucket: str, onward: Callable[[Seconds, Seconds], Seconds], *, first: float) -> float | None:
    """Move the bucket's moment ``onward`` (a new one: ``first`` seconds from now); the seconds until it comes."""
    try:
        with transaction() as db:
            on_postgresql = db.connection().dialect.name == "postgresql"
            now, table = _now(on_postgresql=on_postgresql), core(Pace)
            statement = (
                (postgresql.insert if on_postgresql else sqlite.insert)(table)
                .values(bucket=bucket, free_at=now + first)
                .on_conflict_do_update(index_elements=["bucket"], set_={"free_at": onward(table.c.free_at, now)})
                .returning(table.c.free_at - now)
            )
            return float(db.connection().execute(statement).scalar_one())
    except SQLAlchemyError:
        log.warning("The pace of reading Stripe can't be shared now", exc_info=True)
        return None


def _now(*, on_postgresql: bool) -> Seconds:
    """Epoch seconds: of PostgreSQL's clock once the row is ours; of this machine's, which alone has the SQLite file."""
    return cast(extract("epoch", func.clock_timestamp()), Double) if on_postgresql else literal(time.time())
