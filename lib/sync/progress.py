"""How far an account's sync is, for the page and the command line."""

from __future__ import annotations

import time
from dataclasses import dataclass

from lib.store import checkpoints
from lib.store.engine import reading
from lib.sync.resources import RESOURCES


@dataclass(frozen=True)
class Part:
    """One resource: objects read so far, about how many there are (None: unknown yet), and whether it is done."""

    resource: str
    label: str
    fetched: int = 0
    estimate: int | None = None
    done: bool = False


@dataclass(frozen=True)
class Snapshot:
    """An account's sync at one moment.

    ``state`` is idle, queued, running, done or failed; ``phase`` a few words, as a page shows them; times are epoch
    seconds; ``error`` is a sentence for people.
    """

    account: str
    state: str = "idle"
    phase: str | None = None
    started: float | None = None
    finished: float | None = None
    error: str | None = None
    parts: tuple[Part, ...] = ()
    now: float = 0.0

    @property
    def running(self) -> bool:
        """Whether it waits for its turn or is at work."""
        return self.state in {"queued", "running"}

    @property
    def fetched(self) -> int:
        """Objects read so far."""
        return sum(part.fetched for part in self.parts)

    @property
    def estimate(self) -> int | None:
        """About how many objects there are; None while a resource's number is unknown."""
        known = [max(part.fetched, part.estimate or 0) for part in self.parts if part.done or part.estimate is not None]
        return sum(known) if self.parts and len(known) == len(self.parts) else None

    @property
    def seconds(self) -> float:
        """How long it has worked, or worked when it ended."""
        return max(0.0, (self.finished or self.now) - self.started) if self.started else 0.0

    @property
    def objects_per_second(self) -> float:
        """Objects read a second since the start."""
        return self.fetched / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """About how long it will still take; None when nobody can tell."""
        if not self.running or self.estimate is None or not self.objects_per_second:
            return None
        return (self.estimate - self.fetched) / self.objects_per_second


def snapshot(account: str) -> Snapshot:
    """Where the account's sync stands now. An account that never synced is idle, with no parts."""
    with reading() as db:
        run = checkpoints.run(db, account)
        rows = {row.resource: row for row in checkpoints.progress(db, account)}
    if run is None:
        return Snapshot(account, now=time.time())
    parts = tuple(
        Part(each.name, each.label, row.fetched, row.estimate, row.done)
        for each in RESOURCES
        if (row := rows.get(each.name))
    )
    return Snapshot(account, run.state, run.phase, run.started, run.finished, run.error, parts=parts, now=time.time())
