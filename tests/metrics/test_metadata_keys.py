"""The keys that customers can be split by: those that say something, the most frequent first."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from lib.ledger.build import build
from lib.metrics.breakdowns import metadata_keys
from tests.ledger.shop import at, shop


def test_keys_are_counted_where_they_say_something_and_ties_are_in_the_order_of_letters() -> None:
    tables = shop(
        customer="id metadata created\n"
        'c1 ={"team":"a","region":"north"} 2024-01-01\n'
        'c2 ={"region":"south","team":""} 2024-01-01\n'
        'c3 ={"seats":"4"} 2024-01-01\n'
        "c4 - 2024-01-01"
    )
    found = build(tables, base="usd", as_of=at("2024-01-20"), tz=ZoneInfo("UTC"))
    assert list(metadata_keys(found).items()) == [("region", 2), ("seats", 1), ("team", 1)]
