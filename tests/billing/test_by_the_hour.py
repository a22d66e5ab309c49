"""Once an hour whoever pays is read anew: by the app as it is started, not by a call of a test's own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from dbos import DBOS

from lib.api import background
from lib.billing import checkout
from lib.billing.access import State
from lib.billing.plans import PRO, Every
from lib.sync import own, runtime
from tests.billing.buying import Buyer

PATIENTLY = 60


@pytest.fixture
def started(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Buyer]:
    """Ada on a server whose background runs; her stand-in is there already."""
    monkeypatch.setattr(background.standin, "running", lambda *_options: nullcontext())
    running = background._Background()
    running.start()
    assert runtime._launched.wait(PATIENTLY)
    yield buyer
    running.over.set()
    running.join(PATIENTLY)


def test_the_schedule_of_a_started_server_reads_who_has_paid(started: Buyer) -> None:
    started.pay(checkout.begin(started.user, "pro", Every.MONTH, now=int(time.time())))
    assert started.access.state is State.FREE, "no webhook told"
    planned = DBOS.get_schedule("own")
    assert planned is not None
    assert planned["schedule"] == own.EVERY
    DBOS.trigger_schedule("own").get_result()
    assert (started.access.state, started.access.plan) == (State.TRIAL, PRO)
