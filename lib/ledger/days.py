"""Moments as days."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl


def local_day(column: str, tz: ZoneInfo) -> pl.Expr:
    """UTC epoch seconds as the day in ``tz``."""
    return pl.from_epoch(column).dt.replace_time_zone("UTC").dt.convert_time_zone(tz.key).dt.date()
