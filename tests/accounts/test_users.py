"""Signing up and in, and the limits on wrong passwords."""

from __future__ import annotations

import pytest

from lib.accounts import passwords, throttle, users, workspaces
from lib.accounts.sessions import SignedIn
from lib.errors import AppError, BadEmail, EmailTaken, NameMissing, TooManyAttempts, WeakPassword, WrongLogin
from tests.accounts.members import NOON, RIGHT, PlainHasher, join

HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


def sign_in(
    hasher: PlainHasher, password: str = RIGHT, email: str = "ada@example.com", address: str = HERE, at: int = 0
) -> str:
    """How it went: the user's name, or the error's code."""
    try:
        return users.sign_in(email, password, address=address, hasher=hasher, now=NOON + at).name
    except AppError as error:
        return error.code


@pytest.mark.parametrize(
    ("email", "name", "password", "refusal"),
    [
        ("ada", "Ada", RIGHT, BadEmail),
        ("ada@example", "Ada", RIGHT, BadEmail),
        ("ada@exa mple.com", "Ada", RIGHT, BadEmail),
        ("a" * 250 + "@example.com", "Ada", RIGHT, BadEmail),
        ("ada@example.com", "  ", RIGHT, NameMissing),
        ("ada@example.com", "Ada", "too short", WeakPassword),
        ("ada@example.com", "Ada", "x" * 73, WeakPassword),
        ("ada@example.com", "Ada", "é" * 37, WeakPassword),
    ],
)
def test_what_a_sign_up_must_have(
    hasher: PlainHasher, email: str, name: str, password: str, refusal: type[AppError]
) -> None:
    with pytest.raises(refusal):
        users.sign_up(email, name, password, hasher=hasher, now=NOON)


def test_72_bytes_are_the_most_a_password_may_have(hasher: PlainHasher) -> None:
    users.sign_up("ada@example.com", "Ada", "é" * 36, hasher=hasher, now=NOON)
    assert sign_in(hasher, "é" * 36) == "Ada"
    assert sign_in(hasher, "é" * 36 + "x") == "wrong_login"


def test_an_email_is_taken_whatever_its_case(hasher: PlainHasher, ada: SignedIn) -> None:
    with pytest.raises(EmailTaken):
        users.sign_up(" ADA@Example.com", "Other", RIGHT, hasher=hasher, now=NOON)
    assert sign_in(hasher, email=" ADA@Example.com ") == "Ada"


def test_everybody_gets_a_workspace_of_their_own(ada: SignedIn, eve: SignedIn) -> None:
    assert ada.workspace != eve.workspace


def test_the_first_user_takes_over_what_the_command_line_connected(hasher: PlainHasher) -> None:
    made = workspaces.for_command_line(now=NOON - 60)
    assert workspaces.for_command_line(now=NOON - 50) == made
    assert join("Ada").user.workspace == made
    assert join("Eve").user.workspace != made


def test_unknown_user_and_wrong_password_look_and_cost_the_same(hasher: PlainHasher, ada: SignedIn) -> None:
    hasher.checks = 0
    assert sign_in(hasher, "wrong password") == "wrong_login"
    assert hasher.checks == 1
    assert sign_in(hasher, email="nobody@example.com") == "wrong_login"
    assert hasher.checks == 2
    assert sign_in(hasher, "x" * 100) == "wrong_login"
    assert hasher.checks == 3


def test_nobody_is_let_in_by_the_hash_for_nobody(hasher: PlainHasher) -> None:
    class Yes(PlainHasher):
        def check_pw(self, *_any: str) -> bool:
            return True

    assert not passwords.matches(RIGHT, None, Yes())
    with pytest.raises(WrongLogin):
        users.sign_in("nobody@example.com", RIGHT, address=HERE, hasher=Yes(), now=NOON)


def test_five_wrong_passwords_are_enough_for_a_quarter_of_an_hour(hasher: PlainHasher, ada: SignedIn) -> None:
    went = [sign_in(hasher, "wrong password", at=second) for second in range(7)]
    assert went == ["wrong_login"] * 5 + ["too_many_attempts"] * 2

    assert sign_in(hasher, at=throttle.WINDOW - 1) == "too_many_attempts"
    assert sign_in(hasher, at=throttle.WINDOW) == "Ada"


def test_refused_attempts_do_not_make_the_wait_longer(hasher: PlainHasher, ada: SignedIn) -> None:
    for second in range(throttle.WINDOW):
        if second % 10 == 0:
            sign_in(hasher, "wrong password", at=second)
    assert sign_in(hasher, at=throttle.WINDOW + 40) == "Ada"


def test_the_sentence_says_how_long(hasher: PlainHasher, ada: SignedIn) -> None:
    for _ in range(5):
        sign_in(hasher, "wrong password")
    with pytest.raises(TooManyAttempts, match="Wait 10 minutes"):
        users.sign_in("ada@example.com", RIGHT, address=HERE, hasher=hasher, now=NOON + 5 * 60)


def test_a_stranger_elsewhere_locks_nobody_out(hasher: PlainHasher, ada: SignedIn) -> None:
    for _ in range(9):
        sign_in(hasher, "wrong password", address=ELSEWHERE)
    assert sign_in(hasher, address=ELSEWHERE) == "too_many_attempts"
    assert sign_in(hasher, address=HERE) == "Ada"


def test_one_address_can_not_try_a_password_on_everybody(hasher: PlainHasher, ada: SignedIn) -> None:
    went = [sign_in(hasher, email=f"user{number}@example.com", address=ELSEWHERE) for number in range(52)]
    assert went == ["wrong_login"] * throttle.PER_ADDRESS + ["too_many_attempts"] * 2


def test_an_own_account_is_no_licence_to_try_others(hasher: PlainHasher, ada: SignedIn) -> None:
    for number in range(throttle.PER_ADDRESS):
        sign_in(hasher, email=f"user{number}@example.com")
        if number % 10 == 0:
            assert sign_in(hasher) == "Ada"
    assert sign_in(hasher, email="another@example.com") == "too_many_attempts"


def test_the_right_password_clears_the_slate(hasher: PlainHasher, ada: SignedIn) -> None:
    went = [sign_in(hasher, "wrong password") for _ in range(4)] + [sign_in(hasher)]
    went += [sign_in(hasher, "wrong password") for _ in range(4)] + [sign_in(hasher)]
    assert went == (["wrong_login"] * 4 + ["Ada"]) * 2


def test_one_ipv6_subscriber_is_one_address(hasher: PlainHasher, ada: SignedIn) -> None:
    went = [sign_in(hasher, "wrong password", address=f"2001:db8:1:2::{host:x}") for host in range(6)]
    assert went == ["wrong_login"] * 5 + ["too_many_attempts"]
    assert sign_in(hasher, address="2001:db8:1:3::1") == "Ada"
