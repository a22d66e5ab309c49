"""An email that OPERATORS names is registered by a link from the server's own command line, and in no other way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lib.accounts import operators, profile, team, users
from lib.accounts.operators import GOOD_FOR
from lib.accounts.roles import Role
from lib.errors import EmailTaken, OperatorLinkGone, OperatorLinkNeeded, OperatorUnnamed
from lib.settings import Settings
from lib.store.engine import migrate
from tests.accounts.members import NOON, RIGHT, PlainHasher, join

OPS = "ops@example.com"


@pytest.fixture(autouse=True)
def _named(use_settings: Callable[..., Settings]) -> None:
    use_settings(operators=f"{OPS}, other@example.com")
    migrate()


def token(email: str = OPS, *, now: int = NOON) -> str:
    return operators.link(email, now=now).partition("/?operator=")[2]


def register(email: str = OPS, given: str | None = None, *, now: int = NOON, invite: str | None = None) -> users.User:
    return users.sign_up(email, "Ops", RIGHT, hasher=PlainHasher(), now=now, operator=given, invite=invite)


@pytest.mark.parametrize("email", [OPS, " OPS@Example.com "])
@pytest.mark.parametrize("somebody", [False, True])
def test_without_the_link_nobody_can_be_who_runs_the_server(email: str, somebody: bool) -> None:
    if somebody:
        join("Ada")
    with pytest.raises(OperatorLinkNeeded):
        register(email)


def test_with_it_they_sign_up_once() -> None:
    link = token()
    assert register(given=link).email == OPS
    with pytest.raises(EmailTaken):
        register(given=link)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: token("other@example.com"),
        lambda: f"{NOON + 10**9}.{token().partition('.')[2]}",
        lambda: token()[:-1],
        lambda: "٣.x",
        lambda: "é.é",
        lambda: ".",
    ],
    ids=["of another", "longer", "cut", "digits of another script", "not ASCII", "empty"],
)
def test_another_link_does_not_help(wrong: Callable[[], str]) -> None:
    with pytest.raises(OperatorLinkGone):
        register(given=wrong())


def test_a_link_is_good_for_seven_days() -> None:
    with pytest.raises(OperatorLinkGone):
        register(given=token(), now=NOON + GOOD_FOR)
    assert register(given=token(), now=NOON + GOOD_FOR - 1)


def test_an_invitation_is_no_way_round_it() -> None:
    owner = join("Ada").user
    invited = team.invite(owner, Role.OWNER, "", now=NOON).token
    with pytest.raises(OperatorLinkNeeded):
        register(invite=invited)
    assert register(given=token(), invite=invited).email == OPS


def test_others_need_none_and_get_none() -> None:
    assert join("Ada").user.email == "ada@example.com"
    with pytest.raises(OperatorUnnamed, match=r"ada@example\.com is not listed as running this server"):
        operators.link("ada@example.com", now=NOON)


def test_nobody_can_change_their_email_to_such_a_one() -> None:
    # What people change about themselves is their name, password and sessions. Whoever adds emails must ask admit().
    assert not [name for name in vars(profile) if "email" in name.lower()]
