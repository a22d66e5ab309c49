"""Passwords: what we accept, and how one is checked without saying whether the user exists.

bcrypt itself comes in as a value: the pages pass streamlit-authenticator's hasher.
"""

from __future__ import annotations

from typing import Final, Protocol

from lib.errors import WeakPassword

SHORTEST: Final = 10
"""Characters."""
LONGEST: Final = 72
"""Bytes of UTF-8: bcrypt reads no more."""
NOBODY: Final = "$2b$12$C6UzMDM.H6dfI/f/IKcEeO7ZVHzQGhGZ8Zc1EXM0tWq0r8Yh8Wz7K"
"""A hash that no password matches, compared when the user is unknown: it costs what a real one costs."""


class Hasher(Protocol):
    """How passwords become hashes; streamlit-authenticator's ``Hasher`` is one."""

    def hash(self, password: str) -> str:
        """The bcrypt hash of ``password``."""

    def check_pw(self, password: str, hashed_password: str) -> bool:
        """Whether ``password`` is the one behind the hash."""


def acceptable(password: str) -> str:
    """``password`` without outer spaces. Raises WeakPassword when it is too short or longer than bcrypt reads."""
    password = password.strip()
    if len(password) < SHORTEST or len(password.encode()) > LONGEST:
        raise WeakPassword
    return password


def matches(password: str, hashed: str | None, hasher: Hasher) -> bool:
    """Whether ``password`` fits ``hashed``; None stands for an unknown user. The work is the same in every case."""
    password = password.strip()
    readable = len(password.encode()) <= LONGEST
    same = bool(hasher.check_pw(password if readable else "", hashed or NOBODY))
    return same and readable and hashed is not None
