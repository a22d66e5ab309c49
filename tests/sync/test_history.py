"""The whole history, over real HTTP: complete, the same however often it is read, and unhurt by a bad Stripe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable

import pytest

from lib.errors import AccessRevoked, PermissionMissing, StripeUnavailable
from lib.settings import Standin
from lib.sync import work
from lib.sync.progress import snapshot
from lib.sync.resources import RESOURCES
from tests.sync.conftest import Connected


def test_every_object_of_every_list_arrives(connected: Connected) -> None:
    done = work.run(connected.account)
    tables = connected.tables()
    for resource in RESOURCES:
        listed = {
            each["id"] for page in connected.gateway.pages(resource.path, **resource.params) for each in page.data
        }
        assert {row["id"] for row in tables[resource.name]} >= listed, resource.name
        part = next(part for part in done.parts if part.resource == resource.name)
        assert (part.fetched, part.estimate, part.done) == (len(listed), len(listed), True), resource.name
    assert (done.state, done.error, done.phase) == ("done", None, None)


def test_nested_lists_arrive_whole(connected: Connected) -> None:
    work.run(connected.account)
    lines = Counter(row["invoice"] for row in connected.tables()["invoice_line"] if not row["deleted"])
    for page in connected.gateway.pages("/v1/invoices"):
        for invoice in page.data:
            parts = (
                connected.gateway.pages(f"/v1/invoices/{invoice['id']}/lines") if invoice["lines"]["has_more"] else ()
            )
            listed = len(invoice["lines"]["data"]) if not parts else sum(len(part.data) for part in parts)
            assert lines[invoice["id"]] == listed


def test_syncing_twice_changes_nothing(connected: Connected) -> None:
    work.run(connected.account)
    before = connected.tables()
    version = connected.one("SELECT data_version FROM account")
    work.run(connected.account)
    assert connected.tables() == before
    assert connected.one("SELECT data_version FROM account") == version
    work.run(connected.account, full=True)
    assert connected.tables() == before


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "429", "seconds": 0},
        {"kind": "500"},
        {"kind": "cut"},
        {"kind": "timeout", "seconds": 0.2},
    ],
    ids=lambda fault: str(fault["kind"]),
)
def test_a_stripe_that_stumbles_costs_nothing_but_time(
    living: Connected, elsewhere: Callable[[Standin], Connected], fault: dict[str, object]
) -> None:
    living.tell("faults", **fault, probability=0.2, count=40)
    stumbled = work.run(living.account)
    expected = living.tables()
    living.tell("faults", clear=True)
    other = elsewhere(living.standin)
    calm = work.run(other.account)
    assert stumbled.fetched == calm.fetched
    assert other.tables() == expected


def test_a_stripe_that_is_down_is_said_and_the_next_run_goes_on(living: Connected) -> None:
    living.tell("faults", kind="500", path="/v1/charges", skip=2)
    with pytest.raises(StripeUnavailable):
        work.run(living.account)
    failed = snapshot(living.account)
    assert failed.state == "failed"
    assert failed.error == StripeUnavailable().message
    assert failed.fetched > 0
    first = living.requests()

    living.tell("faults", clear=True)
    done = work.run(living.account)
    assert done.state == "done"
    assert done.fetched == sum(
        len(page.data) for each in RESOURCES for page in living.gateway.pages(each.path, **each.params)
    )
    again = living.requests()[len(first) :]
    assert max(Counter(each for each in again if "created" in each[1]).values(), default=0) <= 1


KILLED = """
import time
from lib.settings import standin
from lib.sync import work
work.run({account!r})
"""


def test_a_killed_process_resumes_where_it_was(living: Connected) -> None:
    living.tell("faults", kind="latency", seconds=0.15)
    code = KILLED.format(account=living.account)
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=os.environ | {"DATA_DIR": str(living.data_dir), "PYTHONPATH": "."}
    )
    deadline = time.monotonic() + 60
    while snapshot(living.account).fetched < 400:
        assert time.monotonic() < deadline
        assert process.poll() is None, "it was to be killed in the middle"
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    killed = snapshot(living.account)
    assert killed.state == "running"

    living.tell("faults", clear=True)
    done = work.run(living.account)
    lists = {each.path for each in RESOURCES}
    read = Counter(each for each in living.requests() if each[0] in lists)
    assert max(read.values()) <= 2, "no page is read more than once again"
    assert sum(times - 1 for times in read.values()) <= 20, "only what was under way is read again"
    assert done.state == "done"
    assert done.fetched == sum(
        len(page.data) for each in RESOURCES for page in living.gateway.pages(each.path, **each.params)
    )


def test_access_that_was_withdrawn_ends_the_connection(living: Connected) -> None:
    work.run(living.account)
    living.tell("revoke")
    with pytest.raises(AccessRevoked):
        work.run(living.account)
    assert snapshot(living.account).error == AccessRevoked().message
    assert living.one("SELECT count(*) FROM connection WHERE revoked_at IS NULL") == 0


def test_a_missing_permission_is_named(living: Connected) -> None:
    from lib.store import secrets

    key = living.standin["restricted_key"] + "_without_invoice"
    living.one("UPDATE connection SET kind = 'restricted_key', secret_encrypted = ? RETURNING id", secrets.seal(key))
    with pytest.raises(PermissionMissing, match="can't read Invoices"):
        work.run(living.account)
    said = snapshot(living.account)
    assert said.state == "failed"
    assert said.error == PermissionMissing(resources="Invoices").message
