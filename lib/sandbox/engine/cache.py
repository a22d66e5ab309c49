"""A world on disk. A file that is damaged, or that another engine wrote, is not read: the world is made again."""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from lib.sandbox.engine.state import State

_DIGEST = 32


@lru_cache(maxsize=1)
def _engine() -> bytes:
    """Return a digest of the engine's own code and of the Python that runs it."""
    made = hashlib.sha256(sys.version.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        made.update(path.read_bytes())
    return made.digest()


@contextmanager
def without_collector() -> Iterator[None]:
    """Make many objects without the garbage collector looking at each of them over and over."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()  # what was made is here to stay: it need never be looked at again
            gc.enable()


def save(state: State, path: Path) -> None:
    """Write a world to a file; a reader sees the old file or the new one, never half of one."""
    listener, state.on_event = state.on_event, None
    try:
        with without_collector():
            body = pickle.dumps(state, protocol=5)
    finally:
        state.on_event = listener
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(_engine() + hashlib.sha256(body).digest() + body)
    part.replace(path)


def load(path: Path) -> State | None:
    """Read a world; None where there is none that this engine wrote."""
    try:
        raw = memoryview(path.read_bytes())
    except OSError:
        return None
    body = raw[2 * _DIGEST :]
    if raw[:_DIGEST] != _engine() or raw[_DIGEST : 2 * _DIGEST] != hashlib.sha256(body).digest():
        return None
    with without_collector():
        state = pickle.loads(body)  # noqa: S301 - our own file in our own folder, checked by digest
    return state if isinstance(state, State) else None
