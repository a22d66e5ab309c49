"""Goals and annotations: who may set them, what a target may be, how far it is, and that they go with the account."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from lib.accounts import connections
from lib.accounts.roles import Role
from lib.errors import (
    AnnotationEmpty,
    BadGoal,
    GoalAmbiguous,
    GoalInAnotherCurrency,
    GoalInThePast,
    NotYourRole,
    UnknownAccount,
    UnknownAnnotation,
    UnknownGoal,
)
from lib.metrics import catalog
from lib.metrics.registry import Metric
from lib.reports import annotations, door, goals
from lib.reports.goals import Goal, Outlook
from lib.store.engine import reading
from lib.store.goals import of_account
from lib.web import goals as web_goals
from lib.web.reader import Reader
from tests.accounts.members import join
from tests.web.conftest import Business

TODAY, NEXT = date(2026, 11, 24), date(2026, 12, 31)
MRR, CHURN, LEFT = catalog.find("mrr"), catalog.find("customer_churn_rate"), catalog.find("churned_customers")


@pytest.mark.parametrize(
    ("target", "text", "metric", "locale", "currency"),
    [
        ("35000", "35,000", MRR, "en_US", "usd"),
        ("35000", "$35,000.00", MRR, "en_US", "usd"),
        ("35000.5", "35.000,50 €", MRR, "de_DE", "eur"),
        ("0.025", "2.5 %", CHURN, "en_US", "usd"),
        ("0.025", "2,5%", CHURN, "en_US", "usd"),
        ("12", "12", LEFT, "en_US", "usd"),
        ("1500", "1.5k", LEFT, "en_US", "usd"),
        ("85000", "85k", MRR, "en_US", "usd"),
        ("85000", "85 K", MRR, "en_US", "usd"),
        ("85000", "$85k", MRR, "en_US", "usd"),
        ("85000", "85k €", MRR, "de_DE", "eur"),
        ("85000", "85 Tsd. €", MRR, "de_DE", "eur"),
        ("85000", "USD 85,000", MRR, "en_US", "usd"),
        ("85000", "85,000 usd", MRR, "en_US", "usd"),
        ("85000", "85000 kr", MRR, "nb_NO", "nok"),
        ("1200000", "1.2m", MRR, "en_US", "usd"),
        ("1200000", "1,2 Mio.", MRR, "de_DE", "usd"),
        ("1234567.89", "1,234,567.89", MRR, "en_US", "usd"),
        ("85000", "85,000", MRR, "en_US", "usd"),
        ("85000", "85.000", MRR, "de_DE", "usd"),
        ("85000", "85.000", MRR, "en_US", "usd"),
        ("85000", "85,000", MRR, "de_DE", "usd"),
        ("85000.5", "85.000,50", MRR, "en_US", "usd"),
        ("85000", "85 000", MRR, "fr_FR", "usd"),
        ("85000", "85\u202f000", MRR, "en_US", "usd"),
        ("85000", "85'000", MRR, "de_CH", "usd"),
        ("0.1", "0.10", MRR, "en_US", "usd"),
        ("5000", "US$ 5k", MRR, "en_US", "usd"),
        ("5000", "$5k", MRR, "en_CA", "usd"),
        ("5000", "$5k", MRR, "en_US", "cad"),
        ("5000", "CA$5k", MRR, "en_US", "cad"),
        ("5000", "A$5k", MRR, "en_US", "aud"),
        ("5000", "5k kr", MRR, "en_US", "sek"),
        ("5000", "£5k", MRR, "de_DE", "gbp"),
        ("85000", "85k", MRR, "en_ZM", "usd"),
        ("85000", "85k", MRR, "en_ZM", "zmw"),
        ("85", "K85", MRR, "en_ZM", "zmw"),
        ("85000", "85k", MRR, "en_PG", "usd"),
        ("85000", "85k", MRR, "my", "usd"),
        ("1200000", "1.2m", MRR, "st_LS", "usd"),
        ("0.00125", "0.125%", CHURN, "en_US", "usd"),
        ("0.00125", "0,125 %", CHURN, "de_DE", "usd"),
        ("25", "2500 %", CHURN, "de_DE", "usd"),
    ],
)
def test_a_target_as_people_write_it(target: str, text: str, metric: object, locale: str, currency: str) -> None:
    assert goals.parse(text, metric, locale, currency) == Decimal(target)  # type: ignore[arg-type] # a Metric


@pytest.mark.parametrize(
    ("text", "locale", "currency"),
    [
        ("85k €", "en_US", "usd"),
        ("85 Tsd. €", "de_DE", "usd"),
        ("EUR 85,000", "en_US", "usd"),
        ("£5", "en_US", "usd"),
        ("$5", "de_DE", "eur"),
        ("CA$5k", "en_US", "usd"),
        ("$5 CAD", "en_US", "usd"),
        ("5 kr", "nb_NO", "usd"),
        ("K85", "en_ZM", "usd"),
        ("5 mnt", "en_US", "usd"),
    ],
)
def test_an_amount_of_another_currency_is_no_goal(text: str, locale: str, currency: str) -> None:
    code = currency.upper()
    expected = f"“{text}” is not in {code}, the currency of these figures. Write the goal in {code}."
    with pytest.raises(GoalInAnotherCurrency, match=re.escape(expected)):
        goals.parse(text, MRR, locale, currency)


@pytest.mark.parametrize(
    ("decimal", "thousands", "text", "slug", "locale"),
    [
        ("2.5", "2500", "2.500 %", "customer_churn_rate", "de_DE"),
        ("85.0", "85000", "85.000", "customer_churn_rate", "en_US"),
        ("1.0", "1000", "1,000 %", "customer_churn_rate", "en_US"),
        ("1.234", "1234", "1.234", "quick_ratio", "en_US"),
    ],
)
def test_what_may_be_a_thousand_times_as_much_is_asked_back(
    decimal: str, thousands: str, text: str, slug: str, locale: str
) -> None:
    with pytest.raises(GoalAmbiguous, match=f"in two ways: as {re.escape(decimal)} or as {thousands}. Write it "):
        goals.parse(text, catalog.find(slug), locale)


@pytest.mark.parametrize(
    ("said", "slug", "typed", "locale"),
    [
        ("The goal is $85,000.00 at the end of Dec 31, 2026.", "mrr", "85k", "en_US"),
        ("The goal is $1,234,000.00 at the end of Dec 31, 2026.", "mrr", "1.234m", "en_US"),
        ("The goal is 1.234.000.000,00 $ at the end of 31.12.2026.", "mrr", "1.234m", "de_DE"),
        ("The goal is 2.5% at the end of Dec 31, 2026.", "customer_churn_rate", "2.5", "en_US"),
        ("The goal is 12 for the whole month 12/2026.", "churned_customers", "12", "en_US"),
    ],
)
def test_what_was_understood_is_said_back(said: str, slug: str, typed: str, locale: str) -> None:
    metric = catalog.find(slug)
    target = goals.raw(metric, goals.parse(typed, metric, locale, "usd"), "usd")
    assert (
        web_goals.is_set(metric, target, NEXT, Reader(locale=locale).scale(metric, "usd")).replace("\xa0", " ") == said
    )


def test_three_decimals_are_an_amount_where_the_currency_has_three() -> None:
    assert goals.parse("1.250", MRR, "en_US", "kwd") == Decimal("1.25")
    assert goals.parse("1.250", MRR, "en_US", "usd") == Decimal(1250)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "-5", "1e99", "9" * 20, "NaN", "=1+1", "85kk", "85x", "50%", "85k 5", "1,2,3", "85,00,0", "9999bn"],
)
def test_what_is_no_target(text: str) -> None:
    with pytest.raises(BadGoal, match=r"Write a number of 0 or more, such as 35,000, 35k or 2\.5%\."):
        goals.parse(text, MRR, "en_US")


@pytest.mark.parametrize(("metric", "text"), [(LEFT, "12.5"), (LEFT, "$12"), (CHURN, "2k%"), (CHURN, "$2")])
def test_what_is_no_target_of_this_metric(metric: object, text: str) -> None:
    with pytest.raises(BadGoal):
        goals.parse(text, metric, "en_US")  # type: ignore[arg-type] # a Metric


@pytest.mark.parametrize(
    ("example", "locale", "slug"),
    [("35,000 or 35k", "en_US", "mrr"), ("35.000 or 35k", "de_DE", "mrr"), ("2.5%", "en_US", "customer_churn_rate")],
)
def test_the_example_in_the_field_can_be_typed(example: str, locale: str, slug: str) -> None:
    metric = catalog.find(slug)
    assert web_goals.example(Reader(locale=locale).scale(metric, "usd")) == example
    for each in example.split(" or "):
        assert goals.parse(each, metric, locale) == Decimal("0.025" if slug != "mrr" else 35_000)


@pytest.mark.parametrize(
    ("day", "before", "now", "target"),
    [
        (date(2027, 2, 22), 100, 200, 300),  # +100 in 90 days: 90 more
        (None, 200, 100, 300),  # it falls
        (None, 100, 100, 300),  # it stands
        (date(2027, 2, 22), 300, 200, 100),  # falling to a lower target
        (None, 100, 101, 99_999),  # more than ten years
        (None, None, 100, 300),
    ],
)
def test_the_day_a_pace_arrives(day: date | None, before: int | None, now: int, target: int) -> None:
    assert goals.ahead(before, now, target, TODAY) == day


WAY = "61.9% of the way: $21,648.00 of $35,000.00 by Dec 31, 2026. At the pace of the last 90 days it is "


@pytest.mark.parametrize(
    ("said", "now", "ahead", "day"),
    [
        (WAY + "reached on Mar 1, 2027, late.", 21_648, date(2027, 3, 1), NEXT),
        (WAY + "reached on Dec 1, 2026, in time.", 21_648, date(2026, 12, 1), NEXT),
        (WAY + "not reached.", 21_648, None, NEXT),
        ("Goal reached: $36,000.00, and $35,000.00 was the goal for Dec 31, 2026.", 36_000, None, NEXT),
        ("The goal of $35,000.00 for Nov 1, 2026 was missed; it is $21,648.00.", 21_648, None, date(2026, 11, 1)),
    ],
)
def test_how_far_it_is_in_words(said: str, now: int, ahead: date | None, day: date) -> None:
    micros = 100_000_000
    goal = Goal("goal_1", "mrr", day, 35_000 * micros, 0)
    found = Outlook(goal, now * micros, now / 35_000, now >= 35_000, ahead)
    assert web_goals.sentence(MRR, found, Reader().scale(MRR, "usd"), TODAY) == said


def keep(business: Business, target: str, *, day: date = NEXT, today: date = TODAY, currency: str = "usd") -> None:
    """Ada's goal for MRR."""
    user, account = business.user, business.account
    goals.keep(user, account, "mrr", day=day, target=Decimal(target), currency=currency, today=today, now=1)


def of(business: Business, currency: str = "usd") -> tuple[Goal, ...]:
    """Ada's goals for MRR."""
    return goals.of(business.user.workspace, business.account, "mrr", currency)


def test_one_goal_for_a_metric_and_day(business: Business) -> None:
    _, today = door.span(business.account)
    day = date(today.year + 1, 12, 31)
    for target in ("100", "250.50"):
        keep(business, target, day=day, today=today)
    (kept,) = of(business)
    assert (kept.day, kept.target) == (day, 25_050_000_000)
    outlook = goals.outlook(business.account, kept, today)
    assert outlook.now == door.metric(business.account, "mrr", goals.Query(today, today)).total
    assert outlook.reached is (outlook.now > kept.target)
    with pytest.raises(GoalInThePast):
        keep(business, "1", day=today, today=today)
    goals.remove(business.user, business.account, kept.id)
    with pytest.raises(UnknownGoal):
        goals.remove(business.user, business.account, kept.id)


@pytest.mark.parametrize(
    ("text", "target", "metric", "locale"),
    [
        ("35,000", "35000", MRR, "en_US"),
        ("35.000,5", "35000.50", MRR, "de_DE"),
        ("85\u202f000", "85000", MRR, "fr_FR"),
        ("1,500", "1500", LEFT, "en_US"),
        ("2.5 %", "0.025", CHURN, "en_US"),
        ("2,5 %", "0.025", CHURN, "de_DE"),
        ("2.1250 %", "0.02125", CHURN, "en_US"),
        ("1,2340", "1.234", catalog.find("quick_ratio"), "de_DE"),
    ],
)
def test_a_goal_to_change_stands_in_the_field_as_it_can_be_typed(
    text: str, target: str, metric: Metric, locale: str
) -> None:
    goal = Goal("goal_1", metric.slug, NEXT, goals.raw(metric, Decimal(target), "usd"), 0, "usd")
    assert goals.typed(goal, locale) == text
    assert goals.parse(text, metric, locale, "usd") == Decimal(target)


def test_a_goal_that_changes_its_day_is_still_one_goal(business: Business) -> None:
    june = date(2027, 6, 30)
    keep(business, "100", day=june)
    keep(business, "900", day=date(2028, 6, 30))
    first, farther = of(business)
    user, account = business.user, business.account
    goals.keep(
        user, account, "mrr", day=NEXT, target=Decimal(200), currency="usd", today=TODAY, now=2, instead_of=first.id
    )
    assert [each.day for each in of(business)] == [NEXT, farther.day]


def test_figures_that_still_arrive_are_not_judged_by_the_goal() -> None:
    micros = 100_000_000
    found = Outlook(Goal("goal_1", "mrr", date(2026, 11, 1), 35_000 * micros, 0), 21_648 * micros, 0.6, False, None)
    said = "$21,648.00 so far, and $35,000.00 is the goal for Nov 1, 2026."
    assert web_goals.so_far(found, Reader().scale(MRR, "usd")) == said


def test_annotations_come_by_day_and_can_be_changed(business: Business) -> None:
    user, account = business.user, business.account
    annotations.add(user, account, date(2026, 3, 9), "  Raised \n prices ", now=1)
    annotations.add(user, account, date(2026, 3, 3), "<b>Launch</b>", now=2)
    annotations.add(user, account, date(2026, 8, 3), "later", now=3)
    march = annotations.between(user.workspace, account, date(2026, 3, 1), date(2026, 3, 31))
    assert [(each.day.day, each.text, each.author) for each in march] == [
        (3, "<b>Launch</b>", "Ada"),
        (9, "Raised prices", "Ada"),
    ]
    annotations.change(user, account, march[0].id, date(2026, 4, 1), "Launch")
    annotations.remove(user, account, march[1].id)
    left = annotations.between(user.workspace, account, date(2026, 3, 1), date(2026, 4, 1))
    assert [each.text for each in left] == ["Launch"]
    with pytest.raises(AnnotationEmpty):
        annotations.add(user, account, date(2026, 3, 3), "  ", now=1)
    with pytest.raises(UnknownAnnotation):
        annotations.remove(user, account, march[1].id)


def test_viewers_and_strangers_change_nothing(business: Business) -> None:
    viewer, stranger = replace(business.user, role=Role.VIEWER), join("Eve").user
    for user, refusal in ((viewer, NotYourRole), (stranger, UnknownAccount)):
        for act in (
            lambda u: keep(replace(business, user=u), "1"),
            lambda u: goals.remove(u, business.account, "goal_1"),
            lambda u: annotations.add(u, business.account, TODAY, "x", now=1),
            lambda u: annotations.change(u, business.account, "ann_1", TODAY, "x"),
            lambda u: annotations.remove(u, business.account, "ann_1"),
        ):
            with pytest.raises(refusal):
                act(user)


def test_they_go_with_the_account(business: Business) -> None:
    annotations.add(business.user, business.account, TODAY, "x", now=1)
    keep(business, "1")
    connections.disconnect(business.user.workspace, business.account, now=2, erase=True)
    with reading() as db:
        assert not of_account(db, business.account)
    assert not annotations.between(business.user.workspace, business.account, TODAY, TODAY)
