"""One condition of a segment as a row of widgets, with the account's own values to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias, TypeVar

import streamlit as st

from lib.errors import AppError
from lib.metrics.query import By
from lib.metrics.segments import Condition, Op, Status, Value
from lib.money import exponent
from lib.web import figures, segment_words
from lib.web.standing import Standing

PREFIX: Final = "segment-part-"
"""Of the keys of all widgets in the dialog."""
Start: TypeAlias = Condition | None
"""What a row begins as; None: empty."""
T = TypeVar("T")


def draw(at: Standing, number: int, start: Start, remove: Callable[[int], Any]) -> Condition | None:
    """The row; the condition that stands in it, None as long as it is not complete."""
    keys = f"{PREFIX}{number}-"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"{keys}row"):
        field = _field(at, keys, start)
        start = start if start is not None and start.field == field else None
        op = _op(field, keys, start)
        found = _between(at, field, keys, start) if op is Op.BETWEEN else _values(at, field, op, keys, start)
        st.button(
            "Remove", icon=":material/close:", type="tertiary", key=f"{keys}remove", on_click=remove, args=(number,)
        )
    if isinstance(found, AppError):
        st.caption(f":red[{found.message}]")
        return None
    return found


def _field(at: Standing, keys: str, start: Start) -> str:
    metadata = figures.metadata_keys(at.book)
    known = [*segment_words.FIELDS, *(f"{segment_words.METADATA}{key}" for key in metadata)]
    options = known if start is None or start.field in known else [*known, start.field]
    return st.selectbox(
        "Field",
        options,
        index=0 if start is None else options.index(start.field),
        format_func=segment_words.field,
        key=f"{keys}field",
        width=200,
    )


def _op(field: str, keys: str, start: Start) -> Op:
    """How the field can be compared; where there is one way only, there is nothing to choose."""
    options = [Op.BETWEEN] if field == "mrr" else list(Op) if field == "cohort" else [Op.IS, Op.IS_NOT]
    return st.selectbox(
        "Comparison",
        options,
        index=0 if start is None else options.index(start.op),
        format_func=lambda op: segment_words.OPS[op],
        key=f"{keys}{field}-op",
        disabled=len(options) == 1,
        width=130,
    )


def _values(at: Standing, field: str, op: Op, keys: str, start: Start) -> Condition | None:
    """Some of the values that the account's customers have."""
    kept = [str(each) for each in start.values if each is not None] if start else []
    chosen = st.multiselect(
        segment_words.field(field),
        _with(_offered(at, field), kept),
        default=kept,
        format_func=lambda each: segment_words.value(field, each, at.reader.locale),
        placeholder="Choose one or more",
        key=f"{keys}{field}-values",
        width="stretch",
    )
    return Condition(field, op, tuple(chosen)) if chosen else None


def _offered(at: Standing, field: str) -> list[str]:
    if field == "status":
        return list(Status)
    found = figures.choices(at.book, field)
    if field == By.COHORT:
        return sorted(found, reverse=True)
    return sorted(found, key=lambda each: segment_words.value(field, each, at.reader.locale))


def _with(options: list[T], kept: Sequence[T]) -> list[T]:
    """The options, and after them what is kept and no customer of this account has."""
    return [*options, *(each for each in kept if each not in options)]


def _between(at: Standing, field: str, keys: str, start: Start) -> Condition | AppError | None:
    """Two bounds, of which one may stay open."""
    bounds = start.values if start is not None and start.op is Op.BETWEEN else (None, None)
    bound = _amount if field == "mrr" else _month
    low, high = (
        bound(at, label, f"{keys}{field}-{label}", kept) for label, kept in zip(("From", "To"), bounds, strict=True)
    )
    if low is None and high is None:
        return None
    try:
        return Condition(field, Op.BETWEEN, (low, high))
    except AppError as error:
        return error


def _amount(at: Standing, label: str, key: str, kept: Value) -> int | None:
    """Minor units of the reporting currency, written in major ones."""
    scale: int = 10 ** exponent(at.book.currency)
    chosen = st.number_input(
        f"{label} ({at.book.currency.upper()})",
        min_value=0.0,
        value=kept / scale if isinstance(kept, int) else None,
        step=1.0,
        placeholder="Any",
        key=key,
        width=190,
    )
    return None if chosen is None else round(chosen * scale)


def _month(at: Standing, label: str, key: str, kept: Value) -> str | None:
    options = _with(_offered(at, By.COHORT), [] if kept is None else [str(kept)])
    return st.selectbox(
        label,
        options,
        index=None if kept is None else options.index(str(kept)),
        format_func=lambda month: segment_words.value(By.COHORT, month, at.reader.locale),
        placeholder="Any",
        key=key,
        width=180,
    )
