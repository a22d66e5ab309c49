"""Old and new figures side by side: a table, MRR of a year as two lines, and the customers that change most."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from html import escape

import streamlit as st

from lib.charts import alt, series
from lib.charts.scale import NOT_AVAILABLE
from lib.metrics import catalog
from lib.metrics.registry import Unit
from lib.periods import Interval
from lib.reports.rules import Comparison, Figure, Mover
from lib.web.overview import PLOT
from lib.web.reader import Reader


def draw(found: Comparison, reader: Reader) -> None:
    """The whole comparison."""
    if found.old.currency != found.new.currency:
        old, new = found.old.currency.upper(), found.new.currency.upper()
        st.caption(f"Old amounts are in {old}, new ones in {new}: their difference is {NOT_AVAILABLE}.")
    st.html(_table("Today", ("", "Old", "New", "Difference"), (_row(each, found, reader) for each in found.figures)))
    _chart(found, reader)
    st.subheader("Customers", anchor=False)
    st.write(changed(found.changed, len(found.largest)))
    if found.largest:
        rows = (_customer(each, found, reader) for each in found.largest)
        st.html(_table("MRR today", ("Customer", "Old", "New"), rows))


def changed(count: int, listed: int) -> str:
    """How many customers change, in a sentence."""
    if not count:
        return "Today's MRR changes for no customer."
    if count == 1:
        return "Today's MRR changes for 1 customer."
    most = f" These are the {listed} with the largest changes." if count > listed else ""
    return f"Today's MRR changes for {count:,} customers.{most}"


def _row(figure: Figure, found: Comparison, reader: Reader) -> tuple[str, ...]:
    old, new = (reader.scale(figure.metric, each.currency) for each in (found.old, found.new))
    return figure.metric.name, old.text(figure.old), new.text(figure.new), difference(figure, found, reader)


def difference(figure: Figure, found: Comparison, reader: Reader) -> str:
    """New less old with its mark; ``same``, or ``n/a`` where there is nothing to compare."""
    if figure.difference is None:
        return "same" if figure.old is None and figure.new is None else NOT_AVAILABLE
    if not figure.difference:
        return "same"
    if figure.metric.unit is Unit.PERCENT:
        return points(figure)
    scale = reader.scale(figure.metric, found.new.currency)
    return f"{'+' if figure.difference > 0 else '−'}{scale.text(abs(figure.difference))}"


def points(figure: Figure) -> str:
    """The difference of two percentages as they are shown, to a tenth of a point: 3.7% and 3.4% differ by 0.3 pt."""
    old, new = (_shown(each or 0.0) for each in (figure.old, figure.new))
    if old == new:
        return "under 0.1 pt"
    return f"{'+' if new > old else '−'}{abs(new - old)} pt"


def _shown(fraction: float) -> Decimal:
    """The percentage as lib.charts.scale writes it, to a tenth."""
    return (Decimal(repr(round(fraction, 4))) * 100).quantize(Decimal("0.1"), ROUND_HALF_EVEN)


def _customer(mover: Mover, found: Comparison, reader: Reader) -> tuple[str, ...]:
    old, new = reader.money(found.old.currency), reader.money(found.new.currency)
    return mover.name, old.text(mover.old), new.text(mover.new)


def _table(caption: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return (
        f'<div class="pl-scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table class="pl-grid">'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _chart(found: Comparison, reader: Reader) -> None:
    """MRR by the new rules as the line, by the old ones dashed."""
    if found.old.currency != found.new.currency:
        return
    st.subheader("MRR, 12 months", anchor=False)
    scale = reader.scale(catalog.find("mrr"), found.new.currency)
    new = found.months.select("date", "unfinished", value="new")
    old = found.months.select("date", "unfinished", value="old")
    st.plotly_chart(
        series.series(new, reader.style(scale, Interval.MONTH, "line", 260), old),
        theme=None,
        config=PLOT,
        alt=alt.series("MRR by the new rules", new, scale, Interval.MONTH),
        key="rules-chart",
    )
    st.caption("At the end of each month, and today. The line is by the new rules, the dashed one by the old.")
