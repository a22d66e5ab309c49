"""``make chaos``: many seeds, two at a time; each that fails with its plan, and at the end what happened in all."""

from __future__ import annotations

import logging
import multiprocessing
import multiprocessing.util
import os
import sys
import time
from collections import Counter
from contextlib import ExitStack
from typing import Final

from tests.chaos.director import Lane, Report, lane, run
from tests.chaos.plans import plan

LANES: Final = min(4, os.cpu_count() or 1)
_here: list[Lane] = []


def main(first: int, count: int) -> int:
    """Play ``count`` seeds from ``first`` on; the number of those that failed."""
    began, happened, failed = time.monotonic(), Counter[str](), list[int]()
    context = multiprocessing.get_context("spawn")
    with context.Pool(LANES, _open_lane) as pool:
        for done, report in enumerate(pool.imap_unordered(_play, range(first, first + count)), 1):
            happened += report.happened
            if report.failures:
                failed.append(report.seed)
                _say(str(report))
            if not done % 10:
                _say(f"{done} of {count} seeds, {len(failed)} failed, {time.monotonic() - began:.0f} s")
        pool.close()
        pool.join()
    _say("\n".join(f"{number:9,} {name}" for name, number in sorted(happened.items())))
    took = time.monotonic() - began
    _say(f"{count - len(failed)} of {count} seeds converged in {took:.0f} s; failed: {sorted(failed)}")
    return len(failed)


def _open_lane() -> None:
    logging.disable(logging.WARNING)
    stack = ExitStack()
    _here.append(stack.enter_context(lane()))
    multiprocessing.util.Finalize(None, stack.close, exitpriority=10)


def _play(seed: int) -> Report:
    try:
        return run(plan(seed), _here[0])
    except Exception as error:  # noqa: BLE001 - a director that trips is a failed seed, not the end of all
        return Report(seed, str(plan(seed)), failures=[f"the director tripped: {type(error).__name__}: {error}"])


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
