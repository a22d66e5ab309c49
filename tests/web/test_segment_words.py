"""What a segment is called: its conditions in words, and the files that hold its figures."""

from __future__ import annotations

import pytest

from lib.charts.scale import Scale
from lib.metrics.registry import Unit
from lib.metrics.segments import Condition, Op, Segment
from lib.web import downloads, segment_words


@pytest.mark.parametrize(
    ("sentence", "condition"),
    [
        ("Country is Germany or Austria", Condition("country", Op.IS, ("DE", "AT"))),
        ("Plan is not Pro, monthly", Condition("plan", Op.IS_NOT, ("Pro, monthly",))),
        ("Status is Left or On trial", Condition("status", Op.IS, ("churned", "trialing"))),
        ("MRR is between $10.00 and $20.50", Condition("mrr", Op.BETWEEN, (1000, 2050))),
        ("MRR is at most $20.50", Condition("mrr", Op.BETWEEN, (None, 2050))),
        (
            "Month of first payment is March 2025 or later",
            Condition("cohort", Op.BETWEEN, ("2025-03", None)),
        ),
        ("Month of first payment is March 2025 or earlier", Condition("cohort", Op.BETWEEN, (None, "2025-03"))),
        ("Metadata: region is a or b or 2 others", Condition("metadata.region", Op.IS, ("a", "b", "c", "d"))),
    ],
)
def test_conditions_in_words(sentence: str, condition: Condition) -> None:
    assert segment_words.condition(condition, Scale(Unit.MONEY, "usd", "en_US")) == sentence


def test_months_follow_the_reader() -> None:
    march = Condition("cohort", Op.BETWEEN, ("2025-03", None))
    german = Scale(Unit.MONEY, "usd", "de_DE")
    assert segment_words.condition(march, german) == "Month of first payment is März 2025 or later"


def test_files_say_whose_they_are() -> None:
    assert downloads.csv_name("plans", "2026-01-01", segment=None) == "plans-2026-01-01.csv"
    large = Segment("Größe / XL?")
    assert downloads.csv_name("mrr-by-metadata:region", "month", segment=large) == (
        "mrr-by-metadata-region-of-größe-xl-month.csv"
    )
