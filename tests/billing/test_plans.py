"""The plans: each more than the one before, and every word of them readable."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lib.billing import plans
from lib.billing.access import Access, State
from lib.billing.plans import BUSINESS, EVERYTHING, FREE, PRO, Every, Feature
from lib.errors import PlanNeeded, UnknownPlan


def test_prices_in_cents() -> None:
    assert [(each.slug, each.month, each.year) for each in plans.PLANS] == [
        ("free", 0, 0),
        ("pro", 2900, 29000),
        ("business", 9900, 99000),
    ]


def test_prices_for_people() -> None:
    assert PRO.price() == "$29.00 a month"
    assert PRO.price("de_DE", Every.YEAR) == "290,00\xa0$ a year"


@pytest.mark.parametrize("feature", list(Feature))
def test_each_feature_is_in_the_dearest_plan_and_where_everything_is_free(feature: Feature) -> None:
    assert BUSINESS.limits.has(feature)
    assert EVERYTHING.limits.has(feature)


@pytest.mark.parametrize(
    ("expected", "feature", "have"),
    [
        (PRO, Feature.HISTORY, FREE),
        (PRO, Feature.FORECASTS, FREE),
        (PRO, Feature.ACCOUNTS, FREE),
        (BUSINESS, Feature.ACCOUNTS, PRO),
        (BUSINESS, Feature.SEATS, PRO),
    ],
)
def test_the_cheapest_plan_with_more_is_offered(expected: plans.Plan, feature: Feature, have: plans.Plan) -> None:
    assert plans.with_feature(feature, have.limits) is expected


def test_what_is_not_included_says_what_it_takes() -> None:
    free = Access("ws_1", State.FREE, FREE, FREE)
    with pytest.raises(PlanNeeded) as refused:
        free.need(Feature.FORECASTS)
    assert refused.value.message == (
        "Forecasts are part of the Pro plan, $29.00 a month. "
        "An owner of this workspace can upgrade in Settings, Your plan."
    )
    Access("ws_1", State.ACTIVE, PRO, PRO).need(Feature.FORECASTS)


def test_the_first_day_that_is_shown() -> None:
    today = date(2026, 11, 28)
    assert Access("ws_1", State.FREE, FREE, FREE).first_day(today) == date(2024, 11, 1)
    assert Access("ws_1", State.ACTIVE, PRO, PRO).first_day(today) is None


def test_an_unknown_plan_is_refused() -> None:
    with pytest.raises(UnknownPlan):
        plans.find("gold")


def test_the_documentation_sells_what_the_code_sells() -> None:
    text = (Path(__file__).parents[2] / "docs" / "charging.md").read_text("utf-8")
    for plan in plans.PLANS[1:]:
        monthly, yearly = (plan.price(every=each).partition(" ")[0] for each in Every)
        keys = ", ".join(f"`{plan.lookup_key(each)}`" for each in Every)
        assert f"| {plan.name} | {monthly} | {yearly} | {keys} |" in text
    most = [[each.limits.accounts, each.limits.seats, each.limits.history] for each in plans.PLANS]
    said = [["as many as you like" if each is None else str(each) for each in row] for row in most]
    assert f"| Stripe accounts | {' | '.join(row[0] for row in said)} |" in text
    assert f"| people | {' | '.join(row[1] for row in said)} |" in text
    assert f"| figures | of {FREE.limits.history} months | whole history | whole history |" in text
    assert all(each.limits.forecasts is each.limits.emails is each.limits.api is not each.free for each in plans.PLANS)
    assert "| forecasts, weekly emails, the API | no | yes | yes |" in text
