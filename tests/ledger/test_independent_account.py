"""Somebody else's account with its truth: the ledger must say the same on every day, to the cent.

The account was made by a billing engine that is not ours (the project's notes on Stripe tell of it). Here it goes the
whole way: Stripe's JSON, the store's rows, the database, the frames, the ledger.
"""

from __future__ import annotations

import gzip
import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from lib.ledger.build import Ledger, build
from lib.metrics.catalog import find
from lib.metrics.query import Query
from lib.money import to_micros
from lib.store import frames, upserts
from lib.store.engine import migrate
from lib.store.stripe_rows import FROM_STRIPE, from_stripe

FILE = Path(__file__).resolve().parents[3] / "shared" / "independent-account.json.gz"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="../shared/independent-account.json.gz is not here")


@pytest.fixture(scope="module")
def account() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(gzip.decompress(FILE.read_bytes()))
    return loaded


@pytest.fixture
def ledger(account: dict[str, Any], data_dir: Path) -> Ledger:
    migrate()
    known = account["account"]["id"]
    objects = [obj for listed in account["lists"].values() for obj in listed if obj["object"] in FROM_STRIPE]
    upserts.apply(known, (row for obj in objects for row in from_stripe(obj, known, account["as_of"])))
    return build(frames.frames(known), base="usd", as_of=account["as_of"], tz=ZoneInfo("UTC"))


def test_mrr_of_every_subscription_and_day_is_the_truth_to_the_cent(account: dict[str, Any], ledger: Ledger) -> None:
    wrong = []
    for day in account["truth"]:
        then = ledger.movements.filter(pl.col("date") <= date.fromisoformat(day["date"]))
        mine = {s: a for s, a in then.group_by("subscription").agg(pl.col("amount").sum()).iter_rows() if a}
        truth = {s: to_micros(Fraction(v["mrr"])) for s, v in day["subscriptions"].items() if Fraction(v["mrr"])}
        if mine != truth:
            wrong.append((day["date"], set(mine.items()) ^ set(truth.items())))
    assert not wrong
    assert not ledger.hidden


def test_customers_and_movements_are_the_truth_on_every_day(account: dict[str, Any], ledger: Ledger) -> None:
    days = account["truth"]
    first, last = date.fromisoformat(days[0]["date"]), date.fromisoformat(days[-1]["date"])
    paid: list[dict[str, Fraction]] = []
    for day in days:
        held: dict[str, Fraction] = {}
        for sub in day["subscriptions"].values():
            held[sub["customer"]] = held.get(sub["customer"], Fraction(0)) + Fraction(sub["mrr"])
        paid.append({c: v for c, v in held.items() if v})
    active = find("active_customers")(ledger, Query(first, last))["value"].to_list()
    assert active == [len(held) for held in paid]
    seen: set[str] = set()
    expected: dict[str, int] = dict.fromkeys(("new", "expansion", "contraction", "churn", "reactivation"), 0)
    for before, now in zip([{}, *paid], paid, strict=False):
        for customer in before.keys() | now.keys():
            was, is_ = before.get(customer, Fraction(0)), now.get(customer, Fraction(0))
            if was != is_:
                kind = (
                    ("reactivation" if customer in seen else "new") if not was
                    else "churn" if not is_
                    else "expansion" if is_ > was
                    else "contraction"
                )  # fmt: skip
                expected[kind] += to_micros(is_) - to_micros(was)
        seen |= now.keys()
    moved = dict(ledger.movements.group_by("type").agg(pl.col("amount").sum()).iter_rows())
    # each subscription is rounded to a millionth of a cent, so a customer's sum may differ by a few millionths
    assert {kind: round(moved[kind] / 1_000) for kind in expected} == {k: round(v / 1_000) for k, v in expected.items()}


def test_cash_is_the_sum_of_balance_transactions(account: dict[str, Any], ledger: Ledger) -> None:
    lists = account["lists"]["balance_transactions"]
    span = Query(ledger.start, ledger.today)
    totals = {slug: find(slug)(ledger, span)["value"].sum() for slug in ("gross_revenue", "refunds", "fees")}
    assert totals == {
        "gross_revenue": to_micros(sum(t["amount"] for t in lists if t["type"] == "charge")),
        "refunds": to_micros(-sum(t["amount"] for t in lists if t["type"] == "refund")),
        "fees": to_micros(sum(t["fee"] for t in lists)),
    }
