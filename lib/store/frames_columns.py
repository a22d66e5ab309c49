"""Columns of a query as JSON arrays: how many rows come out of the database at once without one being built in Python.

See ``docs/decisions/0005-one-sqlite-library.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import polars as pl
from sqlalchemy import JSON, BigInteger, Boolean, ColumnElement, Float, Integer, Text, cast, func


def dtype(kind: object) -> pl.DataType:
    """The type of a frame's column for one of the database's."""
    if isinstance(kind, BigInteger):
        return pl.Int64()
    if isinstance(kind, Float):
        return pl.Float64()
    return pl.Boolean() if isinstance(kind, Boolean) else pl.String()


def array(column: ColumnElement[Any], dialect: str) -> ColumnElement[str]:
    """The column's values as the text of a JSON array, booleans as 0 and 1, JSON values as text."""
    if dialect == "sqlite":
        return func.json_group_array(cast(column, Text) if isinstance(column.type, JSON) else column)
    if isinstance(column.type, Boolean):
        column = cast(column, Integer)
    elif isinstance(column.type, JSON):
        column = cast(column, Text)
    return cast(func.json_agg(column), Text)


def frame(wanted: Mapping[str, pl.DataType], arrays: Sequence[str]) -> pl.DataFrame:
    """The frame of some columns' arrays, in the order of ``wanted``."""
    return pl.DataFrame(
        [
            pl.Series(name, orjson.loads(text), dtype=pl.Int8() if kind == pl.Boolean else kind).cast(kind)
            for (name, kind), text in zip(wanted.items(), arrays, strict=True)
        ]
    )
