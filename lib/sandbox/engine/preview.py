"""What a change would bill: the change is made in a shadow of the world, and the invoice that comes of it is shown.

So a preview can't differ from what the change then does. Minor units, epoch seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from copy import copy, deepcopy
from dataclasses import fields

from lib.sandbox.engine import changes, subscriptions
from lib.sandbox.engine.changes import Edit
from lib.sandbox.engine.invoicing import DRAFT_FOR, finalize
from lib.sandbox.engine.lifecycle import ENDED
from lib.sandbox.engine.lines import pending_entries
from lib.sandbox.engine.state import Object, State

UNFINISHED: Object = {
    "amount_paid": 0,
    "attempt_count": 0,
    "attempted": False,
    "auto_advance": True,
    "billing_reason": "upcoming",
    "automatically_finalizes_at": None,
    "effective_at": None,
    "ending_balance": None,
    "hosted_invoice_url": None,
    "invoice_pdf": None,
    "number": None,
    "status": "draft",
    "status_transitions": {
        "finalized_at": None,
        "marked_uncollectible_at": None,
        "paid_at": None,
        "voided_at": None,
    },
    "webhooks_delivered_at": None,
}
"""What an invoice has not that nobody has finalised."""


def shadow(state: State, customer: str) -> State:
    """Return a copy of a world in which one customer can be changed without a trace; it tells nobody of events.

    Objects are replaced, never changed, so that it is enough to copy their shelves.
    """
    made = copy(state)
    for each in fields(State):
        value = getattr(state, each.name)
        if isinstance(value, dict | list):
            setattr(made, each.name, copy(value))
    made.objects = {kind: dict(held) for kind, held in state.objects.items()}
    made.on_event, made.keep_events_from = None, sys.maxsize
    payer = made.payers[customer] = deepcopy(state.payers[customer])
    for id_ in payer.subs:
        made.subs[id_] = deepcopy(state.subs[id_])
    made.hidden = deepcopy(state.hidden)
    return made


def of_new(state: State, customer: str, make: Callable[[State], str]) -> tuple[Object, list[Object]]:
    """Return the first invoice, and its lines, of a subscription that `make` would start."""
    mirror = shadow(state, customer)
    sub = mirror.subs[make(mirror)]
    return _shown(mirror, sub.latest_invoice or "", None)


def of_change(  # noqa: PLR0913 - the sides of a change
    state: State,
    sub_id: str,
    edits: Sequence[Edit],
    behavior: str,
    at: int,
    *,
    leaves: bool | None = None,
    trial_ends: bool = False,
) -> tuple[Object, list[Object]] | None:
    """Return the next invoice after a change, and its lines: at once if the change bills at once; None if none comes.

    leaves: whether the subscription is to end with its period, None as it stands.
    """
    mirror = shadow(state, state.subs[sub_id].customer)
    sub = mirror.subs[sub_id]
    before = len(sub.invoices)
    if edits:
        changes.update(mirror, sub_id, edits, behavior, at)
    if trial_ends:
        subscriptions.end_trial(mirror, sub_id)
    date = at if edits and behavior != "none" else None
    if len(sub.invoices) > before:
        return _shown(mirror, sub.invoices[before], date)
    ends = sub.cancel_at_period_end if leaves is None else leaves
    if sub.status in ENDED or (ends and not pending_entries(mirror, sub)):
        return None
    mirror.now = max(mirror.now, sub.end)
    sub.pause = None
    if ends:
        subscriptions.invoice_pending(mirror, sub)
    else:
        subscriptions.renew(mirror, sub)
        finalize(mirror, sub.latest_invoice or "")
    return _shown(mirror, sub.latest_invoice or "", date, later=True)


def _shown(mirror: State, id_: str, date: int | None, *, later: bool = False) -> tuple[Object, list[Object]]:
    """Return an invoice of the shadow as one that nobody has made yet."""
    found = mirror.of("invoice")[id_]
    lines = mirror.more_lines.get(id_) or found["lines"]["data"]
    parent = found["parent"]
    if date is not None:
        details = {**parent["subscription_details"], "subscription_proration_date": date}
        parent = {**parent, "subscription_details": details}
    temporary = f"upcoming_{id_}"
    shown = [{**each, "id": each["id"].replace("il_", "il_tmp_", 1), "invoice": temporary} for each in lines]
    return {
        **found,
        **UNFINISHED,
        "id": temporary,
        "amount_remaining": found["amount_due"],
        "next_payment_attempt": found["created"] + DRAFT_FOR if later else found["created"],
        "due_date": None,
        "parent": parent,
        "lines": {**found["lines"], "data": shown[:10], "url": f"/v1/invoices/{temporary}/lines"},
    }, shown
