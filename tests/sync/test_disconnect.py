"""Who disconnects and erases has the last word, however busy a sync is just then."""

from __future__ import annotations

import time
from typing import Any

import pytest

from lib.accounts import connections, workspaces
from lib.errors import Disconnected
from lib.gateway import Gateway, Page
from lib.sync import work
from tests.sync.conftest import Connected

ENDS_AFTER = 12
"""Pages."""


def test_a_sync_that_was_running_leaves_nothing_behind(connected: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = workspaces.for_command_line(now=0)
    asked = 0
    page = Gateway.page

    def ending(gateway: Gateway, path: str, **params: Any) -> Page:  # noqa: ANN401 - as Gateway.page
        nonlocal asked
        asked += 1
        if asked == ENDS_AFTER:
            connections.disconnect(workspace, connected.account, now=int(time.time()), erase=True)
        return page(gateway, path, **params)

    monkeypatch.setattr(Gateway, "page", ending)
    with pytest.raises(Disconnected):
        work.run(connected.account)
    assert asked >= ENDS_AFTER
    assert {name: rows for name, rows in connected.tables().items() if rows} == {}
    assert connected.one("SELECT count(*) FROM sync_run") == 0
