"""People who are signed in, made through the accounts' own doors; shared with tests/api and tests/web."""

from __future__ import annotations

from dataclasses import dataclass

from lib.accounts import sessions, users
from lib.accounts.sessions import SignedIn

NOON = 1_800_000_000
XSRF = "2|00000000|5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a|1800000000"
RIGHT = "a short sentence"


class PlainHasher:
    """Hashes by turning text round: these tests are about who may come in, not about bcrypt."""

    def __init__(self) -> None:
        self.checks = 0

    def hash(self, password: str) -> str:
        return "#" + password[::-1]

    def check_pw(self, password: str, hashed_password: str) -> bool:
        self.checks += 1
        return hashed_password == "#" + password[::-1]


@dataclass(frozen=True)
class Member:
    """Somebody signed in: who, and the token their browser keeps."""

    user: SignedIn
    token: str

    @property
    def cookies(self) -> dict[str, str]:
        return {"plimsoll": self.token}


def join(name: str, *, now: int = NOON) -> Member:
    """Sign somebody up and in: ``join("Ada")`` is ada@example.com."""
    user = users.sign_up(f"{name.lower()}@example.com", name, RIGHT, hasher=PlainHasher(), now=now)
    return enter(user.id, now=now)


def enter(user: str, *, now: int = NOON) -> Member:
    """One more session of ``user``."""
    ticket = sessions.issue_ticket(user, XSRF, "/", now=now)
    token = sessions.redeem(ticket, XSRF, now=now).token
    found = sessions.find(sessions.digest(token), now=now)
    assert found is not None
    return Member(found, token)
