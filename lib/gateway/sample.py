"""The demo business beside real accounts: a stand-in Stripe of its own on this machine, started by whoever reads it.

It is no platform of ours: it delivers nothing, its card is in ``DATA_DIR/sample.json`` and not in settings, so neither
OAuth nor billing nor webhooks can ever point to it. Only a Credential made here does (docs/decisions/0021).
"""

from __future__ import annotations

import atexit
import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Final, cast

import requests

from lib.errors import DemoAsleep, DemoUnavailable, StripeUnavailable
from lib.gateway import standin
from lib.gateway.client import CONNECT_TIMEOUT
from lib.gateway.credential import Credential
from lib.gateway.retry import INTERACTIVE
from lib.settings import Standin, settings

log = logging.getLogger(__name__)

MADE_WITHIN: Final = 180.0
"""Seconds in which the business must be there once its stand-in runs: the first time it is made."""
LOOKS: Final = 0.2
"""Seconds between two looks whether it is."""

_guard: Final = threading.RLock()
_stop: standin.Stop | None = None
"""Ends the stand-in that this process started; None where it started none."""


def offered() -> bool:
    """Whether a sample can be connected here: beside real accounts, where one machine does all the work."""
    return not settings().sandbox_mode and settings().database_url is None


def credential(*, whole: bool = True) -> Credential:
    """How to read the sample; its stand-in starts now, unless it runs. ``whole``: wait until the business is made.

    Raises DemoAsleep when it does not start, DemoUnavailable where several machines share the work.
    """
    card = _card()
    if whole:
        _wait(card)
    return Credential("sample", card["restricted_key"], base=card["base"])


def running() -> Standin | None:
    """The stand-in that DATA_DIR/sample.json names, whoever started it, if it answers; else None."""
    try:
        found = cast("Standin", json.loads(_file().read_text("utf-8")))
        answer = _ask(found, "/v1/account")
        return found if answer.ok and answer.json()["id"] == found["account"] else None
    except (OSError, ValueError, KeyError):  # requests' failures are OSErrors
        return None


def rest() -> None:
    """Stop the stand-in, if this process started it; whoever reads the sample next starts it again."""
    global _stop  # noqa: PLW0603 - one child for the process
    with _guard:
        if _stop is not None:
            _stop()
            atexit.unregister(_stop)
            _stop = None


def rest_soon() -> None:
    """The same without waiting for it."""
    threading.Thread(target=rest, name="sample-rests", daemon=True).start()


@contextmanager
def resting_after() -> Iterator[None]:
    """Within it samples may be read; at its end, and at SIGTERM, a stand-in that was started for it stops."""
    with standin.terminate_cleanly():
        try:
            yield
        finally:
            rest()


def _card() -> Standin:
    if settings().database_url is not None:
        raise DemoUnavailable
    with _guard:
        return running() or _start()


def _start() -> Standin:
    global _stop  # noqa: PLW0603 - one child for the process
    rest()  # one that no longer answers
    try:
        child, card = standin.start(("--state", str(_file().with_suffix("").resolve())), (0,))
    except (StripeUnavailable, OSError) as error:
        log.warning("The demo business did not start: %s", error)
        raise DemoAsleep from None
    _stop = standin.Stop(child)
    atexit.register(_stop)
    file = _file()
    file.touch(mode=0o600)
    file.write_text(json.dumps(card), encoding="utf-8")
    return card


def _wait(card: Standin) -> None:
    """Until its lists can be read. Raises DemoAsleep when that takes too long."""
    until = time.monotonic() + MADE_WITHIN
    while time.monotonic() < until:
        try:
            if _ask(card, "/v1/events?limit=1").status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                return
        except requests.RequestException:
            break
        time.sleep(LOOKS)
    raise DemoAsleep


def _ask(card: Standin, path: str) -> requests.Response:
    key = {"Authorization": f"Bearer {card['restricted_key']}"}
    return requests.get(card["base"] + path, headers=key, timeout=(CONNECT_TIMEOUT, INTERACTIVE.read_timeout))


def _file() -> Path:
    """Where the running one's address and keys are, for other processes of this DATA_DIR."""
    return settings().data_dir / "sample.json"
