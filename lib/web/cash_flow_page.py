"""Cash flow: money in, money out, what went to the bank and what is left with Stripe."""

from __future__ import annotations

from typing import Final

import streamlit as st

from lib.charts import alt, kinds, movements, series, table
from lib.charts.scale import Scale
from lib.periods import Interval
from lib.reports import cash_flow as report
from lib.reports.cash_flow import CashFlow
from lib.web import columns, downloads, drawings, facts, figures, filters, words
from lib.web.facts import Fact
from lib.web.filters import View
from lib.web.overview import PLOT
from lib.web.standing import Standing, stand

_ROW, _TALLEST = 36, 14
_OVER_TIME, _IN_TOTAL = "Over time", "In total"
_NAMES: Final = {
    "charge": ("Charges", "Succeeded charges: the metric Gross revenue"),
    "other": ("Other", "Whatever else moved the balance: top-ups, adjustments, transfers"),
    "refund": ("Refunds", "Given back to customers"),
    "dispute": ("Disputes", "Taken by disputes, less what came back"),
    "fee": ("Fees", "Kept by Stripe"),
    "net": ("Net activity", "The sum of these"),
    "payout": ("Payouts", "Sent to the bank, less what came back"),
    "balance": ("Balance", "With Stripe at the end of the period, pending amounts included"),
}


def show() -> None:
    """The whole page."""
    at = stand("Cash flow", _explain)
    at, view = filters.flows("cash-flow", at)
    found = figures.cash(at.book, view.query())
    scale = at.reader.money(found.base)
    facts.show(_facts(found, scale, at))
    _activity(at, view, found, scale)
    _balance(at, view, found, scale)
    _periods(at, view, found)
    _payouts(at, view, found)


def _explain() -> None:
    with st.popover("", icon=":material/info:", type="tertiary", help="How it is computed", key="formula"):
        st.write(
            "Everything here is read from Stripe's balance transactions, each on its own day. **Net activity** is "
            "charges less refunds, disputes and fees; it and the payouts take the balance from one level to the next, "
            "to the cent. Amounts in other currencies count at the rate of their day."
        )


def _facts(found: CashFlow, scale: Scale, at: Standing) -> list[Fact]:
    sums = found.sums
    coming = report.by_currency(found.on_the_way)
    way = ", ".join(at.reader.money(code).text(amount) for code, amount in coming)
    return [
        Fact("Charges", scale.text(sums["charge"])),
        Fact("Refunds and disputes", scale.text(sums["refund"] + sums["dispute"])),
        Fact("Fees", scale.text(sums["fee"])),
        Fact("Net activity", scale.text(sums["net"])),
        Fact("Paid out", scale.text(-sums["payout"]), f"{way} on its way" if way else ""),
        Fact("Balance at the end", scale.text(found.after), _held(found, at)),
    ]


def _held(found: CashFlow, at: Standing) -> str:
    """What the balance is made of, where it holds several currencies."""
    if len(found.held) < 2:  # noqa: PLR2004 - one currency needs no list
        return ""
    return "today " + " + ".join(at.reader.money(code).text(micros) for code, micros in found.held.items())


def _activity(at: Standing, view: View, found: CashFlow, scale: Scale) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Activity", anchor=False)
        shape = st.segmented_control(
            "Activity as",
            [_OVER_TIME, _IN_TOTAL],
            default=_OVER_TIME,
            required=True,
            key="activity",
            bind="query-params",
            label_visibility="collapsed",
        )
    if report.stacked(found).is_empty():
        st.caption("No money moved in this span.")
        return
    style = at.reader.style(scale, view.interval, "bar", height=300, end=view.end)
    st.plotly_chart(
        drawings.cash(at.book, view.query(), style)
        if shape == _OVER_TIME
        else movements.waterfall(
            found.before, found.sums, found.after, style, _ends(at, view), (*kinds.CASH, kinds.PAYOUT)
        ),
        theme=None,
        config=PLOT,
        alt=summary(found, scale),
        key=f"activity-{shape}",
    )


def _ends(at: Standing, view: View) -> tuple[str, str]:
    start, end = (words.short_day(day, at.reader.locale) for day in (view.start, view.end))
    return f"Balance before {start}", f"Balance on {end}"


def summary(found: CashFlow, scale: Scale) -> str:
    """The span for those who hear it: how the balance went from its start to its end."""
    sums = found.sums
    moved = ", ".join(f"{_NAMES[kind][0].lower()} {scale.text(sums[kind])}" for kind in report.ACTIVITY if sums[kind])
    return (
        f"The balance went from {scale.text(found.before)} to {scale.text(found.after)}: {moved or 'no activity'}, "
        f"payouts {scale.text(sums['payout'])}."
    )


def _balance(at: Standing, view: View, found: CashFlow, scale: Scale) -> None:
    st.subheader("Balance with Stripe", anchor=False)
    frame = report.levels(found)
    st.plotly_chart(
        series.series(frame, at.reader.style(scale, view.interval, "area", 240, view.end)),
        theme=None,
        config=PLOT,
        alt=alt.series("The balance with Stripe", frame, scale, view.interval),
        key="balance",
    )


def _periods(at: Standing, view: View, found: CashFlow) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(f"By {view.interval}", anchor=False)
        name = downloads.csv_name("cash-flow", view.start, view.end, view.interval, segment=None)
        columns.download("Download CSV", lambda: report.flow_csv(found), name, "flow-csv")
    shown = table.noted(report.table(found), view.end, view.interval, at.reader.locale)
    st.dataframe(
        shown,
        hide_index=True,
        height="content" if shown.height < _TALLEST else _TALLEST * _ROW,
        column_config={
            "date": columns.month("Month") if view.interval is Interval.MONTH else columns.day(_PERIOD[view.interval]),
            **{name: columns.money(head, found.base, help_) for name, (head, help_) in _NAMES.items()},
            table.NOTE: st.column_config.TextColumn(width="small"),
        },
        key="flow",
    )


_PERIOD: Final = {Interval.DAY: "Day", Interval.WEEK: "Week of"}


def _payouts(at: Standing, view: View, found: CashFlow) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Payouts to the bank", anchor=False)
        if report.has_payouts(found):
            name = downloads.csv_name("payouts", view.start, view.end, segment=None)
            columns.download("Download CSV", lambda: report.payouts_csv(found), name, "payouts-csv")
    if not report.has_payouts(found):
        st.caption("Nothing was paid out in this span.")
        return
    shown = report.payouts_table(found, at.account.account, livemode=at.account.livemode, locale=at.reader.locale)
    st.dataframe(
        shown,
        hide_index=True,
        height="content" if shown.height < _TALLEST else _TALLEST * _ROW,
        column_config={
            columns.WHOSE: columns.whose(),
            "created": columns.day("Sent"),
            "arrival": columns.day("Arrives", "The day Stripe expects it to reach the bank"),
            "amount": st.column_config.TextColumn("Amount", alignment="right"),
            "status": st.column_config.TextColumn("State", width=240),
            "stripe": columns.stripe(at.account.account),
        },
        key="payouts",
    )
