"""How raw values are written, ticked and drawn."""

from __future__ import annotations

import polars as pl
import pytest

from lib.charts.scale import Scale, nice_step
from lib.metrics.registry import Unit

MICRO = 1_000_000
USD, EUR_DE = Scale(Unit.MONEY, "usd"), Scale(Unit.MONEY, "eur", "de_DE")
JPY, KWD = Scale(Unit.MONEY, "jpy"), Scale(Unit.MONEY, "kwd")
PERCENT, COUNT = Scale(Unit.PERCENT), Scale(Unit.COUNT)


@pytest.mark.parametrize(
    ("shown", "scale", "raw"),
    [
        ("$12,480.50", USD, 1_248_050 * MICRO),
        ("−$4.80", USD, -480 * MICRO),
        ("¥1,200", JPY, 1200 * MICRO),
        ("KWD1.250", KWD, 1250 * MICRO),
        ("12.480,50 €", EUR_DE, 1_248_050 * MICRO),
        ("3.1%", PERCENT, 0.0314),
        ("0.0%", PERCENT, 0.0),
        ("0.1%", PERCENT, 0.001),
        ("0.05%", PERCENT, 0.0005),
        ("0.03%", PERCENT, 3 / 10_000),
        ("0.004%", PERCENT, 0.00004),
        ("−0.02%", PERCENT, -0.0002),
        ("0.000001%", PERCENT, 1e-8),
        ("−0.0000001%", PERCENT, -1e-9),
        ("99.9%", PERCENT, 0.9994),
        ("99.96%", PERCENT, 0.9996),
        ("99.996%", PERCENT, 0.99996),
        ("−99.996%", PERCENT, -0.99996),
        ("100.0%", PERCENT, 1.0),
        ("100.0%", PERCENT, 1 - 1e-12),
        ("100.0%", PERCENT, 1.00004),
        ("0,03 %", Scale(Unit.PERCENT, locale="fr_FR"), 0.0003),
        ("1,042", COUNT, 1042),
        ("3.5", Scale(Unit.RATIO), 3.5),
        ("0.67", Scale(Unit.RATIO), 2 / 3),
        ("12.5 days", Scale(Unit.DAYS), 12.46),
        ("1 day", Scale(Unit.DAYS), 1.0),
        ("20 months", Scale(Unit.MONTHS), 20.0),
        ("$0.00", USD, 0),
        ("n/a", USD, None),
        ("n/a", PERCENT, float("nan")),
    ],
)
def test_text_is_exact_and_zero_is_not_missing(shown: str, scale: Scale, raw: float | None) -> None:
    assert scale.text(raw).replace("\xa0", " ") == shown


@pytest.mark.parametrize(
    ("shown", "scale", "raw"),
    [
        ("$21,648", USD, 2_164_812 * MICRO),
        ("$9.99", USD, 999 * MICRO),
        ("−$480", USD, -48_000 * MICRO),
        ("21.648 €", EUR_DE, 2_164_812 * MICRO),
        ("3.1%", PERCENT, 0.031),
    ],
)
def test_cards_leave_cents_out_where_they_do_not_count(shown: str, scale: Scale, raw: float) -> None:
    assert scale.card(raw).replace("\xa0", " ") == shown


@pytest.mark.parametrize(
    ("shown", "scale", "drawn"),
    [
        ("$12K", USD, 12_000.0),
        ("$12.5K", USD, 12_500.0),
        ("$1.2M", USD, 1_200_000.0),
        ("−$20K", USD, -20_000.0),
        ("$5,000", USD, 5_000.0),
        ("$2.50", USD, 2.5),
        ("2.5%", PERCENT, 0.025),
        ("5%", PERCENT, 0.05),
        ("0%", PERCENT, -0.0),
        ("0.01%", PERCENT, 0.0001),
        ("0.25%", PERCENT, 0.0025),
        ("0.00005%", PERCENT, 5e-7),
        ("$0", USD, -0.0),
        ("0", COUNT, -0.0),
        ("150", COUNT, 150.0),
    ],
)
def test_ticks_are_short(shown: str, scale: Scale, drawn: float) -> None:
    assert scale.tick(drawn) == shown


@pytest.mark.parametrize(
    ("shown", "scale", "now", "before"),
    [
        ("▲ 25.0%", USD, 125, 100),
        ("▼ 20.0%", USD, 80, 100),
        ("= 0.0%", USD, 100, 100),
        ("▲ 0.4 pt", PERCENT, 0.035, 0.031),
        ("▲ 0.03 pt", PERCENT, 0.0353, 0.035),
        ("= 0.0 pt", PERCENT, 0.035, 0.035),
        ("= 0.0 pt", PERCENT, 0.3, 0.1 + 0.2),
        ("▲ 99.96 pt", PERCENT, 0.9996, 0.0),
        ("▲ 0.02%", USD, 10_002, 10_000),
        ("▲ 100.0%", USD, 0, -50),
        ("n/a", USD, 100, 0),
        ("n/a", USD, None, 100),
    ],
)
def test_change_has_a_mark_of_its_own(shown: str, scale: Scale, now: float | None, before: float | None) -> None:
    assert scale.change(now, before) == shown


@pytest.mark.parametrize(
    ("shown", "unit"),
    [("0.0%", Unit.PERCENT), ("0.0", Unit.RATIO), ("0 days", Unit.DAYS), ("$0.00", Unit.MONEY), ("0", Unit.COUNT)],
)
def test_nothing_is_written_the_same_after_a_little_less_than_nothing(shown: str, unit: Unit) -> None:
    scale = Scale(unit, locale="en_GU")  # no other test's, so that nothing is kept
    assert [scale.text(-1e-12), scale.text(-0.0), scale.text(0.0)] == [shown] * 3


def test_ticks_of_a_small_share_differ() -> None:
    ticks = PERCENT.ticks(0, 0.0004)
    assert [PERCENT.tick(each) for each in ticks] == ["0%", "0.01%", "0.02%", "0.03%", "0.04%"]


@pytest.mark.parametrize(
    ("ticks", "scale", "low", "high"),
    [
        ([0, 100, 200, 300, 400], USD, 0, 341),
        ([-20, 0, 20, 40], USD, -12, 31),
        ([0, 1, 2], COUNT, 0, 2),
    ],
)
def test_ticks_hold_the_range(ticks: list[float], scale: Scale, low: float, high: float) -> None:
    found = scale.ticks(low, high)
    assert found[0] <= low
    assert found[-1] >= high
    assert found == ticks


def test_one_value_alone_still_gets_an_axis() -> None:
    assert len(USD.ticks(7, 7)) >= 2


def test_steps_are_round_and_whole_for_counts() -> None:
    assert [nice_step(x) for x in (0.9, 1.1, 2.1, 2.6, 7)] == [1, 2, 2.5, 5, 10]
    assert nice_step(0.3, whole=True) == 1


def test_missing_values_stay_missing_when_drawn() -> None:
    assert USD.drawn(pl.Series([1999 * MICRO, None, 0])) == [19.99, None, 0.0]
