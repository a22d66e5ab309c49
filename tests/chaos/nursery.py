"""A process that has imported everything and forks children which run at once: they can be killed and born in no time.

``python -m tests.chaos.nursery`` reads one JSON order a line. It has no threads, no database and no connections, so a
fork of it is as good as a new process.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Nursery:
    """The parent's side: orders children."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.chaos.nursery"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def bear(self, role: str, log: Path, environment: dict[str, str], **arguments: Any) -> tuple[int, Any]:  # noqa: ANN401 - JSON
        """Start a child in ``role``, a function of :mod:`tests.chaos.roles`; its pid and what it says when it is up."""
        return tuple(self._ask(role=role, log=str(log), environment=environment, arguments=arguments))

    def kill(self, pid: int, how: int = signal.SIGKILL) -> None:
        """Kill a child (SIGKILL unless told otherwise) and wait until it is gone."""
        os.kill(pid, how)
        self._ask(wait=pid)

    def wait(self, pid: int) -> int:
        """Wait for a child to end; its exit code."""
        return int(self._ask(wait=pid))

    def ended(self, pid: int) -> bool:
        """Whether a child has ended by itself."""
        return bool(self._ask(ended=pid))

    def close(self) -> None:
        """End it and all its children."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)

    def _ask(self, **order: Any) -> Any:  # noqa: ANN401 - JSON
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


# --- The process ------------------------------------------------------------------------------------------------------


def main() -> None:
    """Obey until stdin ends; then every child dies."""
    from tests.chaos import roles

    roles.prepare()
    gc.freeze()
    children: dict[int, int | None] = {}
    for line in sys.stdin:
        answer = _obey(json.loads(line), children)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for pid, code in children.items():
        if code is None:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _obey(order: dict[str, Any], children: dict[int, int | None]) -> object:
    if "wait" in order:
        return _ended(order["wait"], children, 0)
    if "ended" in order:
        return _ended(order["ended"], children, os.WNOHANG) is not None
    pid, said = _fork(order)
    children[pid] = None
    return pid, said


def _ended(pid: int, children: dict[int, int | None], how: int) -> int | None:
    """A child's exit code; None while it lives."""
    if children[pid] is None:
        gone, status = os.waitpid(pid, how)
        children[pid] = os.waitstatus_to_exitcode(status) if gone else None
    return children[pid]


def _fork(order: dict[str, Any]) -> tuple[int, object]:
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid:
        os.close(theirs)
        with os.fdopen(ours) as said:
            line = said.readline()
        return pid, json.loads(line) if line else None
    try:
        os.close(ours)
        _become(order, theirs)
    except BaseException:  # noqa: BLE001 - the child's last words, whatever happened
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def _become(order: dict[str, Any], said: int) -> None:
    from tests.chaos import roles

    log = os.open(order["log"], os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    for number in (1, 2):
        os.dup2(log, number)
    with Path(os.devnull).open(encoding="utf-8") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.environ.update(order["environment"])
    for name in [name for name, value in order["environment"].items() if not value]:
        os.environ.pop(name)

    def up(what: object) -> None:
        os.write(said, json.dumps(what).encode() + b"\n")
        os.close(said)

    getattr(roles, order["role"])(up, **order["arguments"])


if __name__ == "__main__":
    main()
