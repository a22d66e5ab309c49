"""Restricted keys and the ends of connections, with the stand-in as a real process. OAuth: tests/api/test_oauth.py."""

from __future__ import annotations

import httpx
import pytest
from sqlmodel import select

from lib.accounts import connections, workspaces
from lib.accounts.sessions import SignedIn
from lib.errors import (
    AccessRevoked,
    AlreadyConnected,
    AppError,
    DemosTaken,
    KeyIsPublishable,
    KeyIsSecret,
    KeyMalformed,
    KeyRefused,
    PermissionMissing,
    UnknownAccount,
)
from lib.settings import Standin, bind_standin
from lib.store import connections as rows
from lib.store import tables
from lib.store.engine import reading, transaction
from tests.accounts.members import NOON, join


def accounts(user: SignedIn) -> list[tuple[str, str]]:
    return [(each.account, each.kind) for each in connections.of(user.workspace)]


def test_a_restricted_key_connects_its_account(ada: SignedIn, bound_standin: Standin) -> None:
    key = bound_standin["restricted_key"]
    account = connections.connect_restricted(ada.workspace, f"  {key}\n", now=NOON)
    assert accounts(ada) == [(bound_standin["account"], "restricted_key")] == [(account, "restricted_key")]
    assert workspaces.require_account(ada.workspace, account) == account
    assert connections.credential(account).api_key == key


def test_the_key_is_kept_sealed_and_wiped_at_the_end(ada: SignedIn, bound_standin: Standin) -> None:
    account = connections.connect_restricted(ada.workspace, bound_standin["restricted_key"], now=NOON)
    with reading() as db:
        kept = rows.live(db, account)
    assert kept is not None
    assert bound_standin["restricted_key"] not in repr(kept.model_dump())

    connections.disconnect(ada.workspace, account, now=NOON + 60)

    with reading() as db:
        ended = db.get(type(kept), kept.id)
    assert ended is not None
    assert (ended.revoked_at, ended.secret_encrypted) == (NOON + 60, None)
    assert accounts(ada) == []
    with pytest.raises(AccessRevoked):
        connections.credential(account)


@pytest.mark.parametrize(
    ("key", "refusal"),
    [
        ("sk_live_51Habc", KeyIsSecret),
        ("pk_live_51Habc", KeyIsPublishable),
        ("", KeyMalformed),
        ("rk_prod_51Habc", KeyMalformed),
        ("rk_test_51Habc\r\nX-Header: 1", KeyMalformed),
        ("rk_test_nobodyknowsthis", KeyRefused),
    ],
)
def test_other_keys_are_refused(ada: SignedIn, bound_standin: Standin, key: str, refusal: type[AppError]) -> None:
    with pytest.raises(refusal):
        connections.connect_restricted(ada.workspace, key, now=NOON)
    assert accounts(ada) == []


def test_a_key_that_can_not_read_invoices_is_told_what_it_lacks(ada: SignedIn, bound_standin: Standin) -> None:
    with pytest.raises(PermissionMissing, match="Invoices"):
        connections.connect_restricted(ada.workspace, bound_standin["restricted_key"] + "_without_invoice", now=NOON)


def test_an_account_belongs_to_one_workspace_at_a_time(ada: SignedIn, eve: SignedIn, bound_standin: Standin) -> None:
    key = bound_standin["restricted_key"]
    account = connections.connect_restricted(ada.workspace, key, now=NOON)
    with pytest.raises(AlreadyConnected):
        connections.connect_restricted(eve.workspace, key, now=NOON)
    with pytest.raises(UnknownAccount):
        connections.disconnect(eve.workspace, account, now=NOON)
    with pytest.raises(UnknownAccount):
        workspaces.require_account(eve.workspace, account)

    connections.disconnect(ada.workspace, account, now=NOON)

    assert connections.connect_restricted(eve.workspace, key, now=NOON) == account


def test_disconnecting_gives_the_access_back_at_stripe(ada: SignedIn, fresh_standin: Standin) -> None:
    bind_standin(fresh_standin)
    account = connections.connect_demo(ada.workspace, now=NOON)
    as_us = {"Authorization": f"Bearer {fresh_standin['secret_key']}", "Stripe-Account": account}
    assert httpx.get(fresh_standin["base"] + "/v1/account", headers=as_us).status_code == 200

    connections.disconnect(ada.workspace, account, now=NOON)

    refused = httpx.get(fresh_standin["base"] + "/v1/account", headers=as_us)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "account_invalid")


def test_each_workspace_gets_a_made_up_business_of_its_own(
    ada: SignedIn, eve: SignedIn, bound_standin: Standin
) -> None:
    first = connections.connect_demo(ada.workspace, now=NOON)
    second = connections.connect_demo(eve.workspace, now=NOON)
    assert first == bound_standin["account"] != second
    assert [[each.name for each in connections.of(who.workspace)] for who in (ada, eve)] == [
        ["Halyard"],
        ["Corner Bakery"],
    ]
    assert connections.connect_demo(eve.workspace, now=NOON + 1) == second  # once more: the same
    with pytest.raises(DemosTaken):
        connections.connect_demo(join("Grace").user.workspace, now=NOON)
    connections.disconnect(ada.workspace, first, now=NOON + 2, erase=True)
    assert connections.connect_demo(join("Ann").user.workspace, now=NOON + 3) == first


def test_test_and_live_data_of_one_account_never_mix(ada: SignedIn, bound_standin: Standin) -> None:
    """Stripe gives an account the same id in both modes."""
    key = bound_standin["restricted_key"]
    account = connections.connect_restricted(ada.workspace, key, now=NOON)

    def kept() -> list[str]:
        with reading() as db:
            return [table.__name__ for table in (tables.Customer, tables.SyncRun) if db.exec(select(table)).first()]

    with transaction() as db:
        db.add_all([tables.Customer(account=account, id="cus_1", observed_at=1.0), tables.SyncRun(account=account)])
    connections.connect_restricted(ada.workspace, key, now=NOON + 1)
    assert kept() == ["Customer", "SyncRun"]

    with transaction() as db:
        db.get_one(tables.Account, account).livemode = True
    connections.connect_restricted(ada.workspace, key, now=NOON + 2)
    assert kept() == []
    with reading() as db:
        assert db.get_one(tables.Account, account).livemode is False


def test_a_grant_outlives_a_failure_right_after_it(ada: SignedIn, fresh_standin: Standin) -> None:
    bind_standin(fresh_standin)
    faults = fresh_standin["base"] + "/_sandbox/faults"
    httpx.post(faults, json={"kind": "500", "path": "/v1/account"})
    account = connections.connect_demo(ada.workspace, now=NOON)
    assert [(each.account, each.name) for each in connections.of(ada.workspace)] == [(account, account)]

    httpx.post(faults, json={"clear": True})
    connections.introduce(account, now=NOON)

    (connected,) = connections.of(ada.workspace)
    assert connected.name != account


def test_an_account_never_connected_is_unknown() -> None:
    with pytest.raises(UnknownAccount, match="acct_x"):
        connections.credential("acct_x")
