"""The stand-in Stripe beside us: found when it already runs, else started as a child process and stopped with us."""

from __future__ import annotations

import atexit
import json
import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import cast

import requests

from lib.errors import AppError, StripeUnavailable
from lib.gateway.client import CONNECT_TIMEOUT, READ_TIMEOUT, Gateway
from lib.gateway.credential import Credential
from lib.gateway.retry import Patience
from lib.settings import Standin, bind_standin, settings, standin

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 120.0
"""Seconds until the first line must be there: the first start makes the whole demo business."""
STOPS_WITHIN = 10.0


@contextmanager
def running(*arguments: str) -> Iterator[Standin]:
    """A running stand-in, with settings bound to it.

    One that another process of this DATA_DIR already runs is used and left alone; else one is started with
    ``arguments`` added to its command line, and stopped at the end, at SIGTERM and when the interpreter exits.
    Raises StripeUnavailable when none comes up.
    """
    if found := live():
        yield found
        return
    child, info = start(arguments, (settings().sandbox_port, 0))
    stop = Stop(child)
    atexit.register(stop)
    with terminate_cleanly():
        try:
            bind_standin(info)
            yield info
        finally:
            stop()
            atexit.unregister(stop)


def live() -> Standin | None:
    """The stand-in that DATA_DIR/standin.json names, bound, if it answers; else None."""
    found = standin()
    if found is None:
        return None
    asked = Gateway(Credential("demo", found["secret_key"]), base=found["base"], patience=Patience(attempts=1))
    try:
        asked.get("/v1/account")
    except AppError:
        return None
    bind_standin(found)
    return found


def send_test_event(account: str) -> None:
    """Let the stand-in deliver an event of ``account`` that changes nothing. Raises StripeUnavailable."""
    _tell("test_event", {"account": account})


def show_brand(*, name: str | None, colour: str | None, icon: str | None, logo: str | None) -> None:
    """Have the stand-in's pages of consent and payment show this brand; None: its own. Raises StripeUnavailable."""
    _tell("branding", {"name": name, "colour": colour, "icon": icon, "logo": logo})


def _tell(door: str, what: dict[str, str | None]) -> None:
    found = standin()
    if found is None:
        raise StripeUnavailable
    try:
        answer = requests.post(f"{found['base']}/_sandbox/{door}", json=what, timeout=(CONNECT_TIMEOUT, READ_TIMEOUT))
    except requests.RequestException as error:
        raise StripeUnavailable from error
    if not answer.ok:
        raise StripeUnavailable


def start(arguments: tuple[str, ...], ports: tuple[int, ...]) -> tuple[subprocess.Popen[str], Standin]:
    """Start one on the first of these ports that is free (0: any), bound to nothing. Raises StripeUnavailable."""
    for port in ports:
        child = _spawn(port, arguments)
        if info := _first_line(child):
            return child, info
        Stop(child)()
    raise StripeUnavailable


def _spawn(port: int, arguments: tuple[str, ...]) -> subprocess.Popen[str]:
    chosen = settings()
    chosen.data_dir.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "lib.sandbox", "--port", str(port), "--seed", str(chosen.sandbox_seed)]
    command += ["--months", str(chosen.sandbox_months), "--customers", str(chosen.sandbox_customers)]
    folder = str(chosen.data_dir.resolve() / "sandbox")
    command += ["--cache", folder, "--state", folder, *arguments]
    with (chosen.data_dir / "standin.log").open("a", encoding="utf-8") as errors:
        return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=errors)  # noqa: S603 - our own module


def _first_line(child: subprocess.Popen[str]) -> Standin | None:
    """Its first line, read with a deadline; None when it ended or stayed silent."""
    assert child.stdout is not None  # noqa: S101 - Popen was given a pipe; tells mypy
    timer = threading.Timer(STARTS_WITHIN, child.kill)
    timer.start()
    try:
        line = child.stdout.readline()
        return cast("Standin", json.loads(line)) if line else None
    except json.JSONDecodeError:
        return None
    finally:
        timer.cancel()


class Stop:
    """Ends the child once, politely first."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self._child = child

    def __call__(self) -> None:
        """End it; once it has ended, nothing happens."""
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                log.warning("the stand-in did not stop in time and is killed")
                self._child.kill()
                self._child.wait()
        if self._child.stdout:
            self._child.stdout.close()


@contextmanager
def terminate_cleanly() -> Iterator[None]:
    """Let SIGTERM unwind the stack, so that the child is stopped, where nobody handles it yet (servers do)."""
    idle = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not idle or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _exit(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
