"""The demo business beside real accounts: read over HTTP like an account, never asked of Stripe, counted nowhere."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import httpx
import pytest
from sqlmodel import func, select

from lib.accounts import connections, weekly, workspaces
from lib.accounts.sessions import SignedIn
from lib.api import background
from lib.billing import access, plans, selling
from lib.cli import accounts as named
from lib.cli import doctor
from lib.errors import DemoAsleep, DemoReadOnly, DemoUnavailable, UnknownAccount
from lib.gateway import Gateway, Patience, addresses, sample
from lib.gateway.credential import Credential
from lib.gateway.profile import Profile
from lib.reports import arriving, stripe_links
from lib.reports import weekly as summary
from lib.settings import Settings, Standin, settings
from lib.settings import standin as bound
from lib.store import begun, billing, checkpoints, reads, samples, tables, together, trials
from lib.store import connections as rows
from lib.store.engine import reading, transaction
from lib.sync import work
from tests.accounts.members import NOON
from tests.conftest import ROOT, standin_process
from tests.gateway import stub
from tests.gateway.stub import Asked, Reply
from tests.sampling import ON_SQLITE, Server, beside_real_accounts

pytestmark = pytest.mark.sqlite(reason=ON_SQLITE)
UseSettings = Callable[..., Settings]


@pytest.fixture(autouse=True)
def server(use_settings: UseSettings, data_dir: Path, world_cache: Path, standin: Standin) -> Iterator[Server]:
    """A server with real keys, whose sample's stand-in runs."""
    access.forget()
    with beside_real_accounts(use_settings, data_dir, world_cache, standin) as found:
        yield found
    access.forget()


def opened(user: SignedIn) -> str:
    return connections.connect_demo(user.workspace, now=NOON, room=0)


def real(user: SignedIn, account: str, monkeypatch: pytest.MonkeyPatch, *, room: int | None = None) -> str:
    """Connect an account of one's own with a restricted key."""
    told = Profile(account, "Acme", "DE", "eur", "Europe/Berlin")
    with monkeypatch.context() as patched:
        patched.setattr(connections.profile, "profile", lambda _way, _account: told)
        way = Credential.restricted("rk_live_own")
        return connections._save(user.workspace, way, account, secret="rk_live_own", now=NOON + 1, room=room)


def alive(card: Standin) -> bool:
    try:
        return httpx.get(card["base"] + "/v1/account").status_code == 401
    except httpx.TransportError:
        return False


# --- Opened, read, removed --------------------------------------------------------------------------------------------


def test_it_is_an_account_of_the_workspace_and_real_stripe_hears_nothing(
    ada: SignedIn, eve: SignedIn, server: Server, standin: Standin
) -> None:
    first, second = opened(ada), opened(eve)  # each has one of their own
    assert first != second
    assert opened(ada) == first  # once more: the same
    (mine,) = connections.of(ada.workspace)
    assert (mine.account, mine.name, mine.is_sample, mine.livemode) == (first, "Halyard (demo)", True, False)
    way = connections.credential(first)
    assert (way.kind, way.base, way.stripe_account) == ("sample", standin["base"], None)
    assert Gateway(way).get("/v1/account")["id"] == standin["account"]
    assert server.stripe.asked == []
    with reading() as db:
        row = rows.live(db, first)
    assert row is not None
    assert (row.kind, row.secret_encrypted, row.scope) == ("sample", None, None)


def test_nothing_of_ours_points_to_it(ada: SignedIn, server: Server) -> None:
    opened(ada)
    assert bound() is None
    assert addresses.platform_key() == "sk_live_real"
    assert addresses.client_id() == "ca_real"
    assert {addresses.api_base(), addresses.connect_base()} == {server.stripe.base}


def customers(account: str) -> int:
    with reading() as db:
        return db.exec(select(func.count()).where(tables.Customer.account == account)).one()


def test_its_history_arrives_and_what_happens_later_does_for_each_workspace(
    ada: SignedIn, eve: SignedIn, server: Server, fresh_standin: Standin
) -> None:
    """Events are unique on a server, and both workspaces read the same ones."""
    server.puts_to_bed().write_text(json.dumps(fresh_standin), "utf-8")
    both = (opened(ada), opened(eve))
    for account in both:
        assert work.run(account).state == "done"
    before = [customers(account) for account in both]
    assert before[0] == before[1] > 0
    happens = {"operation": "create_customer", "name": "Nadia New", "email": "nadia@example.com"}
    assert httpx.post(fresh_standin["base"] + "/_sandbox/do", json=happens).is_success
    for account in both:
        work.run(account)
    assert [customers(account) for account in both] == [each + 1 for each in before]
    with reading() as db:
        assert reads.undelivered(db, 0) == []  # nobody delivers its events, and nothing is wrong with that
    assert server.stripe.asked == []


def ids(account: str) -> set[str]:
    with reading() as db:
        return set(db.exec(select(tables.Charge.id).where(tables.Charge.account == account)))


def test_one_that_was_made_anew_takes_the_old_one_s_place(ada: SignedIn, eve: SignedIn, server: Server) -> None:
    """After an upgrade, or with other settings: the ids are the same, and what happened is not."""
    account = opened(ada)
    work.run(account)
    old = ids(account)
    work.run(account)
    assert ids(account) == old
    with standin_process("--months", "10") as another:
        server.puts_to_bed().write_text(json.dumps(another), "utf-8")
        work.run(account)
        work.run(fresh := opened(eve))
        assert ids(account) == ids(fresh)
        assert not ids(account) >= old


def test_removing_it_deletes_everything_and_tells_stripe_nothing(ada: SignedIn, server: Server) -> None:
    account = opened(ada)
    work.run(account)
    connections.disconnect(ada.workspace, account, now=NOON + 60)
    assert connections.of(ada.workspace) == ()
    assert connections.ended(ada.workspace) == ()
    assert customers(account) == 0
    connections.give_back(account)
    assert server.stripe.asked == []
    with pytest.raises(UnknownAccount):
        connections.credential(account)
    assert opened(ada) == account  # and it can be opened again


def test_a_real_account_is_given_back_all_the_same(
    ada: SignedIn, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Profile("acct_1", "Acme")
    monkeypatch.setattr(connections.profile, "profile", lambda _way, _account: told)
    connections._save(ada.workspace, Credential.platform("acct_1", livemode=True), "acct_1", now=NOON)
    opened(ada)
    with pytest.raises(Exception, match="not set up"):  # this Stripe knows nobody
        connections.disconnect(ada.workspace, "acct_1", now=NOON)
    assert [each.path for each in server.stripe.asked] == ["/oauth/deauthorize"]


def test_another_s_sample_is_not_one_s_own(ada: SignedIn, eve: SignedIn) -> None:
    account = opened(ada)
    with pytest.raises(UnknownAccount):
        connections.disconnect(eve.workspace, account, now=NOON)
    with pytest.raises(UnknownAccount):
        workspaces.require_account(eve.workspace, account)


# --- Its stand-in -----------------------------------------------------------------------------------------------------


def test_the_stand_in_starts_with_the_first_reader_and_stops_with_the_last_sample(
    ada: SignedIn, eve: SignedIn, server: Server
) -> None:
    file = server.puts_to_bed()
    assert sample.running() is None
    first, second = opened(ada), opened(eve)
    card = sample.running()
    assert card is not None
    assert file.stat().st_mode & 0o777 == 0o600
    assert card["base"].startswith("http://127.0.0.1:")
    assert connections.credential(first).base == card["base"]  # it waits until the business is made
    assert httpx.post(card["base"] + "/_sandbox/test_event", json={"account": card["account"]}).is_success
    hooks = httpx.get(card["base"] + "/v1/webhook_endpoints", headers={"Authorization": f"Bearer {card['secret_key']}"})
    assert hooks.json()["data"] == []  # it delivers to nobody
    connections.disconnect(ada.workspace, first, now=NOON)
    assert alive(card)
    connections.disconnect(eve.workspace, second, now=NOON)
    sample.rest()  # waits for what the last removal has begun
    assert not alive(card)


def test_one_that_died_is_started_again(ada: SignedIn, server: Server) -> None:
    server.puts_to_bed()
    account = opened(ada)
    assert sample._stop is not None
    os.kill(sample._stop._child.pid, signal.SIGKILL)
    sample._stop._child.wait()
    assert Gateway(connections.credential(account)).page("/v1/customers", limit=1).data


def test_one_that_does_not_start_is_a_sentence_and_changes_nothing(
    ada: SignedIn, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.puts_to_bed()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(DemoAsleep, match=r"can't be started just now, and nothing was changed\. Try again"):
        opened(ada)
    assert connections.of(ada.workspace) == ()


def test_where_several_machines_share_the_work_there_is_none(ada: SignedIn, use_settings: UseSettings) -> None:
    account = opened(ada)
    found = settings()
    use_settings(stripe_secret_key="sk_live_real", database_url="postgresql://elsewhere/plimsoll")
    assert not connections.has_demo()
    with pytest.raises(DemoUnavailable, match="several machines"):
        connections.connect_demo("ws_any", now=NOON)
    with pytest.raises(DemoUnavailable):
        sample.credential()
    use_settings(**found.model_dump(exclude_unset=True, exclude={"data_dir"}))
    assert connections.credential(account)


COMMAND = """
import time
from lib.cli.stripe_at_hand import stripe
from lib.gateway import sample
with stripe():
    print(sample.credential(whole=False).base, flush=True)
    time.sleep(600)
"""


def test_a_command_stops_what_it_started(server: Server, data_dir: Path) -> None:
    server.puts_to_bed()
    keys = {"STRIPE_SECRET_KEY": "sk_live_real", "SANDBOX_CUSTOMERS": "5", "SANDBOX_MONTHS": "2"}
    command = [sys.executable, "-c", COMMAND]
    environment = os.environ | keys | {"DATA_DIR": str(data_dir)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        base = running.stdout.readline().strip()
        assert httpx.get(base + "/v1/account").status_code == 401
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 128 + signal.SIGTERM
    with pytest.raises(httpx.ConnectError):
        httpx.get(base)


def test_who_reads_it_waits_until_it_is_made(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "LOOKS", 0.01)

    def answer(asked: Asked, number: int) -> Reply:
        account = asked.path == "/v1/account"
        return Reply(body={"id": "acct_1"}) if account else Reply(503 if number < 4 else 200, {"data": []})

    with stub.stripe(answer) as slow:
        card = {"base": slow.base, "account": "acct_1", "restricted_key": "rk_test_1"}
        server.puts_to_bed().write_text(json.dumps(card), "utf-8")
        assert sample.credential().base == slow.base
        assert [each.path for each in slow.asked] == ["/v1/account", *["/v1/events?limit=1"] * 4]


def test_the_server_wakes_it_when_it_starts_and_stops_it_when_it_ends(
    ada: SignedIn, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(ada)
    server.puts_to_bed()
    launched = Event()
    monkeypatch.setattr(background.runtime, "launch", launched.set)
    monkeypatch.setattr(background.runtime, "destroy", lambda: None)
    thread = background._Background()
    thread.start()
    assert launched.wait(60)
    card = sample.running()
    thread.over.set()
    thread.join(60)
    assert card is not None
    assert not alive(card)


def test_a_server_whose_sample_does_not_start_works_all_the_same(
    ada: SignedIn, server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    opened(ada)
    server.puts_to_bed()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    background._wake_sample()
    assert "The demo business did not start" in caplog.text


def test_its_reads_are_not_paced_as_stripe_s_are(ada: SignedIn, use_settings: UseSettings, standin: Standin) -> None:
    account = opened(ada)
    use_settings(stripe_secret_key="sk_live_real", stripe_reads_per_second=0.001)
    gateway = Gateway(connections.credential(account), patience=Patience(attempts=1), counted_as=account)
    for _ in range(3):  # at that pace the second would take a quarter of an hour
        gateway.get("/v1/account")


def test_doctor_says_whether_it_answers(ada: SignedIn, server: Server) -> None:
    assert list(doctor.demo_business(settings())) == []
    opened(ada)
    (line,) = doctor.demo_business(settings())
    assert line.line().startswith("✓ Demo business: answers at http://127.0.0.1:")
    server.puts_to_bed()
    (line,) = doctor.demo_business(settings())
    assert (line.ok, line.says) == (True, "asleep; it starts when it is read next")
    assert doctor.check_reads(settings()) == "none so far"


# --- It counts for nothing --------------------------------------------------------------------------------------------


def test_it_takes_no_place_and_no_account_is_locked_for_it(
    ada: SignedIn, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.sells_plans()
    room = plans.FREE.limits.accounts
    assert room == 1
    account = opened(ada)
    own = real(ada, "acct_own", monkeypatch, room=room)  # there is room for it still
    opened(ada)  # and for the sample beside it
    access.forget()
    for each in (own, account, ada.workspace):
        assert access.require_account(each).plan is plans.FREE
    with reading() as db:
        assert billing.connected(db, ada.workspace) == [own]
        assert billing.connected_names(db)[ada.workspace] == [(own, "Acme")]


def test_it_is_no_account_that_somebody_had_before(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    account = opened(ada)
    with reading() as db:
        assert begun.connected(db, ada.workspace) is None
        assert begun.first_connected(db) == {}
        assert account not in trials.names(db, ada.workspace, "owner")
    own = real(ada, "acct_own", monkeypatch)
    with reading() as db:
        assert begun.first_connected(db) == {ada.workspace: NOON + 1}
        assert own in trials.names(db, ada.workspace, "owner")


def test_it_is_never_added_to_real_figures(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    account = opened(ada)
    work.run(account)

    def whole() -> list[str]:
        with reading() as db:
            return [each.id for each in together.of(db, ada.workspace).accounts]

    assert whole() == [account]  # where there is nothing else
    own = real(ada, "acct_own", monkeypatch)
    assert whole() == []  # real figures are on their way: nothing made up stands in for them
    with transaction() as db:
        db.get_one(tables.Account, own).data_version = 1
        checkpoints.save_run(db, account, state="running")
    assert whole() == [own]
    assert arriving.partial(account)
    assert not arriving.partial(ada.workspace)


def test_what_is_about_the_only_account_is_about_the_real_one(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    account = opened(ada)
    assert named.chosen(None) == account
    person = weekly.Recipient.of(ada)
    assert "Halyard (demo)" in summary.letter(person).subject
    own = real(ada, "acct_own", monkeypatch)
    assert named.chosen(None) == own
    assert named.chosen(account) == account
    letter = summary.letter(person)
    assert letter.subject == "Your week: Acme"
    assert "Halyard" not in letter.text + letter.html
    berlin_at_eight = 1_794_812_400  # Monday, 16 November 2026
    assert weekly.monday(ada.workspace, berlin_at_eight - 1) is None
    assert weekly.monday(ada.workspace, berlin_at_eight) is not None


def test_nothing_can_be_sold_in_it(ada: SignedIn) -> None:
    account = opened(ada)
    with pytest.raises(DemoReadOnly, match=r"Halyard \(demo\) is made up, so nobody can be charged in it"):
        selling.allowed(ada, account)


def test_nothing_of_it_is_at_stripe(ada: SignedIn) -> None:
    account = opened(ada)
    assert samples.is_one(account)
    assert stripe_links.link(account, "cus_1", livemode=False) is None
    assert stripe_links.link("acct_1", "cus_1", livemode=True) is not None
