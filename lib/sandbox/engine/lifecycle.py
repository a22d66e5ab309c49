"""How a subscription shows and how it ends: used by everything that happens to one."""

from __future__ import annotations

from lib.sandbox.engine.calendar import iso
from lib.sandbox.engine.shapes_billing import subscription_changes
from lib.sandbox.engine.state import Object, State, Sub
from lib.sandbox.engine.truth import note, now_worth

ENDED = frozenset({"canceled", "incomplete_expired"})


def publish(state: State, sub: Sub, event: str = "customer.subscription.updated") -> None:
    """Bring the Stripe object and the truth up to what the engine knows."""
    state.change("subscription", sub.id, event, **subscription_changes(state, sub))
    note(state, sub)


def end(state: State, sub: Sub, reason: str, status: str = "canceled") -> None:
    """End a subscription now."""
    sub.status = status
    sub.ended_at = state.now
    sub.past_due_since = None
    if status == "canceled":
        sub.canceled_at = sub.canceled_at or state.now
        sub.reason = sub.reason or reason
    for index in sub.hidden:
        state.hidden[index]["until"] = iso(state.now)
    sub.hidden.clear()
    _stop_collecting(state, sub)
    publish(state, sub, "customer.subscription.deleted" if status == "canceled" else "customer.subscription.updated")


def _stop_collecting(state: State, sub: Sub) -> None:
    """Leave the last invoice alone, as Stripe does when the subscription behind it is gone."""
    invoice = state.of("invoice").get(sub.latest_invoice or "")
    if invoice and invoice["status"] in {"draft", "open"}:
        state.change("invoice", invoice["id"], auto_advance=False, next_payment_attempt=None)


def reveal(state: State, sub: Sub) -> None:
    """A new invoice or proration shows from now on what was changed silently before."""
    for index in sub.hidden:
        state.hidden[index]["revealed"] = iso(state.now)
    sub.hidden.clear()


def told(state: State, sub: Sub) -> Object:
    """What a subscription holds and what it is worth a month, for the list of hidden changes."""
    items = [{"price": item.price, "quantity": item.quantity} for item in sub.items]
    return {"items": items, "mrr": str(now_worth(state, sub))}


def hide(state: State, sub: Sub, before: Object) -> None:
    """Write down a change that Stripe's API does not show before the next invoice."""
    sub.hidden.append(len(state.hidden))
    state.hidden.append(
        {
            "subscription": sub.id,
            "customer": sub.customer,
            "currency": sub.currency,
            "date": iso(state.now),
            "at": state.now,
            "from": before,
            "to": told(state, sub),
            "revealed": None,
            "until": None,
        },
    )
