"""Who paid, as our own Stripe account says it: read anew whenever an event, a return from Stripe or the clock asks.

An event is a notification, never the truth itself: it may come late, twice, out of order or not at all. Whatever it
tells, everything about its customer is read anew and kept by when that read began.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lib.accounts.deliveries import OWN_ACCOUNT
from lib.billing import access, contact, moment, rows, strays, trials
from lib.billing.attempts import Attempts
from lib.errors import (
    AppError,
    ConnectUnavailable,
    OtherStripeAccount,
    PermissionMissing,
    ResourceMissing,
    StripeRefused,
    StripeUnavailable,
)
from lib.gateway import Credential, Gateway, Patience
from lib.gateway.retry import INTERACTIVE
from lib.settings import settings
from lib.store import billing, checkpoints, ours
from lib.store.engine import Db, reading, transaction
from lib.store.tables import BillingCustomer, BillingSubscription

log = logging.getLogger(__name__)

HEARD: Final = ("checkout.session.", "customer.subscription.", "customer.deleted", "invoice.")
"""Beginnings of the types of events that may change who has which plan."""
EVENTS: Final = (
    "checkout.session.completed",
    "checkout.session.expired",
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.voided",
    "invoice.marked_uncollectible",
)
"""What our own account's webhook endpoint must send."""
INVOICES: Final = 24
"""Newest invoices that are kept for the list; those that are open are all asked for."""
_AT_ONCE: Final = 200
AGAIN: Final = 10.0
"""Seconds in which a page that is looked at again does not ask Stripe again."""
_MANY: Final = 4096
_looked: dict[tuple[str, str], float] = {}


def heard(type_: str) -> bool:
    """Whether an event of our own account may change who has which plan."""
    return type_.startswith(HEARD)


def livemode() -> bool | None:
    """Whether our own account is asked in live mode; None where no key is set."""
    try:
        return Credential.own().livemode
    except (ConnectUnavailable, StripeUnavailable):
        return None


def own_account(*, wait: bool = False) -> Gateway:
    """Our own account, asked quickly because somebody waits, or patiently. Raises ConnectUnavailable."""
    return Gateway(Credential.own(), patience=Patience() if wait else INTERACTIVE)


# --- Reading ----------------------------------------------------------------------------------------------------------


def refresh(workspace: str, *, wait: bool = False) -> None:
    """Read from Stripe what a workspace has bought and owes, and keep it.

    A workspace that never began to buy with the key that is set is not asked about. Raises OtherStripeAccount when its
    customer is not there and was not deleted either, or like ``Gateway.get``; nothing is changed then.
    """
    with reading() as db:
        if not billing.ever_customer(db, workspace):
            return
    gateway = own_account(wait=wait)
    introduce(gateway)
    with reading() as db:
        found = billing.customer(db, workspace)
    if found is None:
        return
    began = time.time()
    try:
        told = _told(gateway, found.customer)
    except ResourceMissing:
        _missing(gateway, found, began)
        return
    _keep(told, found, began)
    moment.saw(gateway.date)
    access.forget()
    if told.who is not None:
        _keep_right(gateway, found, told)


def look(workspace: str, *, now: float | None = None) -> None:
    """As :func:`refresh`, unless this process did so for the workspace less than AGAIN seconds ago: a page asks often.

    ``now``: a monotonic clock's seconds.
    """
    name, now = (settings().database, workspace), time.monotonic() if now is None else now
    if now - _looked.get(name, -AGAIN) < AGAIN:
        return
    if len(_looked) >= _MANY:
        _looked.clear()
    _looked[name] = now
    refresh(workspace)


def tell_connected(workspace: str) -> None:
    """An account was connected: Stripe is told whose customer that is. What fails is made up for within the hour."""
    try:
        refresh(workspace)
    except AppError as error:
        log.warning("Stripe could not be told of a connected account; it is tried again later: %s", error.code)


def _keep_right(gateway: Gateway, found: BillingCustomer, told: _Told) -> None:
    try:
        contact.keep_right(gateway, found, told.who or {}, told.bought)
    except AppError as error:
        log.warning("What Stripe says of %s could not be put right: %s", found.workspace, error.code)


def introduce(gateway: Gateway) -> None:
    """Know whose key is set; it is asked once for each. Raises like ``Gateway.get``.

    A restricted key may not be allowed to tell: then only its mode is known.
    """
    with reading() as db:
        known = ours.here(db)
    if known.key is None or known.platform is not None:
        return
    try:
        told = gateway.get("/v1/account")
    except (PermissionMissing, StripeRefused):
        return
    with transaction() as db:
        ours.introduce(db, str(told["id"]))
    access.forget()


@dataclass(frozen=True, slots=True)
class _Told:
    """What Stripe has of a customer: subscriptions, newest invoices, and for each subscription those still open.

    ``who``: the customer itself, where it has or had a subscription.
    """

    bought: list[dict[str, Any]]
    who: Mapping[str, Any] | None
    bills: list[dict[str, Any]]
    owed: Mapping[str, list[dict[str, Any]]]


_EXPANDED: Final = ["data.discounts.source.coupon", "data.customer"]


def _told(gateway: Gateway, customer: str) -> _Told:
    who, bought = _bought(gateway, customer)
    bills = gateway.page("/v1/invoices", customer=customer, limit=INVOICES).data
    owing = [each["id"] for each in bought if each["status"] in rows.OWED]
    owed = {id_: _all(gateway, "/v1/invoices", subscription=id_, status="open") for id_ in owing}
    if not all(owed.values()):  # it was paid between the two reads, or written off
        who, bought = _bought(gateway, customer)
    return _Told(bought, who, bills, owed)


def _bought(gateway: Gateway, customer: str) -> tuple[Mapping[str, Any] | None, list[dict[str, Any]]]:
    """A customer and all that it ever subscribed to; no customer where that is nothing."""
    found = _all(gateway, "/v1/subscriptions", customer=customer, status="all", expand=_EXPANDED)
    who = next((each["customer"] for each in found), None)
    return who, [each | {"customer": customer} for each in found]


def _all(gateway: Gateway, path: str, **params: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - Stripe's parameters
    return [each for page in gateway.pages(path, **params) for each in page.data]


def _keep(told: _Told, found: BillingCustomer, began: float) -> None:
    """Keep what Stripe has of a customer, and end what it has no more."""
    with transaction() as db:
        kept = {each.id: each for each in billing.subscriptions(db, found.workspace)}
        for each in told.bought:
            if row := _readable(each, found.workspace, began, told, kept.get(each["id"])):
                billing.keep(db, row)
        bills = (*told.bills, *(bill for bills in told.owed.values() for bill in bills))
        for bill in {each["id"]: each for each in bills}.values():
            billing.keep(db, rows.invoice_row(bill, found.workspace, began))
        there = {each["id"] for each in told.bought}
        _end(db, [each for each in kept.values() if each.customer == found.customer and each.id not in there], began)
        if found.platform is None or found.livemode is None:
            ours.learn(db, found.customer)
        if any(each.get("trial_end") for each in told.bought):
            trials.note(db, found.workspace)


def _readable(
    found: Mapping[str, Any], workspace: str, began: float, told: _Told, kept: BillingSubscription | None
) -> BillingSubscription | None:
    """A subscription's row; None for what has not the shape of one: then what was known of it stays."""
    try:
        return rows.subscription_row(found, workspace, began, told.owed.get(found["id"], ()), kept)
    except (LookupError, TypeError, AttributeError) as error:
        log.warning("A subscription of ours could not be read: %s", type(error).__name__)
        return None


def _end(db: Db, gone: Sequence[BillingSubscription], began: float) -> None:
    """Stripe has these no more, so nothing will ever be paid for them."""
    for row in gone:
        if row.ended_at is None:
            over = {"status": "canceled", "ended_at": int(began), "mrr": 0, "observed_at": began}
            billing.keep(db, BillingSubscription(**(row.model_dump() | over)))


def _missing(gateway: Gateway, found: BillingCustomer, began: float) -> None:
    """Stripe does not know a customer of ours: it was deleted, or belongs to another key.

    One that was deleted ends what it had, and a new one is made at the next Checkout. Raises OtherStripeAccount
    otherwise: everything stays as it is, so that the right key finds it again.
    """
    if not _deleted(gateway, found):
        log.warning("A customer of ours is not at Stripe: its plan was sold with another key, and is left as it is")
        raise OtherStripeAccount
    with transaction() as db:
        mine = billing.subscriptions(db, found.workspace)
        _end(db, [each for each in mine if each.customer == found.customer], began)
        billing.forget_customer(db, found.workspace)
    access.forget()


def _deleted(gateway: Gateway, found: BillingCustomer) -> bool:
    """Whether a customer was deleted. Stripe remembers each that was, but for test data that are wiped as a whole."""
    try:
        return bool(gateway.get(f"/v1/customers/{found.customer}").get("deleted"))
    except ResourceMissing:
        with reading() as db:
            here = ours.here(db)
        return here.livemode is False and here.surely_has(found)


# --- When it is read --------------------------------------------------------------------------------------------------


def apply_events() -> int:
    """Work on the deliveries of our own account that wait; how many were.

    A workspace that can't be read for now lets its deliveries wait and no other's; raises StripeBusy, StripeUnavailable
    or NoRoom at the end then.
    """
    attempts = Attempts(_patiently)
    worked = _apply(attempts)
    if attempts.passing is not None:
        raise attempts.passing
    return worked


def _patiently(workspace: str) -> None:
    refresh(workspace, wait=True)


def _apply(attempts: Attempts) -> int:
    worked, left = 0, set[str]()
    while waiting := _waiting(left):
        about = {event_id: _workspace(payload) for event_id, payload in waiting}
        named = sorted({workspace for workspace in about.values() if workspace is not None})
        later = {workspace for workspace in named if not attempts.read(workspace)}
        done = [event_id for event_id, workspace in about.items() if workspace not in later]
        moment.saw(max((_created(payload) for _, payload in waiting), default=0))
        with transaction() as db:
            billing.settle(db, done)
        left |= about.keys() - set(done)
        worked += len(done)
    access.forget()
    return worked


def _waiting(left: set[str]) -> list[tuple[str, object]]:
    """Deliveries that were not worked on, but for those that were ``left`` just now."""
    with reading() as db:
        found = [(row.id, row.payload) for row in checkpoints.pending(db, OWN_ACCOUNT, _AT_ONCE + len(left))]
    return [(event_id, payload) for event_id, payload in found if event_id not in left]


def _created(payload: object) -> int:
    made = payload.get("created") if isinstance(payload, Mapping) else None
    return made if isinstance(made, int) else 0


def _workspace(payload: object) -> str | None:
    """Whose customer an event is about; one that we did not make is nobody's, and so is what has no shape."""
    data = payload.get("data") if isinstance(payload, Mapping) else None
    subject = data.get("object") if isinstance(data, Mapping) else None
    customer = _customer(subject) if isinstance(subject, Mapping) else None
    if customer is None:
        return None
    with reading() as db:
        return billing.workspace_of(db, customer)


def _customer(subject: Mapping[str, Any]) -> str | None:
    named = subject.get("id") if subject.get("object") == "customer" else subject.get("customer")
    named = named.get("id") if isinstance(named, Mapping) else named
    return named if isinstance(named, str) else None


def reconcile() -> bool:
    """Read anew what every paying workspace has: whatever a lost webhook would have told; whether all could be read.

    Also where nothing is sold any more, as long as there is a key to ask with: what was sold goes on. One that can't be
    read stops no other. Raises nothing expected.
    """
    if not settings().charging and not _sold_once():
        return True
    attempts = Attempts(_patiently)
    try:
        introduce(own_account(wait=True))
        _apply(attempts)
        with reading() as db:
            mine = [each.workspace for each in billing.customers(db)]
        for workspace in mine:
            attempts.read(workspace)
    except AppError as error:
        log.warning("Who has paid could not be read from Stripe; it is tried again later: %s", error.code)
        return False
    if attempts.passing is None:
        _look_for_strays()
    if attempts.failed:
        log.warning("Who has paid could not be read of %d workspaces; it is tried again later", len(attempts.failed))
    return not attempts.failed


def _sold_once() -> bool:
    if livemode() is None:
        return False
    with reading() as db:
        return bool(billing.customers(db))


def _look_for_strays() -> None:
    try:
        strays.look(own_account(wait=True))
    except AppError as error:
        log.warning("Whether somebody pays for a workspace that is not here could not be read: %s", error.code)
