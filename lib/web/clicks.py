"""Clicks on charts: which period, and which series, somebody chose just now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import streamlit as st

from lib.web import links
from lib.web.standing import Standing

CAME: Final = "came-by-click"
"""Session state: the page was opened by a click on another page's chart."""


@dataclass(frozen=True, slots=True)
class Click:
    """The first day of a period, and the number of the series that was clicked."""

    day: date
    curve: int


def of(event: Any) -> Click | None:  # noqa: ANN401 - Streamlit's own type is private
    """The point that a chart holds as chosen."""
    points = event["selection"]["points"] if event else []
    if not points:
        return None
    return Click(date.fromisoformat(str(points[0]["x"])[:10]), int(points[0].get("curve_number", 0)))


def new(event: Any, name: str) -> Click | None:  # noqa: ANN401 - as above
    """The same once: a chart holds a click until the next one. ``name`` tells charts apart."""
    found, key = of(event), f"clicked-{name}"
    fresh = found is not None and found != st.session_state.get(key)
    st.session_state[key] = found
    return found if fresh else None


def to_metric(at: Standing, slug: str, click: Click | None) -> None:
    """Go to a metric's page with that period open; the span, the interval and the segment go along by themselves."""
    if click is not None:
        st.session_state[CAME] = True
        links.go_metric({"slug": [slug], "period": [click.day.isoformat()], "account": [at.account.account]})


def to_movements(at: Standing, click: Click | None, kind: str | None) -> None:
    """Go to the movements of that period, and of that type; the rest as above."""
    if click is not None:
        st.session_state[CAME] = True
        bar = {"bar": [kind]} if kind else {}
        links.go_movements({"period": [click.day.isoformat()], **bar, "account": [at.account.account]})
