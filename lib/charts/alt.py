"""What a chart shows, in one sentence, for those who hear the page."""

from __future__ import annotations

import polars as pl

from lib.charts import theme, time_axis
from lib.charts.scale import Scale
from lib.periods import Interval


def series(name: str, frame: pl.DataFrame, scale: Scale, interval: Interval) -> str:
    """Like ``MRR rose from $10.00 (January 2026) to $12.00 (March 2026); highest …, lowest …``."""
    known = frame.filter(pl.col("value").is_not_null())
    if known.is_empty():
        return f"{name}: there is nothing to show in this span."
    first, last = known.row(0, named=True), known.row(-1, named=True)

    def when(row: dict[str, object]) -> str:
        return time_axis.label(row["date"], interval, scale.locale)

    so_far = ", so far" if last["unfinished"] else ""
    if known.height == 1:
        return f"{name} was {scale.text(first['value'])} ({when(first)}{so_far})."
    verb = "rose" if last["value"] > first["value"] else "fell" if last["value"] < first["value"] else "went"
    top = known.sort("value", "date").row(-1, named=True)
    low = known.sort("value", "date").row(0, named=True)
    return (
        f"{name} {verb} from {scale.text(first['value'])} ({when(first)}) to {scale.text(last['value'])} "
        f"({when(last)}{so_far}); highest {scale.text(top['value'])} ({when(top)}), "
        f"lowest {scale.text(low['value'])} ({when(low)})."
    )


def breakdown(name: str, frame: pl.DataFrame, scale: Scale, labels: dict[str, str]) -> str:
    """Like ``MRR by group, last values: Pro $900.00, Basic $100.00``."""
    last = frame.filter(pl.col("value").is_not_null()).group_by("group", maintain_order=True).last()
    parts = [f"{labels.get(g, g)} {scale.text(v)}" for g, v in last.select("group", "value").iter_rows()]
    return f"{name} by group, last values: {', '.join(parts)}." if parts else f"{name}: there is nothing to show."


def movements(frame: pl.DataFrame, scale: Scale) -> str:
    """Like ``MRR movements: New $90.00, Left -$20.00; net $70.00``."""
    sums: dict[str, int] = dict(frame.group_by("type").agg(pl.col("value").sum()).iter_rows())
    if not sums:
        return "MRR did not move in this span."
    parts = [f"{theme.NAMES[k]} {scale.text(sums[k])}" for k in theme.MOVEMENTS if k in sums]
    return f"MRR movements: {', '.join(parts)}; net {scale.text(sum(sums.values()))}."
