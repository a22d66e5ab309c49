"""Text in the cells of a file: what a spreadsheet would run as a formula is shown instead, wherever it is in a cell.

A program cuts a file where its country's separator is: German Excel at semicolons, also inside the quotes of a cell
that does not begin its row. So a formula may stand at a cell's start, or behind what another program takes for its end.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_SIGNS: Final = r"=+\-@|%\uFF1D\uFF0B\uFF0D\uFF20"
"""Formula signs, in their wide form too."""
_BLANKS: Final = r"[\s\u00A0\uFEFF\u3000]*"
_NUMBER: Final = r"[+-]?[0-9]+(?:[.][0-9]+)?"
CUTS: Final = ";\t\r\n"
"""Where other programs cut a file that has commas between its cells."""

_is_number: Final = re.compile(_NUMBER).fullmatch
_begins: Final = re.compile(rf"[\t\r\n]|{_BLANKS}[{_SIGNS}]").match


def _of_polars(pattern: str) -> str:
    return re.sub(r"\\u([0-9A-F]{4})", r"\\x{\1}", pattern)


RISKY: Final = _of_polars(rf"^[\t\r\n]|(?:^|[{CUTS}]){_BLANKS}[{_SIGNS}]")
"""For Polars: text that :func:`disarmed` may change."""


def disarmed(text: str, cuts: str = CUTS) -> str:
    """``text`` with an apostrophe before each sign that would begin a formula, at its start or behind one of ``cuts``.

    Numbers stay as they are: ``-5``, also in a list of numbers.
    """
    if _is_number(text):
        return text
    inner = _behind(cuts).sub(r"\g<0>'", text)
    return f"'{inner}" if _begins(text) else inner


@lru_cache(maxsize=4)
def _behind(cuts: str) -> re.Pattern[str]:
    number = rf"{_NUMBER}{_BLANKS}(?:[;,\]}}\r\n]|$)"
    return re.compile(rf"[{cuts}]{_BLANKS}(?!{number})(?=[{_SIGNS}])")
