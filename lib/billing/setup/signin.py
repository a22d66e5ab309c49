"""The ways back from Stripe's consent page, and whether the public address is one that Stripe sends people to."""

from __future__ import annotations

from typing import Final

from lib.billing.setup.keys import split, split_sentences
from lib.billing.setup.record import Check, Group, Mode, State, when
from lib.billing.setup.sides import CALLBACK, CLIENT, Side, development, home, local
from lib.gateway import platform
from lib.gateway.platform import Refusal
from lib.settings import settings
from lib.store import connections
from lib.store.engine import reading

ADDRESS: Final = "Public address"
DEVELOPMENT: Final = "Redirect URI for development"
PRODUCTION: Final = "Redirect URI for production"
_PAGE: Final = "settings/connect/onboarding-options/oauth"


def address(side: Side) -> Check:
    """APP_URL, which must be https where it is not this machine's own, and in live mode always."""
    check, url = side.check(ADDRESS, Group.SIGN_IN), settings().app_url
    if settings().https:
        return check.now(State.OK, f"{url} is reached over https.")
    live = side.mode is Mode.LIVE
    if not local(url):
        says = f"{url} is not https: passwords and Stripe's answers cross the network in the open."
        return check.now(State.WRONG, says, "Put https in front of this server and set APP_URL to that address.")
    says = f"{url} is this machine's own, which nobody else reaches."
    todo = "For everybody else set APP_URL to the https address where they reach this server."
    return check.now(State.MISSING if live and side.main else State.UNKNOWN, says, todo)


def ways_back(side: Side) -> tuple[Check, ...]:
    """The redirect URIs to register: on this machine for test mode alone, and below APP_URL."""
    found = []
    if side.mode is Mode.TEST:
        found.append(_way(side, DEVELOPMENT, development()))
    if not local(home()):
        found.append(_way(side, PRODUCTION, home(CALLBACK)))
    elif side.mode is Mode.LIVE:
        says = "Live mode needs an https address of this server, and APP_URL is this machine's own."
        found.append(_check(side, PRODUCTION, "").now(State.UNKNOWN, says, "Set APP_URL first."))
    else:
        says = f"Not needed yet: it will be APP_URL followed by {CALLBACK}."
        found.append(_check(side, PRODUCTION, "").now(State.UNKNOWN, says))
    return tuple(found)


def _check(side: Side, name: str, uri: str) -> Check:
    return side.check(name, Group.SIGN_IN).now(State.UNKNOWN, "Not asked yet.", copy=uri)


def _way(side: Side, name: str, uri: str) -> Check:
    check = _check(side, name, uri)
    register = f"Add it at Stripe, letter by letter, among the redirects of {side.mode} mode."
    given = side.keys.client_id
    if not given or not CLIENT.fullmatch(given):
        return check.now(State.UNKNOWN, "To be registered at Stripe.", register, link=side.dashboard(_PAGE))
    if split():
        return check.now(State.UNKNOWN, *split_sentences())
    refused = platform.refusal(side.keys, uri)
    if refused is Refusal.REDIRECT:
        return check.now(State.WRONG, "Stripe refuses to send owners here.", register, link=side.dashboard(_PAGE))
    if refused is Refusal.CLIENT:
        return check.now(State.UNKNOWN, "Stripe can be asked once it knows the client id.", register)
    if side.standin:
        return check.now(State.OK, "The stand-in sends owners back here.")
    return _last(side, check, register, uri)


def _last(side: Side, check: Check, register: str, uri: str) -> Check:
    """Real Stripe tells nobody but an owner who comes; so it is told when the last one came."""
    came = last_owner(livemode=side.keys.livemode) if side.kept and uri == home(CALLBACK) else None
    if came is not None:
        return check.now(State.OK, f"The last owner came back through it on {when(came)}.")
    says = "Stripe did not refuse it, but its API can't be asked for redirects, and no owner has come back through it."
    todo = f"{register} Then connect an account once to see that it works."
    return check.now(State.UNKNOWN, says, todo, link=side.dashboard(_PAGE))


def last_owner(*, livemode: bool) -> int | None:
    """When the newest connection that still holds was made with Connect with Stripe in a mode; epoch seconds."""
    with reading() as db:
        found = [each for each in connections.all_live(db) if each.kind == "oauth" and each.livemode == livemode]
    return max((each.created for each in found), default=None)
