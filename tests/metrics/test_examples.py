"""Worked examples that vendors and public test suites published, each named by its id, through the real ledger.

The ids are those of ``metric-examples.json``; ``docs/examples.md`` lists each with its source, and those left out.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import pytest

from lib.ledger.rules import PRESETS, Preset, Rules
from lib.metrics.catalog import find
from lib.metrics.cohorts import Every, Of, cohorts
from lib.metrics.registry import Unit
from tests.conftest import ROOT
from tests.metrics.example_shop import Sub, ledger, value

MICRO = 1_000_000
PUBLISHED = ROOT.parent / "shared" / "metric-examples.json"
BAREMETRICS, CHARTMOGUL = PRESETS[Preset.BAREMETRICS], PRESETS[Preset.CHARTMOGUL]
PROFITWELL, STRIPE = PRESETS[Preset.PROFITWELL], PRESETS[Preset.STRIPE]
F = Fraction


@dataclass(frozen=True)
class Example:
    """``told``: slug, day or days, and what the source says comes out, money in cents."""

    id: str
    subs: list[Sub]
    told: list[tuple[str, str, Fraction | int]]
    rules: Rules = BAREMETRICS
    as_of: str = "2024-03-31"
    base: str = "usd"
    more: dict[str, str] = field(default_factory=dict)


JAN20, JAN, FEB, MAR = "2024-01-20", "2024-01-01 2024-01-31", "2024-02-01 2024-02-29", "2024-03-01 2024-03-31"
FIVE_OF_100 = [Sub(10_000, customers=95), Sub(10_000, customers=5, ended="2024-03-10")]
TURNOVER = [
    Sub(10_000, customers=95, start="2023-09-01"),
    *(
        Sub(10_000, customers=5, start=f"{start}-15", ended=f"{end}-20")
        for start, end in (
            ("2023-09", "2023-10"), ("2023-10", "2023-11"), ("2023-11", "2023-12"), ("2023-12", "2024-01"),
            ("2024-01", "2024-02"), ("2024-02", "2024-03"), ("2024-03", "2024-04"),
        )
    ),
]  # fmt: skip
"""A hundred customers at each month's start, of whom five leave on the 20th, while five others came on the 15th."""

PAID = {
    "charge": "id customer payment_intent created status amount\nch1 c0x0 pi1 2024-01-10 succeeded 120000",
    "balance_transaction": "id created amount fee type reporting_category source\n"
    "t1 2024-01-10 120000 0 charge charge ch1\nt2 2024-02-05 -120000 0 refund refund re1",
    "refund": "id charge amount\nre1 ch1 120000",
}
"""A year's price, paid at once and refunded in the month after."""

EXAMPLES = [
    # --- What a price is worth in a month
    Example("norm-01", [Sub(1000, customers=10)], [("mrr", JAN20, 10_000), ("new_mrr", JAN, 10_000)]),
    Example("norm-02", [Sub(12_000, "year")], [("mrr", JAN20, 1000)]),
    Example("norm-04", [Sub(10_000, customers=100), Sub(60_000, "year", customers=50)], [("mrr", JAN20, 1_250_000)]),
    Example("norm-05", [Sub(5000, customers=5), Sub(10_000, customers=3), Sub(50_000, "year", customers=2)],
            [("mrr", JAN20, F(190_000, 3))]),
    Example("norm-07", [Sub(30_000, count=3)], [("mrr", JAN20, 10_000)]),
    Example("norm-08", [Sub(240_000, "year", 2)], [("mrr", JAN20, 10_000)]),
    Example("norm-10", [Sub(1000, "week")], [("mrr", JAN20, F(52_000, 12))]),
    Example("norm-11", [Sub(100, "day")], [("mrr", JAN20, F(36_500, 12))]),
    Example("norm-17", [Sub(10_000, start="2024-03-29", then=(("2024-04-29", 10_000),))],
            [("mrr", "2024-03-29", 10_000), ("mrr", "2024-04-10", 10_000), ("mrr", "2024-04-01 2024-04-28", 10_000)],
            as_of="2024-05-10"),
    Example("norm-23", [Sub(12_000, start="2024-01-01"), Sub(12_000, count=3, start="2024-01-02"),
                        Sub(12_000, count=6, start="2024-01-03"), Sub(12_000, "year", start="2024-01-04")],
            [("new_mrr", f"2024-01-0{day}", cents) for day, cents in enumerate((12_000, 4000, 2000, 1000), 1)]),
    Example("qty-01", [Sub(1000, quantity=5)], [("mrr", JAN20, 5000)]),
    Example("qty-02", [Sub(2000, items=(1500,))], [("mrr", JAN20, 3500)]),
    # --- Usage
    Example("met-01", [Sub(2000, usage=(("2024-02-10", 4000),))], [("mrr", "2024-02-20", 2000)]),
    Example("met-02", [Sub(0, usage=(("2024-02-10", 4000),))], [("mrr", "2024-02-20", 4000)],
            Rules(count_metered=True), "2024-02-25"),
    # --- Coupons
    Example("disc-01", [Sub(1000, coupon=("forever", "50%", "2024-01-10", "-"))], [("mrr", JAN20, 500)]),
    Example("disc-02", [Sub(1000, coupon=("forever", "100%", "2024-02-10", "-"), then=(("2024-02-10", 1000),))],
            [("churned_customers", FEB, 1), ("churned_mrr", FEB, 1000), ("active_customers", "2024-02-20", 0)]),
    Example("disc-02", [Sub(1000, coupon=("forever", "100%", "2024-02-10", "-"), then=(("2024-02-10", 1000),))],
            [("churned_customers", FEB, 0), ("mrr", "2024-02-20", 0), ("active_customers", "2024-02-20", 1)],
            CHARTMOGUL),
    Example("disc-04", [Sub(1000, coupon=("repeating", "10%", "2024-01-10", "2024-03-10"))],
            [("mrr", "2024-03-09", 900), ("mrr", "2024-03-11", 1000), ("expansion_mrr", MAR, 100)], PROFITWELL),
    Example("disc-05", [Sub(1000, coupon=("forever", "50%", "2024-01-10", "-")),
                        Sub(1000, coupon=("repeating", "50%", "2024-01-10", "2024-06-10"), start="2024-01-11"),
                        Sub(1000, coupon=("once", "50%", "2024-01-10", "-"), start="2024-01-12")],
            [("new_mrr", "2024-01-10", 500), ("new_mrr", "2024-01-11", 1000), ("new_mrr", "2024-01-12", 1000)],
            Rules(deducted_coupons=frozenset({"forever"}))),
    Example("disc-07", [Sub(1500, customers=77, coupon=("once", "1400", "2024-01-10", "-"))],
            [("committed_mrr", JAN20, 115_500), ("mrr", JAN20, 115_500)]),
    Example("disc-07", [Sub(1500, customers=77, coupon=("once", "1400", "2024-01-10", "-"))],
            [("mrr", JAN20, 7700)], CHARTMOGUL),
    Example("disc-08", [Sub(10_000, coupon=("forever", "20%", "2024-01-10", "-"), then=(("2024-02-10", 16_500),)),
                        Sub(10_000, coupon=("forever", "20%", "2024-01-10", "-"), then=(("2024-02-10", 5000),))],
            [("expansion_mrr", FEB, 5200), ("contraction_mrr", FEB, 4000)]),
    Example("disc-10", [Sub(10_000, items=(10_000,), coupon=("forever", "5000", "2024-01-10", "-"))],
            [("mrr", JAN20, 15_000)]),
    # --- Movements
    Example("mov-01", [Sub(50_000, "year", quantity=4)], [("new_mrr", JAN, F(200_000, 12))], CHARTMOGUL),
    Example("mov-02", [Sub(200_000, "year", who="acme"), Sub(3000, quantity=2, who="acme", start="2024-02-05")],
            [("expansion_mrr", FEB, 6000), ("new_mrr", FEB, 0)], CHARTMOGUL),
    Example("mov-04", [Sub(200_000, "year", clicked="2024-06-01", ended="2025-01-10")],
            [("churned_mrr", "2024-01-01 2025-01-09", 0), ("churned_mrr", "2025-01-10", F(200_000, 12))],
            CHARTMOGUL, "2025-02-10"),
    Example("mov-05", [Sub(5000, who="acme", ended="2024-02-10"),
                       Sub(5000, quantity=3, who="acme", start="2024-03-05")],
            [("reactivation_mrr", MAR, 15_000), ("new_mrr", MAR, 0)], CHARTMOGUL),
    Example("mov-07", [Sub(10_000, then=(("2024-02-10", 7000),))],
            [("contraction_mrr", FEB, 3000), ("churned_customers", FEB, 0), ("customer_churn_rate", "2024-02-20", 0)]),
    Example("mov-08", [Sub(5900, then=(("2024-02-10", 11_900),))], [("expansion_mrr", FEB, 6000)]),
    Example("mov-10", [Sub(5000), Sub(3000, start="2024-02-10")],
            [("mrr", JAN, 5000), ("mrr", FEB, 8000), ("new_mrr", JAN, 5000), ("new_mrr", FEB, 3000)]),
    Example("mov-11", [Sub(3000, who="acme", clicked="2024-02-05", ended="2024-02-10"),
                       Sub(2000, who="acme", clicked="2024-02-20", ended="2024-03-10")],
            [("contraction_mrr", "2024-02-05", 3000), ("churned_mrr", "2024-02-20", 2000), ("churned_mrr", FEB, 2000)],
            STRIPE),
    Example("mov-13", [Sub(23_701_746 - 6_416_321), Sub(6_416_321, ended="2024-02-15"),
                       Sub(6_171_791, start="2024-02-12")],
            [("mrr", JAN, 23_701_746), ("new_mrr", FEB, 6_171_791), ("churned_mrr", FEB, 6_416_321),
             ("net_new_mrr", FEB, -244_530), ("mrr", FEB, 23_457_216)]),
    # --- Proration: the bill is a part, the subscription is whole
    Example("pro-01", [Sub(1000, prorated=("2024-01-25", 2000, 500, 1000))],
            [("mrr", "2024-01-24", 1000), ("mrr", "2024-01-26", 2000), ("expansion_mrr", JAN, 1000)]),
    Example("pro-02", [Sub(1200, prorated=("2024-01-17", 2400, 900, 1800))],
            [("mrr", "2024-01-16", 1200), ("mrr", JAN20, 2400)]),
    Example("pro-04", [Sub(1000, start="2024-01-11", prorated=("2024-01-31", 6000, 333, 2000))],
            [("mrr", "2024-01-30", 1000), ("mrr", JAN, 6000)], CHARTMOGUL),
    Example("pro-05", [Sub(2000, prorated=("2024-01-25", 5000, 1000, 2500))],
            [("mrr", "2024-01-24", 2000), ("mrr", JAN, 5000)]),
    # --- Churn: at the click or at the end
    Example("chn-01", [Sub(1000, start="2024-04-15", clicked="2024-06-08", ended="2024-06-15")],
            [("churned_mrr", "2024-06-08", 0), ("churned_mrr", "2024-06-15", 1000)], PROFITWELL, "2024-07-01"),
    Example("chn-02", [Sub(1000, start="2024-01-15", clicked="2024-02-05", ended="2024-02-15")],
            [("mrr", "2024-02-14", 1000), ("churned_mrr", "2024-02-15", 1000)], PROFITWELL),
    Example("chn-04", [Sub(1000, start="2024-01-01", clicked="2024-01-15", ended="2024-01-31")],
            [("churned_mrr", "2024-01-15", 1000), ("mrr", "2024-01-15", 0)], STRIPE),
    Example("chn-04", [Sub(1000, start="2024-01-01", clicked="2024-01-15", ended="2024-01-31")],
            [("churned_mrr", "2024-01-31", 1000), ("mrr", "2024-01-30", 1000)]),
    Example("chn-05", [Sub(10_000, start="2024-01-01"),
                       Sub(10_000, start="2024-02-01", clicked="2024-02-01", ended="2024-03-01")],
            [("mrr", JAN, 10_000), ("mrr", FEB, 20_000), ("mrr", MAR, 10_000),
             *(("committed_mrr", month, 10_000) for month in (JAN, FEB, MAR))]),
    Example("chn-07", [Sub(1000, start="2024-04-15", clicked="2024-06-01", ended="2024-06-15")],
            [("mrr", "2024-05-01 2024-05-31", 1000), ("mrr", "2024-06-01 2024-06-30", 0)], as_of="2024-07-10"),
    # --- Past due, unpaid, paused
    Example("pd-01", [Sub(1000, start="2024-01-15", status="unpaid", unpaid=("2024-02-15", "2024-03-08"))],
            [("mrr", "2024-03-07", 1000), ("mrr", "2024-03-08", 0)], STRIPE),
    Example("pd-02", [Sub(1000, status="past_due", unpaid=("2024-02-10", "2024-02-20"))],
            [("mrr", "2024-03-10", 1000), ("churned_mrr", "2024-03-11", 1000)]),
    Example("pd-02", [Sub(1000, status="past_due", unpaid=("2024-02-10", "2024-02-20"))],
            [("churned_mrr", "2024-04-09", 0), ("churned_mrr", "2024-04-10", 1000)], Rules(past_due_days=60),
            "2024-06-01"),
    Example("pd-02", [Sub(1000, status="past_due", unpaid=("2024-02-10", "2024-02-20"))],
            [("mrr", "2024-05-31", 1000)], Rules(past_due_days=None), "2024-06-01"),
    Example("pau-01", [Sub(1000, paused=("2024-02-10",))], [("mrr", "2024-02-20", 1000)], CHARTMOGUL),
    Example("pau-02", [Sub(1000, paused=("2024-02-10",))], [("mrr", "2024-02-20", 0)], PROFITWELL),
    # --- Trials
    Example("tri-01", [Sub(10_000, start="2024-01-01"),
                       Sub(10_000, start="2024-01-15", trial="2024-03-10", then=(("2024-03-10", 10_000),)),
                       Sub(10_000, start="2024-01-15", trial="2024-02-20", ended="2024-02-20", clicked="2024-02-10")],
            [("mrr", JAN, 10_000), ("mrr", FEB, 10_000), ("mrr", MAR, 20_000),
             ("trial_mrr", JAN, 20_000), ("trial_mrr", FEB, 10_000), ("trial_mrr", MAR, 0)]),
    Example("tri-02", [Sub(1000, customers=5, start="2024-05-05", trial="2024-06-04", then=(("2024-06-04", 1000),)),
                       Sub(1000, customers=5, start="2024-05-05", trial="2024-06-04", ended="2024-06-04")],
            [("trial_conversion_rate", "2024-05-01 2024-05-31", F(1, 2))], CHARTMOGUL, "2024-07-10"),
    Example("tri-04", [Sub(1000, customers=10, start="2024-01-25", trial="2024-02-08", then=(("2024-02-08", 1000),)),
                       Sub(1000, customers=40, start="2024-01-25", trial="2024-02-08", ended="2024-02-08")],
            [("trial_conversion_rate", "2024-02-20", F(1, 5))], STRIPE),
    Example("tri-05", [Sub(1000, customers=4, start="2024-02-05", trial="2024-02-12", then=(("2024-02-12", 1000),)),
                       Sub(1000, customers=10, start="2024-02-05", trial="2024-02-12", ended="2024-02-12")],
            [("trial_conversion_rate", "2024-02-20", F(4, 14))]),
    # --- Currencies, tax
    Example("fx-04", [Sub(10_000)],
            [("mrr", "2024-01-20", 8000), ("mrr", "2024-03-20", 7500), ("net_new_mrr", "2024-02-01 2024-03-20", 0)],
            base="gbp",
            more={"exchange_rate": "currency base date rate\nusd gbp =2024-01-01 =0.8\nusd gbp =2024-03-01 =0.75"}),
    Example("tax-01", [Sub(10_000, tax="20")], [("mrr", JAN20, F(10_000 * 5, 6))]),
    # --- Cash
    Example("ref-01", [Sub(120_000, "year")], [("net_revenue", "2024-01-10", 120_000), ("mrr", "2024-01-10", 10_000)],
            more=PAID),
    Example("ref-02", [Sub(120_000, "year")], [("net_revenue", JAN, 120_000), ("net_revenue", "2024-02-05", -120_000)],
            more=PAID),
    # --- Churn rates
    Example("cr-01", [Sub(1000, customers=89), Sub(1000, customers=10, ended="2024-03-10"),
                      Sub(1000, start="2024-03-05", ended="2024-03-12"),
                      Sub(1000, who="back", ended="2024-03-08"), Sub(1000, who="back", start="2024-03-15")],
            [("customer_churn_rate", "2024-03-20", F(1, 10)), ("churned_customers", MAR, 12),
             ("reactivated_customers", MAR, 1)], CHARTMOGUL),
    Example("cr-02", [Sub(6000), Sub(1000, ended="2024-03-10"), Sub(2000, then=(("2024-03-10", 1000),)),
                      Sub(1000, then=(("2024-03-10", 2000),))],
            [("revenue_churn_rate", "2024-03-20", F(1, 5)), ("expansion_mrr", MAR, 1000)], CHARTMOGUL),
    Example("cr-04", [Sub(9000), Sub(1000, then=(("2024-03-10", 500),))],
            [("revenue_churn_rate", "2024-03-20", F(1, 20))]),
    Example("cr-05", [Sub(10_000, then=(("2024-03-10", 11_000),)), Sub(1000, start="2024-03-10")],
            [("net_mrr_churn_rate", "2024-03-20", F(-1, 10)), ("mrr", "2024-03-20", 12_000)]),
    Example("cr-07", FIVE_OF_100, [("customer_churn_rate", "2024-03-20", F(1, 20))]),
    Example("cr-08", [Sub(50_000, then=(("2024-03-10", 137_900),), ended="2024-03-15")],
            [("revenue_churn_rate", "2024-03-20", 1)]),
    Example("cr-10", [Sub(1000, customers=4, start="2023-01-01"), Sub(1000, start="2023-01-01", ended="2023-02-01")],
            [("customer_churn_rate", "2023-02-02", F(1, 5)), ("customer_churn_rate", "2023-03-01", F(1, 5)),
             ("customer_churn_rate", "2023-03-02", F(1, 5)), ("customer_churn_rate", "2023-03-03", 0)]),
    Example("cr-11", [Sub(1000, customers=60), Sub(1000, customers=10, ended="2024-02-15")],
            [("customer_churn_rate", "2024-03-01", F(1, 7))]),
    Example("cr-13", FIVE_OF_100, [("months_to_churn", "2024-03-20", 20)]),
    Example("cr-14", [Sub(500_000, then=(("2024-06-10", 600_000),))],
            [("gross_revenue_retention", "2025-01-15", 1)], as_of="2025-02-01"),
    # --- What follows
    Example("qr-01", [Sub(2_500_000, ended="2024-02-10"), Sub(5_000_000, start="2024-02-05")],
            [("quick_ratio", FEB, 2)]),
    Example("qr-01", [Sub(500_000, ended="2024-02-10"), Sub(3_000_000, start="2024-02-05")],
            [("quick_ratio", FEB, 6)]),
    Example("qr-02", [Sub(2_000_000, start="2024-02-05"), Sub(1_000_000, then=(("2024-02-10", 1_800_000),)),
                      Sub(500_000, ended="2024-02-10"), Sub(1_000_000, then=(("2024-02-10", 700_000),))],
            [("quick_ratio", FEB, F(7, 2))]),
    Example("ltv-01", TURNOVER, [("ltv", "2024-04-10", 200_000)], CHARTMOGUL, "2024-04-10"),
    Example("ltv-02", FIVE_OF_100, [("ltv", "2024-03-20", 200_000)]),
    Example("arpa-01", [Sub(10_000, customers=2), Sub(30_000), Sub(50_000, customers=2)], [("arpu", JAN20, 30_000)]),
    Example("arpa-02", [Sub(10_000), Sub(100_000, "year")],
            [("mrr", JAN20, F(220_000, 12)), ("arpu", JAN20, F(110_000, 12))]),
    Example("asp-01", [Sub(10_000, customers=3), Sub(5000, customers=7)], [("asp", JAN, 6500)]),
]  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.id)
def test_published(example: Example) -> None:
    found = ledger(example.subs, example.as_of, example.rules, example.base, **example.more)
    customers = sum(sub.customers for sub in example.subs)
    for slug, days, expected in example.told:
        shown = value(found, slug, *days.split())
        assert shown is not None, slug
        if find(slug).unit is Unit.MONEY:
            assert abs(F(shown) - expected * MICRO) <= max(1, customers), (slug, days)  # each row is a whole micro
        else:
            assert abs(F(shown) - expected) < F(1, 10**9), (slug, days)


LEFT = {
    "2024-01": (100, 42, 31, 27, 25, 24),
    "2024-02": (100, 45, 33, 29, 27),
    "2024-03": (100, 44, 34, 30),
    "2024-04": (100, 51, 39),
    "2024-05": (100, 53),
}


def test_coh_01() -> None:
    """https://growth-pilot.co/blog/data-cohort-analysis-how-to-read: what is left of each month's hundred, percent."""
    assert _left_of(LEFT, "2024-06-30") == LEFT


def test_coh_04() -> None:
    """https://www.feedgot.com/tools/categories/customer-metrics: 85 % and 70 % of 200 in January."""
    assert _left_of({"2024-01": (200, 170, 140)}, "2024-03-31") == {"2024-01": (200, 170, 140)}


def _left_of(cohort: dict[str, tuple[int, ...]], as_of: str) -> dict[str, tuple[int, ...]]:
    """The cohorts' customers by age, in a shop from which as many leave in each month as the rows say."""
    subs = []
    for month, left in cohort.items():
        first = int(month[-2:])
        for age, (before, after) in enumerate(pairwise(left), 1):
            gone = f"2024-{first + age:02}-15"
            subs.append(Sub(1000, customers=before - after, start=f"{month}-05", ended=gone))
        subs.append(Sub(1000, customers=left[-1], start=f"{month}-05"))
    frame = cohorts(ledger(subs, as_of, BAREMETRICS), Of.CUSTOMERS, Every.MONTH)
    return {
        f"{day:%Y-%m}": tuple(values)
        for day, values in frame.group_by("cohort", maintain_order=True).agg("value").iter_rows()
    }


# --- None is forgotten ------------------------------------------------------------------------------------------------


def test_every_published_example_is_tested_or_left_out_with_its_reason() -> None:
    page = (ROOT / "docs" / "examples.md").read_text()
    tested, left_out = page.split("## Left out")
    listed = [set(re.findall(r"^\| `([a-z]+-\d+)` \|", part, re.MULTILINE)) for part in (tested, left_out)]
    assert listed[0] == {each.id for each in EXAMPLES} | {"coh-01", "coh-04"}
    assert not listed[0] & listed[1]
    if not PUBLISHED.exists():
        pytest.skip("the examples as they were collected are not beside this checkout (../shared)")
    assert {each["id"] for each in json.loads(PUBLISHED.read_text())} == listed[0] | listed[1]
