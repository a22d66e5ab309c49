"""Once a week: list anew what can change, so that neither a lost delivery nor a lost event leaves a row wrong for long.

Listed are all that is small or changes without a trace in time (products, prices, coupons, tax rates, customers, credit
notes, disputes), all that is open, and all that was made lately. What we hold as alive or open and no list showed was
closed, deleted or moved meanwhile: it is fetched by its id. So are old charges and invoices that a recent refund,
dispute or credit note is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lib.errors import PermissionMissing
from lib.gateway import Gateway
from lib.store import checkpoints, liveness
from lib.store.engine import transaction
from lib.store.tables import SyncRun
from lib.store.writing import connection, writing
from lib.sync import changes, halt, reader
from lib.sync.changes import Target
from lib.sync.reader import Pulled
from lib.sync.resources import BY_NAME, JSON

WEEK: Final = 7 * 86_400
RECENT: Final = 30 * 86_400
"""Seconds before the last time from which on everything is listed: in its first month an object changes most."""


@dataclass(frozen=True)
class Ask:
    """One list to read: a resource, Stripe's filters, and whether only what was made lately is asked for."""

    name: str
    resource: str
    params: Mapping[str, str | None] = field(default_factory=dict)
    recent: bool = False


ASKS: Final = (
    Ask("products", "product"),
    Ask("prices", "price"),
    Ask("coupons", "coupon"),
    Ask("tax rates", "tax_rate"),
    Ask("customers", "customer"),
    Ask("subscriptions not cancelled", "subscription", {"status": None}),
    Ask("recent subscriptions", "subscription", recent=True),
    Ask("draft invoices", "invoice", {"status": "draft"}),
    Ask("open invoices", "invoice", {"status": "open"}),
    Ask("uncollectible invoices", "invoice", {"status": "uncollectible"}),
    Ask("recent invoices", "invoice", recent=True),
    Ask("pending items", "invoice_item"),
    Ask("open invoice payments", "invoice_payment", {"status": "open"}),
    Ask("recent invoice payments", "invoice_payment", recent=True),
    Ask("recent charges", "charge", recent=True),
    Ask("recent refunds", "refund", recent=True),
    Ask("disputes", "dispute"),
    Ask("credit notes", "credit_note"),
    Ask("recent payouts", "payout", recent=True),
    Ask("recent balance transactions", "balance_transaction", recent=True),
)


def due(run: SyncRun, now: float) -> bool:
    """Whether the last look at everything, or the reading of the history, is a week ago (``now``: epoch seconds)."""
    return bool(run.relisting) or max(run.relisted or 0.0, run.finished or 0.0) < now - WEEK


def run(account: str, gateway: Gateway, now: float) -> None:
    """Look at what can change if it is time. Cut off at any moment, it goes on with the list at which it was.

    Raises like ``Gateway.get``.
    """
    with transaction() as db:
        before = checkpoints.run(db, account)
    if before is None or not due(before, now):
        return
    state = _State.of(before, now)
    for ask in ASKS:
        if ask.name not in state.done:
            halt.check()
            _list(account, gateway, ask, state.since)
            state = state.after(account, ask.name)
    changes.refetch(account, gateway, _not_shown(account, state))
    _say(account, relisted=state.began, relisting=None)


@dataclass(frozen=True)
class _State:
    """How far the look is: when it ``began``, from when on recent objects are listed (epoch seconds), what is done."""

    began: float
    since: int
    done: tuple[str, ...] = ()

    @classmethod
    def of(cls, run: SyncRun, now: float) -> _State:
        kept = run.relisting
        if isinstance(kept, dict):
            return cls(kept["began"], kept["since"], tuple(kept["done"]))
        return cls(now, int(max(run.relisted or 0.0, run.finished or 0.0)) - RECENT)

    def after(self, account: str, name: str) -> _State:
        """The same with one more list done, kept."""
        state = _State(self.began, self.since, (*self.done, name))
        _say(account, relisting={"began": state.began, "since": state.since, "done": list(state.done)})
        return state


def _say(account: str, **columns: object) -> None:
    with writing(account, connection(account)) as db:
        checkpoints.save_run(db, account, **columns)


def _list(account: str, gateway: Gateway, ask: Ask, since: int) -> None:
    resource = BY_NAME[ask.resource]
    try:
        changes.write(account, _pages(gateway, ask, since))
    except PermissionMissing:
        if resource.permission.required:
            raise


def _pages(gateway: Gateway, ask: Ask, since: int) -> Iterable[Pulled]:
    params: JSON = {**ask.params, "created": {"gte": since}} if ask.recent else dict(ask.params)
    cursor = None
    while True:
        pulled = reader.page(gateway, BY_NAME[ask.resource], **params, starting_after=cursor)
        yield pulled
        cursor = pulled.seen.cursor
        if not pulled.has_more or cursor is None:
            return


def _not_shown(account: str, state: _State) -> list[Target]:
    """What we hold as open and no list showed, and what recent refunds, disputes and credit notes are about."""
    with transaction() as db:
        found = liveness.unseen(db, account, state.began)
        found |= liveness.touched(db, account, state.since, state.began)
    return sorted(Target(resource, id_) for resource, id_ in found)
