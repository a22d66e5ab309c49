"""Colours as people see them: contrast as WCAG counts it, and lighter tints. Pure; colours are ``#rrggbb``."""

from __future__ import annotations

import re
from typing import Final

READABLE: Final = 4.5
"""The least contrast of text, by WCAG 2 AA."""
WHITE: Final = "#FFFFFF"
_FORM: Final = re.compile(r"#[0-9A-Fa-f]{6}")
_STEPS: Final = 100


def is_colour(text: str) -> bool:
    """Whether ``text`` is ``#rrggbb``."""
    return _FORM.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def tint(colour: str, *grounds: str) -> str:
    """``colour`` itself, or as much lighter as it takes to be readable on each of ``grounds``, which are dark."""
    for step in range(_STEPS + 1):
        found = _mixed(colour, step / _STEPS)
        if all(contrast(found, each) >= READABLE for each in grounds):
            return found
    return WHITE


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(each / 255) for each in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - sRGB's own knee


def _mixed(colour: str, white: float) -> str:
    """``colour`` with a share of white in it."""
    return "#" + "".join(f"{round(each + (255 - each) * white):02X}" for each in _channels(colour))
