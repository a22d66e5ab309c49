"""A sparkline as one clipped box: six of them as Plotly charts would cost more than the rest of the page.

It is HTML and no SVG because Streamlit's HTML element lets no SVG through.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

WIDTH, HEIGHT = 140, 32
"""The box in pixels that the line is reckoned for; it stretches with its card."""
_THICK, _THICKEST = 1.8, 5.0
_PAD = 3

Point = tuple[float, float]


def sparkline(values: Sequence[float | None]) -> str:
    """``values``, oldest first, as a line in the CSS colour of ``.pl-spark``. None leaves it out; empty without two.

    It is decoration: hidden from screen readers, which get the card's sentence instead.
    """
    known = [(i, v) for i, v in enumerate(values) if v is not None]
    if len(known) < 2:  # noqa: PLR2004 - one point makes no line
        return ""
    low, high = min(v for _, v in known), max(v for _, v in known)
    step = WIDTH / (len(values) - 1)
    room = HEIGHT - 2 * _PAD
    points = [(i * step, HEIGHT / 2 if low == high else _PAD + room * (high - v) / (high - low)) for i, v in known]
    return f'<div class="pl-spark" aria-hidden="true" style="clip-path:polygon({_outline(points)})"></div>'


def _outline(points: list[Point]) -> str:
    """There along the line's upper edge, back along its lower one, in percent of the box."""
    slopes = [abs((by - ay) / (bx - ax)) for (ax, ay), (bx, by) in pairwise(points)]
    steep = [max(pair) for pair in zip([*slopes, slopes[-1]], [slopes[0], *slopes], strict=True)]
    half = [min(_THICKEST, _THICK * math.hypot(1, s)) / 2 for s in steep]
    there = [(x, y - h) for (x, y), h in zip(points, half, strict=True)]
    back = [(x, y + h) for (x, y), h in zip(points, half, strict=True)]
    return ",".join(f"{100 * x / WIDTH:.1f}% {100 * y / HEIGHT:.1f}%" for x, y in (*there, *reversed(back)))
