"""Each page as a script: what it shows of a synced business, and what it says when there is nothing to show."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lib import errors
from lib.accounts import connections
from lib.accounts.sessions import SignedIn
from lib.api import answers
from lib.charts import breakdown
from lib.metrics import catalog
from lib.metrics.query import By, Query
from lib.periods import Interval
from lib.reports import door
from lib.sync import progress as sync_progress
from lib.sync import runtime
from lib.sync.progress import Part, Snapshot
from lib.web import guard, metric_page, navigation, progress
from lib.web.cards import SLUGS
from lib.web.navigation import PAGES
from tests.web.conftest import Business, Open

TAG = re.compile(r"<[^>]+>")


def html(app: AppTest) -> str:
    """All HTML of the page but its style sheet."""
    return "\n".join(each.proto.body for each in app.get("html") if "<style" not in each.proto.body)


def words(app: AppTest) -> str:
    return TAG.sub(" ", html(app))


def figures(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(each.proto.spec) for each in app.get("plotly_chart")]


def labels(app: AppTest) -> list[str]:
    return [each.proto.label for each in app.get("page_link")]


# --- Overview ---------------------------------------------------------------------------------------------------------


def test_the_overview_shows_the_reports_own_figures(business: Business, open_page: Open) -> None:
    app = open_page("overview")
    card = door.card(business.account, "mrr")
    assert card.value
    assert f"${round(card.value / 1e8):,}" in words(app)
    assert [each for each in labels(app) if each in {catalog.find(s).name for s in SLUGS}] == [
        catalog.find(s).name for s in SLUGS
    ]
    assert len(figures(app)) == 2
    assert all(each.proto.alt.endswith(".") for each in app.get("plotly_chart"))


def test_every_span_interval_and_comparison_of_the_row_works(business: Business, open_page: Open) -> None:
    for query in (
        {"range": "30 days", "interval": "week"},
        {"range": "All time", "interval": "month"},
        {"range": "3 months", "compare": "false"},
        {"range": "30 days", "compare": "Last year"},
        {"range": "nonsense", "interval": "nonsense"},
        {"movements": "In total"},
    ):
        assert len(figures(open_page("overview", **query))) == 2, query


def test_the_sum_of_movements_begins_before_the_first_day(business: Business, open_page: Open) -> None:
    assert '"Before ' in json.dumps(figures(open_page("overview", movements="In total"))[1])


def test_comparison_off_draws_one_line(business: Business, open_page: Open) -> None:
    def dashed(**query: str) -> int:
        traces = figures(open_page("overview", **query))[0]["data"]
        return sum(trace.get("line", {}).get("dash") == "dash" for trace in traces)

    assert dashed(range="3 months") == 1
    assert dashed(range="3 months", compare="Last year") == 1
    assert dashed(range="3 months", compare="None") == 0
    assert dashed(range="3 months", compare="false") == 0, "as links kept before there were three choices"


def test_nothing_connected_is_an_invitation(newcomer: SignedIn, open_page: Open) -> None:
    app = open_page("overview")
    assert "Connect a Stripe account" in app.info[0].value
    assert labels(app) == ["Connect an account"]


def test_a_viewer_is_told_who_can_connect_instead_of_being_asked_to(
    newcomer: SignedIn, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "current_user", lambda: replace(newcomer, role="viewer"))
    app = open_page("overview")
    assert [each.value for each in app.info] == [
        "No Stripe account is connected now. An owner of this workspace can connect one."
    ]
    assert labels(app) == []


def test_an_unknown_account_in_the_address_gets_a_sentence_and_a_way_on(business: Business, open_page: Open) -> None:
    app = open_page("overview", account="acct_foreign")
    assert "acct_foreign" in app.warning[0].value
    assert len(labels(app)) == 1
    assert figures(app) == []


def test_a_page_of_figures_before_the_first_sync_says_where_to_look(newcomer: SignedIn, open_page: Open) -> None:
    connections.connect_demo(newcomer.workspace, now=answers.now())
    app = open_page("overview")
    assert "See the progress" in labels(app)
    assert figures(app) == []


def test_figures_are_marked_partial_while_history_arrives(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    arriving(monkeypatch)
    app = open_page("overview")
    assert "Figures are partial until then" in app.get("progress")[0].proto.text
    assert len(figures(app)) == 2


def arriving(monkeypatch: pytest.MonkeyPatch, **more: object) -> None:
    parts = (Part("customer", "Customers", 60, 60, done=True), Part("invoice", "Invoices", 400, 1000))
    given: dict[str, Any] = {"state": "running", "started": 100.0, "now": 110.0, "parts": parts} | more
    monkeypatch.setattr(progress, "snapshot", lambda account: Snapshot(account, **given))


# --- Metric -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", [each.slug for each in catalog.METRICS])
def test_every_metric_has_a_page(slug: str, business: Business, open_page: Open) -> None:
    app = open_page("metric", slug=slug, interval="month")
    known = catalog.find(slug)
    assert app.title[0].value == known.name
    assert known.formula in [each.value for each in app.markdown]
    assert len(figures(app)) == 1
    table = app.dataframe[0].value
    assert next(iter(table.columns)) == "Period"
    assert list(table.columns)[1].startswith(known.name)
    assert list(table["Note"].iloc[:2]) == ["so far", ""]


@pytest.mark.parametrize("by", ["plan", "product", "currency", "country"])
@pytest.mark.parametrize("slug", ["mrr", "new_mrr", "arpu", "customer_churn_rate"])
def test_breakdowns(slug: str, by: str, business: Business, open_page: Open) -> None:
    app = open_page("metric", slug=slug, by=by, interval="month", range="3 months")
    assert len(figures(app)[0]["data"]) <= 5
    tables = [each.value for each in app.dataframe]
    table = next(each for each in tables if "Period" in each.columns)
    assert list(table.columns)[1] == by.capitalize()
    every = [len(each) for each in tables if each.columns[0] == by.capitalize()]
    groups = table[by.capitalize()].nunique()
    assert every == ([groups] if groups > breakdown.AT_MOST else [])


@pytest.mark.parametrize(
    ("drawn", "kinds"),
    [
        ({}, {"scatter": "tozeroy"}),
        ({"drawn": "Line"}, {"scatter": None}),
        ({"drawn": "Bars"}, {"bar": None}),
        ({"drawn": "nonsense"}, {"scatter": "tozeroy"}),
        ({"by": "plan"}, {"scatter": None}),
        ({"by": "plan", "stacked": "true"}, {"scatter": None, "stack": "all"}),
    ],
)
def test_a_chart_is_drawn_as_the_reader_chose(
    drawn: dict[str, str], kinds: dict[str, str | None], business: Business, open_page: Open
) -> None:
    traces = figures(open_page("metric", slug="mrr", interval="month", compare="None", **drawn))[0]["data"]
    found = {each["type"]: each.get("fill") for each in traces[:1]}
    stack = {"stack": "all"} if "all" in {each.get("stackgroup") for each in traces} else {}
    assert found | stack == kinds


def test_an_unknown_metric_gets_a_sentence_and_the_list(business: Business, open_page: Open) -> None:
    app = open_page("metric", slug="vibes")
    assert app.warning[0].value == "There is no metric called “vibes”. Pick one from the list."
    assert len(app.selectbox[0].options) == len(catalog.METRICS)
    assert figures(app) == []


EVIL = "[x](https://evil.example)![p](https://evil.example/t.png) www.evil.example"
LIVE = re.compile(r"(?<!\\)[\[\]()!]|://|www\\?\.|@")
"""Markdown that would act: brackets not escaped, and addresses that become links by themselves."""


def test_what_a_stranger_wrote_into_the_address_is_shown_and_never_a_link(business: Business, open_page: Open) -> None:
    for page, name in (("metric", "slug"), ("metric", "account"), ("overview", "account")):
        said = open_page(page, **{name: EVIL}).warning[0].value
        assert "evil" in said
        assert not LIVE.search(said), said


def test_a_name_from_stripe_is_no_markdown(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    arriving(monkeypatch)
    (mine,) = connections.of(business.user.workspace)
    monkeypatch.setattr(connections, "of", lambda _workspace: (replace(mine, name=EVIL),))
    shown = [
        *(each.value for each in open_page("connect").markdown),
        *(each.value for each in open_page("connect", account=mine.account).subheader),
        *labels(open_page("overview", account="acct_x")),
    ]
    named = [each for each in shown if "evil" in each]
    assert len(named) == 3
    assert not [each for each in named if LIVE.search(each)]


def test_downloads_of_two_splits_have_two_names(business: Business) -> None:
    query = Query(date(2026, 1, 1), date(2026, 3, 31), Interval.MONTH, By.PLAN)
    assert metric_page.csv_name(door.metric(business.account, "mrr", query)) == (
        "mrr-by-plan-2026-01-01-2026-03-31-month.csv"
    )
    assert metric_page.csv_name(door.metric(business.account, "mrr", query.whole())) == (
        "mrr-2026-01-01-2026-03-31-month.csv"
    )


def test_a_total_is_the_same_however_it_is_cut(business: Business, open_page: Open) -> None:
    totals = {
        re.findall(r"<b>(.*?)</b>", html(open_page("metric", slug="net_revenue", interval=each, range="12 months")))[0]
        for each in Interval
    }
    assert len(totals) == 1


def test_all_time_says_why_nothing_is_compared(business: Business, open_page: Open) -> None:
    said = [each.value for each in open_page("metric", slug="mrr", range="All time").caption]
    assert "All time has nothing before it to compare with." in said


def test_days_that_nobody_can_have_are_told_on_the_page(business: Business, open_page: Open) -> None:
    app = open_page("metric", slug="mrr", range="Custom", days=["2026-02-31", "2026-03-01"])
    assert "“2026-02-31” is not a date" in app.warning[0].value


def test_picking_another_metric_changes_the_address(business: Business, open_page: Open) -> None:
    app = open_page("metric", slug="mrr")
    app.selectbox[0].set_value("arr").run()
    assert app.query_params["slug"] == "arr"
    assert app.title[0].value == "ARR"


# --- Connect ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["connect_denied", "state_expired", "state_missing", "code_refused"])
def test_each_way_back_from_stripe_is_a_sentence_and_a_way_on(status: str, newcomer: SignedIn, open_page: Open) -> None:
    app = open_page("connect", status=status)
    assert len(app.warning) == 1
    assert 'href="/oauth/start"' in html(app)


def test_a_status_that_no_redirect_of_ours_sends_says_nothing(newcomer: SignedIn, open_page: Open) -> None:
    for made_up in ("<script>", "ledger_broken", "app_error", "unknown_metric"):
        assert not open_page("connect", status=made_up).warning


@pytest.mark.parametrize("kind", errors.TOLD)
def test_every_sentence_of_a_redirect_reads_whole_without_details(kind: type[errors.AppError]) -> None:
    found = errors.by_code(kind().code)
    assert isinstance(found, kind)
    assert not re.search(r"  | [:.,;]|“”|\(\)|: *$| $|\{", found.message), found.message


@pytest.mark.parametrize(
    ("said", "key"),
    [("secret key", "sk_test_1234567890"), ("publishable key", "pk_test_1234567890"), ("does not look like", "hello")],
)
def test_a_key_of_the_wrong_kind_is_told_apart(said: str, key: str, newcomer: SignedIn, open_page: Open) -> None:
    app = open_page("connect")
    app.text_input[0].set_value(key)
    app.button[0].click().run()
    assert said in app.error[0].value
    assert connections.of(newcomer.workspace) == ()


def test_a_real_key_in_the_sandbox_is_told_where_it_is(newcomer: SignedIn, open_page: Open) -> None:
    app = open_page("connect")
    app.text_input[0].set_value("rk_live_1234567890")
    app.button[0].click().run()
    assert "This is the sandbox" in app.error[0].value


def test_a_connected_account_says_when_it_was_read_and_can_be_read_now(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    arriving(monkeypatch, state="done", finished=104.0, now=300.0)
    asked: list[str] = []
    monkeypatch.setattr(runtime, "start", asked.append)
    app = open_page("connect")
    assert "Up to date as of 3 minutes ago" in " ".join(each.value for each in app.caption)
    next(each for each in app.button if each.label == "Update now").click().run()
    assert asked == [business.account]


def test_the_account_connected_last_opens_first(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mine,) = connections.of(business.user.workspace)
    monkeypatch.setattr(connections, "of", lambda _workspace: (replace(mine, account="acct_older"), mine))
    assert open_page("overview").query_params["account"] == mine.account


def test_every_page_is_in_the_menu_once() -> None:
    shown = [page for pages in navigation.menu().values() for page in pages]
    assert sorted(shown, key=PAGES.index) == list(PAGES)


def test_progress_is_shown_for_each_resource(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    arriving(monkeypatch)
    app = open_page("connect", account=business.account)
    assert [each.proto.text for each in app.get("progress")] == [
        "Reading invoices: 460 of about 1,060 objects, 46 a second, 14 seconds left",
        "Customers: 60",
        "Invoices: 400 of about 1,000",
    ]


def test_a_failed_sync_says_why_and_can_be_tried_again(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    arriving(monkeypatch, state="failed", error="Stripe is not answering just now.")
    asked: list[str] = []
    monkeypatch.setattr(runtime, "start", asked.append)
    app = open_page("connect", account=business.account)
    assert app.error[0].value == "Stripe is not answering just now."
    next(each for each in app.button if each.label == "Try again").click().run()
    assert asked == [business.account]


def test_the_end_shows_the_first_figures_and_the_way_to_all(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = (Part("invoice", "Invoices", 1000, 1000, done=True),)
    arriving(monkeypatch, state="done", finished=104.0, parts=parts)
    app = open_page("connect", account=business.account)
    assert app.success[0].value == "Everything is here: 1,000 objects in 4 seconds, 250 a second."
    assert [each.label for each in app.metric] == ["MRR", "Active customers", "Net revenue"]
    assert "Open the overview" in labels(app)


def test_the_snapshot_shown_is_the_syncs_own() -> None:
    assert progress.snapshot is sync_progress.snapshot
