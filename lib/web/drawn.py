"""The row of a table that was clicked: of the rows that stood there then, for others may have come or gone since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def clicked(button: str, rows: Sequence[T]) -> T | None:
    """What stood in the row whose ``button`` (the key of a ButtonColumn) was clicked; None: none was.

    To be called in every run in which the table is drawn, with the ``rows`` as they are drawn now: the browser tells
    only a row's number, which belongs to what this session drew before.
    """
    place = f"drawn-{button}"
    before: list[T] = st.session_state.get(place, [])
    st.session_state[place] = list(rows)
    click = st.session_state.get(button)
    return before[click["row"]] if click and click["row"] < len(before) else None
