"""Names of downloaded files, so that two of them are told apart."""

from __future__ import annotations

import re
from typing import Any

from lib.metrics.segments import Segment


def csv_name(of: str, *parts: object, segment: Segment | None) -> str:
    """What it is of, of whom if of a segment, and what else tells it apart: ``mrr-of-germans-2026-01-01.csv``."""
    among = [f"of-{segment.name}"] if segment else []
    return re.sub(r"\W+", "-", "-".join(map(str, (of, *among, *parts))).lower()) + ".csv"


def picture(file_name: str) -> dict[str, Any]:
    """The configuration of a chart that can be saved as a picture, named like its CSV file; the browser draws it."""
    options = {"format": "png", "scale": 2, "filename": file_name.removesuffix(".csv")}
    return {
        "displaylogo": False,
        "displayModeBar": True,
        "modeBarButtons": [["toImage"]],
        "responsive": True,
        "toImageButtonOptions": options,
    }
