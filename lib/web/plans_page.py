"""The page of plans: what each is worth, who is on it, who came and who left."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import streamlit as st

from lib.charts.scale import NOT_AVAILABLE, Scale
from lib.metrics.plans import Level
from lib.metrics.registry import Unit
from lib.periods import ROLLING_DAYS
from lib.reports import plans as report
from lib.reports.plans import UNITS, Plan, Plans
from lib.web import downloads, filters, grid, one_time, segment_picker, words
from lib.web.figures import Book
from lib.web.grid import Line
from lib.web.standing import Standing, stand

_HEADS = {
    "mrr": "MRR",
    "share": "Share of MRR",
    "customers": "Customers",
    "arpu": "ARPU",
    "new_customers": "New customers",
    "churned_customers": "Left",
    "new_mrr": "New MRR",
    "churned_mrr": "Churned MRR",
    "churn_rate": "Churn rate",
}


def show() -> None:
    """The whole page."""
    at = stand("Plans", _explain)
    one_time.instead(at)
    at, level = _choose(at)
    found = _table(at.book, level)
    if not found.rows:
        st.info("This account has no recurring price at Stripe, so there are no plans yet.")
        return
    st.markdown(words.plain(sentence(found)))
    st.html(html(found, at.reader.money(found.currency)))
    st.caption(
        f"New customers, left, new MRR, churned MRR and churn rate: the last {ROLLING_DAYS} days. "
        f"A customer of two {level}s counts on each, and once among all."
    )
    if told := apart(found):
        st.caption(words.plain(told))
    for note in at.unsaid(found.notes):
        st.caption(words.plain(note))
    downloads.csv(
        "Download CSV",
        lambda: report.as_csv(found),
        downloads.csv_name(f"plans-by-{level}", at.book.today, segment=at.book.segment),
        "plans-csv",
    )


def _explain() -> None:
    with st.popover("", icon=":material/info:", type="tertiary", help="How it is computed", key="formula"):
        st.write(
            "A plan is a product and how often it bills: its prices in several currencies and amounts count together. "
            "ARPU is MRR per customer."
        )
        st.caption(
            f"Customers who came and left are counted over the last {ROLLING_DAYS} days. The churn rate is the "
            f"share of those on the plan {ROLLING_DAYS} days ago who have left since; moving to another plan is "
            f"not churn. It is {NOT_AVAILABLE} where nobody was on the plan then."
        )


def _choose(at: Standing) -> tuple[Standing, Level]:
    filters.told_unknown("level", Level)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        chosen = st.segmented_control(
            "A row for each", list(Level), default=Level.PLAN, required=True, key="level", bind="query-params"
        )
        at = segment_picker.choose("plans", at)
    segment_picker.told("plans", at)
    return at, Level(chosen or Level.PLAN)


@lru_cache(maxsize=16)
def _table(key: Book, level: Level) -> Plans:
    """As reports.plans.table, kept while the account's data stays the same."""
    return report.table(key.account, level, key.segment)


def sentence(found: Plans) -> str:
    """What the table holds: how many rows, and how many of them with nobody on them."""
    held, empty, level = len(found.held), len(found.empty), found.level
    rows = f"1 {level} has" if held == 1 else f"{held} {level}s have"
    more = f" {empty} more at the end {'has' if empty == 1 else 'have'} nobody today." if empty else ""
    return f"{rows} customers today, the largest by MRR first.{more}"


def apart(found: Plans) -> str:
    """Why a row says that somebody left and has no churn rate above 0; empty where none does."""
    if not any(map(_apart, (found.total, *found.rows))):
        return ""
    return (
        f"{_APART} Left counts everyone who left in the last {ROLLING_DAYS} days, the churn rate only those who were "
        f"on the {found.level} {ROLLING_DAYS} days ago. Here, those who left had joined it since, or came back."
    )


_APART: Final = "*"


def _apart(row: Plan) -> bool:
    return bool(row.churned_customers) and row.churn_rate == 0


def html(found: Plans, money: Scale) -> str:
    """The table, all plans together first; money in the reader's locale."""
    lines = [_line(found.total, money, "pl-sum"), *(_line(row, money, "") for row in found.held)]
    lines += [_line(row, money, "pl-muted") for row in found.empty]
    return grid.table([found.level.capitalize(), *_HEADS.values()], lines, "Plans")


def _line(row: Plan, money: Scale, mark: str) -> Line:
    cells = [_scale(UNITS[name], money).text(getattr(row, name)) for name in _HEADS]
    cells[-1] += _APART if _apart(row) else ""
    return Line(row.label, cells, mark)


def _scale(unit: Unit, money: Scale) -> Scale:
    return Scale(unit, money.currency, money.locale)
