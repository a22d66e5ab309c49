"""The customers' pages as scripts: the list, one customer, and failed charges of a synced business."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import escape
from types import SimpleNamespace

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from lib.accounts import calls
from lib.api import answers
from lib.charts.scale import Scale
from lib.metrics.query import Query
from lib.metrics.registry import Unit
from lib.metrics.segments import Condition, Op, Segment
from lib.reports import books, customers, door, failed, segments, timeline
from lib.web import calls as marks
from lib.web import columns, customers_page, failed_page, guard
from tests.accounts.members import join
from tests.web.conftest import Business, Open

USD = Scale(Unit.MONEY, "usd")
TAG = re.compile(r"<[^>]+>")
EVIL = "<img src=x onerror=alert(1)>"


def html(app: AppTest) -> str:
    return "\n".join(each.proto.body for each in app.get("html") if "<style" not in each.proto.body)


def words(app: AppTest) -> str:
    return TAG.sub(" ", html(app))


def happened(app: AppTest) -> str:
    """The last list of a customer's page: the timeline."""
    return html(app).rpartition('<ul class="pl-list">')[2]


# --- The list ---------------------------------------------------------------------------------------------------------


def test_every_customer_is_in_the_list(business: Business, open_page: Open) -> None:
    everyone = customers.of(business.account)
    app = open_page("customers")
    assert len(app.dataframe[0].value) == everyone.height > 50
    assert f"{everyone.height} customers" in words(app)
    assert everyone["mrr"].sum() == books.ledger(business.account).movements["amount_base"].sum()


def test_what_is_searched_and_filtered_is_shown_and_counted(business: Business, open_page: Open) -> None:
    everyone = customers.of(business.account)
    paying = everyone.filter(pl.col("status") == "Paying")
    name = paying["name"][0]
    app = open_page("customers", q=name.lower())
    assert set(app.dataframe[0].value["name"]) >= {name}
    assert f"of {everyone.height} customers" in words(app)
    app = open_page("customers")
    app.multiselect[0].set_value(["Paying"]).run()
    assert len(app.dataframe[0].value) == paying.height


def test_no_match_says_so(business: Business, open_page: Open) -> None:
    app = open_page("customers", q="nobody at all")
    assert app.info[0].value.startswith("No customer matches")
    assert not app.dataframe


# --- One customer -----------------------------------------------------------------------------------------------------


def test_a_customer_is_told_in_full(business: Business, open_page: Open) -> None:
    row = customers.of(business.account).row(0, named=True)
    history = timeline.of(business.account, row["customer"])
    app = open_page("customer", id=row["customer"])
    assert app.header[0].value.replace("\\", "") == row["name"]
    assert happened(app).count("<li>") == len(history)
    assert all(escape(entry.sentence) in html(app) for entry in history)
    assert f"/test/customers/{row['customer']}" in html(app)
    assert len(app.get("plotly_chart")) == 1


def test_kinds_can_be_asked_for_apart(business: Business, open_page: Open) -> None:
    row = customers.of(business.account).row(0, named=True)
    history = timeline.of(business.account, row["customer"])
    app = open_page("customer", id=row["customer"], kind="MRR")
    assert happened(app).count("<li>") == sum(entry.kind == "MRR" for entry in history) < len(history)
    assert not app.warning
    told = open_page("customer", id=row["customer"], kind="Gone")
    assert told.warning[0].value.startswith("“Gone” is not available here; choose one of ")


@pytest.mark.parametrize("customer", ["cus_nobody", "[x](https://evil.example)"])
def test_an_unknown_customer_gets_a_sentence_and_a_way_back(customer: str, business: Business, open_page: Open) -> None:
    app = open_page("customer", id=customer)
    assert app.warning[0].value.startswith("There is no customer")
    assert "](" not in app.warning[0].value
    assert [each.proto.label for each in app.get("page_link")] == ["All customers"]


def test_without_an_id_the_list_is_offered(business: Business, open_page: Open) -> None:
    assert open_page("customer").info[0].value == "Pick a customer from the list."


def test_what_stripe_says_of_a_customer_is_text(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    everyone = customers.of(business.account)
    known = everyone["customer"][0]
    evil = everyone.with_columns(email=pl.lit(EVIL), card=pl.lit(EVIL), deleted=pl.lit(value=True))
    monkeypatch.setattr(customers_page, "rows", lambda _key: evil)
    app = open_page("customer", id=known)
    assert "<img" not in html(app)
    assert app.header[0].value.endswith("(deleted at Stripe)")


# --- Failed charges ---------------------------------------------------------------------------------------------------


def test_failed_charges_show_the_reports_own_figures(business: Business, open_page: Open) -> None:
    found = failed.of(business.account)
    app = open_page("failed-charges")
    assert [each.value for each in app.subheader] == ["To call", "At risk", "Recovered"]
    lists = [frame for frame in (found.to_reach, found.at_risk, found.recent) if frame.height]
    assert [len(each.value) for each in app.dataframe] == [frame.height for frame in lists]
    assert lists
    captions = [each.value.replace("\\", "") for each in app.caption]
    assert failed_page.since(found, USD) in captions
    assert failed_page.not_recovered(found, USD) in captions
    first = app.get("download_button")[0].proto
    assert (first.label, first.help) == ("Download CSV", "One row an invoice, of all that is open")


def test_what_failed_in_thirty_days_is_what_the_card_says(business: Business) -> None:
    today = books.ledger(business.account).today
    card = door.metric(business.account, "failed_charges", Query(today - timedelta(days=29), today)).total
    assert failed.of(business.account).failed_amount == card


def test_invoices_that_stripe_still_tries_can_be_shown_apart(business: Business, open_page: Open) -> None:
    found = failed.of(business.account).unresolved
    tried = pl.col("next_attempt").is_not_null()
    for show, some in (("Stripe still tries", found.filter(tried)), ("Stripe gave up", found.filter(~tried))):
        app = open_page("failed-charges", show=show)
        tables = [each.value for each in app.dataframe if "called" in each.value.columns]
        assert sum(len(each) for each in tables) == some["customer"].n_unique()
        assert sum(each["invoices"].sum() for each in tables) == some.height


def test_the_list_to_call_is_worked_through(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = failed.of(business.account).to_reach["customer"].to_list()
    today = books.ledger(business.account).today
    at = SimpleNamespace(
        user=business.user, account=SimpleNamespace(account=business.account, kind="demo"),
        book=SimpleNamespace(today=today),
    )  # fmt: skip
    monkeypatch.setattr(marks.st, "rerun", lambda: None)
    session: dict[str, object] = {}

    def drawn(rows: list[str], click: int | None = None) -> None:
        """The list with these rows, where that of the row before was clicked."""
        with monkeypatch.context() as patch:
            patch.setattr(marks.st, "session_state", session)
            session["called-click"] = None if click is None else {"row": click}
            marks.clicked(at, rows, calls.of(business.user, today))

    drawn(listed)
    drawn(listed, click=0)
    assert calls.of(business.user, today) == {listed[0]: "Ada"}
    app = open_page("failed-charges")
    assert f"1 of {len(listed)} customers called today." in [each.value for each in app.caption]
    shown = app.dataframe[0].value["called"].to_list()
    assert (shown[0], shown.count("Mark as called")) == ("Undo: ✓ Ada", len(listed) - 1)
    app.toggle(key="hide-called").set_value(True).run()
    left = [frame.value for frame in app.dataframe if "called" in frame.value]
    assert [len(each) for each in left] == ([len(listed) - 1] if len(listed) > 1 else [])
    drawn(listed)
    drawn(listed, click=0)
    assert calls.of(business.user, today) == {}


def test_a_click_means_whom_the_reader_saw_whatever_a_colleague_did_since(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = books.ledger(business.account).today
    colleague = join("Grace", now=answers.now()).user
    colleague = replace(colleague, workspace=business.user.workspace, role=business.user.role)
    at = SimpleNamespace(
        user=business.user, account=SimpleNamespace(account=business.account, kind="demo"),
        book=SimpleNamespace(today=today),
    )  # fmt: skip
    session: dict[str, object] = {}
    monkeypatch.setattr(marks.st, "rerun", lambda: None)
    monkeypatch.setattr(marks.st, "session_state", session)

    def drawn(rows: list[str], click: int | None = None) -> None:
        session["called-click"] = None if click is None else {"row": click}
        marks.clicked(at, rows, calls.of(business.user, today))  # type: ignore[arg-type] # as a Standing

    drawn(["cus_a", "cus_b"])
    calls.mark(colleague, business.account, "cus_a", today, now=1)
    drawn(["cus_b"], click=0)  # those already called are hidden: the next one has moved up
    assert calls.of(business.user, today) == {"cus_a": "Grace"}
    drawn(["cus_a", "cus_b"])
    calls.mark(colleague, business.account, "cus_b", today, now=1)
    drawn(["cus_a", "cus_b"], click=1)  # "Mark as called" stood there: that is no "undo"
    assert calls.of(business.user, today) == {"cus_a": "Grace", "cus_b": "Grace"}
    drawn([])
    drawn([], click=0)
    assert len(calls.of(business.user, today)) == 2


def test_a_name_opens_the_customer_that_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    session: dict[str, object] = {}
    monkeypatch.setattr(columns.st, "session_state", session)
    monkeypatch.setattr(columns.st, "dataframe", lambda *_, **__: None)
    monkeypatch.setattr(columns.back, "leave", lambda _: None)
    monkeypatch.setattr(columns.links, "go_customer", lambda customer, _: opened.append(customer))

    def people(rows: list[str]) -> None:
        columns.people(pl.DataFrame({"name": rows}), rows, "acct_1", "people", {})

    people(["cus_a", "cus_b"])
    session["people-open"] = {"row": 0}
    people(["cus_new", "cus_a", "cus_b"])  # somebody came in the meantime
    assert opened == ["cus_a"]


def test_a_viewer_reads_who_was_called(business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = failed.of(business.account).to_reach["customer"][0]
    today = books.ledger(business.account).today
    calls.mark(business.user, business.account, customer, today, now=1)
    monkeypatch.setattr(guard, "current_user", lambda: replace(business.user, role="viewer"))
    shown = open_page("failed-charges").dataframe[0].value["called"].to_list()
    assert set(shown) <= {"✓ Ada", ""}
    assert shown[0] == "✓ Ada"


def test_failed_charges_of_a_segment(business: Business, open_page: Open) -> None:
    whole = failed.of(business.account)
    country = customers.of(business.account).filter(pl.col("customer") == whole.unresolved["customer"][0])["country"][0]
    segment = Segment("There", (Condition("country", Op.IS, (country,)),))
    found = failed.of(business.account, segment)
    there = customers.of(business.account).filter(pl.col("country") == country)["customer"]
    for name in ("unresolved", "at_risk", "recent"):
        frame = getattr(whole, name)
        assert getattr(found, name).equals(frame.filter(pl.col("customer").is_in(there.implode()))), name
    assert found.unresolved.height > 0
    segments.save(business.user.workspace, segment, now=1)
    app = open_page("failed-charges", segment="There")
    assert not app.error
    assert len(app.dataframe[0].value) == found.to_reach.height
