"""Queries of the daily exchange rates that owners bring themselves. Each works on an open session.

A rate is major units of ``base`` for one of ``currency``, decimal text as it was given; days are ISO text, and
currencies lower case.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from lib.store.tables import Account, ExchangeRate, core

FILE: Final = "file"
URL: Final = "url"
_TABLE: Final = core(ExchangeRate)
_ROW: Final = _TABLE.c
CHUNK: Final = 5_000
"""Rows in one statement."""


class Rate(NamedTuple):
    """One day's rate of one pair, in the order of the frame that ledgers read. ``source`` is FILE or URL."""

    currency: str
    base: str
    date: str
    rate: str
    source: str


class Held(NamedTuple):
    """What is kept of one source: on how many days there is any rate, and the first and last of them."""

    source: str
    days: int
    first: str
    last: str


def rows(db: Session, account: str) -> list[Rate]:
    """All of an account's own rates, by pair and day."""
    query = select(*(_ROW[name] for name in Rate._fields)).where(_ROW.account == account)
    found = db.connection().execute(query.order_by(_ROW.currency, _ROW.base, _ROW.date))
    return [Rate(*each) for each in found]


def keep(db: Session, account: str, found: Sequence[Rate]) -> None:
    """Add ``found`` to what is there. A day's rate from a file is replaced only by another file's, never by a URL's."""
    connection = db.connection()
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    adding = build(_TABLE)
    new = adding.excluded
    statement = adding.on_conflict_do_update(
        index_elements=[_ROW.account, _ROW.currency, _ROW.base, _ROW.date],
        set_={"rate": new.rate, "source": new.source},
        where=(_ROW.source != FILE) | (new.source == FILE),
    )
    for start in range(0, len(found), CHUNK):
        part = [{"account": account, **each._asdict()} for each in found[start : start + CHUNK]]
        connection.execute(statement, part)


def forget(db: Session, account: str, source: str) -> None:
    """Delete all rates of one source."""
    db.connection().execute(delete(_TABLE).where(_ROW.account == account, _ROW.source == source))


def held(db: Session, account: str) -> list[Held]:
    """What is kept, one row for each source."""
    days = func.count(func.distinct(_ROW.date))
    query = select(_ROW.source, days, func.min(_ROW.date), func.max(_ROW.date)).where(_ROW.account == account)
    return [Held(*each) for each in db.connection().execute(query.group_by(_ROW.source).order_by(_ROW.source))]


def address(db: Session, account: str) -> str | None:
    """Where the account's rates are read from; None when nowhere."""
    about = db.get(Account, account)
    return about.rates_url if about else None


def keep_address(db: Session, account: str, url: str | None) -> None:
    """Note where the account's rates are read from; None: nowhere."""
    db.get_one(Account, account).rates_url = url
    db.flush()
