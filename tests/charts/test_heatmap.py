"""The heat map of cohorts: what each cell says, and that it can be read."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from lib.charts import cohorts, heatmap
from lib.charts.scale import Scale
from lib.charts.theme import DARK, LIGHT, Palette
from lib.metrics.cohorts import COHORTS, Choice, Every, Measure, Of, Show, overall
from lib.metrics.registry import Unit

USD = Scale(Unit.MONEY, "usd")
DOLLAR = 100_000_000
JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)
END = {0: date(2026, 1, 31), 1: date(2026, 2, 14)}
FRAME = pl.DataFrame(
    [
        (JAN, 0, END[0], 120, 120, False),
        (JAN, 1, END[1], 120, 98, True),
        (FEB, 0, END[1], 40, 40, True),
    ],
    schema=COHORTS,
    orient="row",
)


def rows(choice: Choice, frame: pl.DataFrame = FRAME) -> list[cohorts.Row]:
    return cohorts.rows(frame, overall(frame), choice, USD)


def money(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("size", "value") * DOLLAR)


@pytest.mark.parametrize(
    ("choice", "text", "said"),
    [
        (Choice(), "82%", "98 of them (81.7%) were active."),
        (Choice(show=Show.CHURN), "18%", "22 of them (18.3%) were gone."),
        (Choice(measure=Measure.COUNT), "98", "98 of them (81.7%) were active."),
    ],
)
def test_a_cell_is_short_and_its_sentence_says_all(choice: Choice, text: str, said: str) -> None:
    cell = rows(choice)[1].cells[1]
    sentence = f"120 customers first paid in Jan 2026.<br>So far, on Feb 14, 2026, {said}"
    assert (cell.text, cell.sentence, cell.unfinished) == (text, sentence, True)


def test_revenue_is_money_and_may_have_grown() -> None:
    grown = money(FRAME.with_columns(value=pl.when(pl.col("age") == 1).then(150).otherwise("value")))
    kept, lost = (rows(Choice(of=Of.REVENUE, show=show), grown)[1].cells[1] for show in Show)
    assert kept.text == "125%"
    assert kept.sentence.endswith("they paid $150.00 of MRR (125.0%).")
    assert lost.text == "−25%"
    assert lost.sentence.endswith("$30.00 (25.0%) more was paid.")
    count = rows(Choice(of=Of.REVENUE, measure=Measure.COUNT), grown)[1]
    assert (count.size, count.cells[1].text) == ("$120", "$150")


def test_half_a_percent_is_rounded_up() -> None:
    assert rows(Choice(), FRAME.with_columns(size=pl.lit(8), value=pl.lit(1)))[1].cells[0].text == "13%"


def test_all_cohorts_come_first_and_only_as_far_as_those_shown() -> None:
    whole = rows(Choice())[0]
    assert (whole.label, whole.size, [c.text for c in whole.cells]) == (cohorts.ALL, "160", ["100%", "82%"])
    assert whole.cells[1].sentence == "The one cohort as old as month 1 began with 120 customers.<br>Then 98 of them (81.7%) were active."  # fmt: skip # noqa: E501 - one sentence
    newest = FRAME.filter(pl.col("cohort") == FEB)
    assert len(cohorts.rows(newest, overall(FRAME), Choice(), USD)[0].cells) == 1


@pytest.mark.parametrize(
    ("every", "label"), [(Every.WEEK, "Jan 1, 2026"), (Every.MONTH, "Jan 2026"), (Every.QUARTER, "Q1 2026")]
)
def test_a_cohort_is_named_by_its_period(every: Every, label: str) -> None:
    assert cohorts.label(JAN, every, "en_US") == label


def test_zero_not_available_and_not_yet_look_different() -> None:
    frame = FRAME.with_columns(
        value=pl.when(pl.col("age") == 1).then(0).otherwise("value"),
        size=pl.when(pl.col("cohort") == FEB).then(0).otherwise("size"),
    )
    (heat,) = heatmap.heatmap(rows(Choice(), frame), Choice(), LIGHT).data
    assert list(heat.text[1]) == ["100%", "0%"]
    assert list(heat.text[2]) == ["n/a", ""]
    assert list(heat.z[2]) == [0, None]


def test_cells_of_periods_that_still_run_have_a_dotted_outline() -> None:
    shapes = heatmap.heatmap(rows(Choice()), Choice(), LIGHT).layout.shapes
    assert [(s.line.dash, round(s.x0 + 0.46), round(s.y0 + 0.44)) for s in shapes] == [("dot", 1, 1), ("dot", 0, 2)]


@pytest.mark.parametrize("show", list(Show))
@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_ink_is_read_on_every_shade(colours: Palette, show: Show) -> None:
    low, high = (rgb(code) for code in heatmap.SHADES[colours, show])
    for step in range(11):
        shade = [a + (b - a) * step / 10 for a, b in zip(low, high, strict=True)]
        assert contrast(shade, rgb(colours.ink)) >= 4.5


def rgb(code: str) -> list[float]:
    return [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def contrast(a: list[float], b: list[float]) -> float:
    """WCAG 2.2, relative luminance and contrast ratio."""

    def luminance(colour: list[float]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_sentence_for_screen_readers() -> None:
    assert cohorts.alt(rows(Choice()), Choice()) == (
        "Customer retention of 2 cohorts by month: all cohorts together 100% at month 0, 82% at month 1."
    )
    assert cohorts.rows(FRAME.clear(), overall(FRAME.clear()), Choice(), USD) == []
    assert cohorts.alt([], Choice()) == "Nobody has paid yet, so there are no cohorts."
