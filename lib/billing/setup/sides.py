"""The two columns: whose keys test mode and live mode are checked with, and where our own addresses are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from lib.billing.setup.record import Check, Group, Mode, State
from lib.gateway import addresses
from lib.gateway.platform import Keys
from lib.settings import Settings, settings, standin

SECRET: Final = re.compile(r"[sr]k_(test|live)_\w+")
CLIENT: Final = re.compile(r"ca_\w+")
CALLBACK: Final = "/oauth/callback"
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Side:
    """One mode. ``main``: this server runs in it; the other is only looked at, with a second pair of keys.

    ``kept``: there is a database that knows what came and who connected.
    """

    mode: Mode
    main: bool
    keys: Keys
    kept: bool = True

    @property
    def standin(self) -> bool:
        """Whether a stand-in is asked, which tells all, and not Stripe itself."""
        return not addresses.is_real_stripe(addresses.api_base())

    @property
    def usable(self) -> bool:
        """Whether there is a secret key of this mode to ask with."""
        found = SECRET.fullmatch(self.keys.secret or "")
        return found is not None and found[1] == self.mode

    @property
    def empty(self) -> bool:
        """Whether nothing of this mode is set, nor need be."""
        return not self.main and not self.keys.secret and not self.keys.client_id

    @property
    def key_setting(self) -> str:
        """The setting that holds the secret key."""
        return "STRIPE_SECRET_KEY" if self.main else "STRIPE_TEST_SECRET_KEY"

    @property
    def client_setting(self) -> str:
        """The setting that holds the client id."""
        return "STRIPE_CLIENT_ID" if self.main else "STRIPE_TEST_CLIENT_ID"

    def check(self, name: str, group: Group) -> Check:
        """A check of this mode of which nothing is known yet."""
        return Check(name, group, self.mode, State.UNKNOWN, "Not asked yet.")

    def dashboard(self, path: str) -> str:
        """A page of Stripe's dashboard in this mode; none of a stand-in, which has no dashboard."""
        if self.standin:
            return ""
        return f"https://dashboard.stripe.com/{'test/' if self.mode is Mode.TEST else ''}{path}"


def both(*, kept: bool = True) -> tuple[Side, Side]:
    """Test mode and live mode; ``kept`` as in Side."""
    chosen = settings()
    if chosen.sandbox_mode:
        found = standin()
        ours = Keys(found["secret_key"] if found else None, found["client_id"] if found else None, livemode=False)
        none = Keys(None, None, livemode=True)
        return Side(Mode.TEST, main=True, keys=ours, kept=kept), Side(Mode.LIVE, main=False, keys=none, kept=kept)
    main = main_mode(chosen)
    first = _keys(chosen.stripe_secret_key, chosen.stripe_client_id, main)
    other = Mode.LIVE if main is Mode.TEST else Mode.TEST
    second = _keys(chosen.stripe_test_secret_key, chosen.stripe_test_client_id, other)
    sides = Side(main, main=True, keys=first, kept=kept), Side(other, main=False, keys=second, kept=kept)
    return sides if main is Mode.TEST else (sides[1], sides[0])


def main_mode(chosen: Settings) -> Mode:
    """The mode that this server runs in, by its secret key; test mode while there is none."""
    key = chosen.stripe_secret_key.get_secret_value() if chosen.stripe_secret_key else ""
    return Mode.LIVE if key.startswith(("sk_live_", "rk_live_")) else Mode.TEST


def _keys(secret: SecretStr | None, client_id: str | None, mode: Mode) -> Keys:
    return Keys(secret.get_secret_value() if secret else None, client_id, mode is Mode.LIVE)


# --- Our own addresses ------------------------------------------------------------------------------------------------


def home(path: str = "") -> str:
    """A path of ours below the public address."""
    return f"{settings().app_url.rstrip('/')}{path}"


def development() -> str:
    """Where owners come back to while the app is tried out on this machine."""
    port = settings().port or urlsplit(settings().app_url).port or 8501
    return f"http://localhost:{port if local(settings().app_url) else 8501}{CALLBACK}"


def local(url: str) -> bool:
    """Whether an address is this machine's own."""
    return urlsplit(url).hostname in _LOCAL


def same(one: str, other: str) -> bool:
    """Whether two addresses are the same place; this machine has several names."""
    return _place(one) == _place(other)


def _place(url: str) -> tuple[str, str, int | None, str]:
    found = urlsplit(url)
    host = "localhost" if found.hostname in _LOCAL else found.hostname or ""
    port = found.port or {"http": 80, "https": 443}.get(found.scheme)
    return found.scheme, host, port, found.path.rstrip("/")
