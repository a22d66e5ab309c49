"""A sync on the terminal: one bar for each resource, how many a second, and how long it will take."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from lib.sync import work
from lib.sync.progress import Part, Snapshot


def sync(account: str, *, full: bool) -> dict[str, int]:
    """Bring ``account`` up to date, with bars on stderr; returns the objects read for each resource.

    Raises what :func:`lib.sync.work.run` raises.
    """
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description:<22}"), BarColumn(), TextColumn("{task.fields[told]}"), console=console
    ) as bars:
        view = _View(bars)
        ended = work.run(account, full=full, on_progress=view.show)
        view.show(ended)
    console.print(summary(ended), highlight=False)
    return {str(part.resource): part.fetched for part in ended.parts}


def summary(ended: Snapshot) -> str:
    """What was read in all, and how fast."""
    return (
        f"{ended.account} is up to date: {ended.fetched:,} objects in {ended.seconds:,.0f} s "
        f"({ended.objects_per_second:,.0f} a second)."
    )


def headline(now: Snapshot) -> str:
    """The phase, and the time left once it can be told."""
    left = f", about {now.seconds_left:,.0f} s left" if now.seconds_left is not None else ""
    return f"{now.phase or 'Catching up'}{left}"


class _View:
    """The bars, kept in step with snapshots."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._head = bars.add_task("All", total=None, told="")
        self._tasks: dict[str, TaskID] = {}

    def show(self, now: Snapshot) -> None:
        """Draw ``now``; called from the sync's watcher thread too."""
        told = headline(now) if now.running else "done"
        self._bars.update(self._head, completed=now.fetched, total=now.estimate, told=told)
        for part in now.parts:
            self._bars.update(self._task(part), completed=part.fetched, total=_total(part), told=f"{part.fetched:,}")

    def _task(self, part: Part) -> TaskID:
        if part.resource not in self._tasks:
            self._tasks[part.resource] = self._bars.add_task(part.label, total=None, told="")
        return self._tasks[part.resource]


def _total(part: Part) -> int | None:
    """How much there is; an empty list that is done counts as one of one, so that its bar is full."""
    return max(part.fetched, 1) if part.done else part.estimate
