"""What the pages say, from figures that stand in the tests."""

from __future__ import annotations

from datetime import date

import pytest

from lib.charts.scale import Scale
from lib.metrics import catalog
from lib.metrics.registry import Unit
from lib.reports.activity import Change, PlanRow
from lib.reports.door import Card
from lib.web import cards, plans, standing, words
from lib.web.reader import Reader, known_locale

MICRO = 1_000_000
USD = Scale(Unit.MONEY, "usd")
PERCENT = Scale(Unit.PERCENT)
MRR, CHURN, CUSTOMERS = (catalog.find(s) for s in ("mrr", "customer_churn_rate", "active_customers"))


def card(slug: str, value: float | None, before: float | None) -> Card:
    return Card(catalog.find(slug), "usd", value, before, (before, value))


@pytest.mark.parametrize(
    ("judged", "slug", "change"),
    [
        (words.GOOD, "mrr", 0.1),
        (words.BAD, "mrr", -0.1),
        (words.GOOD, "customer_churn_rate", -0.004),
        (words.BAD, "failed_charges", 0.3),
        (words.NEUTRAL, "mrr", 0.0),
        (words.NEUTRAL, "mrr", None),
    ],
)
def test_good_and_bad_follow_the_metric_not_the_direction(judged: str, slug: str, change: float | None) -> None:
    assert words.verdict(catalog.find(slug), change) == judged


def test_counts_change_by_how_many_percentages_by_points() -> None:
    assert words.change(CUSTOMERS, 142, 139, Scale(Unit.COUNT)) == "▲ 3"
    assert words.change(CHURN, 0.031, 0.035, PERCENT) == "▼ 0.4 pt"
    assert words.change(MRR, 104, 100, USD) == "▲ 4.0%"
    assert words.change(MRR, 104, None, USD) == "n/a"
    assert words.change(MRR, 104, 0, USD) == "▲ from $0.00"
    assert words.change(MRR, -104, 0, USD) == "▼ from $0.00"
    assert words.change(MRR, 0, 0, USD) == "n/a"


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        (
            "MRR rose from $100.00 to $104.00 against 30 days before, which is good.",
            card("mrr", 10_400 * MICRO, 10_000 * MICRO),
        ),
        (
            "Customer churn rate fell from 3.5% to 3.1% against 30 days before, which is good.",
            card("customer_churn_rate", 0.031, 0.035),
        ),
        ("MRR is $1.00, the same as 30 days before.", card("mrr", 100 * MICRO, 100 * MICRO)),
        ("MRR is $1.00; there is nothing earlier to compare with.", card("mrr", 100 * MICRO, None)),
        ("LTV can't be computed yet: there is nothing to divide by.", card("ltv", None, None)),
    ],
)
def test_a_card_speaks(sentence: str, shown: Card) -> None:
    assert words.card_sentence(shown, Reader().scale(shown.metric, "usd")) == sentence


def test_a_card_never_says_it_by_colour_alone() -> None:
    html = cards.body(card("customer_churn_rate", 0.031, 0.035), Reader())
    assert "▼ 0.4 pt" in html
    assert words.GOOD in html
    assert "which is good" in html


@pytest.mark.parametrize(
    ("amount", "sentence", "change"),
    [
        ("+$1,240", "new from 9 customers, most on Pro", Change("new", 124_000 * MICRO, 9, "Pro")),
        ("+$70.00", "expansion: upgrades and added seats of 1 customer", Change("expansion", 7_000 * MICRO, 1, "Pro")),
        ("−$480", "churn: 4 customers left, most on Basic", Change("churn", -48_000 * MICRO, 4, "Basic")),
        ("−$3.00", "from exchange rates", Change("fx", -300 * MICRO, 12, "Pro")),
    ],
)
def test_what_changed_reads_as_a_sentence(amount: str, sentence: str, change: Change) -> None:
    assert words.changed(change, USD) == (amount, sentence)


def test_days_near_today_have_names() -> None:
    today = date(2026, 3, 2)
    assert [words.day(date(2026, 3, d), today, "en_US") for d in (2, 1)] == ["Today", "Yesterday"]
    assert words.day(date(2026, 2, 20), today, "en_US") == "Feb 20, 2026"


def test_a_name_from_stripe_is_shown_and_never_run() -> None:
    html = plans.table([PlanRow("<script>alert(1)</script>", 100 * MICRO, 1)], USD)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_many_plans_end_in_one_row_that_says_how_many() -> None:
    rows = [PlanRow(f"Plan {i}", (20 - i) * 100 * MICRO, i) for i in range(12)]
    html = plans.table(rows, USD)
    assert html.count("<tr>") == 1 + 8
    assert "5 other products" in html


@pytest.mark.parametrize(
    ("locale", "tag"),
    [("de_CH", "de-CH"), ("en_US", "en-US"), ("en_US", "xx-nonsense-"), ("en_US", None), ("fr", "fr")],
)
def test_the_readers_locale_or_english(locale: str, tag: str | None) -> None:
    assert known_locale(tag) == locale


def test_accounts_of_one_name_are_told_apart() -> None:
    names = {"acct_1": "Acme", "acct_2": "Acme", "acct_3": "Bolt"}
    assert [standing.label(a, names) for a in names] == ["Acme (acct_1)", "Acme (acct_2)", "Bolt"]


def test_what_a_breakdown_hides_is_said() -> None:
    assert words.hidden(1, additive=True) == "1 more group is in “Other”; the list below has every one."
    assert words.hidden(3, additive=False) == "3 more groups are not drawn; the list below has every one."


def test_the_previous_period_is_named_with_its_days() -> None:
    days = (date(2026, 6, 1), date(2026, 8, 23))
    said = "in the previous period (Jun 1, 2026 to Aug 23, 2026)"
    assert words.total_sentence(100 * MICRO, days, USD) == f"$1.00 {said}"
    assert words.total_sentence(None, days, USD) == f"Nothing to compare with {said}"
    assert words.total_sentence(None, None, USD) == ""
    year = words.total_sentence(100 * MICRO, days, USD, "in the same period last year")
    assert year == "$1.00 in the same period last year (Jun 1, 2026 to Aug 23, 2026)"


@pytest.mark.parametrize(("window", "slug"), [("vs 30 days ago", "mrr"), ("in 30 days, vs 30 before", "net_revenue")])
def test_a_card_says_which_days_it_is_about(window: str, slug: str) -> None:
    assert window in cards.body(card(slug, 1.0, 1.0), Reader())
