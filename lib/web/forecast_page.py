"""The page of forecasts: where MRR may go and how wrong that has been, levers to pull, and the cash of renewals."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from html import escape
from typing import Final

import streamlit as st

from lib.billing.plans import Feature
from lib.charts import forecast as chart
from lib.charts.scale import Scale
from lib.charts.shape import Curve
from lib.errors import HistoryTooShort, NothingToForecast
from lib.metrics.forecast_levers import Levers, Pace
from lib.periods import Interval
from lib.reports import forecast as report
from lib.reports.forecast import Cash, Outlook, Shape
from lib.web import columns, locked, one_time, words
from lib.web import forecast_words as said
from lib.web.figures import Book
from lib.web.overview import PLOT
from lib.web.standing import Standing, stand

WAIT: Final = "Making the forecast, and every past one again to see how wrong it was. A few seconds, once a month."
_USUAL_CHURN: Final = 20.0
"""Percent: where the lever of churn ends, unless churn is higher than half of it."""


@dataclass(frozen=True, slots=True)
class Lever:
    """One lever: its name in the address, its label, where it goes from and to and rests, all in percent."""

    key: str
    label: str
    low: float
    high: float
    step: float
    rest: float
    help: str


def show() -> None:
    """The whole page."""
    at = stand("Forecast", _explain)
    one_time.instead(at)
    if not at.book.allowed.forecasts:
        _locked(at)
        return
    money = at.reader.money(at.book.currency)
    notes: tuple[str, ...] = ()
    try:
        with st.spinner(WAIT):
            found = outlook(at.book)
    except (HistoryTooShort, NothingToForecast) as error:
        st.info(error.message)
    else:
        _mrr(at, found, money)
        notes = found.notes
    renewing = cash(at.book)
    _cash(at, renewing, money)
    for note in at.unsaid((*notes, *renewing.notes)):
        st.caption(words.plain(note))


def _locked(at: Standing) -> None:
    """What it would look like: the account's own forecast, as a curve without figures."""
    locked.feature(
        at.user,
        Feature.FORECASTS,
        "See where MRR may go in the next twelve months and how wrong such forecasts have been here, pull levers of "
        "churn, growth and price, and see the cash that renewals will bring.",
    )
    try:
        with st.spinner(WAIT):
            found = preview(at.book)
    except (HistoryTooShort, NothingToForecast) as error:
        st.info(error.message)
        return
    curve = Curve(found.history, found.ahead, found.low, found.high)
    locked.shape(curve, _SHAPE, key="forecast", height=320)


_SHAPE: Final = "The shape of your own MRR and of its forecast, dotted, without figures."


@lru_cache(maxsize=16)
def preview(key: Book) -> Shape:
    """As reports.forecast.preview, kept while the account's data stays the same."""
    return report.preview(key.account)


@lru_cache(maxsize=16)
def outlook(key: Book) -> Outlook:
    """As reports.forecast.outlook, kept while the account's data stays the same."""
    return report.outlook(key.account)


@lru_cache(maxsize=16)
def cash(key: Book) -> Cash:
    """As reports.forecast.cash, kept likewise."""
    return report.cash(key.account)


def _explain() -> None:
    with st.popover("", icon=":material/info:", type="tertiary", help="How it is computed", key="formula"):
        st.write(
            "**Forecast**: MRR grows by about the same amount each month, and part of each month's surprise stays "
            "(an ARIMA(0, 1, 1) with drift, fitted to the MRR at the end of every full month). **Ranges** are as wide "
            "as this account's own past misses ask for: in an 80% range, 8 of 10 past misses would have fit."
        )
        st.write(
            "**What if** is not a forecast: it rolls the new MRR, churn (with downgrades) and upgrades of the last "
            "three full months forward, with what the levers change. **Yardstick**: the last MRR and, for each month, "
            "the mean change of those three months; it shows what a model is worth, and is the forecast itself while "
            "there are too few months for one. The CSV has it as plain_mean."
        )
        st.caption(
            "**Cash** is what running subscriptions are due to be charged, at today's exchange rates; after churn, "
            "it shrinks by the customer churn rate every 30 days."
        )


# --- MRR --------------------------------------------------------------------------------------------------------------


def _mrr(at: Standing, found: Outlook, money: Scale) -> None:
    figure, sentence = said.headline(found, money)
    st.html(f'<div class="pl-total"><b>{escape(figure)}</b><span class="pl-muted">{escape(sentence)}</span></div>')
    place = st.container()
    levers = _levers(found, money)
    scenario = None if levers.rest else found.scenario(levers)
    with place:
        _chart(at, found, money, scenario)
    _record(found, money)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Figures", anchor=False)
        columns.download(
            "Download CSV", lambda: report.months_csv(found, levers), f"forecast-{at.book.today}.csv", "months-csv"
        )
    with st.expander("Month by month"):
        st.html(said.months_table(found, scenario, money))


def _chart(at: Standing, found: Outlook, money: Scale, scenario: list[int] | None) -> None:
    st.plotly_chart(
        chart.forecast(found.history, found.months, at.reader.style(money, Interval.MONTH, height=360), scenario),
        theme=None,
        config=PLOT,
        alt=chart.alt(found.history, found.months, money, scenario),
        key="chart",
    )


def _record(found: Outlook, money: Scale) -> None:
    st.subheader("How wrong it has been", anchor=False)
    if not found.modelled:
        st.markdown(said.few_months(found))
        return
    st.markdown(words.plain(said.judged(found, money)))
    if warning := said.narrow(found):
        st.markdown(words.plain(warning))
    if not found.projection.scores.is_empty():
        st.html(said.track_record(found, money))


# --- What if ----------------------------------------------------------------------------------------------------------


def _levers(found: Outlook, money: Scale) -> Levers:
    st.subheader("What if", anchor=False)
    if found.pace is None:
        st.caption("There was no MRR three months ago, so there is no pace to change yet.")
        return Levers()
    levers = resting(found.pace)
    for sentence in _mended(levers, money.locale):
        st.warning(sentence)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom", key="levers"):
        chosen = {lever.key: _slider(lever) for lever in levers}
        st.button("Reset", icon=":material/restart_alt:", on_click=_reset, args=(levers,), disabled=not _moved(levers))
    pulled = pulled_by(levers, chosen)
    st.markdown(words.plain(said.what_if(found, pulled, money)))
    return pulled


def resting(pace: Pace) -> tuple[Lever, ...]:
    """The levers at today's rates."""
    churn = round(float(pace.churn) * 100, 1)
    most = max(_USUAL_CHURN, 2 * churn)
    return (
        Lever("churn", "Churn a month", 0.0, most, 0.1, churn, "MRR lost to leaving and downgrades, of what there was"),
        Lever("growth", "Growth of new MRR", -10.0, 10.0, 0.5, 0.0, "By how much new MRR changes from month to month"),
        Lever("price", "Price change", -50.0, 50.0, 1.0, 0.0, "Of all customers and all new ones, from next month on"),
    )


def pulled_by(levers: tuple[Lever, ...], chosen: dict[str, float]) -> Levers:
    """What was chosen (percent) as changes, exact: a lever at rest changes nothing, whatever was rounded to show it."""
    changes = {each.key: (_exact(chosen[each.key]) - _exact(each.rest)) / 100 for each in levers}
    return Levers(**changes)


def _exact(percent: float) -> Fraction:
    """The decimal that a lever shows."""
    return Fraction(str(round(percent, 1)))


def _slider(lever: Lever) -> float:
    return st.slider(
        f"{lever.label}, in percent",
        lever.low,
        lever.high,
        lever.rest,
        lever.step,
        format="localized",
        key=lever.key,
        bind="query-params",
        help=lever.help,
        width=280,
    )


def _moved(levers: tuple[Lever, ...]) -> bool:
    return any(round(st.session_state[each.key], 1) != each.rest for each in levers)


def _reset(levers: tuple[Lever, ...]) -> None:
    for each in levers:
        st.session_state[each.key] = each.rest


def _mended(levers: tuple[Lever, ...], locale: str) -> list[str]:
    """Sentences on what the address asked for and no lever can do: the sliders would drop it without a word."""
    sentences = []
    for each in levers:
        asked = st.query_params.get(each.key)
        if asked is None or _within(asked, each):
            continue
        sentences.append(said.bad_lever(each.label.lower(), asked, each.low, each.high, locale))
        del st.query_params[each.key]
    return sentences


def _within(asked: str, lever: Lever) -> bool:
    try:
        return lever.low <= float(asked) <= lever.high
    except ValueError:
        return False


# --- Cash -------------------------------------------------------------------------------------------------------------


def _cash(at: Standing, found: Cash, money: Scale) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Cash from renewals", anchor=False)
        columns.download(
            "Download CSV", lambda: report.cash_csv(found), f"cash-from-renewals-{at.book.today}.csv", "cash-csv"
        )
    if not any(found.frame["certain"]) and not any(found.frame["trials"].fill_null(0)):
        st.caption("No running subscription is due to be charged in the next twelve months.")
        return
    st.markdown(words.plain(said.cash_sentence(found, money)))
    st.html(said.cash_table(found, money))
    st.caption(said.LEFT_OUT)
