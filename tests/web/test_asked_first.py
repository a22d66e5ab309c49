"""What destroys at a click is asked twice: nothing is gone before the answer, and "Keep it" leaves all as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from lib.accounts import connections, views, workspaces
from lib.reports import annotations, door, goals, rates
from tests.web.conftest import Business, Open


def click(app: AppTest, label: str) -> AppTest:
    return [each for each in app.button if each.label == label][-1].click().run()


def managing() -> None:
    """The dialog of views, by itself."""
    from lib.web import guard
    from lib.web import views as web_views

    web_views.managing(guard.require_login())


def a_goal(business: Business, years: int, target: int) -> None:
    _, today = door.span(business.account)
    goals.keep(
        business.user, business.account, "mrr", day=date(today.year + years, 12, 31), target=Decimal(target),
        currency="usd", today=today, now=years,
    )  # fmt: skip


def my_goals(business: Business) -> list[float]:
    return [each.target / 10**8 for each in goals.of(business.user.workspace, business.account, "mrr", "usd")]


Case = tuple[str, str, str, Callable[[Business], object], Callable[[Business, Open], AppTest]]


def _view(business: Business, _open: Open) -> AppTest:
    views.save(business.user, "Ours", page="metric", query={}, shared=True, now=1)
    return AppTest.from_function(managing, default_timeout=60).run()


def _pin(business: Business, open_page: Open) -> AppTest:
    _, today = door.span(business.account)
    annotations.add(business.user, business.account, today - timedelta(days=3), "Raised prices", now=1)
    return open_page("metric", slug="mrr")


def _goal(business: Business, open_page: Open) -> AppTest:
    a_goal(business, 1, 999_999)
    return open_page("metric", slug="mrr")


def _rates(business: Business, open_page: Open) -> AppTest:
    rates.bring(business.account, b"date,currency,rate\n2026-01-31,eur,1.1\n")
    return open_page("rules")


CASES: list[Case] = [
    ("Delete", "Delete it", "Delete the view “Ours”? The whole team will lose it.",
     lambda it: len(views.of(it.user)), _view),
    ("Remove", "Remove it", "Remove “Raised prices”? It will disappear from everybody's charts.",
     lambda it: len(annotations.between(it.user.workspace, it.account, date(2020, 1, 1), date(2100, 1, 1))), _pin),
    ("Delete the goal", "Delete it", "Delete the goal of $999,999.00 by",
     lambda it: len(my_goals(it)), _goal),
    ("Delete the file's rates", "Delete it", "Delete the rates of 1 day from your file?",
     lambda it: rates.in_use(it.account).file, _rates),
]  # fmt: skip


@pytest.mark.parametrize(("label", "sure", "question", "count", "opened"), CASES, ids=[each[0] for each in CASES])
def test_nothing_is_gone_before_the_answer(
    label: str,
    sure: str,
    question: str,
    count: Callable[[Business], object],
    opened: Callable[[Business, Open], AppTest],
    business: Business,
    open_page: Open,
) -> None:
    app = opened(business, open_page)
    click(app, label)
    assert [each for each in app.warning if question in each.value.replace("\\", "")]
    assert count(business) == 1
    click(app, "Keep it")
    assert not [each for each in app.warning if question in each.value.replace("\\", "")]
    assert count(business) == 1
    click(app, label)
    click(app, sure)
    assert not app.exception
    assert count(business) == 0


def test_an_address_of_rates_is_given_up_on_purpose(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.gateway.rates.fetch", lambda _url: b"date,currency,rate\n2026-01-31,eur,1.1\n")
    rates.read_from(business.account, "https://rates.example.com/daily.csv")
    app = open_page("rules")
    field = next(each for each in app.text_input if each.label.startswith("Or an address"))
    field.set_value("")
    click(app, "Read it now")
    assert "Stop reading https://" in app.warning[0].value.replace("\\", "").replace("\u2060", "")
    assert rates.in_use(business.account).url == 1
    click(app, "Keep it")
    field = next(each for each in app.text_input if each.label.startswith("Or an address"))
    assert field.value == "https://rates.example.com/daily.csv"
    field.set_value("")
    click(app, "Read it now")
    click(app, "Stop reading it")
    found = rates.in_use(business.account)
    assert (found.url, found.address) == (0, None)


# --- Goals ------------------------------------------------------------------------------------------------------------


def test_a_goal_is_changed_where_it_stands_and_every_goal_is_listed(business: Business, open_page: Open) -> None:
    a_goal(business, 1, 900_000)
    a_goal(business, 2, 990_000)
    app = open_page("metric", slug="mrr")
    which = next(each for each in app.selectbox if each.label == "Goal")
    assert [each.split(" by ")[0] for each in which.options] == ["$900,000.00", "$990,000.00", "One more goal"]
    target = next(each for each in app.text_input if each.label == "Target")
    assert target.value == "900,000"
    target.set_value("950,000")
    day = next(each for each in app.date_input if each.label == "By")
    day.set_value(day.value + timedelta(days=90))  # not the day it had
    click(app, "Save the goal")
    assert my_goals(business) == [950_000, 990_000]


def test_a_goal_that_has_passed_stays_when_the_next_is_set(business: Business, open_page: Open) -> None:
    _, today = door.span(business.account)
    goals.keep(
        business.user, business.account, "mrr", day=today, target=Decimal(700_000), currency="usd",
        today=today - timedelta(days=9), now=1,
    )  # fmt: skip
    app = open_page("metric", slug="mrr")
    assert next(each for each in app.selectbox if each.label == "Goal").value == "more"
    next(each for each in app.selectbox if each.label == "Goal").select_index(0).run()
    next(each for each in app.text_input if each.label == "Target").set_value("800k")
    click(app, "Save the goal")
    assert my_goals(business) == [700_000, 800_000]


def test_a_goal_takes_no_others_day(business: Business, open_page: Open) -> None:
    a_goal(business, 1, 900_000)
    a_goal(business, 2, 990_000)
    app = open_page("metric", slug="mrr")
    day = next(each for each in app.date_input if each.label == "By")
    day.set_value(day.value.replace(year=day.value.year + 1))
    click(app, "Save the goal")
    assert [each for each in app.error if each.value.startswith("There is a goal for Dec 31, ")]
    assert my_goals(business) == [900_000, 990_000]


def test_a_question_that_was_left_is_not_asked_on_return(business: Business, open_page: Open) -> None:
    a_goal(business, 1, 900_000)
    app = click(open_page("metric", slug="mrr"), "Delete the goal")
    assert app.warning
    app.query_params["slug"] = "churned_customers"  # no goal, no button
    app.run()
    app.query_params["slug"] = "mrr"
    app.run()
    assert not app.exception
    assert not app.warning


def test_one_more_goal_leaves_the_others(business: Business, open_page: Open) -> None:
    a_goal(business, 1, 900_000)
    app = open_page("metric", slug="mrr")
    next(each for each in app.selectbox if each.label == "Goal").set_value("more").run()
    next(each for each in app.text_input if each.label == "Target").set_value("500k")
    day = next(each for each in app.date_input if each.label == "By")
    day.set_value(day.value - timedelta(days=7))
    click(app, "Save the goal")
    assert sorted(my_goals(business)) == [500_000, 900_000]


# --- The currency of all accounts -------------------------------------------------------------------------------------


def test_the_currency_of_all_accounts_is_told_before_it_is_changed(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mine,) = connections.of(business.user.workspace)
    monkeypatch.setattr(connections, "own", lambda _all: (mine, mine))
    app = open_page("settings", section="Currency and time zone")
    choice = next(each for each in app.selectbox if each.label == "Currency of all accounts")
    choice.set_value("usd").run()
    assert not app.exception
    assert workspaces.currency(business.user.workspace) is None
    click(app, "Show all accounts in USD")
    assert workspaces.currency(business.user.workspace) == "usd"
