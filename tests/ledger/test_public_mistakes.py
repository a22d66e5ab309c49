"""Mistakes that others made in public: each has a test, here or where what it is about is tested."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from lib.ledger.rules import PRESETS, Preset, Rules
from tests.conftest import ROOT
from tests.metrics.example_shop import Sub, ledger, value

HERE = "ledger/test_public_mistakes.py::"
MISTAKES = {
    "A list cut silently at 1,000 rows": (
        HERE + "test_no_list_is_cut",
        "sync/test_history.py::test_every_object_of_every_list_arrives",
    ),
    "An unknown list filter that Stripe ignores": (
        "sync/test_parameters.py::test_every_parameter_of_every_read_is_known_to_stripe",
    ),
    "A plan migration shown as churn and new": (
        "ledger/test_rules.py::test_a_plan_migration_is_an_expansion_not_churn_and_new",
        HERE + "test_a_migration_of_everybody_moves_nothing",
    ),
    "Deleted subscriptions that left no zero row": (HERE + "test_who_is_gone_is_counted_as_gone",),
    "Anchoring on current_period_start": (HERE + "test_a_renewal_erases_no_history",),
    "A free month given as a trial, read as churn": (
        "ledger/test_rules.py::test_a_free_month_given_as_a_trial_is_neither_churn_nor_reactivation",
    ),
    "Cancelled MRR subtracted twice": (HERE + "test_a_cancellation_is_subtracted_once",),
    "Tiered prices counted as 0; amounts floored; discounts ignored": (
        "ledger/test_rules.py::test_tiers",
        "ledger/test_rules.py::test_a_coupon_lowers_mrr_while_it_runs_and_never_below_zero",
        HERE + "test_no_cent_is_lost_by_rounding_each",
    ),
    "A subscription whose first payment never succeeded, counted": (
        "ledger/test_rules.py::test_a_first_payment_that_never_succeeded_never_counts",
    ),
    "Ratios averaged over days": (
        "metrics/test_every_metric.py::test_an_average_over_a_span_is_no_mean_of_averages",
        HERE + "test_a_months_churn_is_no_mean_of_its_days",
    ),
    "Refunds back-dated to the charge's day": (
        "metrics/test_examples.py::test_published",  # ref-02
        "ledger/test_cash.py::test_each_figure_lies_in_its_month",
    ),
    "Two events in one second applied in the wrong order": (
        "sync/test_events.py::test_deliveries_twice_and_in_any_order_give_the_same_tables",
        "store/test_convergence.py::test_the_newest_end_of_a_subscription_wins",
    ),
}  # fmt: skip
MICRO = 1_000_000


@pytest.mark.parametrize("name", sorted({name for names in MISTAKES.values() for name in names}))
def test_each_is_tested_where_it_says(name: str) -> None:
    file, test = name.split("::")
    assert re.search(rf"^def {test}\(", (ROOT / "tests" / file).read_text(), re.MULTILINE)


def test_no_list_is_cut() -> None:
    """26,500 was true where 22,296 was shown: the sum of a list's first page."""
    found = ledger([Sub(2500, customers=1060)], "2024-01-20", Rules())
    assert (value(found, "mrr", "2024-01-20"), value(found, "active_customers", "2024-01-20")) == (
        2_650_000 * MICRO,
        1060,
    )


def test_a_migration_of_everybody_moves_nothing() -> None:
    old = [Sub(1000, who=f"c{n}", ended="2024-02-10") for n in range(30)]
    new = [Sub(1000, who=f"c{n}", start="2024-02-10") for n in range(30)]
    found = ledger([*old, *new], "2024-03-01", Rules())
    slugs = ("new_mrr", "churned_mrr", "reactivation_mrr", "expansion_mrr", "contraction_mrr", "churned_customers")
    assert [value(found, slug, "2024-02-01", "2024-02-29") for slug in slugs] == [0] * 6
    assert value(found, "mrr", "2024-02-10") == 30_000 * MICRO


def test_who_is_gone_is_counted_as_gone() -> None:
    found = ledger([Sub(1000, customers=9), Sub(1000, ended="2024-02-10")], "2024-03-01", Rules())
    told = [value(found, slug, "2024-02-20") for slug in ("mrr", "active_customers", "customer_churn_rate")]
    assert told == [9000 * MICRO, 9, pytest.approx(0.1)]


def test_a_renewal_erases_no_history() -> None:
    found = ledger([Sub(1000, then=(("2024-02-10", 1000), ("2024-03-10", 1000)))], "2024-03-20", Rules())
    assert found.movements.select("type", "amount").rows() == [("new", 1000 * MICRO)]
    assert value(found, "mrr", "2024-01-20") == 1000 * MICRO


@pytest.mark.parametrize(
    "rules", [PRESETS[Preset.BAREMETRICS], PRESETS[Preset.STRIPE]], ids=["at the end", "at the click"]
)
def test_a_cancellation_is_subtracted_once(rules: Rules) -> None:
    found = ledger([Sub(5000), Sub(1000, clicked="2024-02-05", ended="2024-02-10")], "2024-03-01", rules)
    assert value(found, "churned_mrr", "2024-01-01", "2024-03-01") == 1000 * MICRO
    assert [value(found, slug, "2024-02-20") for slug in ("mrr", "committed_mrr")] == [5000 * MICRO] * 2


def test_no_cent_is_lost_by_rounding_each() -> None:
    """1,000 yearly prices of 10.00 are 833.33 a month; floored one by one to 83 cents each they were 830.00."""
    found = ledger([Sub(1000, "year", customers=1000)], "2024-01-20", Rules())
    shown = value(found, "mrr", "2024-01-20")
    assert shown is not None
    assert abs(Fraction(shown) - Fraction(1_000_000, 12) * MICRO) < 1000


def test_a_months_churn_is_no_mean_of_its_days() -> None:
    """Of ten one left on the 28th: 10 % in that month, where the mean of its days is about a hundredth."""
    found = ledger([Sub(1000, customers=9), Sub(1000, ended="2024-03-28")], "2024-03-31", Rules())
    assert value(found, "customer_churn_rate", "2024-03-01", "2024-03-31") == pytest.approx(0.1)
