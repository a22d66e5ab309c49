"""Limits on wrong passwords, each with an end: nobody can lock out anybody for good.

Two windows are counted: one for a user seen from one address, so that a stranger elsewhere can't shut the owner out,
and one for the address alone, so that a stranger can't try one password on every user. A refused attempt does
not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Final

from lib.errors import TooManyAttempts
from lib.store import people, secrets
from lib.store.engine import transaction

WINDOW: Final = 15 * 60
"""Seconds after which a wrong password no longer counts."""
PER_PAIR: Final = 5
"""Wrong passwords for one user from one address within WINDOW."""
PER_ADDRESS: Final = 50
"""Wrong passwords from one address within WINDOW, whoever they were for: an office shares one."""
_IPV6_NETWORK_BITS: Final = 64
"""One subscriber owns a /64, so that much of an IPv6 address counts."""


@dataclass(frozen=True)
class Limit:
    """One window: what it counts (a digest, never the email itself) and how many it takes."""

    key: str
    most: int


@dataclass(frozen=True)
class Attempt:
    """A counted attempt, to be forgiven when the password was right."""

    pair: str
    rows: tuple[int, ...]
    at: float


def limits(email: str, address: str) -> tuple[Limit, Limit]:
    """The windows that an attempt for ``email`` from ``address`` counts in."""
    network = _network(address)
    return (
        Limit(f"pair:{secrets.digest(f'{email} {network}')}", PER_PAIR),
        Limit(f"address:{secrets.digest(network)}", PER_ADDRESS),
    )


def admit(email: str, address: str, *, now: float) -> Attempt:
    """Count an attempt before its password is looked at, so that many at once can't slip through.

    Raises TooManyAttempts, naming the minutes to wait, and counts nothing, when a window is full.
    """
    with transaction() as db:
        for limit in limits(email, address):
            count, oldest = people.failures(db, limit.key, since=now - WINDOW)
            if oldest is not None and count >= limit.most:
                raise TooManyAttempts(minutes=max(1, ceil((oldest + WINDOW - now) / 60)))
        pair, network = limits(email, address)
        return Attempt(pair.key, tuple(people.add_failure(db, each.key, at=now) for each in (pair, network)), now)


def forgive(attempt: Attempt) -> None:
    """The password was right: forget this user's wrong ones from this address, and that this attempt counted.

    The address keeps its other failures, or one good account would be a licence to try all others.
    """
    with transaction() as db:
        people.forget_failures(db, key=attempt.pair, ids=attempt.rows, before=attempt.at - WINDOW)


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(IPv6Address(int(parsed) >> _IPV6_NETWORK_BITS << _IPV6_NETWORK_BITS))
    return str(parsed)
