"""What makes a figure: the rows behind one period of a metric, their sum, and what Stripe shows of each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from html import escape
from typing import Any, Final

import streamlit as st

from lib.accounts.connections import Connected
from lib.charts import time_axis
from lib.charts.scale import Scale
from lib.errors import AppError
from lib.metrics.query import By, Query
from lib.metrics.registry import Total, Unit
from lib.metrics.segments import Segment
from lib.periods import Interval, period_start
from lib.reports import homes, proof
from lib.reports.door import Result
from lib.reports.proof import How, Proof
from lib.reports.stripe_links import link
from lib.web import back, browser, clicks, columns, downloads, drawn, links, words
from lib.web.figures import Book
from lib.web.filters import View
from lib.web.standing import Standing

_SPAN: Final = "The whole span"
_TALLEST: Final = 12


def show(at: Standing, result: Result, view: View, by: By | None) -> None:
    """The panel below a metric's table: choose a period (and a group), see the rows and that they add up."""
    st.container(key="proof-panel", height=1, border=False)
    st.subheader("What makes this figure", anchor=False)
    head = st.container(horizontal=True, gap="medium", vertical_alignment="bottom")
    with head:
        day = _period(at, result, view)
        group = _written(_group(result) if by is not None else None, result)
        st.space("stretch")
    query = result.query if day is not None else result.query.as_one()
    try:
        found = behind(at.book, result.metric.slug, query, day or query.start, group, result.segment, at.reader.locale)
    except AppError as error:
        st.error(error.message)
        return
    with head:
        file = downloads.csv_name(result.metric.slug, day or "span", "rows", segment=result.segment)
        columns.download("Rows as CSV", lambda: proof.as_csv(found, at.account.account), file, "proof-csv")
    above = found.value == result.total and group is None
    _opened(at, found, "the figure above" if above else "the figure of this period", "1")


@lru_cache(maxsize=16)
def behind(  # noqa: PLR0913, PLR0917 - all that a figure is asked by, and the key of what is kept
    key: Book, slug: str, query: Query, day: date, group: str | None, segment: Segment | None, locale: str
) -> Proof:
    """As reports.proof.behind."""
    return proof.behind(key.account, slug, query, day, group, segment=segment, locale=locale)


# --- Which figure -----------------------------------------------------------------------------------------------------


def _period(at: Standing, result: Result, view: View) -> date | None:
    """The first day of the chosen period; None is the whole span, which a level does not have."""
    days: list[date] = result.query.frame(at.book.today).sort("date")["date"].to_list()
    begun = [day for day in reversed(days) if day <= at.book.today]
    key = f"proof-period-{result.metric.slug}-{view.interval}-{view.start}"
    _take_over(key, begun, view.interval)
    whole: list[date | None] = [] if result.metric.total is Total.LAST else [None]
    options = [*whole, *begun]
    if not options:
        st.stop()
    chosen: date | None = st.selectbox(
        "Period",
        options,
        format_func=lambda day: _SPAN if day is None else called(day, view.interval, at.reader.locale),
        key=key,
        width=240,
    )
    if chosen is None or (chosen == options[0] and _PERIOD not in st.query_params):
        st.query_params.pop(_PERIOD, None)
    else:
        st.query_params[_PERIOD] = chosen.isoformat()
    return chosen


def clicked(event: Any, group: Callable[[int], str | None] = lambda _curve: None) -> None:  # noqa: ANN401 - as in clicks
    """Have the panel open the period of a point that was clicked just now, and the ``group`` of its series."""
    click = clicks.new(event, "proof")
    if click is None:
        return
    st.query_params[_PERIOD] = click.day.isoformat()
    st.session_state[_ASKED] = True
    if chosen := group(click.curve):
        st.query_params[_GROUP] = chosen
        st.session_state[_ASKED_GROUP] = True
    browser.scroll_to(_PANEL)


def arrived() -> None:
    """Bring the panel into view once for somebody who came by a click on another page's chart."""
    if st.session_state.pop(clicks.CAME, False):
        browser.scroll_to(_PANEL)


def looked() -> bool:
    """Whether somebody looks at what makes a figure: opened a period or group, marked a row, followed a link to one."""
    return any(name in st.query_params for name in (_PERIOD, _GROUP, _ROW))


def _take_over(key: str, begun: list[date], interval: Interval) -> None:
    """Choose the period that the address or a click names; of days within a period, that period."""
    asked = st.query_params.get(_PERIOD)
    if not asked or (key in st.session_state and not st.session_state.pop(_ASKED, False)):
        return
    try:
        first = period_start(date.fromisoformat(asked), interval)
    except ValueError:
        return
    found = next((day for day in begun if period_start(day, interval) == first), None)
    if found is not None:
        st.session_state[key] = found


_PERIOD: Final = "period"
"""The address's word for the period that is opened: ``?period=2026-10-01``."""
_GROUP: Final = "group"
"""The same for the group: ``?group=pro``."""
_ROW: Final = "row"
"""The same for the row that is marked: which table, and what tells the row apart."""
_ASKED, _ASKED_GROUP = "proof-asked", "proof-asked-group"
_PANEL: Final = "st-key-proof-panel"


def called(day: date, interval: Interval, locale: str) -> str:
    """A period by its first day: ``Mar 3, 2026``, ``Week of Mar 2, 2026``, ``March 2026``."""
    match interval:
        case Interval.DAY:
            return words.short_day(day, locale)
        case Interval.WEEK:
            return f"Week of {words.short_day(day, locale)}"
        case _:
            return time_axis.label(day, interval, locale)


def _group(result: Result) -> str | None:
    groups = _groups(result)
    if not groups:
        return None
    key = f"proof-group-{result.metric.slug}-{result.query.split}"
    asked = st.query_params.get(_GROUP)
    if asked in groups and (key not in st.session_state or st.session_state.pop(_ASKED_GROUP, False)):
        st.session_state[key] = asked
    chosen: str | None = st.selectbox(
        "Group", groups, format_func=lambda key: result.labels.get(key, key), key=key, width=240
    )
    return chosen


def _groups(result: Result) -> list[str]:
    groups: list[str] = sorted(result.frame["group"].unique().to_list(), key=lambda key: result.labels.get(key, key))
    return groups


def _written(group: str | None, result: Result) -> str | None:
    """The chosen group, written into the address unless it is the first, which is shown where none is named."""
    if group is None or group == _groups(result)[0]:
        st.query_params.pop(_GROUP, None)
    else:
        st.query_params[_GROUP] = group
    return group


# --- What is behind it ------------------------------------------------------------------------------------------------


def _opened(at: Standing, found: Proof, whose: str, place: str) -> None:
    """A sum as its rows; a ratio as its two parts, each opened in turn. ``whose``: what the rows come to, in words;
    ``place``: which part it is, as the address writes it: ``1.2``.
    """
    if not found.parts:
        _rows(at, found, whose, place)
        return
    st.html(f'<p class="pl-equation">{escape(equation(found, at))}</p>')
    titles = [words.plain(part.title) for part in found.parts]
    places = [f"{place}.{number}" for number in range(1, len(titles) + 1)]
    marked = st.query_params.get(_ROW, "").partition(":")[0] + "."
    first = next((title for title, each in zip(titles, places, strict=True) if marked.startswith(f"{each}.")), None)
    for each, tab, inner in zip(found.parts, st.tabs(titles, default=first), places, strict=True):
        with tab:
            _opened(at, each, "as in the line above", inner)


def equation(found: Proof, at: Standing) -> str:
    """A ratio as it is computed: ``$21,648.00 / 142 = $152.45``."""
    shown = _text(found, at)
    parts = [_text(part, at) for part in found.parts]
    return f"Mean of {', '.join(parts)} = {shown}" if found.how is How.MEAN else f"{' / '.join(parts)} = {shown}"


def _text(found: Proof, at: Standing) -> str:
    return Scale(found.unit, found.currency, at.reader.locale).text(found.value)


def _rows(at: Standing, found: Proof, whose: str, place: str) -> None:
    st.html(f'<p class="pl-muted">{escape(sentence(found, at, whose))}</p>')
    if found.frame.is_empty():
        return
    key = f"proof-{found.title}-{found.point.start}-{found.point.at}-{found.point.group}"
    rows = proof.ordered(found)
    marks = proof.marks(found)
    chosen = _table(at, found, key, _default(key, place, marks))
    _write_row(place, marks, chosen)
    if chosen is not None:
        _evidence(at, dict(rows.row(chosen, named=True)))
    elif "subscription" in rows.columns and rows["subscription"].null_count() < rows.height:
        st.caption(
            "Mark a row, by its box or with Shift and Space, to see what Stripe shows of it and to open its customer."
        )


def sentence(found: Proof, at: Standing, whose: str) -> str:
    """How the rows come to the figure: ``These 142 rows add up to $21,648.00, the figure above.``."""
    scale = Scale(found.unit, found.currency, at.reader.locale)
    count = found.frame.height
    if not count:
        return "There are no rows behind this figure."
    total = scale.text(found.total)
    many = "This row is" if count == 1 else f"These {words.scale_count(count, scale)} rows add up to"
    if found.unit is not Unit.MONEY and count == found.total:
        many = "This row counts as" if count == 1 else f"These {words.scale_count(count, scale)} rows count as"
    said = f"{many} {total}, {whose}."
    if not found.holds:
        said = f"{many} {total}, but the figure says {scale.text(found.value)}: please report this."
    if count > proof.MOST:
        said += f" The {words.scale_count(proof.MOST, scale)} largest are shown; the CSV has all."
    return said


def _default(key: str, place: str, marks: list[str]) -> int | None:
    """The number of the row that the address marks; the same for as long as the table stands."""
    known = st.session_state.setdefault(_DEFAULTS, {})
    if key not in known or key not in st.session_state:
        asked = st.query_params.get(_ROW, "").removeprefix(f"{place}:")
        known[key] = marks.index(asked) if asked in marks else None
    found: int | None = known[key]
    return found


def _write_row(place: str, marks: list[str], chosen: int | None) -> None:
    """The marked row into the address; what stands there of this table's is taken out when no row is marked."""
    if chosen is not None and chosen < len(marks):
        st.query_params[_ROW] = f"{place}:{marks[chosen]}"
    elif st.query_params.get(_ROW, "").startswith(f"{place}:"):
        del st.query_params[_ROW]


_DEFAULTS: Final = "proof-default-rows"


def _table(at: Standing, found: Proof, key: str, default: int | None) -> int | None:
    """The rows, of which ``default`` is marked at first; the number of the one that is marked."""
    frame = proof.table(found, at.account.account, livemode=at.account.livemode, locale=at.reader.locale)
    frame = frame[[each.name for each in frame if each.name == "name" or not _blank(each)]]
    counted = found.unit is not Unit.MONEY
    selected = st.dataframe(
        frame,
        hide_index=True,
        height=min(_TALLEST, frame.height + 1) * columns.ROW + 2,
        column_config={
            "name": st.column_config.ButtonColumn(
                "Customer", type="tertiary", alignment="left", pinned=True, width=200, key=f"{key}-open"
            ),
            columns.WHOSE: columns.whose(),
            "plan": st.column_config.TextColumn("Plan", width=200),
            "type": "Type",
            "date": columns.day("Day"),
            "amount": st.column_config.TextColumn("Amount", help="In the currency that the customer pays"),
            "value": st.column_config.NumberColumn("Counts as", format="localized")
            if counted
            else columns.money("Counts as", found.currency, "What the row adds to the figure"),
            "stripe": columns.stripe(at.account.account),
        },
        placeholder="",
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [] if default is None else [default]}},
    )
    customer = drawn.clicked(f"{key}-open", proof.ordered(found)["customer"].to_list())
    if customer:
        back.leave("metric")
        links.go_customer(customer, at.account.account)
    marked = selected.selection.rows
    return marked[0] if marked else None


def _blank(column: Any) -> bool:  # noqa: ANN401 - polars lives in other rooms
    """Whether a column says nothing in any row."""
    return set(column.unique()) <= {None, ""}


def _in_stripe(account: Connected, object_id: str, home: str | None) -> str:
    """The way to an object at Stripe as HTML, where there is one; ``home`` as in link."""
    address = link(account.account, object_id, livemode=account.livemode, home=home)
    return f'<a href="{escape(address)}" target="_blank" rel="noreferrer">In Stripe</a>' if address else ""


def _evidence(at: Standing, row: dict[str, Any]) -> None:
    """What Stripe shows of one row, each object with the way to it."""
    if not row["subscription"]:
        return
    account = at.account
    home = homes.name(account.account, row["customer"] or "")
    lines = "".join(
        f'<li><span class="pl-grow">{escape(each.sentence)}</span>{_in_stripe(account, each.object, home)}</li>'
        for each in proof.objects(account.account, row, at.reader.locale)
    )
    if row["customer"]:
        back.leave("metric")
        links.customer("Open this customer", row["customer"], account.account)
    st.html(f'<ul class="pl-list">{lines}</ul>')
