"""Names of downloaded files, so that two of them are told apart."""

from __future__ import annotations

import re

from lib.metrics.segments import Segment


def csv_name(of: str, *parts: object, segment: Segment | None) -> str:
    """What it is of, of whom if of a segment, and what else tells it apart: ``mrr-of-germans-2026-01-01.csv``."""
    among = [f"of-{segment.name}"] if segment else []
    return re.sub(r"\W+", "-", "-".join(map(str, (of, *among, *parts))).lower()) + ".csv"
