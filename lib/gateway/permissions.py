"""Can a restricted key read everything we need? Each list is tried once, with a limit of one object."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlencode

from lib.errors import KeyIsPublishable, KeyIsSecret, KeyMalformed, PermissionMissing
from lib.gateway import scopes
from lib.gateway.client import Gateway
from lib.gateway.credential import Credential
from lib.gateway.retry import INTERACTIVE
from lib.gateway.scopes import Permission

_RESTRICTED = re.compile(r"rk_(live|test)_[A-Za-z0-9_]{6,}")
_PROBES_AT_ONCE = 4


@dataclass(frozen=True)
class KeyReport:
    """What a restricted key opens: whose account, which mode, and what it lacks, required or not."""

    account: str | None
    livemode: bool
    missing: tuple[Permission, ...]

    def require(self) -> str:
        """The account id.

        Raises PermissionMissing, naming each row of Stripe's dashboard once, when one that is required is lacking.
        """
        required = tuple(each for each in self.missing if each.required)
        if required or self.account is None:
            lacking = required or (scopes.ACCOUNT,)
            raise PermissionMissing(resources=", ".join(dict.fromkeys(each.label for each in lacking)))
        return self.account


def parse(key: str) -> str:
    """``key`` without stray spaces. Raises KeyIsSecret, KeyIsPublishable or KeyMalformed unless it is restricted."""
    key = key.strip()
    if key.startswith("sk_"):
        raise KeyIsSecret
    if key.startswith("pk_"):
        raise KeyIsPublishable
    if not _RESTRICTED.fullmatch(key):
        raise KeyMalformed
    return key


def check(key: str) -> KeyReport:
    """Try ``key`` on every list we read. Raises like :func:`parse`, and KeyRefused when Stripe does not know it."""
    credential = Credential.restricted(parse(key))
    gateway = Gateway(credential, patience=INTERACTIVE)
    account = _account(gateway)
    with ThreadPoolExecutor(_PROBES_AT_ONCE) as pool:
        refusals = list(pool.map(lambda each: _refusal(gateway, each), scopes.ALL))
    named = (refusal.details.get("account") for refusal in refusals if refusal)
    missing = tuple(each for each, refusal in zip(scopes.ALL, refusals, strict=True) if refusal)
    return KeyReport(account or next((str(each) for each in named if each), None), credential.livemode, missing)


def create_key_url(*, livemode: bool, name: str = "Plimsoll") -> str:
    """Stripe's page for a new restricted key, with our name and every permission we need already chosen."""
    raks = [("permissions[]", rak) for rak in dict.fromkeys(each.rak for each in (*scopes.ALL, scopes.ACCOUNT))]
    mode = "" if livemode else "test/"
    return f"https://dashboard.stripe.com/{mode}apikeys/create?{urlencode([('name', name), *raks])}"


def _account(gateway: Gateway) -> str | None:
    """The key's own account. When reading it is not allowed, Stripe's refusal still says which account it is."""
    try:
        return str(gateway.get("/v1/account")["id"])
    except PermissionMissing as refusal:
        named = refusal.details.get("account")
        return str(named) if named else None


def _refusal(gateway: Gateway, permission: Permission) -> PermissionMissing | None:
    try:
        gateway.page(permission.probe, limit=1)
    except PermissionMissing as refusal:
        return refusal
    return None
