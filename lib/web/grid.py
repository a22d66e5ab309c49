"""Tables of figures as HTML: read well without eyes, and on a phone scroll in their own frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its heading, its figures as written, and a CSS class (``pl-sum``, ``pl-muted``) if it stands out."""

    head: str
    cells: Sequence[str]
    mark: str = ""


def table(heads: Sequence[str], lines: Iterable[Line], name: str) -> str:
    """The table as HTML; all given is text and is escaped. ``name`` is what it is called for those who hear it."""
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    body = "".join(_line(each) for each in lines)
    return (
        f'<div class="pl-scroll" tabindex="0" role="region" aria-label="{escape(name)}"><table class="pl-grid">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _line(line: Line) -> str:
    cells = "".join(f"<td>{escape(each)}</td>" for each in line.cells)
    mark = f' class="{line.mark}"' if line.mark else ""
    return f'<tr{mark}><th scope="row">{escape(line.head)}</th>{cells}</tr>'
