"""How we may read one Stripe account: the key, and whose account it opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from lib.gateway import addresses

Kind = Literal["oauth", "restricted_key", "demo", "own", "sample"]


@dataclass(frozen=True)
class Credential:
    """A key and, when it is our platform's key, the connected account it acts for. The key never shows in ``repr``."""

    kind: Kind
    api_key: str = field(repr=False)
    stripe_account: str | None = None
    livemode: bool = False
    base: str | None = None
    """Where it opens something, if that is not where Stripe is: at a demo business's stand-in (lib.gateway.sample)."""

    @classmethod
    def platform(cls, account: str, *, livemode: bool, kind: Kind = "oauth") -> Credential:
        """Our own key with a ``Stripe-Account`` header. Raises ConnectUnavailable when no platform key is set."""
        return cls(kind, addresses.platform_key(), account, livemode)

    @classmethod
    def own(cls) -> Credential:
        """Our own account with our own key: who pays us. Raises ConnectUnavailable when no platform key is set."""
        key = addresses.platform_key()
        return cls("own", key, None, key.startswith(("sk_live_", "rk_live_")))

    @classmethod
    def restricted(cls, key: str) -> Credential:
        """An owner's restricted key: it opens its own account and needs no header."""
        return cls("restricted_key", key, None, key.startswith("rk_live_"))

    @property
    def bucket(self) -> str:
        """What Stripe counts requests by: the account, or the key that stands for it. Never shown."""
        return self.stripe_account or self.api_key

    def headers(self) -> dict[str, str]:
        """The HTTP headers that authorise a request."""
        own = {"Authorization": f"Bearer {self.api_key}"}
        return own | ({"Stripe-Account": self.stripe_account} if self.stripe_account else {})
