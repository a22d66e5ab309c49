"""Reading an account's whole history, many windows at a time, so that a crash at any moment loses next to nothing.

Threads ask Stripe for pages; one thread turns them into rows and writes them, together with the checkpoint of their
windows, in one transaction. What a page leaves of its window is asked for before the page is written, so that Stripe
and the database work at the same time.

Several processes may read one history (the app, and ``python -m lib sync`` beside it). A window is replaced only as it
was when its page was asked for; who finds that another was quicker takes up what is left in the store.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress

from lib.errors import AppError, PermissionMissing
from lib.gateway import Gateway
from lib.store import checkpoints, upserts
from lib.store.engine import transaction
from lib.store.stripe_rows import FROM_STRIPE
from lib.store.tables import Row, SyncWindow
from lib.store.writing import connection, writing
from lib.sync import allowance, halt, reader, windows
from lib.sync.reader import Pulled
from lib.sync.resources import BY_NAME, RESOURCES
from lib.sync.windows import Window

READERS = 6
"""Pages asked for at once."""
BATCH = 12
"""Most pages written in one transaction."""
BUMP_EVERY = 1.0
"""Seconds between changes of the data version while history arrives: each lets pages draw anew."""


def run(account: str, gateway: Gateway) -> int:
    """Read what is left of the account's history; the number of objects read now.

    Raises like ``Gateway.get``: whatever was read before is kept, and the next run goes on there.
    """
    return _Backfill(account, gateway).run()


class _Overtaken(Exception):  # noqa: N818 - no error: another process was quicker
    """Another process goes on with a window of ours, or began anew."""


class _Backfill:
    def __init__(self, account: str, gateway: Gateway) -> None:
        self._account = account
        self._gateway = gateway
        self._left: dict[tuple[str, int, int], Window] = {}
        self._read_now = 0
        self._bumped = 0.0
        self._by = connection(account)

    def run(self) -> int:
        pool = ThreadPoolExecutor(READERS, thread_name_prefix="stripe-reader")
        try:
            while self._resume():
                with suppress(_Overtaken):
                    self._work(pool)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        upserts.bump(self._account)
        return self._read_now

    # --- Where to start ---------------------------------------------------------------------------------------------

    def _resume(self) -> bool:
        """Take up what the store says is left, the whole history where nothing was begun; False when all is read."""
        with transaction() as db:
            kept = checkpoints.windows(db, self._account)
            rows = checkpoints.progress(db, self._account)
        if not kept:
            self._begin()
            return self._resume()
        left = [Window(row.resource, row.start, row.end, row.cursor) for row in kept if not row.done]
        self._left = {_key(window): window for window in left}
        self._expect({row.resource: (row.estimate or 0) - row.fetched for row in rows})
        return bool(left)

    def _expect(self, missing: dict[str, int]) -> None:
        """Spread the objects that a resource still lacks over its windows; only the progress bar needs it."""
        counts = Counter(window.resource for window in self._left.values())
        for key, window in self._left.items():
            share = max(0, missing.get(window.resource, 0)) / counts[window.resource]
            self._left[key] = Window(window.resource, window.start, window.end, window.cursor, expected=share)

    def _begin(self) -> None:
        begin = first_moment(self._gateway)
        planned = [window for each in RESOURCES for window in windows.first(each.name, begin)]
        with writing(self._account, self._by) as db:
            checkpoints.hold_run(db, self._account)
            if checkpoints.windows(db, self._account):
                return
            checkpoints.replace_window(db, self._account, None, map(self._row, planned))
            for each in RESOURCES:
                checkpoints.save_progress(db, self._account, each.name, fetched=0, estimate=None, done=False)

    # --- The work ---------------------------------------------------------------------------------------------------

    def _work(self, pool: ThreadPoolExecutor) -> None:
        todo: deque[Window] = deque(self._left.values())
        asked: dict[Future[Pulled], Window] = {}

        def ask() -> None:
            while todo and len(asked) < READERS + BATCH:
                window = todo.popleft()
                asked[pool.submit(self._read, window)] = window

        ask()
        while asked:
            halt.check()
            ready, _ = wait(asked, timeout=1.0, return_when=FIRST_COMPLETED)
            batch, failure = _harvest([(future, asked.pop(future)) for future in list(ready)[:BATCH]])
            now = int(time.time())
            steps = [(window, pulled, _after(window, pulled, now)) for window, pulled in batch]
            todo.extend(each for _, _, after in steps for each in after if not each.done)
            ask()
            self._write(steps)
            if failure:
                raise failure

    def _read(self, window: Window) -> Pulled:
        resource = BY_NAME[window.resource]
        try:
            return reader.page(self._gateway, resource, **window.params)
        except PermissionMissing:
            if resource.permission.required:
                raise
            return Pulled(resource, [], time.time(), refused=True)

    def _write(self, steps: Sequence[tuple[Window, Pulled, tuple[Window, ...]]]) -> None:
        """Rows, checkpoints and progress of some pages, all or nothing. Raises _Overtaken once they are written."""
        rows = _rows(self._account, (pulled for _, pulled, _ in steps))
        with writing(self._account, self._by) as db:
            upserts.apply(self._account, rows, db)
            checkpoints.hold_run(db, self._account)
            ours = [step for step in steps if checkpoints.stands(db, self._row(step[0]))]
            for window, _, after in ours:
                checkpoints.replace_window(db, self._account, _key(window), map(self._row, after))
                del self._left[_key(window)]
                self._left.update({_key(each): each for each in after if not each.done})
            read = self._count(ours)
            for name, count in read.items():
                expected = sum(each.expected for each in self._left.values() if each.resource == name)
                checkpoints.advance(db, self._account, name, read=count, expected=round(expected))
            if time.monotonic() - self._bumped > BUMP_EVERY:
                upserts.bump(self._account, db)
                self._bumped = time.monotonic()
        allowance.keep(at_least=allowance.BATCH)
        self._read_now += read.total()
        if len(ours) < len(steps):
            raise _Overtaken

    @staticmethod
    def _count(steps: Iterable[tuple[Window, Pulled, tuple[Window, ...]]]) -> Counter[str]:
        """Objects on these pages by resource; empty pages count as well, with nothing."""
        read: Counter[str] = Counter()
        for window, pulled, _ in steps:
            read[window.resource] += len(pulled.objects)
        return read

    def _row(self, window: Window) -> SyncWindow:
        return SyncWindow(
            account=self._account,
            resource=window.resource,
            start=window.start,
            end=window.end,
            cursor=window.cursor,
            done=window.done,
        )


def first_moment(gateway: Gateway) -> int:
    """About when the account's history begins (epoch seconds): no customer was created before; 0 without customers.

    Found by halving, with lists of one object: a dozen quick requests.
    """
    customers = BY_NAME["customer"]
    newest = reader.page(gateway, customers, limit=windows.PAGE_SIZE)
    if not newest.has_more:
        return newest.seen.oldest
    low, high = STRIPE_BEGAN, newest.seen.oldest
    while high - low > max(MONTH, (newest.seen.newest - high) // 32):
        middle = (low + high) // 2
        found = reader.page(gateway, customers, limit=1, created={"lt": middle}).objects
        low, high = (low, min(middle, found[0]["created"])) if found else (middle, high)
    return low


STRIPE_BEGAN = 1_300_000_000
"""March 2011: no object is older."""
MONTH = 30 * 86_400


def _after(window: Window, pulled: Pulled, now: int) -> tuple[Window, ...]:
    """What a window becomes; none where the list may not be read, so that it is asked for again at the next sync."""
    return () if pulled.refused else windows.after(window, pulled.seen, now)


def _rows(account: str, pages: Iterable[Pulled]) -> list[Row]:
    rows: list[Row] = []
    for pulled in pages:
        read = FROM_STRIPE[pulled.resource.object]
        for each in pulled.objects:
            rows += read(each, account, pulled.observed_at)
    return rows


def _harvest(
    ready: Iterable[tuple[Future[Pulled], Window]],
) -> tuple[list[tuple[Window, Pulled]], AppError | None]:
    """The pages that came, and the first failure."""
    batch: list[tuple[Window, Pulled]] = []
    failure: AppError | None = None
    for future, window in ready:
        try:
            batch.append((window, future.result()))
        except AppError as error:
            failure = failure or error
    return batch, failure


def _key(window: Window) -> tuple[str, int, int]:
    return window.resource, window.start, window.end
