"""How a long list is cut into spans of time that can be read side by side, each a checkpoint of its own.

Stripe's cursors go one page after another, newest first, but a filter on ``created`` starts anywhere. Nobody says how
long a list is: the first page of a span tells how dense it is at its newest end, and from that the rest is cut into
spans of about ``PAGES`` pages. Times are epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

PAGE_SIZE = 100
"""Objects on a full page."""
PAGES = 5
"""Pages that a span should hold: enough that half-empty last pages cost little, few enough to read many at once."""
FAN = 8
"""Spans made of one at a time. Those that turn out long are cut again."""
SHORTEST = 60
"""Seconds below which no span is cut: an import may create thousands of objects in one second."""
END_OF_TIME = 1 << 40


@dataclass(frozen=True)
class Window:
    """Objects of one list created in [start, end), of which those newer than ``cursor`` are read already."""

    resource: str
    start: int
    end: int
    cursor: str | None = None
    done: bool = False
    expected: float = 0.0
    """How many objects are believed to be left; only for the progress bar."""

    @property
    def params(self) -> dict[str, object]:
        """The filter and cursor for the next page."""
        created = {"gte": self.start} if self.start else {}
        if self.end < END_OF_TIME:
            created["lt"] = self.end
        return {"created": created, "starting_after": self.cursor}


@dataclass(frozen=True)
class Seen:
    """What a page told: its last id, the times of its newest and oldest object, their number, and if more follow."""

    cursor: str | None
    newest: int
    oldest: int
    count: int
    has_more: bool


def first(resource: str, begin: int) -> tuple[Window, ...]:
    """The spans of a list at the start: all since ``begin``, and (surely empty, but nobody promised) all before."""
    return (
        (Window(resource, begin, END_OF_TIME), Window(resource, 0, begin))
        if begin
        else (Window(resource, 0, END_OF_TIME),)
    )


def after(window: Window, seen: Seen, now: int) -> tuple[Window, ...]:
    """What ``window`` becomes once a page of it was read: one that is done or goes on, or several that are shorter."""
    if not seen.has_more or seen.cursor is None:
        return (replace(window, cursor=seen.cursor or window.cursor, done=True, expected=0.0),)
    going_on = replace(window, cursor=seen.cursor)
    newest = seen.newest if window.cursor else max(seen.newest, min(window.end, now))
    left = (seen.oldest - window.start) * seen.count / max(1, newest - seen.oldest)
    if left <= 2 * PAGES * PAGE_SIZE or seen.oldest - window.start < FAN * SHORTEST:
        return (replace(going_on, expected=left),)
    return _cut(going_on, seen, left)


def _cut(window: Window, seen: Seen, left: float) -> tuple[Window, ...]:
    """``window`` as up to FAN spans of equal length; the newest keeps the cursor, so that nothing is read twice."""
    pieces = min(FAN, ceil(left / (PAGES * PAGE_SIZE)))
    span = seen.oldest - window.start
    edges = [window.start + span * number // pieces for number in range(pieces)]
    ends = [*edges[1:], window.end]
    share = left / pieces
    older = [
        replace(window, start=start, end=end, cursor=None, expected=share)
        for start, end in zip(edges[:-1], ends[:-1], strict=True)
    ]
    return (replace(window, start=edges[-1], expected=share), *reversed(older))
