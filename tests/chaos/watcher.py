"""Whoever looks at the page during a run: whatever it shows at any moment must be true."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path
from typing import Final

from lib import errors
from lib.errors import AppError, NotSyncedYet
from lib.reports import books
from lib.store import checkpoints
from lib.store.engine import reading
from lib.sync.progress import Snapshot, snapshot

STATES: Final = {"idle", "queued", "running", "done", "failed"}
EVERY: Final = 0.02
FIGURES_EVERY: Final = 0.25
"""Seconds between two looks at the figures, which take longer to make."""
BEFORE, AFTER = 300, 3500
"""How much of a log is shown around a stack trace."""
_BROKEN: Final = re.compile(r"^Traceback \(most recent call last\)|^\s+File \".*\", line \d+", re.MULTILINE)


def _sentences() -> list[re.Pattern[str]]:
    """Every sentence that an AppError may say, its blanks filled with anything."""
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, AppError)]
    texts = [" ".join((each.__doc__ or "").split()) for each in kinds]
    return [re.compile(re.sub(r"\\\{\w+\\\}", ".*", re.escape(text))) for text in texts if text]


class Watcher:
    """Looks all the time, in a thread; :attr:`lies` is what was not true."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.lies: list[str] = []
        self.looks = 0
        self.figures = 0
        self.states: set[str] = set()
        self._known = _sentences()
        self._before: Snapshot | None = None
        self._version = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watcher", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join(30)

    def _watch(self) -> None:
        figures = 0.0
        while not self._over.wait(EVERY):
            try:
                self._look()
                if time.monotonic() > figures:
                    self._read_figures()
                    figures = time.monotonic() + FIGURES_EVERY
            except Exception as error:  # noqa: BLE001 - a page that breaks is a finding, whatever broke it
                self._lie(f"a page would break: {type(error).__name__}: {error}")

    def _look(self) -> None:
        now, version, complete = snapshot(self.account), books.version(self.account), self._complete()
        self.looks += 1
        self.states.add(now.state)
        if now.state not in STATES:
            self._lie(f"the state is {now.state!r}")
        if now.state == "done" and not (now.parts and all(part.done for part in now.parts)):
            self._lie("done, but the history is not whole")
        if now.state == "done" and not complete:
            self._lie("done, but windows are open")
        if now.state == "done" and now.error:
            self._lie(f"done, with an error: {now.error}")
        if now.state == "failed" and not now.error:
            self._lie("failed, and no word of why")
        if now.error and not any(each.fullmatch(now.error) for each in self._known):
            self._lie(f"no sentence of ours: {now.error}")
        if self._before and now.fetched < self._before.fetched and now.started == self._before.started:
            self._lie(f"{self._before.fetched} objects were read, then {now.fetched}, and no new beginning was told")
        if any(part.done and part.estimate != part.fetched for part in now.parts):
            self._lie("a part is done, but more was expected of it")
        if version < self._version:
            self._lie(f"the data version fell from {self._version} to {version}")
        self._before, self._version = now, version

    def _complete(self) -> bool:
        """Whether every window is read; asked before and after, so that a restart in between is no lie."""
        with reading() as db:
            run, kept = checkpoints.run(db, self.account), checkpoints.windows(db, self.account)
        return run is None or run.state != "done" or (bool(kept) and all(window.done for window in kept))

    def _read_figures(self) -> None:
        try:
            books.ledger(self.account)
        except NotSyncedYet:
            return
        except AppError as error:
            self._lie(f"figures can't be shown: {error.message}")
        self.figures += 1

    def _lie(self, sentence: str) -> None:
        if sentence not in self.lies:
            self.lies.append(sentence)


def stack_traces(logs: Path) -> list[str]:
    """The first stack trace of each log in a folder: users' servers must not need to read any."""
    found = []
    for log in sorted(logs.glob("*.log")):
        text = log.read_text("utf-8", "replace")
        if broken := _BROKEN.search(text):
            found.append(f"{log.name}: {text[max(0, broken.start() - BEFORE) : broken.start() + AFTER]}")
    return found
