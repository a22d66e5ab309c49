"""The secret key and the client id: set, well-formed, of the right mode, known to Stripe, and of one account."""

from __future__ import annotations

from typing import Final

from lib.billing.setup.record import Check, Group, State
from lib.billing.setup.sides import CALLBACK, CLIENT, SECRET, Side, home
from lib.errors import KeyRefused, PermissionMissing
from lib.gateway import addresses, platform
from lib.gateway.platform import Refusal
from lib.settings import settings

SECRET_KEY: Final = "Secret key"  # noqa: S105 - what the check is called
CLIENT_ID: Final = "Client id"
_CONNECT: Final = "settings/connect/onboarding-options/oauth"


def secret_key(side: Side) -> Check:
    """Whether Stripe answers to the key, and whose it is."""
    check = side.check(SECRET_KEY, Group.KEYS).now(State.UNKNOWN, "", link=side.dashboard("apikeys"))
    key, mode = side.keys.secret, side.mode
    if not key:
        return _no_key(side, check)
    found = SECRET.fullmatch(key)
    if not found:
        says = f"{side.key_setting} does not look like a secret key (sk_{mode}_…)."
        return check.now(State.WRONG, says, "Copy it again from Stripe.")
    if found[1] != mode:
        says = f"{side.key_setting} is a key of {found[1]} mode, like STRIPE_SECRET_KEY."
        return check.now(State.WRONG, says, f"Set it to the key of {mode} mode, or take it out.")
    return _known(side, check)


def _no_key(side: Side, check: Check) -> Check:
    mode = side.mode
    if settings().sandbox_mode:
        todo = "To leave the sandbox, start the server with STRIPE_SECRET_KEY and STRIPE_CLIENT_ID."
        return check.now(State.UNKNOWN, f"The sandbox has no {mode} mode.", todo)
    todo = f"Set {side.key_setting} to the secret key of {mode} mode (sk_{mode}_…)"
    todo += "." if side.main else " to check this mode too; the server goes on running in the other."
    return check.now(State.MISSING if side.main else State.UNKNOWN, f"No key of {mode} mode is set.", todo)


def _known(side: Side, check: Check) -> Check:
    try:
        account = platform.account(side.keys)
    except KeyRefused:
        says = f"Stripe does not know the key in {side.key_setting}: it was mistyped, rolled or deleted."
        return check.now(State.WRONG, says, "Copy it again from Stripe, then restart the server.")
    except PermissionMissing:
        says = "It is a restricted key that can't read our own account."
        return check.now(State.UNKNOWN, says, "Give it permission to read the account, or use the secret key.")
    return check.now(State.OK, f"Answers in {side.mode} mode as {_name(account)}.", link="")


def _name(account: dict[str, object]) -> str:
    """The account as people know it, and its id."""
    profile, more = account.get("business_profile"), account.get("settings")
    shown = (more.get("dashboard") or {}) if isinstance(more, dict) else {}
    name = (profile.get("name") if isinstance(profile, dict) else None) or shown.get("display_name")
    return f"{name} ({account['id']})" if name else str(account["id"])


def client_id(side: Side) -> Check:
    """Whether Stripe's OAuth takes the client id together with the key."""
    check = side.check(CLIENT_ID, Group.KEYS)
    given, page = side.keys.client_id, side.dashboard(_CONNECT)
    if not given and settings().sandbox_mode:
        return check.now(State.UNKNOWN, f"The sandbox has no {side.mode} mode.")
    if not given:
        state = State.MISSING if side.main else State.UNKNOWN
        says = f"No client id of {side.mode} mode is set, so nobody can use Connect with Stripe in it."
        return check.now(state, says, f"Set {side.client_setting} to the {side.mode} mode client id (ca_…).", link=page)
    if not CLIENT.fullmatch(given):
        says = f"{side.client_setting} does not look like a client id (ca_…)."
        return check.now(State.WRONG, says, "It is in Stripe's Connect settings, under OAuth.", link=page)
    if not side.usable:
        return check.now(State.UNKNOWN, "Its form is right; Stripe can be asked once the secret key works.")
    if split():
        return check.now(State.UNKNOWN, *split_sentences())
    return _asked(side, check, page)


def _asked(side: Side, check: Check, page: str) -> Check:
    if not platform.belong_together(side.keys):
        says = "Stripe does not take this client id together with this secret key."
        todo = f"Both must be of the same Stripe account and of {side.mode} mode. Copy both again from there."
        return check.now(State.WRONG, says, todo, link=page)
    refused = platform.refusal(side.keys, home(CALLBACK))
    if refused is Refusal.CLIENT:
        says = "Stripe's page of consent does not know this client id."
        return check.now(State.WRONG, says, f"Copy the one of {side.mode} mode from Stripe.", link=page)
    if refused is Refusal.SCOPE:
        scope = settings().stripe_connect_scope
        says = f"Stripe does not allow this client id to ask for the scope {scope}."
        other = "read_only" if scope == "read_write" else "read_write"
        return check.now(State.WRONG, says, f"Set STRIPE_CONNECT_SCOPE={other}, and restart the server.")
    return check.now(State.OK, "Stripe's sign-in knows it, and takes it with this secret key.")


def split() -> bool:
    """Whether STRIPE_API_BASE names a stand-in but STRIPE_CONNECT_BASE still Stripe: its keys must not go there."""
    standin = not addresses.is_real_stripe(addresses.api_base())
    return standin and addresses.connect_base() == "https://connect.stripe.com"


def split_sentences() -> tuple[str, str]:
    """What is so then, and what to do."""
    return (
        "STRIPE_API_BASE is not Stripe's own, but STRIPE_CONNECT_BASE is, so sign-in was not asked.",
        "Set STRIPE_CONNECT_BASE to the same server.",
    )
