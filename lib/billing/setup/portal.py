"""The billing portal at Stripe: saved once, and allowing what our own pages count on, no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from lib.billing.setup.record import Check, Group, State
from lib.billing.setup.sides import Side
from lib.gateway import platform
from lib.settings import settings

PORTAL: Final = "Billing portal"
_PAGE: Final = "settings/billing/portal"


def portal(side: Side) -> Check | None:
    """Whether customers can be let into the portal, and what they may do there; None where nothing is sold."""
    if not settings().charging:
        return None
    check = side.check(PORTAL, Group.PLANS).now(State.UNKNOWN, "", link=side.dashboard(_PAGE))
    if not side.usable:
        return check.now(State.UNKNOWN, "Can be asked once the secret key is right.")
    found = platform.portal(side.keys)
    if found is None:
        state = State.WRONG if side.main else State.MISSING
        says = "Its settings were never saved at Stripe, which lets nobody in before that."
        todo = "Switch on: update payment methods, invoice history, cancel at the end of the period. Then save."
        return check.now(state, says, todo)
    amiss = list(_amiss(found["features"]))
    if not amiss:
        says = "Saved: cards, invoices, and cancelling at the end of the period; plans are changed here."
        return check.now(State.OK, says, link="")
    return check.now(State.AMISS, " ".join(says for says, _ in amiss), " ".join(todo for _, todo in amiss))


def _amiss(features: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What is not as our pages count on, and what to do about it."""
    if _on(features, "subscription_update"):
        says = "Plans and quantities can be changed in it, without the amounts that our page shows first."
        yield says, "Switch off: customers can switch plans, and update quantities."
    ends = features.get("subscription_cancel") or {}
    if not ends.get("enabled"):
        yield "Nobody can cancel in it, only here in Settings.", "Switch on: cancel at the end of the billing period."
    elif ends.get("mode") == "immediately":
        says = "Who cancels in it loses at once what is paid already."
        yield says, "Let cancellations take effect at the end of the billing period."
    if not _on(features, "payment_method_update"):
        yield "Nobody can change their card in it.", "Switch on: update payment methods."
    if not _on(features, "invoice_history"):
        yield "Nobody sees their invoices in it.", "Switch on: invoice history."


def _on(features: dict[str, Any], name: str) -> bool:
    return bool((features.get(name) or {}).get("enabled"))
