"""A change that is to wait for its payment: worked out in a shadow of the world, and billed in the world itself."""

from __future__ import annotations

from collections.abc import Sequence

from lib.sandbox.engine import changes, payments, waiting
from lib.sandbox.engine.changes import Edit
from lib.sandbox.engine.invoicing import finalize
from lib.sandbox.engine.lifecycle import publish
from lib.sandbox.engine.preview import UNFINISHED, shadow
from lib.sandbox.engine.state import State, Waiting


def begin(state: State, sub_id: str, edits: Sequence[Edit], at: int, metadata: dict[str, str]) -> None:
    """Open the invoice of a change that bills at once and can't be paid now; the change is made when it is paid."""
    sub = state.subs[sub_id]
    mirror = shadow(state, sub.customer)
    payer, becomes = mirror.payers[sub.customer], mirror.subs[sub_id]
    payer.failing, payer.cardless = 0, False
    changes.update(mirror, sub_id, edits, "always_invoice", at)
    state.ids = mirror.ids  # what was made in the shadow keeps its ids here
    (invoice_id,) = becomes.invoices[len(sub.invoices) :]
    for id_, item in mirror.of("invoiceitem").items():
        if id_ not in state.of("invoiceitem"):
            state.add(item)
    made = mirror.of("invoice")[invoice_id]
    whole = {"amount_due": max(made["total"], 0), "amount_remaining": max(made["total"], 0), "starting_balance": 0}
    asked = {"auto_advance": False, "billing_reason": "subscription_update", "next_payment_attempt": None}
    state.add({**made, **UNFINISHED, **whole, **asked}, "invoice.created")
    if invoice_id in mirror.more_lines:
        state.more_lines[invoice_id] = mirror.more_lines[invoice_id]
    sub.latest_invoice = invoice_id
    sub.invoices.append(invoice_id)
    expires = min(state.now + waiting.LASTS, sub.end)
    sub.waiting = Waiting(invoice_id, expires, becomes, metadata)
    state.schedule(expires, "change_expires", sub_id, invoice_id)
    if not finalize(state, invoice_id) or payments.attempt(state, invoice_id):
        waiting.make(state, sub)
    else:
        publish(state, sub)
