"""Everything a world remembers: Stripe's objects, and the few things Stripe keeps to itself.

Money is integer minor units, times are epoch seconds. `State` is plain data (it is pickled as the cache) with the
handful of methods through which every object is made, replaced and announced.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from lib.sandbox.engine.calendar import DAY

if TYPE_CHECKING:
    from lib.sandbox.engine.demo import Demo

Object = dict[str, Any]
Task = tuple[int, int, str, tuple[Any, ...]]

API_VERSION = "2026-10-28.endive"
EVENTS_KEPT = 30 * DAY
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SPACE = 62**14
_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)
_STRIDE = 7_640_891_576_956_012_809  # odd and not divisible by 31, so that no id comes twice in 62^14
_LONG = "1Q"  # objects that Stripe gives a longer id begin like this
_SHORT_IDS = frozenset({"cus", "prod", "si", "mtr", "req", "acct", "ca"})


@dataclass(slots=True)
class Billed:
    """What an item was last billed for its running period, net of discounts: the next credit is cut from it."""

    amount: int
    start: int
    end: int
    invoice: str | None = None
    line: str | None = None


@dataclass(slots=True)
class Item:
    """One price on a subscription, and how many of it."""

    id: str
    price: str
    quantity: int
    created: int
    billed: Billed | None = None
    used: tuple[int, ...] = ()
    """What the latest periods' usage of a metered price was billed, oldest first: those of three months."""


class Held(NamedTuple):
    """An item as a fact keeps it."""

    price: str
    quantity: int
    used: tuple[int, ...]


class Fact(NamedTuple):
    """All of a subscription that any rule of revenue could ask for, from `at` on until its next fact."""

    at: int
    sub: str
    status: str
    paused: bool
    past_due_since: int | None
    canceled_at: int | None
    """When it was asked to cancel, at once or at the period's end; None again where that was undone."""
    items: tuple[Held, ...]
    interval: tuple[str, int]
    discounts: tuple[str, ...]
    """At work, with those that worked once and whose period still runs."""
    tax: str | None


@dataclass(slots=True)
class Sub:
    """A subscription as the engine knows it; the Stripe object is drawn from this."""

    id: str
    customer: str
    currency: str
    items: list[Item]
    interval: str
    count: int
    created: int
    anchor: int
    start: int
    end: int
    status: str
    cycle: int = 0
    trial_start: int | None = None
    trial_end: int | None = None
    discounts: list[str] = field(default_factory=list)
    spent: dict[str, int] = field(default_factory=dict)
    """Discounts that worked once, and when the period they were spent on ends."""
    pause: Object | None = None
    cancel_at_period_end: bool = False
    dated: bool = False
    """It ends with its period because of a date, as the portal sets it: `cancel_at_period_end` then shows false."""
    canceled_at: int | None = None
    ended_at: int | None = None
    reason: str | None = None
    feedback: str | None = None
    comment: str | None = None
    days_until_due: int | None = None
    after_retries: str = "cancel"
    without_card: str = "create_invoice"
    """What the end of a trial does where no card is on file: create_invoice, pause or cancel."""
    past_due_since: int | None = None
    latest_invoice: str | None = None
    invoices: list[str] = field(default_factory=list)
    tax: str | None = None
    pending: list[str] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    noted: Fact | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    fee: str | None = None
    """Percent of each payment that goes to the platform, as decimal text."""
    application: str | None = None
    """The platform that made it on the account's behalf."""
    waits: bool = False
    """Its first payment is not tried before somebody confirms it (payment_behavior=default_incomplete)."""
    automatic: bool = False
    """Its tax is worked out from its customer's address."""
    waiting: Waiting | None = None
    """A change that is made once its invoice is paid."""


class Waiting(NamedTuple):
    """A change of a subscription that waits for its invoice (payment_behavior=pending_if_incomplete)."""

    invoice: str
    expires: int
    becomes: Sub
    """The subscription as it is once the invoice is paid."""
    metadata: dict[str, str]


class Card(NamedTuple):
    """A card as it was attached, and whether its charges fail, or only pass while its owner is asked."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int
    failing: bool = False
    asks: bool = False


@dataclass(slots=True)
class Payer:
    """What the engine knows of a customer beyond the Stripe object: the card, and how it will behave."""

    id: str
    method: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    country: str
    fingerprint: str
    prefix: str
    failing: int = 0
    """How many of the next payment attempts fail; below 0: all of them."""
    code: str = "card_declined"
    discount: str | None = None
    invoices: int = 0
    cardless: bool = False
    """There is no card on file: a trial that must have one pauses at its end."""
    pays_after: int | None = None
    """Days this customer takes to pay an invoice that was sent; None: until told to."""
    subs: list[str] = field(default_factory=list)
    tax_ids: list[Object] = field(default_factory=list)
    """Tax numbers: a business that has one is sold to without tax."""


class Deal(NamedTuple):
    """What a Checkout session will make of the customer's consent."""

    items: tuple[tuple[str, int], ...]
    trial_days: int = 0
    trial_end: int | None = None
    without_card: str = "create_invoice"
    metadata: dict[str, str] | None = None
    """Of the subscription."""
    description: str | None = None
    """Of the subscription."""
    saves: frozenset[str] = frozenset()
    """What is written to the customer: address, name."""

    @property
    def trial(self) -> bool:
        """Whether nothing is paid at first."""
        return bool(self.trial_days or self.trial_end)


class Reply(NamedTuple):
    """What a request with an idempotency key was answered; `asked` tells its parameters, `at` is epoch seconds."""

    asked: str
    at: int
    status: int
    body: bytes


@dataclass(slots=True)
class State:
    """One stand-in Stripe account: its objects, its clock and what is to happen next."""

    seed: int
    now: int
    started: int
    account: str = ""
    platform: str = ""
    objects: dict[str, dict[str, Object]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, Object] = field(default_factory=dict)
    subs: dict[str, Sub] = field(default_factory=dict)
    payers: dict[str, Payer] = field(default_factory=dict)
    heap: list[Task] = field(default_factory=list)
    tasks: int = 0
    ids: int = 0
    keep_events_from: int = 0
    more_lines: dict[str, list[Object]] = field(default_factory=dict)
    """All lines of the invoices that have more than fit on the first page."""
    payments: dict[str, list[str]] = field(default_factory=dict)
    """Invoice payments of each invoice."""
    intents: dict[str, str] = field(default_factory=dict)
    """Payment intent of each invoice."""
    shown_prices: dict[str, Object] = field(default_factory=dict)
    """Prices as they are nested in items: without the tiers, which Stripe shows on request only."""
    unavailable: list[str] = field(default_factory=list)
    """Balance transactions whose money is still on its way."""
    balance: dict[str, int] = field(default_factory=dict)
    available: dict[str, int] = field(default_factory=dict)
    cash: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """(day, currency, what) to minor units, kept by the engine for the truth."""
    history: list[Fact] = field(default_factory=list)
    """Every change of a subscription that any rule of revenue could ask for, oldest first."""
    hidden: list[Object] = field(default_factory=list)
    demo: Demo | None = None
    name: str = "Halyard"
    base: str = ""
    """Where hosted pages are served; empty: nowhere, and links lead to stripe.example."""
    after_retries: str = "cancel"
    """What the last failed retry does to subscriptions that say nothing else."""
    cards: dict[str, Card] = field(default_factory=dict)
    """Cards that were attached after a customer was made, by payment method."""
    visits: dict[str, str] = field(default_factory=dict)
    """Billing portal sessions by the secret in their address."""
    deals: dict[str, Deal] = field(default_factory=dict)
    """What each Checkout session is about."""
    replies: dict[str, Reply] = field(default_factory=dict)
    """Answers to requests with an idempotency key, by key."""
    on_event: Callable[[Object], None] | None = None

    def id(self, prefix: str) -> str:
        """Make a new id that looks like Stripe's and depends on the seed and the count of ids alone."""
        self.ids += 1
        number = (self.ids * _STRIDE + self.seed * 1_000_003 * _STRIDE) % _SPACE
        pairs = []
        for _ in range(7):
            number, pair = divmod(number, len(_PAIRS))
            pairs.append(_PAIRS[pair])
        body = "".join(pairs)
        return f"{prefix}_{body}" if prefix in _SHORT_IDS else f"{prefix}_{_LONG}{self.account[-8:]}{body}"

    def of(self, kind: str) -> dict[str, Object]:
        """Return all objects of a kind by id, oldest first."""
        return self.objects.setdefault(kind, {})

    def add(self, obj: Object, event: str | None = None) -> Object:
        """Keep a new object, and announce it where an event is named."""
        kind = obj["object"]
        self.of(kind)[obj["id"]] = obj
        self.versions[kind] = self.versions.get(kind, 0) + 1
        if event:
            self.emit(event, obj)
        return obj

    def change(self, kind: str, id_: str, event: str | None = None, **changes: Any) -> Object:  # noqa: ANN401 - JSON
        """Replace an object by one with some values changed; an `…updated` event tells only if some really did."""
        objects = self.objects[kind]
        old = objects[id_]
        new = objects[id_] = {**old, **changes}
        self.versions[kind] += 1
        if event and self.now >= self.keep_events_from:
            if event.endswith(".updated"):
                previous = {key: old[key] for key, value in changes.items() if old[key] != value}
                if previous:
                    self.emit(event, new, previous)
            else:
                self.emit(event, new)
        return new

    def remove(self, kind: str, id_: str, event: str | None = None) -> None:
        """Forget an object: it is in no list any more."""
        old = self.objects[kind].pop(id_)
        self.versions[kind] += 1
        if event:
            self.emit(event, old)

    def emit(self, kind: str, obj: Object, previous: Object | None = None) -> None:
        """Make an event, unless the clock is still so far back that nobody could see it."""
        if self.now < self.keep_events_from:
            return
        data = {"object": obj, "previous_attributes": previous} if previous else {"object": obj}
        event = {
            "id": self.id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        self.add(event)
        if self.on_event:
            self.on_event(event)

    def forget_old_events(self) -> None:
        """Drop events older than Stripe keeps them."""
        events = self.of("event")
        old = [id_ for id_, event in events.items() if event["created"] < self.now - EVENTS_KEPT]
        for id_ in old:
            del events[id_]
        if old:
            self.versions["event"] += 1

    def schedule(self, at: int, task: str, *args: Any) -> None:  # noqa: ANN401 - each task has its own
        """Have a named task (see clock.TASKS) run at a time; tasks of one second run in the order they were made."""
        self.tasks += 1
        heapq.heappush(self.heap, (at, self.tasks, task, args))

    def payer(self, customer: str) -> Payer:
        """Return the card and temper of a customer."""
        return self.payers[customer]
