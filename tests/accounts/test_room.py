"""Room for accounts and seats: counted where they are taken, so that nobody slips in; what is there already stays."""

from __future__ import annotations

import ast
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lib.accounts import api_keys, connections, team, users
from lib.accounts.roles import Role
from lib.accounts.sessions import SignedIn
from lib.errors import AppError, NoSeatLeft, PlanNeeded, TooManyAccounts, TooManySeats
from lib.gateway.credential import Credential
from lib.gateway.profile import Profile
from lib.store import billing
from lib.store.engine import reading
from tests.accounts.members import NOON, RIGHT, PlainHasher, join

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def stripe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe introduces every account at once."""

    def profile(_credential: Credential, account: str) -> Profile:
        return Profile(account, account, "DE", "eur", "UTC")

    monkeypatch.setattr(connections.profile, "profile", profile)


def link(user: SignedIn, account: str, room: int | None) -> str:
    """Connect an account as all three ways in do."""
    way = Credential.restricted(f"rk_test_{account}")
    return connections._save(user.workspace, way, account, now=NOON, room=room)


def linked(user: SignedIn) -> list[str]:
    return sorted(each.account for each in connections.of(user.workspace))


def outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except AppError as error:
        return error.code
    return "done"


def test_there_is_room_for_as_many_accounts_as_the_plan_says(ada: SignedIn) -> None:
    link(ada, "acct_1", 1)
    with pytest.raises(TooManyAccounts, match=r"^Your plan has room for 1 account\. Disconnect one first"):
        link(ada, "acct_2", 1)
    link(ada, "acct_1", 1)  # again: the same account
    link(ada, "acct_2", 3)
    link(ada, "acct_3", None)
    with pytest.raises(TooManyAccounts, match="room for 3 accounts"):
        link(ada, "acct_4", 3)
    assert linked(ada) == ["acct_1", "acct_2", "acct_3"]


def test_after_a_lapse_nothing_is_taken_away_and_what_is_there_can_be_connected_again(ada: SignedIn) -> None:
    link(ada, "acct_1", 3)
    link(ada, "acct_2", 3)
    link(ada, "acct_2", 1)
    with pytest.raises(TooManyAccounts):
        link(ada, "acct_3", 1)
    assert linked(ada) == ["acct_1", "acct_2"]


def test_what_is_connected_again_keeps_its_place(ada: SignedIn) -> None:
    for moment, account in enumerate(("acct_b", "acct_a")):
        way = Credential.restricted(f"rk_test_{account}")
        connections._save(ada.workspace, way, account, now=NOON + moment)
    connections._save(ada.workspace, Credential.restricted("rk_test_new"), "acct_b", now=NOON + 9)
    connections.disconnect(ada.workspace, "acct_a", now=NOON + 10)
    connections._save(ada.workspace, Credential.restricted("rk_test_newer"), "acct_a", now=NOON + 11)
    assert [each.account for each in connections.of(ada.workspace)] == ["acct_b", "acct_a"]
    with reading() as db:
        assert billing.connected(db, ada.workspace) == ["acct_b", "acct_a"]
        assert [account for account, _ in billing.connected_names(db)[ada.workspace]] == ["acct_b", "acct_a"]


def test_of_two_who_connect_at_once_one_finds_room(ada: SignedIn) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: outcome(lambda: link(ada, f"acct_{n}", 1)), range(8)))
    assert sorted(found) == ["done", *["too_many_accounts"] * 7]
    assert len(linked(ada)) == 1


def test_nobody_is_sent_to_stripe_without_room(ada: SignedIn) -> None:
    link(ada, "acct_1", 1)
    with pytest.raises(TooManyAccounts):
        connections.begin(ada, now=NOON, room=1)


def test_what_is_connected_already_may_go_to_stripe_again(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections.oauth, "authorize_url", lambda _state, _back: "https://connect.stripe.com/")
    link(ada, "acct_1", 1)
    assert connections.begin(ada, now=NOON, room=1, again="acct_1") == "https://connect.stripe.com/"
    eve = join("Eve").user
    link(eve, "acct_2", 1)
    for made_up in ("acct_2", "acct_9", ""):
        with pytest.raises(TooManyAccounts):
            connections.begin(ada, now=NOON, room=1, again=made_up)


# --- Seats ------------------------------------------------------------------------------------------------------------


def enter(token: str, name: str, seats: int | None) -> None:
    email = f"{name.lower()}@x.example"
    users.sign_up(email, name, RIGHT, hasher=PlainHasher(), now=NOON, invite=token, seats=seats)


def names(user: SignedIn) -> list[str]:
    return sorted(each.name for each in team.members(user))


def test_there_are_as_many_seats_as_the_plan_says(ada: SignedIn, eve: SignedIn) -> None:
    tokens = [team.invite(ada, Role.MEMBER, "", now=NOON).token for _ in range(3)]
    enter(tokens[0], "Grace", 2)
    with pytest.raises(TooManySeats, match=r"room for 2 people\. .*the invitation stays valid"):
        team.accept(eve, tokens[1], now=NOON, seats=2)
    with pytest.raises(TooManySeats):
        enter(tokens[1], "Hal", 2)
    assert names(ada) == ["Ada", "Grace"]
    assert team.accept(eve, tokens[1], now=NOON, seats=5) == ada.workspace  # it stayed good
    enter(tokens[2], "Hal", None)  # and the email was still free
    assert names(ada) == ["Ada", "Eve", "Grace", "Hal"]


def test_of_many_who_join_at_once_one_finds_the_seat(ada: SignedIn) -> None:
    people = [(join(f"P{n}").user, team.invite(ada, Role.MEMBER, "", now=NOON).token) for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda p: outcome(lambda: team.accept(p[0], p[1], now=NOON, seats=2)), people))
    assert sorted(found) == ["done", *["too_many_seats"] * 5]
    assert len(team.pending(ada, now=NOON)) == 5


def test_an_invitation_takes_a_seat_until_it_is_used_or_over(ada: SignedIn) -> None:
    made = team.invite(ada, Role.MEMBER, "Grace", now=NOON, seats=2)
    with pytest.raises(NoSeatLeft, match="room for 2 people, and open invitations count"):
        team.invite(ada, Role.MEMBER, "Hal", now=NOON, seats=2)
    team.invite(ada, Role.MEMBER, "Hal", now=made.expires, seats=2)
    team.invite(ada, Role.MEMBER, "Ida", now=made.expires, seats=None)


# --- Keys, and that nobody forgets to say -----------------------------------------------------------------------------


def test_a_key_is_not_made_where_it_is_not_allowed(ada: SignedIn) -> None:
    def refuse() -> None:
        raise PlanNeeded

    with pytest.raises(PlanNeeded):
        api_keys.create(ada.id, ada.workspace, "sheet", now=NOON, allow=refuse)
    assert api_keys.of(ada.workspace) == ()


TOLD = {
    "begin": "room",
    "finish": "room",
    "connect_restricted": "room",
    "connect_demo": "room",
    "invite": "seats",
    "accept": "seats",
    "sign_up": "seats",
    "create": "allow",
}
"""What each door must be told by whoever opens it."""
DOORS = {"connections", "team", "users", "api_keys"}


@pytest.mark.parametrize("room", ["api", "web", "cli", "billing"])
def test_every_caller_says_what_the_plan_allows(room: str) -> None:
    for path in (ROOT / "lib" / room).rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call):
                given = {each.arg for each in call.keywords}
                door, name = _door(call)
                assert door not in DOORS or name not in TOLD or TOLD[name] in given, f"{path}:{call.lineno}"


def _door(call: ast.Call) -> tuple[str, str]:
    """The module and function of a call, also of one that is handed to run_in_threadpool."""
    asked = [call.func, *call.args[:1]] if ast.unparse(call.func).endswith("threadpool") else [call.func]
    *_, door, name = ["", "", *ast.unparse(asked[-1]).split(".")]
    return door, name
