"""Changes that wait for a payment: made once it comes, dropped with their time. Epoch seconds."""

from __future__ import annotations

from lib.sandbox.engine.calendar import HOUR
from lib.sandbox.engine.invoicing import void
from lib.sandbox.engine.lifecycle import publish, reveal
from lib.sandbox.engine.state import State, Sub

LASTS = 23 * HOUR
_CHANGED = ("items", "interval", "count", "anchor", "start", "end", "cycle", "discounts", "spent", "pending")


def holds(sub: Sub, invoice_id: str) -> bool:
    """Tell whether an invoice is the one that a change waits for."""
    return sub.waiting is not None and sub.waiting.invoice == invoice_id


def make(state: State, sub: Sub) -> None:
    """Make the change that waits: its invoice is paid."""
    waiting = sub.waiting
    if waiting is None:
        return
    sub.waiting, was = None, sub.end
    for name in _CHANGED:
        setattr(sub, name, getattr(waiting.becomes, name))
    sub.metadata = {**sub.metadata, **waiting.metadata}
    reveal(state, sub)
    state.change("subscription", sub.id, metadata=dict(sub.metadata))
    publish(state, sub)
    if sub.end != was:
        state.schedule(sub.end, "period_end", sub.id, sub.end)


def drop(state: State, sub: Sub) -> None:
    """Give up the change that waits, and its invoice."""
    if sub.waiting is not None:
        void(state, sub.waiting.invoice)
        sub.waiting = None
        publish(state, sub)


def expire(state: State, sub_id: str, invoice_id: str) -> None:
    """Drop a change whose payment did not come in time."""
    sub = state.subs[sub_id]
    if holds(sub, invoice_id):
        drop(state, sub)
