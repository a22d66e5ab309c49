"""An owner's daily exchange rates, kept up to date from the address they gave."""

from __future__ import annotations

import logging

from lib.errors import AppError
from lib.gateway import rate_files, rates
from lib.store import rates as kept
from lib.store import rules, upserts
from lib.store.engine import transaction

log = logging.getLogger(__name__)


def refresh(account: str) -> int:
    """Read the account's address once and keep what is new; how many rates it told, 0 when there is no address.

    Raises BadRatesAddress, RatesUnavailable or BadRateFile; then all that was there stays.
    """
    with transaction() as db:
        url = kept.address(db, account)
    return keep(account, rates.fetch(url), kept.URL) if url else 0


def keep(account: str, content: bytes, source: str) -> int:
    """Add a file's rates to the account's; how many. ``source`` is FILE or URL. Raises BadRateFile."""
    with transaction() as db:
        own = rules.of(db, account).currency
    told = [kept.Rate(*each, source=source) for each in rate_files.parse(content, own or "usd")]
    with transaction() as db:
        before = set(kept.rows(db, account))
        new = [each for each in told if each not in before]
        kept.keep(db, account, new)
        if new:
            upserts.bump(account, db)
    return len(told)


def refresh_quietly(account: str) -> None:
    """The same for the schedule: what went wrong is logged, and tried again the next day."""
    try:
        refresh(account)
    except AppError as error:
        log.warning("Exchange rates were not read: %s", error.code)
