"""Rates that owners bring, on both databases: added, replaced by newer files, never by an address."""

from __future__ import annotations

from lib.store import rates
from lib.store.engine import reading, transaction
from lib.store.rates import FILE, URL, Rate


def test_a_days_rate_from_a_file_is_replaced_only_by_another_files(database: str) -> None:
    with transaction() as db:
        rates.keep(
            db, "acct_1", [Rate("eur", "usd", "2024-01-10", "1.1", FILE), Rate("eur", "usd", "2024-01-11", "1.2", URL)]
        )
        rates.keep(
            db, "acct_1", [Rate("eur", "usd", "2024-01-10", "9", URL), Rate("eur", "usd", "2024-01-11", "1.3", URL)]
        )
        rates.keep(db, "acct_2", [Rate("eur", "usd", "2024-01-10", "7", FILE)])
    with reading() as db:
        assert rates.rows(db, "acct_1") == [
            Rate("eur", "usd", "2024-01-10", "1.1", FILE),
            Rate("eur", "usd", "2024-01-11", "1.3", URL),
        ]
        assert [tuple(each) for each in rates.held(db, "acct_1")] == [
            (FILE, 1, "2024-01-10", "2024-01-10"),
            (URL, 1, "2024-01-11", "2024-01-11"),
        ]
    with transaction() as db:
        rates.keep(db, "acct_1", [Rate("eur", "usd", "2024-01-11", "1.4", FILE)])
        rates.forget(db, "acct_1", URL)
    with reading() as db:
        assert [each.rate for each in rates.rows(db, "acct_1")] == ["1.1", "1.4"]
        assert [each.rate for each in rates.rows(db, "acct_2")] == ["7"]
