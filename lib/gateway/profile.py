"""Who an account is, in the few words we keep."""

from __future__ import annotations

from dataclasses import dataclass

from lib.errors import PermissionMissing
from lib.gateway.client import Gateway
from lib.gateway.credential import Credential
from lib.gateway.retry import INTERACTIVE


@dataclass(frozen=True)
class Profile:
    """A Stripe account: name as its owner set it, ISO country, lower-case currency, IANA time zone of its dashboard."""

    id: str
    name: str
    country: str | None = None
    default_currency: str | None = None
    timezone: str = "UTC"


def profile(credential: Credential, account: str) -> Profile:
    """What Stripe says of ``account``; just its id when the key may not read it. Raises like ``Gateway.get``."""
    try:
        body = Gateway(credential, patience=INTERACTIVE).get("/v1/account")
    except PermissionMissing:
        return Profile(account, account)
    dashboard = (body.get("settings") or {}).get("dashboard") or {}
    business = body.get("business_profile") or {}
    return Profile(
        id=account,
        name=dashboard.get("display_name") or business.get("name") or body.get("email") or body["id"],
        country=body.get("country"),
        default_currency=body.get("default_currency"),
        timezone=dashboard.get("timezone") or "UTC",
    )
