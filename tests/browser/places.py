"""Every page and the states it can be in: its address, its figures and what they must be, what opens beside it.

``PLACES`` names every page of the app; a page without an entry fails a test. ``figures`` are held against the command
line; where that has no such figure, against a report or a count of Stripe's objects, and the entry says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from lib.charts.scale import NOT_AVAILABLE
from lib.reports import cancellations, failed, feed, forecast
from lib.reports.movements import BY_PEOPLE, KINDS
from lib.web.navigation import PAGES
from lib.web.words import amount, exact_amount
from tests.browser.figures import Drawn, Where, card, cell, fact, metric, said, total
from tests.browser.truth import Truth

if TYPE_CHECKING:
    from playwright.sync_api import Page

Figures = list[tuple[Where, str]]
Act = Callable[["Page"], None]
NARROW = 600
"""Pixels: less is a phone."""
POPOVER, DIALOG = "[data-testid=stPopoverBody]", "[role=dialog]"


@dataclass(frozen=True)
class Opening:
    """Something that opens beside the page: how, and what it is."""

    name: str
    act: Act
    shows: str = POPOVER
    after: Act = lambda _page: None


@dataclass(frozen=True)
class Place:
    """A page in a state. ``figures`` or, in a sentence, ``none``: why there is no figure to hold against another."""

    page: str
    query: Callable[[Truth], str] = lambda _truth: ""
    figures: Callable[[Truth], Figures] | None = None
    none: str = ""
    state: str = ""
    opens: tuple[Opening, ...] = ()

    @property
    def name(self) -> str:
        """What the test of it is called."""
        return f"{self.page} {self.state}".strip()

    def address(self, truth: Truth) -> str:
        """Its address below the app's, account included."""
        path = next(each.address for each in PAGES if each.url_path == self.page)
        return "&".join(filter(None, [f"{path}?account={truth.walked.account}", self.query(truth)]))


def asks(query: str) -> Callable[[Truth], str]:
    """An address that asks for this."""
    return lambda _truth: query


def button(name: str, shows: str = POPOVER) -> Opening:
    """What the button of this name opens."""
    return Opening(name, lambda page: page.get_by_role("button", name=name).first.click(), shows)


def _new_segment(page: Page) -> None:
    page.get_by_role("combobox", name="Segment").last.click()
    page.get_by_role("option", name="New segment…", exact=True).click()


def _views(page: Page) -> None:
    sidebar = page.get_by_test_id("stExpandSidebarButton")
    if sidebar.is_visible():
        sidebar.click()
    page.get_by_role("button", name="Views").click()


def _close_the_menu(page: Page) -> None:
    """On a phone the menu lies over the page."""
    if (page.viewport_size or {"width": 0})["width"] < NARROW:
        page.get_by_test_id("stSidebar").hover()
        page.get_by_test_id("stSidebarCollapseButton").click()


# --- Figures of the command line --------------------------------------------------------------------------------------

_CARDS = ("mrr", "net_revenue", "active_customers", "customer_churn_rate", "ltv", "failed_charges")


def _overview(truth: Truth) -> Figures:
    return [(card(slug), truth.card(slug)) for slug in _CARDS]


def _movements(truth: Truth) -> Figures:
    inside = [row for row in truth.moved if row["date"] >= truth.year.isoformat()]
    people = [row for row in inside if KINDS[row["type"]] in BY_PEOPLE]
    sums = {kind: sum(row["micros"] for row in people if row["type"] == kind) for kind in KINDS}
    told = ", ".join(f"{KINDS[kind].lower()} {exact_amount(some, truth.money)}" for kind, some in sums.items() if some)
    earlier = [row for row in truth.moved if row["date"] < truth.year.isoformat()]
    net, before = (sum(row["micros"] for row in rows) for rows in (inside, earlier))
    return [
        (fact("MRR at the end"), truth.text("mrr")),
        (fact("Net change"), exact_amount(net, truth.money)),
        (fact("MRR before"), truth.money.text(before)),
        (said(r"^(.*) rows: new "), truth.count(len(people))),
        (said(r" rows: (new .*)\.$"), told),
    ]


def _feed(truth: Truth) -> Figures:
    """The sum is the command line's; how many entries there are is the report's: trials and refunds are no movement."""
    net = sum(row["micros"] for row in truth.moved if row["type"] != "fx" and row["date"] >= truth.ago(29).isoformat())
    entries = truth.report(lambda account: len(feed.newest(account, 30)))
    return [
        (said(r"^(\S+) entries"), truth.count(entries)),
        (said(r"· (.*) MRR in total"), amount(net, truth.money)),
    ]


def _customers(truth: Truth) -> Figures:
    """Who is deleted for good is in no list of Stripe's, but in their invoices."""
    people = {each["id"] for each in truth.objects("customers")} | {
        each["customer"] for each in truth.objects("invoices")
    }
    return [
        (said(r"^(\S+) customers, MRR"), truth.count(len(people))),
        (said(r"customers, MRR (.*)$"), truth.card("mrr")),
        (Drawn("MRR (USD)"), _bare(truth.worth(truth.customer))),
    ]


def _bare(micros: int) -> str:
    """As a drawn table holds an amount: a number that the browser writes."""
    return repr(float(Fraction(micros, 10**8))).removesuffix(".0")


def _customer(truth: Truth) -> Figures:
    """What they paid is counted from Stripe's charges."""
    paid = [each for each in truth.objects("charges") if each["customer"] == truth.customer and each["paid"] == "true"]
    same = sum(int(each["amount"]) - int(each["amount_refunded"] or 0) for each in paid if each["currency"] == "usd")
    assert all(each["currency"] == "usd" for each in paid)
    return [
        (fact("MRR"), truth.money.text(truth.worth(truth.customer))),
        (fact("LTV so far"), truth.money.text(same * 10**6)),
    ]


def _trials(truth: Truth) -> Figures:
    return [
        (fact("On trial now"), truth.text("active_trials")),
        (fact("Would add to MRR"), truth.text("trial_mrr")),
        (fact("Conversion rate"), truth.card("trial_conversion_rate")),
        (fact("Trial length"), truth.card("trial_length")),
    ]


def _cash(truth: Truth) -> Figures:
    fees = truth.value("fees", truth.year, truth.today) or 0
    back = truth.value("refunds", truth.year, truth.today) or 0
    return [
        (fact("Charges"), truth.text("gross_revenue", truth.year, truth.today)),
        (fact("Fees"), truth.money.text(-fees)),
        (fact("Refunds and disputes"), truth.money.text(-back)),
        (fact("Balance at the end"), truth.text("stripe_balance")),
    ]


def _plans(truth: Truth) -> Figures:
    rows = truth.raw("mrr", by="plan")["rows"]
    first = max(rows, key=lambda row: row["value"])
    return [
        (cell("All plans", "MRR"), truth.text("mrr")),
        (cell("All plans", "Customers"), truth.text("active_customers")),
        (cell("All plans", "ARPU"), truth.text("arpu")),
        (cell(first["label"], "MRR"), truth.money.text(truth.micros(first["value"]))),
        *((cell(row["label"], "MRR"), truth.money.text(truth.micros(row["value"]))) for row in rows[:3]),
    ]


def _cohorts(truth: Truth) -> Figures:
    """Whoever has a movement called new has first paid: the command line's ledger counts them."""
    began = {row["customer"] for row in truth.moved if row["type"] == "new"}
    return [(cell("All cohorts", "Customers"), truth.count(len(began)))]


def _benchmarks(truth: Truth) -> Figures:
    month = truth.today.replace(day=1)
    return [
        (cell("MRR", "This month so far"), truth.text("mrr")),
        (cell("Net revenue", "This month so far"), truth.text("net_revenue", month, truth.today)),
        (cell("Active customers", "This month so far"), truth.text("active_customers")),
    ]


def _split(truth: Truth) -> Figures:
    """The table begins with the newest month and the plan that is worth most."""
    first = max(row["value"] for row in truth.raw("mrr", by="plan")["rows"])
    return [
        (total(), truth.text("mrr")),
        (Drawn("MRR (USD)"), _bare(truth.micros(first))),
    ]


def _reconcile(truth: Truth) -> Figures:
    """Stripe's objects are counted as ``export`` writes them."""
    booked = len(truth.objects("balance_transactions"))
    return [
        (said(r"(\S+) balance transactions were added up"), truth.count(booked)),
        (lambda page: page.locator("table.pl-grid tbody tr").first.locator("td").last.inner_text(),
         truth.text("stripe_balance")),
    ]  # fmt: skip


def _exports(truth: Truth) -> Figures:
    invoices = truth.count(len(truth.objects("invoices")))
    return [(said(r"(\S+) rows, about"), invoices)]


def _connect(truth: Truth) -> Figures:
    shown = {"MRR": "mrr", "Active customers": "active_customers", "Net revenue": "net_revenue"}
    return [(metric(name), truth.card(slug)) for name, slug in shown.items()]


# --- Figures that the command line does not have ----------------------------------------------------------------------


def _failed(truth: Truth) -> Figures:
    """The command line's ``failed_charges`` is a flow of 30 days; who still owes is the report's alone."""
    found = truth.report(failed.of)
    rate = found.recovery_rate
    return [
        (total(0), truth.money.text(found.owed)),
        (said(r"from (\S+) customers?, on"), truth.count(found.to_reach.height)),
        (said(r"on (\S+) invoices? whose payment failed"), truth.count(found.unresolved.height)),
        (total(1), truth.money.text(found.mrr_at_risk)),
        (total(2), NOT_AVAILABLE if rate is None else truth.money.percent(rate)),
    ]


def _forecast(truth: Truth) -> Figures:
    found = truth.report(forecast.outlook)
    last = found.months.row(-1, named=True)
    return [
        (total(), truth.money.card(last["model" if found.modelled else "plain"])),
    ]


def _cancellations(truth: Truth) -> Figures:
    found = truth.report(lambda account: cancellations.table(account, truth.year, truth.today)).total
    return [
        (said(r", (\S+) subscriptions were cancelled"), truth.count(found.count)),
        (said(r"were cancelled: (.*) of MRR was lost"), truth.money.text(found.lost)),
    ]


# --- The table --------------------------------------------------------------------------------------------------------

_ERROR = "It says what is wrong with the address."
_SET_UP = "It shows no figure of the business."
SECTIONS = (
    "Account",
    "Metric rules",
    "Currency and time zone",
    "Team",
    "Notifications",
    "Your plan",
    "Connection",
    "Data",
)

PLACES = (
    Place(
        "overview",
        figures=_overview,
        opens=(button("About MRR"), button("Edit cards", DIALOG), Opening("segment", _new_segment, DIALOG)),
    ),
    Place("overview", asks("missing=%2Fnonsense"), _overview, state="of an unknown address"),
    Place(
        "metric",
        asks("slug=mrr"),
        lambda truth: [(total(), truth.text("mrr")), (Drawn("MRR (USD)"), _bare(int(truth.value("mrr") or 0)))],
        opens=(
            button("Set a goal"),
            button("Annotate"),
            button("How it is computed"),
            Opening("views", _views, after=_close_the_menu),
        ),
    ),
    Place("metric", asks("slug=mrr&by=plan&interval=month&stacked=true"), _split, state="split"),
    Place(
        "metric",
        asks("slug=net_revenue&range=12+months&interval=month"),
        lambda truth: [(total(), truth.text("net_revenue", truth.year, truth.today))],
        state="of cash",
    ),
    Place(
        "metric",
        asks("slug=customer_churn_rate&range=30+days"),
        lambda truth: [(total(), truth.text("customer_churn_rate", truth.ago(29), truth.today))],
        state="of a share",
    ),
    Place("metric", asks("slug=nonsense"), none=_ERROR, state="unknown"),
    Place("movements", figures=_movements),
    Place("live-feed", figures=_feed),
    Place("customers", figures=_customers),
    Place("customer", lambda truth: f"id={truth.customer}", _customer, opens=(button("Add a note"),)),
    Place("customer", asks("id=cus_nobody"), none=_ERROR, state="unknown"),
    Place("failed-charges", figures=_failed, opens=(button("Copy emails"),)),
    Place("trials", figures=_trials),
    Place("cash-flow", figures=_cash),
    Place("plans", figures=_plans),
    Place("cohorts", figures=_cohorts),
    Place("benchmarks", figures=_benchmarks),
    Place("forecast", figures=_forecast),
    Place("cancellations", figures=_cancellations),
    Place("reconcile", figures=_reconcile),
    Place("compare", none="Its figures are made of a file that somebody brings: tests/web/test_proof_pages.py."),
    Place("exports", asks("what=Stripe%3A+invoices&range=All+time"), _exports),
    Place("connect", figures=_connect),
    Place("rules", none="Old and new are shown once a rule is turned: tests/web/test_rules_page.py."),
    *(
        Place(
            "settings",
            asks(f"section={name.replace(' ', '+')}"),
            none=_SET_UP,
            state=name,
            opens=(button("Disconnect", DIALOG),) if name == "Connection" else (),
        )
        for name in SECTIONS
    ),
    Place("settings", asks("section=Nothing"), none=_ERROR, state="unknown"),
    Place("platform", none=_SET_UP),
    Place("our-customers", figures=lambda truth: [(fact("MRR to us"), truth.money.text(0)), (fact("Paying"), "0")]),
    Place("new-subscription", lambda truth: f"customer={truth.customer}", none="Nothing is priced before a choice."),
    Place("join", none=_ERROR, state="without an invitation"),
    Place("join", lambda truth: f"invite={truth.invitation}", none=_SET_UP),
)
"""In the order in which they are walked through."""
