"""Segments in the pages: chosen in every filter row, made and changed in a dialog, and never silent about it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from lib.api import answers
from lib.charts.scale import Scale
from lib.errors import UnknownSegment
from lib.metrics.cohorts import Choice, Of
from lib.metrics.plans import Level
from lib.metrics.registry import Unit
from lib.metrics.segments import Condition, Op, Segment, members
from lib.periods import Interval
from lib.reports import books, cancellations, cohorts, customers, door, plans, segments
from lib.web import memory
from tests.accounts.members import join
from tests.web.conftest import Business, Open

PAGES = ("overview", "metric", "customers", "cohorts", "plans", "cancellations")
GERMANS = Segment("Germans", (Condition("country", Op.IS, ("DE",)),))
NOBODY = Segment("Nobody", (Condition("country", Op.IS, ("AQ",)),))


@pytest.fixture
def shop(business: Business) -> Business:
    """The business with two saved segments."""
    for each in (GERMANS, NOBODY):
        segments.add(business.user.workspace, each, now=answers.now())
    return business


def shown(app: AppTest) -> str:
    """The line that says whose figures these are; "" when they are everybody's."""
    return next((each.proto.body for each in app.get("html") if "<b>Only “" in each.proto.body), "")


def picker(app: AppTest) -> str:
    return str(app.selectbox(key="segment").value)


def html(app: AppTest) -> str:
    return "\n".join(each.proto.body for each in app.get("html"))


# --- Choosing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_figures_offers_the_segments_and_shows_all_customers(
    page: str, shop: Business, open_page: Open
) -> None:
    app = open_page(page)
    assert app.selectbox(key="segment").options == ["All customers", "Germans", "Nobody", "New segment…"]
    assert (picker(app), shown(app)) == ("All customers", "")


@pytest.mark.parametrize("page", PAGES)
def test_a_segment_is_in_the_address_and_the_page_says_so(page: str, shop: Business, open_page: Open) -> None:
    app = open_page(page, segment="Germans")
    ledger = books.ledger(shop.account)
    germans = members(ledger, GERMANS).height
    assert 0 < germans < ledger.customers.height
    assert picker(app) == "Germans"
    assert f"{germans} of {ledger.customers.height} customers" in shown(app)
    assert "Country is Germany" in shown(app)


def test_the_figures_are_those_of_the_segment(shop: Business, open_page: Open) -> None:
    some, everyone = (door.card(shop.account, "mrr", each) for each in (GERMANS, None))
    assert some.value != everyone.value
    for page in ("overview", "metric"):
        text = html(open_page(page, segment="Germans"))
        money = Scale(Unit.MONEY, some.currency, "en_US")
        write = money.card if page == "overview" else money.text
        assert write(some.value) in text
        assert write(everyone.value) not in text


def test_tables_are_those_of_the_segment(shop: Business, open_page: Open) -> None:
    account, ledger = shop.account, segments.ledger(shop.account, GERMANS)
    germans = set(ledger.customers["customer"])
    assert set(customers.of(account, GERMANS)["customer"]) == germans
    assert {row.customer for row in cancellations.table(account, *door.span(account), GERMANS).rows} <= germans
    assert plans.table(account, Level.PLAN, GERMANS).total.mrr == ledger.movements["amount_base"].sum()
    choice = Choice(Of.CUSTOMERS)
    first = cohorts.table(account, choice, GERMANS).frame.filter(age=0)
    assert first["size"].sum() == ledger.customers["cohort"].drop_nulls().len()
    assert f"{len(germans)} customers" in html(open_page("customers", segment="Germans")).replace("</b>", "")


def test_movements_and_changes_add_up_over_segments(shop: Business) -> None:
    others = Segment("Others", (Condition("country", Op.IS_NOT, ("DE",)),))
    start, end = door.span(shop.account)

    def net(segment: Segment | None) -> int:
        return int(door.movement_totals(shop.account, start, end, Interval.MONTH, segment)["value"].sum())

    assert net(GERMANS) + net(others) == net(None)
    assert net(GERMANS) != 0 != net(others)


def test_a_segment_that_nobody_matches_is_no_error(shop: Business, open_page: Open) -> None:
    for page in PAGES:
        assert "<b>Only “Nobody”</b>: 0 of " in shown(open_page(page, segment="Nobody")), page


def test_the_choice_is_left_with_one_click(shop: Business, open_page: Open) -> None:
    app = open_page("plans", segment="Germans")
    next(each for each in app.button if each.label == "All customers").click().run()
    assert (picker(app), shown(app)) == ("All customers", "")


@pytest.mark.parametrize("asked", ["Martians", "New segment", "[x](https://evil.example)"])
def test_an_address_with_a_segment_that_is_not_there_gets_a_sentence_and_everybody(
    asked: str, shop: Business, open_page: Open
) -> None:
    app = open_page("overview", segment=asked)
    (said,) = (each.value for each in app.warning)
    assert said.startswith("There is no segment called “")
    assert said.endswith("Known: Germans, Nobody. All customers are shown instead.")
    assert "[x]" not in said
    assert (picker(app), shown(app)) == ("All customers", "")


def test_another_workspace_can_not_read_it(shop: Business, open_page: Open) -> None:
    eve = join("Eve", now=answers.now())
    segments.add(eve.user.workspace, Segment("Secret plan", GERMANS.conditions), now=answers.now())
    app = open_page("overview", segment="Secret plan")
    assert "There is no segment called “Secret plan”. Known: Germans, Nobody." in app.warning[0].value
    assert "Secret plan" not in app.selectbox(key="segment").options
    with pytest.raises(UnknownSegment):
        segments.find_for(shop.account, "Secret plan")
    with pytest.raises(UnknownSegment):
        segments.change(shop.user.workspace, "Secret plan", replace(GERMANS, name="Mine"))
    assert segments.of(eve.user.workspace)[0].name == "Secret plan"


def test_a_choice_goes_along_to_the_next_page(shop: Business, open_page: Open) -> None:
    app = AppTest.from_function(_walk)
    app.session_state["memory"] = {"segment": memory._Choice("overview", "Germans", "Germans")}
    app.run()
    assert [each.value for each in app.text] == ["Germans", "['Germans']"]


def _walk() -> None:
    import streamlit as st

    from lib.web import memory

    memory.recall("metric", ["segment"])
    st.text(st.session_state["segment"])
    st.text(str(st.query_params.get_all("segment")))


# --- Making, changing, deleting ---------------------------------------------------------------------------------------


@pytest.fixture
def dialog(shop: Business, open_page: Open) -> AppTest:
    """A page on which “New segment…” has been chosen."""
    app = open_page("plans", segment="Germans")
    app.selectbox(key="segment").select("New segment…").run()
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> None:
    next(each for each in app.button if each.label == label).click().run()
    assert not app.exception


def said(app: AppTest) -> str:
    return " ".join(each.value for each in app.markdown)


def fill(app: AppTest, number: int, field: str, values: list[str]) -> None:
    app.selectbox(key=f"segment-part-{number}-field").select(field).run()
    app.multiselect(key=f"segment-part-{number}-{field}-values").set_value(values).run()
    assert not app.exception


def test_new_segment_leaves_the_page_as_it_was_until_it_is_saved(dialog: AppTest) -> None:
    assert picker(dialog) == "Germans"
    assert "their number shows up here" in said(dialog)
    press(dialog, "Cancel")
    assert "their number shows up here" not in said(dialog)
    assert picker(dialog) == "Germans"


def test_a_segment_is_made_of_the_accounts_own_values_counted_and_chosen(dialog: AppTest, shop: Business) -> None:
    ledger = books.ledger(shop.account)
    fill(dialog, 0, "country", ["DE", "US"])
    offered = dialog.multiselect(key="segment-part-0-country-values").options
    assert "Germany" in offered
    assert offered == sorted(offered)
    assert len(offered) == ledger.customers["country"].drop_nulls().n_unique()
    press(dialog, "Add a condition")
    dialog.selectbox(key="segment-part-1-field").select("mrr").run()
    dialog.number_input(key="segment-part-1-mrr-From").set_value(50.0).run()
    wanted = (Condition("country", Op.IS, ("DE", "US")), Condition("mrr", Op.BETWEEN, (5000, None)))
    count = members(ledger, Segment("x", wanted)).height
    assert f"**{count} customers match**, of {ledger.customers.height}." in said(dialog)
    dialog.text_input(key="segment-part-name").set_value("  Large   ones ").run()
    press(dialog, "Save segment")
    assert segments.find(shop.user.workspace, "Large ones") == Segment("Large ones", wanted)
    assert picker(dialog) == "Large ones"
    assert f"{count} of {ledger.customers.height} customers" in shown(dialog)


def test_months_can_be_a_span(dialog: AppTest, shop: Business) -> None:
    dialog.selectbox(key="segment-part-0-field").select("cohort").run()
    dialog.selectbox(key="segment-part-0-cohort-op").select(Op.BETWEEN).run()
    months = sorted(books.ledger(shop.account).customers["cohort"].drop_nulls().dt.strftime("%Y-%m").unique())
    dialog.selectbox(key="segment-part-0-cohort-From").select(months[3]).run()
    dialog.selectbox(key="segment-part-0-cohort-To").select(months[1]).run()
    assert any("needs the lower one first" in each.value for each in dialog.caption)
    dialog.selectbox(key="segment-part-0-cohort-To").select(months[5]).run()
    count = members(
        books.ledger(shop.account), Segment("x", (Condition("cohort", Op.BETWEEN, (months[3], months[5])),))
    ).height
    assert f"**{count} customers match**" in said(dialog)


@pytest.mark.parametrize(
    ("sentence", "field", "name"),
    [
        ("a condition has no value yet", None, "Mine"),
        ("it needs a name", "country", " "),
        ("already used in the list", "country", "New segment…"),
        ("There is already a segment called “Nobody”", "country", "Nobody"),
    ],
)
def test_what_can_not_be_saved_is_told_and_nothing_is_lost(
    sentence: str, field: str | None, name: str, dialog: AppTest, shop: Business
) -> None:
    if field:
        fill(dialog, 0, field, ["DE"])
    dialog.text_input(key="segment-part-name").set_value(name).run()
    press(dialog, "Save segment")
    assert sentence in dialog.error[0].value
    assert segments.of(shop.user.workspace) == [GERMANS, NOBODY]
    assert dialog.text_input(key="segment-part-name").value == name


def test_a_condition_can_be_taken_away(dialog: AppTest) -> None:
    fill(dialog, 0, "country", ["DE"])
    press(dialog, "Add a condition")
    dialog.button(key="segment-part-0-remove").click().run()
    assert [each.key for each in dialog.selectbox if str(each.key).endswith("-field")] == ["segment-part-1-field"]
    dialog.button(key="segment-part-1-remove").click().run()
    press(dialog, "Save segment")
    assert "it needs at least one condition" in dialog.error[0].value


def test_a_segment_is_changed_and_renamed(shop: Business, open_page: Open) -> None:
    app = open_page("plans", segment="Germans")
    press(app, "Edit")
    assert app.multiselect(key="segment-part-0-country-values").value == ["DE"]
    fill(app, 0, "country", ["DE", "FR"])
    app.text_input(key="segment-part-name").set_value("Neighbours").run()
    press(app, "Save segment")
    changed = Segment("Neighbours", (Condition("country", Op.IS, ("DE", "FR")),))
    assert segments.of(shop.user.workspace) == [changed, NOBODY]
    assert "Only “Neighbours”" in shown(app)
    assert "Germany or France" in shown(app)


def test_a_segment_is_deleted_after_a_question(shop: Business, open_page: Open) -> None:
    app = open_page("plans", segment="Germans")
    press(app, "Edit")
    press(app, "Delete segment")
    assert "Delete “Germans”?" in app.warning[0].value
    press(app, "Keep it")
    assert segments.of(shop.user.workspace) == [GERMANS, NOBODY]
    press(app, "Delete segment")
    press(app, "Delete it")
    assert segments.of(shop.user.workspace) == [NOBODY]
    assert (picker(app), shown(app), [each.value for each in app.warning]) == ("All customers", "", [])
