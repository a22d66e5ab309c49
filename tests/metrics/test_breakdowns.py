"""Splits: the parts of every metric that adds up make the whole, and each group is called what it is."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import UnknownBreakdown
from lib.metrics import catalog
from lib.metrics.breakdowns import metadata_keys
from lib.metrics.query import By, Query, parse_by, written
from lib.metrics.registry import Metric, Total
from lib.periods import Interval
from lib.reports.labels import in_locale, labels
from tests.metrics.lab import FIRST, SPAN, World, day, quick, worlds

KEY = "region"
MONTHS = Query(FIRST, day(SPAN), Interval.MONTH)


def asked(by: By) -> Query:
    return Query(FIRST, day(SPAN), Interval.MONTH, by, KEY if by is By.METADATA else "")


@quick(15)
@given(worlds, st.sampled_from(By))
def test_parts_add_up_to_the_whole_wherever_a_metric_says_so(world: World, by: By) -> None:
    ledger = world.ledger()
    for known in catalog.METRICS:
        if by in known.by and known.adds_up(by):
            whole = known(ledger, MONTHS)["value"].to_list()
            split = known(ledger, asked(by))
            parts = split.group_by("date", maintain_order=True).agg(pl.col("value").sum())["value"].to_list()
            assert parts in (whole, []), known.slug
            assert parts or not any(whole), known.slug


def test_what_adds_up_follows_from_what_is_counted() -> None:
    mrr, customers, subscriptions, churn = (
        catalog.find(slug) for slug in ("mrr", "active_customers", "active_subscriptions", "customer_churn_rate")
    )
    assert [by.value for by in By if not mrr.adds_up(by)] == []
    assert [by.value for by in By if customers.adds_up(by)] == ["country", "cohort", "customer", "metadata"]
    assert [by.value for by in By if not subscriptions.adds_up(by)] == ["plan", "price", "product", "interval"]
    assert not any(churn.adds_up(by) for by in By)


WORLD = World(
    held=[
        (0, 0, 0, "basic", 1000, True),  # DE, no coupon
        (5, 0, 0, "old", 500, True),  # the same plan at another price
        (40, 1, 1, "yearly", 2000, True),  # FR, with a coupon, region north
        (70, 2, 2, "pro", 3000, True),  # country unknown; pays in euros, each worth two dollars
    ],
    today=80,
)


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ("plan", {"Basic, monthly": 15, "Basic, yearly": 20, "Pro, monthly": 60}),
        ("price", {"basic": 10, "old": 5, "yearly": 20, "pro": 60}),
        ("product", {"Basic": 35, "Pro": 60}),
        ("interval", {"monthly": 75, "yearly": 20}),
        ("currency", {"usd": 35, "eur": 60}),
        ("country", {"DE": 15, "FR": 20, "unknown": 60}),
        ("coupon", {"none": 75, "friend": 20}),
        ("cohort", {"2024-01": 15, "2024-02": 20, "2024-03": 60}),
        ("customer", {"c0": 15, "c1": 20, "c2": 60}),
        ("metadata:region", {"none": 75, "north": 20}),
        ("metadata:mood", {"none": 95}),
        ("metadata:*", {"none": 95}),
    ],
)
def test_mrr_by(split: str, expected: dict[str, int]) -> None:
    query = Query(day(80), day(80), Interval.DAY, *parse_by(split, "mrr"))
    frame = catalog.find("mrr")(WORLD.ledger(), query)
    assert {group: value // 10**8 for group, value in frame.select("group", "value").iter_rows()} == expected


@pytest.mark.parametrize(
    ("by", "groups", "expected"),
    [
        (By.PRICE, ["pro"], ("pro", "Pro, monthly, $1")),
        (By.CUSTOMER, ["c1"], ("c1", "Name 1")),
        (By.COUNTRY, ["DE"], ("DE", "Germany")),
        (By.COUNTRY, ["unknown"], ("unknown", "Unknown")),
        (By.CURRENCY, ["eur"], ("eur", "EUR")),
        (By.COHORT, ["2024-03"], ("2024-03", "March 2024")),
        (By.COHORT, ["none"], ("none", "Never paid")),
        (By.COUPON, ["none"], ("none", "No coupon")),
        (By.METADATA, ["none"], ("none", "Not set")),
        (By.PLAN, ["unknown"], ("unknown", "Unknown")),
    ],
)
def test_people_read_names(by: By, groups: list[str], expected: tuple[str, str]) -> None:
    group, name = expected
    assert labels(WORLD.ledger(), by, groups)[group] == name


def test_months_follow_the_reader() -> None:
    known = labels(WORLD.ledger(), By.COHORT, ["2024-03"])
    assert in_locale(By.COHORT, known, "de_DE") == {"2024-03": "März 2024", "none": "Never paid"}
    assert in_locale(By.COUNTRY, {"DE": "Germany"}, "de_DE") == {"DE": "Germany"}


def test_the_whole_has_no_groups_to_call() -> None:
    assert labels(WORLD.ledger(), None, []).get("") is None
    assert Query(FIRST, FIRST).split is None


def test_the_keys_of_metadata_are_counted_by_customers_who_have_something_there() -> None:
    empty = World().ledger()
    said = [
        '{"tier": "gold", "region": "north"}',
        '{"region": "south", "tier": ""}',
        '{"b": "1", "a": "1"}',
        "{}",
        None,
    ]
    people = pl.DataFrame({"metadata": said}, schema={"metadata": pl.String})
    assert list(metadata_keys(replace(empty, customers=people)).items()) == [
        ("region", 2),
        ("a", 1),
        ("b", 1),
        ("tier", 1),
    ]


@pytest.mark.parametrize("text", [None, "", "plan", "metadata:region", "metadata:a:b"])
def test_a_split_is_read_as_it_is_written(text: str | None) -> None:
    by, key = parse_by(text, "mrr")
    assert Query(FIRST, FIRST, by=by, key=key).split == (text or None)


@pytest.mark.parametrize("text", ["mood", "metadata", "metadata:", "plan:x", ":", "PLAN"])
def test_another_split_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(UnknownBreakdown) as refused:
        parse_by(text, "fees", [By.CURRENCY, By.METADATA])
    assert refused.value.message == f"fees can't be split by “{text}”. Known: currency, metadata:KEY."


@pytest.mark.parametrize("known", catalog.METRICS, ids=lambda known: known.slug)
def test_every_metric_answers_every_split_of_an_empty_account(known: Metric) -> None:
    """Where nothing can be computed n/a stands, not 0, and a split has no groups."""
    empty = World().ledger()
    assert known(empty, MONTHS)["value"].to_list()[0] == (0 if known.additive else None)
    for by in known.by:
        assert known(empty, asked(by)).columns == ["date", "group", "value", "unfinished"]
    assert known.additive or known.total is not Total.SUM
    assert written(known.by)
