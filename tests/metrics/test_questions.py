"""Questions that have no answer are refused with a sentence, not answered with something else."""

from __future__ import annotations

from datetime import date

import pytest

from lib.errors import BadRange, UnknownMetric
from lib.metrics.catalog import METRICS, find
from lib.metrics.query import Query


def test_an_unknown_metric_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(UnknownMetric, match=r"nrr.*net_revenue_retention"):
        find("nrr")
    assert {find(metric.slug) for metric in METRICS} == set(METRICS)


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(BadRange, match="2024-02-01"):
        Query(date(2024, 2, 1), date(2024, 1, 1))
    assert Query(date(2024, 1, 1), date(2024, 1, 1)).start == date(2024, 1, 1)
