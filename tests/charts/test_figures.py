"""What the figures show: each frame stands in its test."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from lib.charts import alt, breakdown, movements, series, table, theme, time_axis
from lib.charts.marks import Marks
from lib.charts.scale import Scale
from lib.charts.sparkline import sparkline
from lib.charts.style import Style
from lib.charts.theme import DARK, LIGHT
from lib.metrics.registry import Unit
from lib.periods import Interval

MICRO = 1_000_000
DOLLAR = 100 * MICRO
USD = Scale(Unit.MONEY, "usd")
MONTHS = [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]


def frame(values: list[int | None], *, unfinished_last: bool = False) -> pl.DataFrame:
    count = len(values)
    return pl.DataFrame(
        {
            "date": MONTHS[:count],
            "value": [None if v is None else v * DOLLAR for v in values],
            "unfinished": [unfinished_last and i == count - 1 for i in range(count)],
        },
        schema_overrides={"date": pl.Date, "value": pl.Int64, "unfinished": pl.Boolean},
    )


def style(kind: str = "line", colours: theme.Palette = LIGHT) -> Style:
    return Style(USD, colours, Interval.MONTH, kind)


# --- One series -------------------------------------------------------------------------------------------------------


def test_an_unfinished_period_is_dotted_and_says_so() -> None:
    figure = series.series(frame([10, 12, 5], unfinished_last=True), style())
    solid, dotted = figure.data
    assert list(solid.y) == [10, 12]
    assert dotted.line.dash == "dot"
    assert list(dotted.y) == [12, 5]
    assert "so far" in dotted.customdata[-1]
    assert "so far" in figure.layout.annotations[0].text


def test_an_unfinished_bar_is_hatched_and_says_so() -> None:
    figure = series.series(frame([10, 12, 5], unfinished_last=True), style("bar"))
    assert list(figure.data[0].marker.pattern.shape) == ["", "", "/"]
    assert [a.text for a in figure.layout.annotations] == ["so far"]


def test_the_comparison_is_dashed_muted_and_laid_over_the_same_days() -> None:
    before = frame([1, 2, 3]).with_columns(pl.col("date").dt.offset_by("-3mo"))
    figure = series.series(frame([10, 12, 14]), style(), before)
    own, dashed = figure.data
    assert (dashed.line.dash, dashed.line.color) == ("dash", LIGHT.muted)
    assert list(dashed.x) == MONTHS
    assert own.customdata[0].endswith("<br>before: $1.00 (October 2025)")


@pytest.mark.parametrize("kind", ["area", "line", "bar"])
def test_only_a_periods_own_point_answers_a_click(kind: str) -> None:
    """Plotly selects no point of a bare line, and what it meets first under the pointer is what it selects."""
    before = frame([1, 2, 3]).with_columns(pl.col("date").dt.offset_by("-3mo"))
    figure = series.series(frame([10, 12, 14], unfinished_last=True), style(kind), before, Marks(goal=9, trend=True))
    speaking = [each for each in figure.data if each.hoverinfo != "skip"]
    assert [each.name for each in figure.data if each not in speaking][:1] == ["before"]
    assert all(each.type == "bar" or each.mode == "lines+markers" for each in speaking)
    assert {str(day)[:10] for each in speaking for day in each.x} == {str(day) for day in MONTHS}
    assert figure.layout.hovermode == "x unified"


def test_hover_shows_the_date_the_exact_value_and_the_change() -> None:
    figure = series.series(frame([10, 12, None]), style())
    assert list(figure.data[0].customdata) == [
        "January 2026<br><b>$10.00</b>",
        "February 2026<br><b>$12.00</b>  ▲ 20.0%",
        "March 2026<br><b>n/a</b>",
    ]


def test_missing_is_a_gap_and_zero_is_drawn() -> None:
    figure = series.series(frame([0, None, 3]), style())
    assert list(figure.data[0].y) == [0, None, 3]
    assert not figure.data[0].connectgaps


@pytest.mark.parametrize("kind", ["area", "bar"])
def test_areas_and_bars_start_at_zero(kind: str) -> None:
    assert series.series(frame([90, 95, 100]), style(kind)).layout.yaxis.range[0] == 0


def test_a_line_may_start_where_its_values_are() -> None:
    assert series.series(frame([90, 95, 100]), style("line")).layout.yaxis.range[0] > 0


def test_an_empty_frame_is_an_empty_figure() -> None:
    assert series.series(frame([]), style("area")).layout.height == 280


def test_dark_figures_use_the_dark_palette() -> None:
    figure = series.series(frame([1, 2, 3]), style("bar", DARK))
    assert figure.data[0].marker.color == DARK.primary


# --- Breakdown --------------------------------------------------------------------------------------------------------


def groups(values: dict[str, list[int | None]]) -> pl.DataFrame:
    parts = [frame(v).with_columns(group=pl.lit(g)) for g, v in values.items()]
    return pl.concat(parts).sort("date", "group")


SEVEN = {f"p{i}": [i, i, i] for i in range(1, 8)}


def test_small_groups_fold_into_other_and_nothing_is_lost() -> None:
    folded, hidden = breakdown.fold(groups(SEVEN), additive=True)
    assert hidden == 3
    assert folded["group"].unique(maintain_order=True).to_list() == ["p7", "p6", "p5", "p4", "Other"]
    assert folded["value"].sum() == groups(SEVEN)["value"].sum()


def test_ratios_are_left_out_and_counted_never_added() -> None:
    folded, hidden = breakdown.fold(groups(SEVEN), additive=False)
    assert hidden == 2
    assert folded["group"].unique(maintain_order=True).to_list() == ["p7", "p6", "p5", "p4", "p3"]


@pytest.mark.parametrize(
    ("expected", "summed"), [({"b": 7, "a": 5, "c": 4, "d": None}, True), ({"c": 4, "a": 2, "b": 1, "d": None}, False)]
)
def test_each_group_comes_to_its_sum_or_its_newest_value_the_largest_first(
    expected: dict[str, int | None], summed: bool
) -> None:
    found = groups({"a": [1, 2, 2], "b": [3, 3, 1], "c": [0, 4, None], "d": [None, None, None]})
    each = breakdown.totals(found, summed=summed)
    told = [(group, value and value / 10**8) for group, value in each.select("group", "value").iter_rows()]
    assert told == list(expected.items())


def test_five_groups_stay_as_they_are() -> None:
    five = {g: v for g, v in SEVEN.items() if g < "p6"}
    assert breakdown.fold(groups(five), additive=True)[1] == 0


def test_lines_carry_their_names_at_their_ends_apart_from_each_other() -> None:
    figure = breakdown.breakdown(groups({"a": [1, 2, 10], "b": [1, 2, 10]}), style(), {"a": "Pro", "b": "Basic"})
    assert [a.text for a in figure.layout.annotations] == ["Pro", "Basic"]
    assert figure.layout.annotations[0].y != figure.layout.annotations[1].y


def test_stacked_bars_have_room_for_their_sum() -> None:
    figure = breakdown.breakdown(groups({"a": [10, 20, 30], "b": [1, 2, 3]}), style("bar"))
    assert figure.layout.barmode == "relative"
    assert figure.layout.yaxis.range[1] >= 33


def test_stacked_areas_lie_on_each_other_and_have_room_for_their_sum() -> None:
    figure = breakdown.breakdown(groups({"a": [10, 20, 30], "b": [1, 2, 3]}), style("area"))
    bands, middles = figure.data[:2], figure.data[2:]
    assert [each.stackgroup for each in bands] == ["all", "all"]
    assert [each.hoverinfo for each in bands] == ["skip", "skip"]
    assert [list(each.y) for each in middles] == [[5, 10, 15], [10.5, 21, 31.5]]
    assert figure.layout.yaxis.range[1] >= 33
    assert [each.stackgroup for each in breakdown.breakdown(groups({"a": [1, 2, 3]}), style()).data] == [None]


@pytest.mark.parametrize("kind", ["line", "bar", "area"])
def test_what_answers_a_click_on_a_split_names_its_group(kind: str) -> None:
    split = groups({"a": [10, 20, 30], "b": [1, 2, 3], breakdown.OTHER: [1, 1, 1]})
    figure = breakdown.breakdown(split, style(kind), {"a": "Anna"})
    assert figure.layout.hovermode == "closest"
    for each in figure.data:
        if each.hoverinfo != "skip":
            assert each.type == "bar" or "markers" in each.mode
    assert [breakdown.clicked(split, number) for number in range(6)] == [None, "a", "b"] * 2
    assert figure.data[-1].customdata[0].startswith("January 2026<br>")


def test_labels_keep_their_order_when_pushed_apart() -> None:
    assert breakdown.spread({"low": 1.0, "high": 1.5}, 1.0) == {"low": 1.0, "high": 2.0}


# --- Movements --------------------------------------------------------------------------------------------------------

MOVES = pl.DataFrame(
    [
        (MONTHS[0], "new", 90 * DOLLAR, False),
        (MONTHS[0], "churn", -20 * DOLLAR, False),
        (MONTHS[1], "reactivation", 15 * DOLLAR, True),
        (MONTHS[1], "fx", -1 * DOLLAR, True),
    ],
    schema={"date": pl.Date, "type": pl.String, "value": pl.Int64, "unfinished": pl.Boolean},
    orient="row",
)


def test_movements_stack_about_zero_with_the_net_as_a_line() -> None:
    figure = movements.stack(MOVES, style())
    bars = {t.name: list(t.y) for t in figure.data[:-1]}
    assert bars == {"New": [90, 0], "Reactivation": [0, 15], "Churn": [-20, 0], "Exchange rates": [0, -1]}
    assert list(figure.data[-1].y) == [70, 14]
    low, high = figure.layout.yaxis.range
    assert low <= -20
    assert high >= 90


def test_every_bar_of_a_stack_tells_all_and_the_net_lets_clicks_through() -> None:
    figure = movements.stack(MOVES, style())
    assert (figure.data[-1].name, figure.data[-1].hoverinfo, figure.layout.hovermode) == ("Net", "skip", "closest")
    churn = next(each for each in figure.data if each.name == "Churn")
    said = ["January 2026", "Net: $70.00", "New: $90.00", "<b>Churn: \N{MINUS SIGN}$20.00</b>"]
    assert churn.customdata[0].split("<br>") == said


def test_each_movement_has_its_colour_and_its_second_mark() -> None:
    traces = {t.name: t for t in movements.stack(MOVES, style()).data}
    assert (traces["Churn"].marker.color, traces["Churn"].marker.pattern.shape) == (LIGHT.churn, "/")
    assert (traces["Reactivation"].marker.color, traces["Reactivation"].marker.pattern.shape) == (
        LIGHT.reactivation,
        ".",
    )
    assert traces["New"].marker.pattern.shape == ""
    assert traces["Exchange rates"].width < 31 * 86_400_000 / 2


def test_a_waterfall_hangs_each_bar_where_the_one_before_ended() -> None:
    sums = {"new": 90 * DOLLAR, "churn": -20 * DOLLAR}
    bar = movements.waterfall(100 * DOLLAR, sums, 170 * DOLLAR, style(), ("before", "after")).data[0]
    assert list(bar.y) == ["before", "New", "Churn", "after"]
    assert list(bar.base) == [0, 100, 170, 0]
    assert list(bar.x) == [100, 90, 20, 170]
    assert list(bar.text) == ["$100", "+$90.00", "−$20.00", "$170"]


# --- Small parts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [[], [1.0], [None, None], [None, 1.0]])
def test_a_sparkline_needs_two_values(values: list[float | None]) -> None:
    assert sparkline(values) == ""


def test_a_sparkline_is_decoration_and_stays_in_its_box() -> None:
    html = sparkline([1, None, 5, 2])
    assert 'aria-hidden="true"' in html
    corners = html.split("polygon(")[1].split(")")[0].split(",")
    assert len(corners) == 6
    heights = [float(c.split()[1].rstrip("%")) for c in corners]
    assert min(heights) >= 0
    assert max(heights) <= 100


@pytest.mark.parametrize(
    ("shown", "first", "days"),
    [
        (["Jan 1", "Jan 7", "Jan 13", "Jan 19", "Jan 25"], date(2026, 1, 1), 29),
        (["Jan<br>2026", "Mar", "May", "Jul", "Sep", "Nov"], date(2025, 11, 24), 364),
        (["Jan<br>2024", "Jul", "Jan<br>2025", "Jul", "Jan<br>2026", "Jul"], date(2023, 11, 24), 1095),
    ],
)
def test_dates_on_the_axis_are_few_and_say_their_year(shown: list[str], first: date, days: int) -> None:
    span = [first + timedelta(days=i) for i in range(days + 1)]
    assert time_axis.axis(span, Interval.DAY, "en_US", LIGHT)["ticktext"] == shown


@pytest.mark.parametrize(
    ("shown", "interval"),
    [("Mar 2, 2026", Interval.DAY), ("Mar 2 – Mar 8, 2026", Interval.WEEK), ("March 2026", Interval.MONTH)],
)
def test_periods_in_words(shown: str, interval: Interval) -> None:
    assert time_axis.label(date(2026, 3, 2), interval) == shown


def test_a_chart_reads_as_a_sentence() -> None:
    assert alt.series("MRR", frame([10, 13, 12], unfinished_last=True), USD, Interval.MONTH) == (
        "MRR rose from $10.00 (January 2026) to $12.00 (March 2026, so far); "
        "highest $13.00 (February 2026), lowest $10.00 (January 2026)."
    )
    assert alt.series("MRR", frame([None]), USD, Interval.MONTH) == "MRR: there is nothing to show in this span."
    assert alt.movements(MOVES, USD) == (
        "MRR movements: New $90.00, Reactivation $15.00, Churn −$20.00, Exchange rates −$1.00; net $84.00."
    )


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_text_and_marks_can_be_told_from_page_and_panel(colours: theme.Palette) -> None:
    for ground in (colours.page, colours.panel):
        assert contrast(colours.ink, ground) >= 4.5
        assert contrast(colours.muted, ground) >= 4.5
        assert contrast(colours.primary, ground) >= 4.5
    for kind in theme.MOVEMENTS:
        assert contrast(colours.movement(kind), colours.page) >= 3.8, kind


def test_a_table_holds_numbers_newest_first_and_says_so_far() -> None:
    column = table.Column("MRR", Unit.MONEY, "usd")
    shown = table.table(frame([10, None, 12], unfinished_last=True), column, None, {})
    assert shown.rows() == [(MONTHS[2], 12.0, "so far"), (MONTHS[1], None, ""), (MONTHS[0], 10.0, "")]
    assert shown.columns == ["Period", "MRR (USD)", "Note"]


def test_a_table_of_groups_names_them_for_people() -> None:
    shown = table.table(groups({"p1": [1]}), table.Column("Customers", Unit.COUNT, "usd"), "plan", {"p1": "Pro"})
    assert shown.columns == ["Period", "Plan", "Customers", "Note"]
    assert shown["Plan"].to_list() == ["Pro"]


def test_a_period_that_the_span_cuts_says_which_days_are_meant() -> None:
    november, cut = date(2026, 11, 1), (date(2026, 11, 11), Interval.MONTH)
    asked = frame([10]).with_columns(date=pl.lit(november))
    shown = table.table(asked, table.Column("MRR", Unit.MONEY, "usd"), None, {}, cut)
    assert shown["Note"].to_list() == ["Nov 1\u2009–\u200911"]
    hover = series.series(asked, Style(USD, LIGHT, Interval.MONTH, end=cut[0])).data[0].customdata[0]
    assert hover.startswith("November 2026 (Nov 1\u2009–\u200911 only)")
    assert time_axis.part(november, Interval.MONTH, date(2026, 11, 30)) == ""


def test_bars_and_groups_of_a_period_that_the_span_cuts_say_which_days_are_meant() -> None:
    days = [date(2026, 9, 26), date(2026, 10, 1), date(2026, 11, 1)]
    values = {"value": [DOLLAR, DOLLAR, DOLLAR], "unfinished": [False, False, True]}
    drawn = Style(USD, LIGHT, Interval.MONTH, "bar", end=date(2026, 11, 24))
    expected = ["September 2026 (Sep 26\u2009–\u200930 only)", "October 2026", "November 2026, so far"]
    bars = movements.stack(pl.DataFrame({"date": days, "type": ["new"] * 3, **values}), drawn)
    assert list(bars.data[0].x) == [date(2026, 9, 1), *days[1:]]
    parts = breakdown.breakdown(pl.DataFrame({"date": days, "group": ["a"] * 3, **values}), drawn)
    for figure in (bars, parts):
        assert [
            said.partition("<br>")[0].replace("<b>", "").replace("</b>", "") for said in figure.data[0].customdata
        ] == expected


def test_any_table_of_periods_can_be_noted() -> None:
    asked = frame([10, 12, 5], unfinished_last=True).with_columns(date=pl.col("date").dt.offset_by("1d").alias("date"))
    shown = table.noted(asked, date(2026, 3, 20), Interval.MONTH, "de_DE")
    assert shown.columns == ["date", "value", "Note"]
    assert shown["Note"].to_list() == ["2.–31. Jan.", "2.–28. Feb.", "so far"]


def test_groups_of_a_period_come_largest_first() -> None:
    shown = table.table(groups({"a": [1], "b": [3], "c": [2]}), table.Column("MRR", Unit.MONEY, "usd"), "plan", {})
    assert shown["Plan"].to_list() == ["b", "c", "a"]
