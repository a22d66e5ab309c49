"""Who is asking: keys, the ``Stripe-Account`` header, and the permissions of restricted keys."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from lib.sandbox.http import errors
from lib.sandbox.http.connections import Connections
from lib.sandbox.http.tenants import Cast, Tenant, token

WITHOUT = "_without_"
"""``rk_test_…_without_invoice`` is the key less ``rak_invoice_read``; ``_and_`` joins several; ``everything`` all."""


@dataclass(frozen=True)
class Caller:
    """A request that may go on: whose data it reads, and with which key."""

    tenant: Tenant
    key: str = field(repr=False)
    lacking: frozenset[str] = frozenset()
    writes: bool = False
    """The key, and the scope of the connection, allow changes."""
    connected: bool = False
    """The request is made on behalf of another account."""

    def need_write(self, permission: str) -> None:
        """Raise Stripe's 403 unless the data may be changed."""
        if not self.writes:
            raise errors.no_permission(self.key, self.tenant.id, permission)

    def need(self, permission: str) -> None:
        """Raise Stripe's 403 unless the key has a permission."""
        if permission in self.lacking or "rak_everything_read" in self.lacking:
            raise errors.no_permission(self.key, self.tenant.id, permission)


@dataclass(frozen=True)
class Access:
    """The keys that this stand-in has issued."""

    cast: Cast
    connections: Connections
    secret_key: str = field(repr=False)

    @classmethod
    def of(cls, seed: int, cast: Cast, connections: Connections) -> Access:
        """The platform's key depends on the seed alone, so that it survives a restart."""
        return cls(cast, connections, f"sk_test_{token(seed, 'secret key', 24)}")

    def caller(self, authorization: str, account: str | None) -> Caller:
        """Check the ``Authorization`` and ``Stripe-Account`` headers. Raises 401, or 403 ``account_invalid``."""
        key = bearer(authorization)
        if not key:
            raise errors.no_key()
        if key.startswith("pk_"):
            raise errors.publishable_key()
        if key == self.secret_key:
            tenant = self._connected(key, account)
            ours = tenant is self.cast.platform
            return Caller(tenant, key, writes=ours or self.connections.writable(tenant.id), connected=not ours)
        if owner := self.connections.owner_of(key):
            writes = self.connections.writable(owner)
            return Caller(self._own(key, owner, account), key, writes=writes, connected=True)
        stem, _, lacking = key.partition(WITHOUT)
        for tenant in self.cast.everyone:
            if stem == tenant.restricted_key:
                return Caller(self._own(key, tenant.id, account), key, _permissions(lacking))
        raise errors.invalid_key(key)

    def _connected(self, key: str, account: str | None) -> Tenant:
        """Our platform itself, or an account that gave us access."""
        if account is None or account == self.cast.platform.id:
            return self.cast.platform
        tenant = self.cast.find(account)
        if tenant is None or not self.connections.holds(account):
            raise errors.no_access(key, account)
        return tenant

    def _own(self, key: str, owner: str, account: str | None) -> Tenant:
        """The one account that a restricted key or an access token opens."""
        tenant = self.cast.find(owner)
        if tenant is None or account not in {None, owner}:
            raise errors.no_access(key, account or owner)
        return tenant


def bearer(authorization: str) -> str:
    """Return the key in an ``Authorization`` header, Bearer or Basic (as the user name); empty when there is none."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode("ascii").partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _permissions(lacking: str) -> frozenset[str]:
    """``invoice_and_rak_charge_read`` as Stripe's names."""
    if not lacking:
        return frozenset()
    stems = (each.removeprefix("rak_").removesuffix("_read") for each in lacking.split("_and_"))
    return frozenset(f"rak_{stem}_read" for stem in stems)
