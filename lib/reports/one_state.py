"""One state at a time: within a page's run, what was met first stays, however fast data change meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar, cast

T = TypeVar("T")

_run: ContextVar[dict[Hashable, object] | None] = ContextVar("run", default=None)
"""What this run of a page has met so far, by account, rules and time zone; None outside of within()."""


@contextmanager
def within() -> Iterator[None]:
    """Within it, an account's ledger stays the one that was met first, with the frames it was made of: the figures of a
    page agree, and it is drawn to its end however fast data change meanwhile (docs/decisions/0020).
    """
    before = _run.set({})
    try:
        yield
    finally:
        _run.reset(before)


def once(what: Hashable, get: Callable[[], T]) -> T:
    """What this run has met of ``what``, got now if it is the first to ask; outside of within() got each time."""
    run = _run.get()
    if run is None:
        return get()
    if what not in run:
        run[what] = get()
    return cast("T", run[what])


def met(what: Hashable) -> object | None:
    """The same, without getting it: None where nobody has asked yet."""
    return (_run.get() or {}).get(what)
