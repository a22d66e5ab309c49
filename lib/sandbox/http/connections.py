"""Connect OAuth without HTTP: codes, grants, tokens and their end."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from lib.sandbox.http.errors import OAuthError

CODE_LIVES = 300
"""Seconds for which an authorization code can be exchanged."""
SCOPES = ("read_only", "read_write")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_CALLBACK = "/oauth/callback"


@dataclass(frozen=True)
class Code:
    """A single-use authorization code; ``issued`` in epoch seconds of the stand-in's clock."""

    account: str
    client_id: str
    scope: str
    issued: float


@dataclass(frozen=True)
class Connection:
    """An account's standing permission. Tokens never show in ``repr``."""

    account: str
    scope: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


class Connections:
    """Who has connected with us. Safe for threads; ``changed`` is called after each change."""

    def __init__(self, client_id: str, now: Callable[[], float], redirect_uris: tuple[str, ...] = ()) -> None:
        self.client_id = client_id
        self.changed: Callable[[], None] = lambda: None
        self._now = now
        self._redirect_uris = redirect_uris
        self._codes: dict[str, Code] = {}
        self._held: dict[str, Connection] = {}
        self._lock = threading.Lock()

    def registered(self, redirect_uri: str) -> bool:
        """Whether an owner may be sent back there: listed exactly, or /oauth/callback on this machine."""
        if redirect_uri in self._redirect_uris:
            return True
        try:
            parts = urlsplit(redirect_uri)
            host = parts.hostname
        except ValueError:
            return False
        local = parts.scheme in {"http", "https"} and host in _LOCAL and parts.username is None
        return local and parts.path == _CALLBACK and not parts.query and not parts.fragment

    def issue(self, account: str, scope: str, *, client_id: str | None = None) -> str:
        """Return a new code with which our platform, or another's ``client_id``, gets access to an account."""
        code = f"ac_{secrets.token_urlsafe(24)}"
        with self._lock:
            self._codes[code] = Code(account, client_id or self.client_id, scope, self._now())
        return code

    def exchange(self, code: str) -> Connection:
        """Use a code up. Raises ``invalid_grant`` for one that is unknown, used, too old or another platform's."""
        with self._lock:
            found = self._codes.pop(code, None)
            stale = found is not None and self._now() - found.issued > CODE_LIVES
            if found is None or stale or found.client_id != self.client_id:
                raise OAuthError(400, "invalid_grant", f"Authorization code does not exist: {code}")
            made = Connection(found.account, found.scope, _key("sk_test_"), _key("rt_"))
            self._held[found.account] = made
        self.changed()
        return made

    def refresh(self, refresh_token: str) -> Connection:
        """Return the connection of a refresh token. Raises ``invalid_grant``."""
        with self._lock:
            for each in self._held.values():
                if secrets.compare_digest(each.refresh_token.encode(), refresh_token.encode()):
                    return each
        raise OAuthError(400, "invalid_grant", "Refresh token does not exist.")

    def revoke(self, account: str) -> bool:
        """End a connection; False when there is none."""
        with self._lock:
            ended = self._held.pop(account, None) is not None
        if ended:
            self.changed()
        return ended

    def holds(self, account: str) -> bool:
        """Whether we have access to an account."""
        return account in self._held

    def writable(self, account: str) -> bool:
        """Whether we may change an account's data: its owner gave the scope read_write."""
        held = self._held.get(account)
        return held is not None and held.scope == "read_write"

    @property
    def accounts(self) -> list[str]:
        """The accounts that we have access to."""
        with self._lock:
            return list(self._held)

    def owner_of(self, access_token: str) -> str | None:
        """The account that an access token opens."""
        with self._lock:
            return next((each.account for each in self._held.values() if each.access_token == access_token), None)

    def dump(self) -> list[dict[str, Any]]:
        """The connections as JSON, to survive a restart."""
        with self._lock:
            return [asdict(each) for each in self._held.values()]

    def restore(self, dumped: list[dict[str, Any]]) -> None:
        """Take over what :meth:`dump` gave."""
        with self._lock:
            self._held = {each["account"]: Connection(**each) for each in dumped}


def _key(prefix: str) -> str:
    return f"{prefix}{secrets.token_hex(16)}"
