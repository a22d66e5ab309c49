"""The forecast of an account: what it is made of, what it refuses, and its CSV."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import pytest

from lib.errors import HistoryTooShort, NothingToForecast
from lib.ledger.build import Ledger
from lib.ledger.rules import Rules
from lib.metrics import forecast as metrics
from lib.metrics.forecast_levers import Levers
from lib.reports import books, forecast
from tests.conftest import ROOT
from tests.reports import worlds

Keep = Callable[..., None]
DOLLAR = worlds.MICROS
HEAD = "date type customer subscription plan amount_base"


def month(of: str, dollars: int) -> str:
    """A line of movements: so many dollars came on the 10th, or left."""
    return f"{of}-10 {'new' if dollars > 0 else 'churn'} ada s1 p1 {dollars}"


def moved(*lines: str) -> str:
    return "\n".join([HEAD, *lines])


FOUR = moved(month("2026-07", 100), month("2026-08", 30), month("2026-09", -10), month("2026-10", 40))


@pytest.fixture
def keep(monkeypatch: pytest.MonkeyPatch) -> Keep:
    """``keep(movements=…, subscription=…)`` is the account's ledger and tables from then on; today is 2026-11-24."""

    def put(today: str = "2026-11-24", **text: str) -> None:
        frames = {name: text.pop(name) for name in list(text) if name in worlds.LEDGER}
        ledger, store = worlds.ledger(today, **frames), worlds.tables(**text)
        monkeypatch.setattr(books, "ledger", lambda _account, _rules=None: ledger)
        monkeypatch.setattr(books, "tables", lambda _account: store)

    return put


# --- MRR --------------------------------------------------------------------------------------------------------------


def test_with_few_months_there_is_the_plain_mean_alone(keep: Keep) -> None:
    keep(movements=FOUR)
    found = forecast.outlook("acct_1")
    assert not found.modelled
    # 160 at the end of October; the three months before moved it by 60.
    assert found.months["plain"].head(3).to_list() == [180 * DOLLAR, 200 * DOLLAR, 220 * DOLLAR]
    assert found.months.schema == forecast.MONTHS
    assert found.months.drop("date", "plain").null_count().row(0) == (12,) * 5
    assert [f"{day:%Y-%m}" for day in found.months["date"]][::11] == ["2026-11", "2027-10"]
    assert found.projection.scores.is_empty()
    assert found.projection.coverage.is_empty()


def test_with_more_the_model_and_its_ranges_lie_in_each_other(keep: Keep) -> None:
    months = [month(f"{2025 + n // 12}-{n % 12 + 1:02}", 100 + n * 37 % 11 * 5) for n in range(22)]
    keep(movements=moved(*months))
    found = forecast.outlook("acct_1")
    assert found.modelled
    for row in found.months.iter_rows(named=True):
        assert row["low_95"] < row["low_80"] < row["model"] < row["high_80"] < row["high_95"]
    widths = [row["high_80"] - row["low_80"] for row in found.months.iter_rows(named=True)]
    assert all(near <= far for near, far in pairwise(widths))
    assert found.projection.scores["forecasts"].to_list() == [16, 14, 11, 5]
    assert found.projection.coverage["forecasts"].to_list() == [16, 14, 11, 5] * 2


def test_the_same_past_is_reckoned_once(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(movements=FOUR)
    first = forecast.outlook("acct_1").projection
    monkeypatch.setattr(metrics, "plain", None)
    keep(movements=FOUR + "\n" + month("2026-11", 5))  # today's news change no past month
    assert forecast.outlook("acct_1").projection is first


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ((), "this account has 0 so far. Come back on 2027-02-01."),
        ((month("2026-09", 5),), "this account has 2 so far. Come back on 2026-12-01."),
    ],
)
def test_too_short_a_past_says_when_to_come_back(rows: tuple[str, ...], sentence: str, keep: Keep) -> None:
    keep(movements=moved(*rows))
    with pytest.raises(HistoryTooShort, match=sentence):
        forecast.outlook("acct_1")


def test_nothing_grows_from_nothing(keep: Keep) -> None:
    keep(movements=moved(month("2026-05", 5), month("2026-10", -5)))
    with pytest.raises(NothingToForecast, match="no MRR at the end of the last full month"):
        forecast.outlook("acct_1")


def test_levers_start_from_the_pace_of_three_months(keep: Keep) -> None:
    keep(movements=FOUR)
    found = forecast.outlook("acct_1")
    # Began with 100, 130 and 120 (350 in all): 70 came in three months, and 10 left.
    rest, dearer = found.scenario(Levers()), found.scenario(Levers(price=Fraction(1, 2)))
    assert rest is not None
    assert dearer is not None
    assert rest[0] == round(160 * DOLLAR * (1 - Fraction(10, 350)) + Fraction(70, 3) * DOLLAR)
    assert dearer == [pytest.approx(1.5 * each, abs=1) for each in rest]


def test_without_a_pace_there_is_no_scenario(keep: Keep) -> None:
    keep(movements=moved(month("2026-05", 5), month("2026-06", -5), month("2026-10", 7)))
    found = forecast.outlook("acct_1")
    assert (found.pace, found.scenario(Levers())) == (None, None)


def test_other_rules_may_be_asked_for(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(movements=FOUR)
    plain, asked = books.ledger("acct_1"), []

    def by_rules(_account: str, rules: Rules | None = None) -> Ledger:
        asked.append(rules)
        return plain

    monkeypatch.setattr(books, "ledger", by_rules)
    other = Rules(full_discount_active=True)
    forecast.outlook("acct_1", other)
    forecast.cash("acct_1", other)
    assert asked == [other, other]


def test_the_csv_has_past_and_future_in_major_units(keep: Keep) -> None:
    keep(movements=FOUR)
    text = forecast.months_csv(forecast.outlook("acct_1"), Levers(churn=Fraction(-1)))
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["month", "kind", "mrr", "low_80", "high_80", "low_95", "high_95", "plain_mean", "scenario"]
    assert rows[4] == ["2026-10", "actual", "160.00", "", "", "", "", "", ""]
    assert rows[5] == ["2026-11", "forecast", "", "", "", "", "", "180.00", "183.33"]
    assert len(rows) == 1 + 4 + 12


# --- Cash -------------------------------------------------------------------------------------------------------------

CUSTOMERS = "customer name cohort\na A 2026-01-10\nb B 2026-01-10\nc C 2026-01-10\nd D 2026-01-10"
STATES = """
    date       customer subscription plan amount active
    2026-01-10 a        s1           p1   10     yes
    2026-01-10 b        s2           p1   10     yes
    2026-01-10 c        s3           p1   10     yes
    2026-11-14 c        s3           p1   0      no
"""
TRIALS = """
    customer subscription start      end        converted  over
    x        t1           2026-11-01 2026-11-08 2026-11-08 yes
    y        t2           2026-11-02 2026-11-09 2026-11-09 yes
    z        t3           2026-11-20 2026-12-04 -          no
"""
SHOP = {
    "price": """
        id product currency interval interval_count unit_amount_decimal usage_type
        p1 prod    usd      month    1              1000                licensed
    """,
    "subscription": """
        id customer status   currency cancel_at_period_end billing_cycle_anchor
        s1 a        active   usd      no                   2026-01-30
        t3 z        trialing usd      no                   2026-12-04
        s9 e        active   eur      no                   2026-12-04
    """,
    "subscription_item": """
        id subscription price quantity deleted position current_period_end
        i1 s1           p1    1        no      0        2026-11-30
        i3 t3           p1    1        no      0        2026-12-04
        i9 s9           p1    1        no      0        2026-12-04
    """,
}


def test_cash_is_reckoned_at_the_exact_rates_of_the_last_30_days(keep: Keep) -> None:
    keep(movements=FOUR, states=STATES, trials=TRIALS, customers=CUSTOMERS, **SHOP)
    found = forecast.cash("acct_1")
    assert (found.churn, found.conversion) == (Fraction(1, 3), Fraction(2, 3))
    november, december, *_ = found.frame.iter_rows(named=True)
    assert (november["certain"], november["whole"]) == (10 * DOLLAR, False)
    assert november["expected"] == round(10 * DOLLAR * (1 - Fraction(1, 3) * 6 / 30))
    assert december["trials"] == round(10 * DOLLAR * (1 - Fraction(1, 3) * 10 / 30) * Fraction(2, 3))
    assert found.frame.height == 13
    assert found.on_trial


def test_renewals_in_a_currency_without_rates_are_left_out_and_said_so(keep: Keep) -> None:
    keep(movements=FOUR, states=STATES, trials=TRIALS, customers=CUSTOMERS, **SHOP)
    assert forecast.cash("acct_1").notes == ("No exchange rate for EUR is known yet, so renewals in it are left out.",)


def test_a_rate_that_can_not_be_told_is_no_zero(keep: Keep) -> None:
    keep(movements=FOUR, **SHOP)
    found = forecast.cash("acct_1")
    assert (found.churn, found.conversion) == (None, None)
    assert found.frame["expected"].null_count() == found.frame["trials"].null_count() == 13
    assert forecast.cash_csv(found).splitlines()[:2] == [
        "from,to,signed_up,after_churn,from_trials",
        "2026-11-24,2026-11-30,10.00,,",
    ]


# --- Weight -----------------------------------------------------------------------------------------------------------


def test_statsmodels_is_imported_only_when_a_model_is_fitted() -> None:
    code = "import sys, lib.web.forecast_page; print('statsmodels' in sys.modules, 'scipy' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "False"]
