"""The two webhook endpoints at Stripe: that each exists, is on, is of the right kind and hears what we need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

from lib.accounts import deliveries
from lib.billing import truth
from lib.billing.setup.record import Check, Group, State, listed, when
from lib.billing.setup.sides import Side, home, local, same
from lib.gateway import API_VERSION, platform, refusals
from lib.settings import settings
from lib.store import connections
from lib.store.engine import reading

CONNECTED_PATH: Final = "/webhooks/stripe"
OWN_PATH: Final = "/webhooks/platform"
ALL: Final = "*"
JSON = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """An endpoint that must be at Stripe. ``connect``: for what happens in connected accounts, else in our own."""

    path: str
    whose: str
    connect: bool
    events: tuple[str, ...]
    setting: str

    @property
    def url(self) -> str:
        """Where it delivers."""
        return home(self.path)

    @property
    def needed(self) -> bool:
        """Whether anything here listens: who paid us is asked only where plans are sold."""
        return self.connect or settings().charging


def wanted(connected_events: Sequence[str]) -> tuple[Wanted, Wanted]:
    """Both endpoints; ``connected_events`` is what the sync hears of connected accounts."""
    return (
        Wanted(CONNECTED_PATH, "connected accounts", True, tuple(connected_events), "STRIPE_WEBHOOK_SECRET"),  # noqa: FBT003 - a field by its place
        Wanted(OWN_PATH, "our own account", False, truth.EVENTS, "STRIPE_PLATFORM_WEBHOOK_SECRET"),  # noqa: FBT003 - a field by its place
    )


def name_of(want: Wanted) -> str:
    """How the check of an endpoint is called."""
    return f"Events of {want.whose}"


def endpoints(side: Side, wants: Sequence[Wanted]) -> tuple[Check, ...]:
    """Both endpoints, as Stripe lists them."""
    if not side.usable:
        return tuple(_unasked(side, each) for each in wants)
    found = platform.endpoints(side.keys)
    return tuple(_endpoint(side, each, found) for each in wants)


def _unasked(side: Side, want: Wanted) -> Check:
    says = (
        f"Stripe is to deliver {len(want.events)} kinds of events here; it can be asked once the secret key is right."
    )
    return _check(side, want).now(State.UNKNOWN, says, copy=want.url)


def _check(side: Side, want: Wanted) -> Check:
    return replace(side.check(name_of(want), Group.WEBHOOKS), events=want.events)


def _endpoint(side: Side, want: Wanted, found: Sequence[JSON]) -> Check:
    check = _check(side, want).now(State.UNKNOWN, "", link=side.dashboard("webhooks"))
    here = [each for each in found if _delivers(side, want, each["url"])]
    right = [each for each in here if bool(each.get("application")) == want.connect]
    on = [each for each in right if each["status"] == "enabled"]
    if not want.needed and not right:
        return replace(check.now(State.UNKNOWN, "Not needed while BILLING is off: nobody pays us.", link=""), events=())
    if not here:
        return _none(side, want, check)
    if not right:
        heard, other = ("“Your account”", "“Connected accounts”")[:: 1 if want.connect else -1]
        says = f"The endpoint at {want.url} hears {heard}, not {other}."
        return check.now(
            State.WRONG, says, f"Delete it at Stripe and make one for {other}.", create=_create(side, want)
        )
    if not on:
        says = f"The endpoint at {right[0]['url']} is switched off: Stripe delivers nothing."
        return check.now(State.WRONG, says, "Open it at Stripe and enable it.")
    if len(on) > 1 and side.main:
        says = f"{len(on)} endpoints deliver to {want.url}, and only one of them has the secret in {want.setting}."
        return check.now(State.WRONG, says, "Delete or switch off all but one at Stripe.")
    return _hears(want, check, on[0])


def _delivers(side: Side, want: Wanted, url: str) -> bool:
    """Whether an endpoint is this one; in the mode that is only looked at, servers elsewhere count."""
    return same(url, want.url) if side.main else urlsplit(url).path.rstrip("/") == want.path


def _create(side: Side, want: Wanted) -> str:
    """The path by which the endpoint can be made from here, where Stripe can reach it."""
    return want.path if side.main and (side.standin or not local(want.url)) else ""


def _none(side: Side, want: Wanted, check: Check) -> Check:
    if not side.main:
        says = f"No endpoint of {side.mode} mode ends in {want.path}."
        return check.now(State.UNKNOWN, says, "Make one where a server of yours runs in this mode.")
    says = f"No endpoint for events of {want.whose} delivers here."
    if not side.standin and local(want.url):
        flag = "--forward-connect-to" if want.connect else "--forward-to"
        todo = "Stripe can't reach this machine. While you try things out, have Stripe's command line tool do it."
        return check.now(State.MISSING, says, todo, copy=f"stripe listen {flag} {want.url}")
    todo = f"Create it here, or at Stripe for {len(want.events)} kinds of events; the address is:"
    return check.now(State.MISSING, says, todo, copy=want.url, create=_create(side, want))


def _hears(want: Wanted, check: Check, found: JSON) -> Check:
    """Whether the event list is the one that we need, no less; what is more does no harm and is named."""
    heard = set(found["enabled_events"])
    read = _version(found.get("api_version"))
    lacking = [] if ALL in heard else [each for each in want.events if each not in heard]
    if lacking:
        says = f"The endpoint is on, but does not hear {len(lacking)} of {len(want.events)} kinds of events."
        return check.now(State.WRONG, says, "Add these to it at Stripe:", copy="\n".join(lacking))
    if ALL in heard:
        return check.now(State.OK, f"On, and hears everything; {len(want.events)} kinds of events are needed.{read}")
    needless = sorted(heard - set(want.events))
    if needless:
        says = f"On, and hears all {len(want.events)} kinds of events that are needed.{read}"
        return check.now(State.OK, says, f"Not needed, and only counted: {listed(needless)}.")
    return check.now(State.OK, f"On, and hears just the {len(want.events)} kinds of events that are needed.{read}")


def _version(told: str | None) -> str:
    """In which of Stripe's versions events come; any does, since each object is read anew."""
    if told == API_VERSION:
        return f" API version {told}, which is ours."
    return f" API version {told or 'of the account'}; any will do, because objects are read anew."


# --- What arrives here ------------------------------------------------------------------------------------------------


def signing(side: Side, want: Wanted) -> Check | None:
    """The endpoint's signing secret; None in the mode that nothing is delivered in."""
    if not side.main or not want.needed:
        return None
    check = side.check(f"Signing secret, {want.whose}", Group.WEBHOOKS)
    own = settings().stripe_webhook_secret if want.connect else settings().stripe_platform_webhook_secret
    if own is None and settings().sandbox_mode:
        return check.now(State.OK, "The stand-in signs with a secret that this server knows.")
    if own is None:
        todo = f"Put the endpoint's signing secret (whsec_…) in {want.setting}, and restart the server."
        return check.now(State.MISSING, f"{want.setting} is not set, so every delivery is refused.", todo)
    if not own.get_secret_value().startswith("whsec_"):
        says = f"{want.setting} does not look like a signing secret (whsec_…)."
        return check.now(State.WRONG, says, "Copy it again from the endpoint at Stripe.")
    return check.now(State.OK, f"{want.setting} is set.")


def arrived(side: Side, want: Wanted) -> Check | None:
    """The last delivery, and the last one after it that this process refused."""
    if not side.main or not side.kept or not want.needed:
        return None
    check = side.check(f"Deliveries, {want.whose}", Group.WEBHOOKS)
    last = _last(want)
    refused = refusals.since(last or 0.0, want.path)
    so_far = f"The last one arrived on {when(last)}." if last else "None has arrived yet."
    if refused:
        says = f"{so_far} One was refused on {when(refused[-1].at)}: {refused[-1].why}"
        todo = f"If it names the signature, copy the endpoint's signing secret again into {want.setting}, and restart."
        return check.now(State.WRONG, says, todo)
    return check.now(State.OK if last else State.UNKNOWN, so_far)


def _last(want: Wanted) -> float | None:
    """When the newest delivery of an endpoint came; epoch seconds."""
    if not want.connect:
        return deliveries.seen(deliveries.OWN_ACCOUNT).last
    with reading() as db:
        accounts = {each.account for each in connections.all_live(db)}
    return max((at for each in accounts if (at := deliveries.seen(each).last)), default=None)
