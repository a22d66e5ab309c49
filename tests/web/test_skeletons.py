"""While figures are computed, their place is kept: nothing jumps when they come."""

from __future__ import annotations

import pytest
import streamlit as st

from lib.reports import door
from lib.web import figures
from tests.web.conftest import Business, Open


def test_cold_figures_are_computed_behind_placeholders_of_their_height(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_now: list[int] = []
    real, metric = st.skeleton, door.metric

    class Kept:
        def __init__(self, height: int) -> None:
            self.height, self.real = height, real(height=height)

        def __enter__(self) -> None:
            open_now.append(self.height)
            self.real.__enter__()

        def __exit__(self, *error: object) -> None:
            open_now.pop()
            self.real.__exit__(*error)

    heights: list[int] = []

    def watched(*asked: object, **more: object) -> object:
        heights.extend(open_now)
        return metric(*asked, **more)  # type: ignore[arg-type] # as given

    monkeypatch.setattr(st, "skeleton", Kept)
    monkeypatch.setattr(door, "metric", watched)
    figures.metric.cache_clear()
    open_page("overview")
    open_page("metric", slug="arr")
    assert {280, 480} <= set(heights)
    assert open_now == []
