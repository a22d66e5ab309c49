"""The life of a subscription: start, renewal, trial, pause, cancellation. Minor units, epoch seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lib.sandbox.engine import shapes_billing as shapes
from lib.sandbox.engine.calendar import DAY, step
from lib.sandbox.engine.discounts import grant
from lib.sandbox.engine.dunning import FIRST_PAYMENT_WITHIN, collect
from lib.sandbox.engine.invoicing import DRAFT_FOR, draft, finalize, give_up, void
from lib.sandbox.engine.lifecycle import ENDED, end, publish, reveal
from lib.sandbox.engine.lines import Entry, cycle_entries, pending_entries
from lib.sandbox.engine.state import Item, State, Sub
from lib.sandbox.engine.taxes import rate_for
from lib.sandbox.engine.truth import note

_TRIAL_WARNING = 3 * DAY


@dataclass(frozen=True, slots=True)
class Terms:
    """What else a subscription is created with; see the fields of `Sub`."""

    metadata: Mapping[str, str] | None = None
    fee: str | None = None
    application: str | None = None
    waits: bool = False
    automatic_tax: bool = False


def create(  # noqa: PLR0913 - the options of POST /v1/subscriptions that this engine knows
    state: State,
    customer: str,
    items: list[tuple[str, int]],
    *,
    trial_days: int = 0,
    coupons: list[str] | None = None,
    promotion_code: str | None = None,
    tax: str | None = None,
    days_until_due: int | None = None,
    after_retries: str | None = None,
    without_card: str = "create_invoice",
    trial_end: int | None = None,
    terms: Terms = Terms(),
) -> Sub:
    """Start a subscription to prices (id, quantity) of one interval; the first invoice is made and paid at once."""
    now = state.now
    price = state.of("price")[items[0][0]]
    interval, count = price["recurring"]["interval"], price["recurring"]["interval_count"]
    trial_end = now + trial_days * DAY if trial_days else trial_end
    sub = Sub(
        id=state.id("sub"),
        customer=customer,
        currency=price["currency"],
        items=[Item(state.id("si"), price_id, quantity, now) for price_id, quantity in items],
        interval=interval,
        count=count,
        created=now,
        anchor=trial_end or now,
        start=now,
        end=trial_end or step(now, interval, count, 1),
        status="trialing" if trial_end else "active",
        trial_start=now if trial_end else None,
        trial_end=trial_end,
        tax=rate_for(state, customer) if terms.automatic_tax else tax,
        automatic=terms.automatic_tax,
        days_until_due=days_until_due,
        after_retries=after_retries or state.after_retries,
        without_card=without_card,
        metadata=dict(terms.metadata or {}),
        fee=terms.fee,
        application=terms.application,
        waits=terms.waits,
    )
    state.subs[sub.id] = sub
    state.payer(customer).subs.append(sub.id)
    for coupon in coupons or []:
        sub.discounts.append(grant(state, coupon, now, subscription=sub.id, promotion_code=promotion_code))
    _open(state, sub)
    return sub


def _open(state: State, sub: Sub) -> None:
    """Show a new subscription, bill its first period, and see whether the first payment comes."""
    if state.of("customer")[sub.customer]["currency"] is None:
        state.change("customer", sub.customer, "customer.updated", currency=sub.currency)
    invoice_id = draft(
        state,
        sub.customer,
        sub.currency,
        _fresh(cycle_entries(state, sub)),
        "subscription_create",
        sub=sub,
        period=(sub.start, sub.start),
    )
    due = state.of("invoice")[invoice_id]["total"] > 0 and not sub.days_until_due
    if due:
        sub.status = "incomplete"
    state.add(shapes.subscription(state, sub), "customer.subscription.created")
    if sub.waits and due:
        finalize(state, invoice_id)
    else:
        collect(state, invoice_id)
    if sub.status == "incomplete" and state.of("invoice")[invoice_id]["status"] == "paid":
        sub.status = "active"  # the customer's credit paid it
        publish(state, sub)
    if sub.status == "incomplete":
        state.schedule(state.now + FIRST_PAYMENT_WITHIN, "first_payment_expires", sub.id)
    if sub.trial_end:
        state.schedule(max(sub.trial_end - _TRIAL_WARNING, state.now), "trial_will_end", sub.id)
    note(state, sub)
    state.schedule(sub.end, "period_end", sub.id, sub.end)


def _fresh(entries: list[Entry]) -> list[tuple[str | None, Entry]]:
    return [(None, entry) for entry in entries]


def period_end(state: State, sub_id: str, planned: int) -> None:
    """End or renew a subscription at the end of its period, if that end still stands."""
    sub = state.subs[sub_id]
    if sub.status in ENDED or sub.end != planned:
        return
    if sub.status == "incomplete":
        return
    if sub.cancel_at_period_end:
        invoice_pending(state, sub)
        end(state, sub, "cancellation_requested")
        return
    if sub.status == "trialing" and sub.without_card != "create_invoice" and state.payer(sub.customer).cardless:
        _miss_card(state, sub)
        return
    renew(state, sub)


def _miss_card(state: State, sub: Sub) -> None:
    """Do what was agreed for a trial that ends without a card: end, or stand still."""
    if sub.without_card == "cancel":
        end(state, sub, "cancellation_requested")
    else:
        _stand_still(state, sub)


def _stand_still(state: State, sub: Sub) -> None:
    """Pause a subscription whose trial ended without a card: nothing is billed until somebody resumes or cancels it."""
    sub.status = "paused"
    publish(state, sub)
    state.emit("customer.subscription.paused", state.of("subscription")[sub.id])


def renew(state: State, sub: Sub) -> None:
    """Begin the next period: a draft of its lines and of what waited, to be finalised in an hour."""
    was = (sub.start, sub.end)
    if sub.status == "trialing":
        sub.status = "active"
        sub.cycle = 0
    else:
        sub.cycle += 1
    sub.start = was[1]
    sub.end = step(sub.anchor, sub.interval, sub.count, sub.cycle + 1)
    waiting: list[tuple[str | None, Entry]] = list(pending_entries(state, sub))
    entries = waiting + _fresh(cycle_entries(state, sub, usage=was))
    reveal(state, sub)
    invoice_id = draft(state, sub.customer, sub.currency, entries, "subscription_cycle", sub=sub, period=was)
    state.schedule(sub.end, "period_end", sub.id, sub.end)
    publish(state, sub)
    _send_on(state, sub, invoice_id)


def end_trial(state: State, sub_id: str) -> None:
    """End a trial now: a full period begins, and is billed at once."""
    sub = state.subs[sub_id]
    if sub.status != "trialing":
        return
    was = (sub.start, state.now)
    sub.status, sub.cycle, sub.trial_end = "active", 0, state.now
    sub.anchor = sub.start = state.now
    sub.end = step(state.now, sub.interval, sub.count, 1)
    invoice_id = draft(
        state, sub.customer, sub.currency, _fresh(cycle_entries(state, sub)), "subscription_update", sub=sub, period=was
    )
    state.schedule(sub.end, "period_end", sub.id, sub.end)
    publish(state, sub)
    collect(state, invoice_id)


def _send_on(state: State, sub: Sub, invoice_id: str) -> None:
    """Let a cycle's draft go its way: to be finalised, or what a pause or an unpaid subscription makes of it."""
    behavior = sub.pause["behavior"] if sub.pause else None
    if behavior == "void":
        void(state, invoice_id)
    elif behavior == "mark_uncollectible":
        give_up(state, invoice_id)
    elif behavior == "keep_as_draft" or sub.status == "unpaid":
        state.change("invoice", invoice_id, auto_advance=False, automatically_finalizes_at=None)
    else:
        state.schedule(state.now + DRAFT_FOR, "finalize", invoice_id)


def invoice_pending(state: State, sub: Sub, reason: str = "subscription_cycle") -> None:
    """Bill at once what waits for the subscription's next invoice, if anything does."""
    waiting: list[tuple[str | None, Entry]] = list(pending_entries(state, sub))
    if waiting:
        period = (sub.start, sub.end)
        invoice_id = draft(state, sub.customer, sub.currency, waiting, reason, sub=sub, period=period)
        collect(state, invoice_id)


def cancel(  # noqa: PLR0913 - the options of a cancellation
    state: State,
    sub_id: str,
    *,
    at_period_end: bool = False,
    dated: bool = False,
    invoice_now: bool = False,
    feedback: str | None = None,
    comment: str | None = None,
) -> None:
    """Cancel now or at the period's end; invoice_now bills prorations that would otherwise wait for ever.

    dated: at the period's end by its date, as the portal does it.
    """
    sub = state.subs[sub_id]
    if sub.status in ENDED:
        return
    sub.feedback, sub.comment = feedback, comment
    sub.reason = "cancellation_requested"
    sub.canceled_at = state.now
    if at_period_end:
        sub.cancel_at_period_end, sub.dated = True, dated
        publish(state, sub)
        return
    if invoice_now:
        invoice_pending(state, sub, "subscription_update")
    end(state, sub, "cancellation_requested")


def keep(state: State, sub_id: str) -> None:
    """Take back a cancellation at the period's end."""
    sub = state.subs[sub_id]
    sub.cancel_at_period_end = sub.dated = False
    sub.canceled_at = sub.reason = sub.feedback = sub.comment = None
    publish(state, sub)


def pause(state: State, sub_id: str, behavior: str = "void", resumes_at: int | None = None) -> None:
    """Stop collecting; behavior is void, keep_as_draft or mark_uncollectible."""
    sub = state.subs[sub_id]
    sub.pause = {"behavior": behavior, "resumes_at": resumes_at}
    if resumes_at:
        state.schedule(resumes_at, "resume", sub_id)
    publish(state, sub)


def resume(state: State, sub_id: str) -> None:
    """Collect again from the next invoice on."""
    sub = state.subs[sub_id]
    if sub.pause and sub.status not in ENDED:
        sub.pause = None
        publish(state, sub)


def trial_will_end(state: State, sub_id: str) -> None:
    """Announce the end of a trial, three days ahead."""
    if state.subs[sub_id].status == "trialing":
        state.emit("customer.subscription.trial_will_end", state.of("subscription")[sub_id])


def discount(state: State, sub_id: str, coupon_id: str) -> None:
    """Give a running subscription a coupon, from now."""
    sub = state.subs[sub_id]
    sub.discounts = [*sub.discounts, grant(state, coupon_id, state.now, subscription=sub_id)]
    state.emit("customer.discount.created", state.of("discount")[sub.discounts[-1]])
    publish(state, sub)


def set_discounts(state: State, sub_id: str, coupons: list[str], promotion_code: str | None = None) -> None:
    """Give a running subscription these coupons in the place of what it has."""
    sub = state.subs[sub_id]
    for gone in sub.discounts:
        state.emit("customer.discount.deleted", state.of("discount")[gone])
    holder = {"subscription": sub_id, "promotion_code": promotion_code}
    sub.discounts = [grant(state, coupon, state.now, **holder) for coupon in coupons]
    for made in sub.discounts:
        state.emit("customer.discount.created", state.of("discount")[made])
    publish(state, sub)


def discount_customer(state: State, customer: str, coupon_id: str) -> None:
    """Give a customer a coupon that works for all subscriptions without one of their own."""
    payer = state.payer(customer)
    payer.discount = grant(state, coupon_id, state.now, customer=customer)
    made = state.of("discount")[payer.discount]
    state.emit("customer.discount.created", made)
    state.change("customer", customer, "customer.updated", discount=made)
    for sub_id in payer.subs:
        note(state, state.subs[sub_id])


def discount_end(state: State, discount_id: str) -> None:
    """Take away a discount whose months are over."""
    made = state.of("discount")[discount_id]
    if made["customer"]:
        _customer_discount_end(state, made["customer"], discount_id)
        return
    sub = state.subs[made["subscription"]]
    if discount_id in sub.discounts and sub.status not in ENDED:
        sub.discounts = [each for each in sub.discounts if each != discount_id]
        state.emit("customer.discount.deleted", made)
        publish(state, sub)


def _customer_discount_end(state: State, customer: str, discount_id: str) -> None:
    payer = state.payer(customer)
    if payer.discount != discount_id or customer not in state.of("customer"):
        return
    payer.discount = None
    state.emit("customer.discount.deleted", state.of("discount")[discount_id])
    state.change("customer", customer, "customer.updated", discount=None)
    for sub_id in payer.subs:
        note(state, state.subs[sub_id])
