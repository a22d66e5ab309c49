"""The Rules page: nothing is kept before old and new were seen, what was kept follows everywhere, and goes back."""

from __future__ import annotations

import json
from dataclasses import replace

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from lib.ledger.rules import PRESETS, SWITCHES, Preset, Rules, from_json
from lib.metrics.catalog import find
from lib.reports import books, rules
from lib.reports.rules import Comparison, Counting, Figure
from lib.store import connections
from lib.web import rules_comparison, rules_page
from lib.web.reader import Reader
from tests.web.conftest import Business, Open


def kept(account: str) -> Rules:
    about = connections.account(account)
    assert about is not None
    return from_json(about.rules)


def click(app: AppTest, label: str) -> AppTest:
    return [each for each in app.button if each.label == label][-1].click().run()


def labels(app: AppTest) -> set[str]:
    return {each.label for each in app.button}


def choose(app: AppTest, preset: str) -> AppTest:
    return next(each for each in app.radio if each.label == "Count as").set_value(preset).run()


def dialog(account: str) -> None:
    """The dialog by itself: AppTest reruns whole scripts, and a whole rerun closes a dialog."""

    from lib.ledger.rules import PRESETS, Preset
    from lib.reports import rules
    from lib.web import rules_page

    wanted = rules.Counting(PRESETS[Preset.STRIPE], "UTC", "usd")
    rules_page.confirming(account, "Acme", wanted)


def keep_stripes(account: str) -> AppTest:
    app = AppTest.from_function(dialog, default_timeout=60, kwargs={"account": account}).run()
    return click(app, "Use these rules")


def test_every_switch_is_on_the_page_with_its_title_and_sentence(business: Business, open_page: Open) -> None:
    app = open_page("rules")
    widgets = [*app.toggle, *app.selectbox, *app.number_input, *app.date_input, *app.get("button_group")]
    shown = {each.label for each in widgets}
    said = {each.value for each in app.caption}
    assert {switch.metadata["title"] for switch in SWITCHES} - shown == set()
    assert {switch.metadata["help"] for switch in SWITCHES} - said == set()


def test_a_preset_sets_the_switches_shows_old_and_new_and_keeps_nothing(business: Business, open_page: Open) -> None:
    app = choose(open_page("rules"), Preset.STRIPE.value)
    assert next(each for each in app.toggle if each.label == "Churn on cancellation").value is True
    assert "Use these rules" not in labels(app), "before anything was compared"
    app = click(app, "Show old and new")
    assert not app.exception
    bodies = [str(each.body) for each in app.get("html")]  # type: ignore[union-attr]  # an html element has one
    table = next(body for body in bodies if "<caption>Today" in body)
    assert all(f'<th scope="col">{head}</th>' in table for head in ("Old", "New", "Difference"))
    traces = json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
    assert len([each for each in traces if each.get("name") == "before"]) == 1
    assert "Use these rules" in labels(app)
    assert kept(business.account) == Rules()


def test_what_was_compared_is_what_can_be_kept(business: Business, open_page: Open) -> None:
    app = click(choose(open_page("rules"), Preset.STRIPE.value), "Show old and new")
    app = next(each for each in app.toggle if each.label == "Count metered usage").set_value(True).run()
    assert "Use these rules" not in labels(app)
    assert next(each for each in app.radio if each.label == "Count as").value == rules_page.OWN


def test_back_to_what_was_sets_every_widget_back(business: Business, open_page: Open) -> None:
    app = click(choose(open_page("rules"), Preset.CHARTMOGUL.value), "Undo these changes")
    assert next(each for each in app.radio if each.label == "Count as").value == Preset.BAREMETRICS
    assert "Show old and new" not in labels(app)


def test_kept_rules_make_every_figure_anew(business: Business) -> None:
    before = books.ledger(business.account)
    version = books.version(business.account)
    app = keep_stripes(business.account)
    assert not app.exception
    assert kept(business.account) == PRESETS[Preset.STRIPE]
    assert books.version(business.account) == version + 1
    after = books.ledger(business.account)
    assert after.rules == PRESETS[Preset.STRIPE]
    assert not after.movements.equals(before.movements)


def test_the_old_rules_can_be_put_back(business: Business, open_page: Open) -> None:
    assert "Put the old rules back" not in labels(open_page("rules"))
    zone = rules.current(business.account).timezone
    rules.keep(business.account, PRESETS[Preset.STRIPE])
    app = open_page("rules")  # a session that knows nothing of the one that kept them
    assert [w for each in app.markdown if "counted as" in (w := each.value)] == [
        f"Before these rules, figures were counted as Baremetrics (time zone {zone})."
    ]
    app = click(app, "Put the old rules back")
    assert not app.exception
    assert kept(business.account) == Rules()
    assert "The old rules are back" in app.success[0].value
    assert "Put the old rules back" not in labels(app)


def test_the_owners_own_rules_are_put_back_as_they_were(business: Business, open_page: Open) -> None:
    own = replace(Rules(), past_due_days=12)
    rules.keep(business.account, own, "Pacific/Auckland")
    rules.keep(business.account, PRESETS[Preset.CHARTMOGUL], "Europe/Berlin")
    app = open_page("rules")
    assert any("your own settings (time zone Pacific/Auckland)" in each.value for each in app.markdown)
    click(app, "Put the old rules back")
    assert (rules.current(business.account).rules, rules.current(business.account).timezone) == (
        own,
        "Pacific/Auckland",
    )


@pytest.mark.parametrize(
    ("shown", "old", "new"),
    [
        ("−0.3 pt", 0.03695, 0.03449),
        ("under 0.1 pt", 0.0412, 0.0409),
        ("+41.9 pt", 0.258, 0.677),
        ("n/a", None, 0.677),
        ("same", 0.258, 0.258),
    ],
)
def test_percentages_differ_by_points_of_what_is_shown(shown: str, old: float | None, new: float | None) -> None:
    figure = Figure(find("net_mrr_churn_rate"), old, new, comparable=True)
    counting = Counting(Rules(), "UTC", "usd")
    found = Comparison(counting, counting, (figure,), pl.DataFrame(), 0, ())
    assert rules_comparison.difference(figure, found, Reader()) == shown


@pytest.mark.parametrize(("value", "sentence"), [(400, "“400” is not a setting for past_due_days")])
def test_what_no_switch_can_be_set_to_gets_a_sentence(
    value: int, sentence: str, business: Business, open_page: Open
) -> None:
    app = open_page("rules")
    app = next(each for each in app.number_input if each.label == "Past due for at most").set_value(value).run()
    assert sentence in app.error[0].value
    assert "Show old and new" not in labels(app)


def test_a_time_zone_is_compared_too(business: Business, open_page: Open) -> None:
    app = open_page("rules")
    app = next(each for each in app.selectbox if each.label == "Time zone").set_value("Pacific/Auckland").run()
    app = click(app, "Show old and new")
    assert not app.exception
    assert "Use these rules" in labels(app)
