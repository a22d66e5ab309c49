"""The palette, the second marks and the bare layout that every figure starts from.

Colours are measured against page and panel (text at least 4.5 to 1, marks 3.8 to 1). A colour never stands alone:
each movement has a fill pattern of its own, comparison is dashed, an unfinished period hatched or dotted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go
import polars as pl

SO_FAR: Final = "so far"
FONT: Final = "Inter, system-ui, sans-serif"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one mode, by use."""

    page: str
    panel: str
    rule: str
    ink: str
    muted: str
    primary: str
    tint: str
    new: str
    expansion: str
    reactivation: str
    contraction: str
    churn: str
    fx: str

    @property
    def groups(self) -> tuple[str, ...]:
        """Colours of a breakdown's series, largest first; the fifth is "other"."""
        return (self.primary, self.contraction, self.reactivation, self.expansion, self.muted)

    def movement(self, kind: str) -> str:
        """The colour of a movement type: new, expansion, reactivation, contraction, churn or fx."""
        return str(getattr(self, kind))


LIGHT: Final = Palette(
    page="#FFFFFF",
    panel="#F5F7F9",
    rule="#E3E7EC",
    ink="#16202E",
    muted="#566173",
    primary="#0B6B72",
    tint="rgba(11,107,114,0.10)",
    new="#00795A",
    expansion="#2A86B8",
    reactivation="#5B4BB5",
    contraction="#A86A00",
    churn="#B8321F",
    fx="#6B7280",
)
DARK: Final = Palette(
    page="#0F1722",
    panel="#172231",
    rule="#2A3748",
    ink="#E8EDF3",
    muted="#9AA7B8",
    primary="#4FC3C7",
    tint="rgba(79,195,199,0.14)",
    new="#2FBF95",
    expansion="#6CB9E8",
    reactivation="#A79BF0",
    contraction="#E3A93B",
    churn="#F0806B",
    fx="#98A2B3",
)

MOVEMENTS: Final = ("new", "expansion", "reactivation", "contraction", "churn", "fx")
"""Movement types in the order of the stack: gains from the axis upwards, then losses downwards."""

NAMES: Final = {
    "new": "New",
    "expansion": "Expansion",
    "reactivation": "Reactivation",
    "contraction": "Contraction",
    "churn": "Churn",
    "fx": "Exchange rates",
}
PATTERNS: Final = {"reactivation": ".", "churn": "/"}
UNFINISHED_PATTERN: Final = "/"


def palette(mode: str | None) -> Palette:
    """The palette of ``light`` or ``dark``; light when the browser has not said."""
    return DARK if mode == "dark" else LIGHT


def layout(colours: Palette, height: int, **more: object) -> dict[str, Any]:
    """The bare layout: transparent, no template, nothing that zooms, Inter at 13 pixels."""
    return {
        "template": "none",
        "height": height,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": colours.muted},
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "dragmode": False,
        "showlegend": False,
        "hovermode": "x unified",
        "hoverlabel": {
            "bgcolor": colours.panel,
            "bordercolor": colours.rule,
            "font": {"family": FONT, "size": 13, "color": colours.ink},
            "align": "left",
        },
        **more,
    }


def target(colour: str, *, seen: bool = False) -> dict[str, Any]:
    """What makes each point of a line answer a click: a marker that shows once its point is chosen; ``seen``: always.

    Plotly never selects a point of a bare line.
    """
    shown = int(seen)
    return {
        "marker": {"size": _TARGET, "color": colour, "opacity": shown},
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": shown}},
    }


_TARGET: Final = 9
"""Pixels."""
UNCHOSEN: Final = {"marker": {"opacity": 0.6}}
"""Bars while another one is chosen."""


def together(head: str, lines: Iterable[str], own: str) -> str:
    """A label of one bar that tells all of its stack: its ``own`` line is the bold one."""
    return "<br>".join([head, *(f"<b>{line}</b>" if line == own else line for line in lines)])


def reach(count: int) -> int:
    """Pixels from a point to where it still answers the pointer: further where ``count`` points stand far apart."""
    return max(20, min(60, 480 // max(1, count)))


def faded(colour: str, opacity: float = 0.5) -> str:
    """A colour of the palette (#RRGGBB) that lets what is behind it through."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def pattern(shape: str | list[str], colours: Palette) -> dict[str, Any]:
    """A fill pattern (or one for each bar) in the page's colour over the bar's own; an empty shape is a plain bar."""
    return {
        "shape": shape,
        "fillmode": "overlay",
        "fgcolor": colours.page,
        "fgopacity": 0.7,
        "size": 6,
        "solidity": 0.3,
    }


def note_so_far(figure: go.Figure, frame: pl.DataFrame, tops: Sequence[float | None], colours: Palette) -> None:
    """Say "so far" above the unfinished bar of ``frame`` (date, unfinished); ``tops`` are drawn values, row by row."""
    for day, unfinished, top in zip(frame["date"], frame["unfinished"], tops, strict=True):
        if unfinished and top is not None:
            figure.add_annotation(
                x=day, y=max(0.0, top), text=SO_FAR, showarrow=False, yanchor="bottom", font={"color": colours.ink}
            )
            margin = figure.layout.margin
            figure.update_layout(margin={"t": max(margin.t, 24), "r": max(margin.r, 24)})


def legend(colours: Palette) -> dict[str, Any]:
    """A legend in one row above the plot, for stacks that can't be labelled directly. It is no switch."""
    return {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": 1.02,
        "yanchor": "bottom",
        "font": {"size": 13, "color": colours.ink},
        "itemclick": False,
        "itemdoubleclick": False,
        "traceorder": "normal",
    }
