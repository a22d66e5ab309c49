"""Cards whose bank asks the owner first: what was filled in waits here while the owner answers."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from typing import NamedTuple

from lib.sandbox.engine.state import Card

_MOST = 500


class Challenge(NamedTuple):
    """A card that waits for its bank, and where it was typed in."""

    place: str
    """The path of the page."""
    card: Card
    email: str = ""
    name: str = ""
    country: str = ""
    postal: str = ""
    tax_id: str = ""


class Challenges:
    """The newest challenges by a secret; each is answered once. They are forgotten when the stand-in stops."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Challenge] = OrderedDict()

    def pose(self, challenge: Challenge) -> str:
        """Keep a challenge and return its secret."""
        secret = secrets.token_urlsafe(18)
        self._held[secret] = challenge
        while len(self._held) > _MOST:
            self._held.popitem(last=False)
        return secret

    def find(self, secret: str, place: str) -> Challenge | None:
        """Return the challenge of a page, if it still waits."""
        found = self._held.get(secret)
        return found if found and found.place == place else None

    def take(self, secret: str, place: str) -> Challenge | None:
        """Return the challenge of a page, and forget it."""
        return self._held.pop(secret) if self.find(secret, place) else None
