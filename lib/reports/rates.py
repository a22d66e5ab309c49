"""The exchange rates in use: where they come from, and bringing one's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from lib.gateway import rate_files
from lib.gateway import rates as address
from lib.ledger import fx
from lib.ledger.build import Ledger
from lib.money import show_count
from lib.reports import books
from lib.store import rates as kept
from lib.store import upserts
from lib.store.engine import reading, transaction
from lib.sync import rates as renewal


@dataclass(frozen=True, slots=True)
class InUse:
    """Which rates an account's ledger converts with. Days are those on which any rate is known."""

    own_charges: int
    """Days from balance transactions."""
    file: int
    """Days in files that were brought."""
    url: int
    """Days read from the address."""
    last: date | None
    """The newest day with a rate of any kind; from then on it holds."""
    address: str | None
    needed: tuple[str, ...]
    """Currencies, other than the reporting one, that there is anything in."""
    unpriced: tuple[str, ...]
    """Those of them without any known rate: they count as 0."""


def in_use(account: str) -> InUse:
    """The rates of an account. Raises as books.ledger."""
    ledger = books.ledger(account)
    with reading() as db:
        held = {each.source: each for each in kept.held(db, account)}
        url = kept.address(db, account)
    days = {name: held[name].days if name in held else 0 for name in (kept.FILE, kept.URL)}
    return InUse(
        own_charges=ledger.rates.filter(pl.col("source") == fx.BALANCE)["date"].n_unique(),
        file=days[kept.FILE],
        url=days[kept.URL],
        last=_last(ledger, [date.fromisoformat(each.last) for each in held.values()]),
        address=url,
        needed=tuple(sorted(_used(ledger) - {ledger.base})),
        unpriced=ledger.unpriced,
    )


def _used(ledger: Ledger) -> set[str]:
    return set(ledger.states["currency"]) | set(ledger.cash["currency"])


def _last(ledger: Ledger, own: list[date]) -> date | None:
    newest = ledger.rates["date"].max()
    return max([*own, *([newest] if isinstance(newest, date) else [])], default=None)


def sentence(rates: InUse, locale: str = "en_US") -> str:
    """Which rates are in use, like ``Rates: 412 days from your own charges; last known from 2026-05-03.`` in full."""
    sources = ((rates.own_charges, "your own charges"), (rates.file, "your file"), (rates.url, "your address"))
    told = [f"{days(count, locale)} from {source}" for count, source in sources if count]
    if not told:
        return "No exchange rate is known." if rates.needed else "No exchange rates are needed: there is one currency."
    last = f"; last known from {rates.last.isoformat()}" if rates.last else ""
    return f"Rates: {', '.join(told)}{last}."


def days(count: int, locale: str) -> str:
    """``1 day`` or ``1,204 days``."""
    return "1 day" if count == 1 else f"{show_count(count, locale)} days"


def bring(account: str, content: bytes) -> int:
    """Keep the rates of a file of the owner's beside what is there; how many it told. Raises BadRateFile."""
    return renewal.keep(account, content, kept.FILE)


def forget(account: str) -> None:
    """Delete the rates of the owner's files."""
    _forget(account, kept.FILE)


def read_from(account: str, url: str) -> int:
    """Read rates from ``url`` now and every day; how many it told. An empty one ends that, and its rates go.

    Raises BadRatesAddress, RatesUnavailable or BadRateFile; then nothing is changed.
    """
    url = url.strip()
    if not url:
        with transaction() as db:
            kept.keep_address(db, account, None)
        _forget(account, kept.URL)
        return 0
    content = address.fetch(url)
    rate_files.parse(content, "usd")  # a file that can't be read is no address to keep
    with transaction() as db:
        kept.keep_address(db, account, url)
    return renewal.keep(account, content, kept.URL)


def _forget(account: str, source: str) -> None:
    with transaction() as db:
        kept.forget(db, account, source)
        upserts.bump(account, db)
