"""The products as a bar list: a table, so that it reads well without eyes too."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from lib.charts.scale import Scale
from lib.reports.activity import PlanRow
from lib.web import words

_SHOWN = 8


def table(rows: Sequence[PlanRow], scale: Scale) -> str:
    """Products largest first, each with a bar of its MRR, as HTML; the small ones summed up in a last row."""
    if not rows:
        return '<p class="pl-muted">No product has paying customers today.</p>'
    shown = list(rows) if len(rows) <= _SHOWN else [*rows[: _SHOWN - 1], _others(rows[_SHOWN - 1 :])]
    largest = max(row.mrr for row in shown) or 1
    total = sum(row.mrr for row in rows) or 1
    body = "".join(_row(row, largest, total, scale) for row in shown)
    head = (
        "<tr>" + "".join(f'<th scope="col">{name}</th>' for name in ("Product", "MRR", "Share", "Customers")) + "</tr>"
    )
    return f'<table class="pl-plans"><thead>{head}</thead><tbody>{body}</tbody></table>'


def _row(row: PlanRow, largest: int, total: int, scale: Scale) -> str:
    bar = f'<div class="pl-bar" style="width:{100 * row.mrr / largest:.1f}%"></div>'
    facts = (scale.card(row.mrr), scale.percent(row.mrr / total), words.scale_count(row.customers, scale))
    return f"<tr><td>{escape(row.plan)}{bar}</td>{''.join(f'<td>{escape(fact)}</td>' for fact in facts)}</tr>"


def _others(rows: Sequence[PlanRow]) -> PlanRow:
    """The rest in one row. A customer on two of these products counts once for each."""
    return PlanRow(f"{len(rows)} other products", sum(r.mrr for r in rows), sum(r.customers for r in rows))
