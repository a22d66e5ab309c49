"""The world behind the stand-in Stripe: a business, its customers, a billing engine and a clock.

Everything here is deterministic: the same seed, length and end give the same bytes. Money is integer minor units,
times are epoch seconds (UTC). The room stands alone and imports nothing else of lib.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lib.sandbox.engine import (
    cache,
    cards,
    changes,
    checkout,
    clock,
    customers,
    demo,
    dunning,
    invoicing,
    payments,
    platform,
    portal,
    subscriptions,
    truth,
)
from lib.sandbox.engine.calendar import DAY, add_months
from lib.sandbox.engine.changes import Edit
from lib.sandbox.engine.rules import Rules
from lib.sandbox.engine.shapes_catalog import account
from lib.sandbox.engine.state import EVENTS_KEPT, Object, State

__all__ = ["Edit", "World"]

_NAME = "Halyard"
_IDS_A_SECOND = 1_000
_LINKS = {
    "billing_portal.session": ("url",),
    "checkout.session": ("url",),
    "invoice": ("hosted_invoice_url", "invoice_pdf"),
}
"""Fields of objects that lead to hosted pages."""


class World:
    """The state of one stand-in Stripe: objects as Stripe would store them, and the clock that moves them."""

    def __init__(self, state: State) -> None:
        self.state = state

    # --- Reading ------------------------------------------------------------------------------------------------------

    @property
    def account(self) -> str:
        """The business's own account id, beginning with acct_."""
        return self.state.account

    @property
    def platform(self) -> str:
        """The account id of the platform that asks the business for access."""
        return self.state.platform

    @property
    def now(self) -> int:
        """The world's time in epoch seconds."""
        return self.state.now

    @property
    def on_event(self) -> Callable[[Object], None] | None:
        """Who is told of every new event."""
        return self.state.on_event

    @on_event.setter
    def on_event(self, listener: Callable[[Object], None] | None) -> None:
        self.state.on_event = listener

    def listing(self, kind: str) -> list[Object]:
        """Every live object of a kind (Stripe's object name), oldest first, unexpanded.

        A list shares its objects with the world: they are for reading, and are replaced, never changed.
        """
        return list(self.state.objects.get(kind, {}).values())

    def get(self, kind: str, id: str) -> Object | None:  # noqa: A002 - Stripe's word
        """Return one object, or None; a deleted customer gives {"id", "object", "deleted": true}."""
        found = self.state.objects.get(kind, {}).get(id)
        return found if found is not None else self._gone(kind, id)

    def _gone(self, kind: str, id_: str) -> Object | None:
        gone = self.state.deleted.get(id_)
        return gone if gone and gone["object"] == kind else None

    def lines(self, invoice_id: str) -> list[Object]:
        """All lines of an invoice, first to last; none for an unknown one."""
        more = self.state.more_lines.get(invoice_id)
        if more is not None:
            return list(more)
        invoice = self.state.of("invoice").get(invoice_id)
        return list(invoice["lines"]["data"]) if invoice else []

    def version(self, kind: str) -> int:
        """Count the changes of a kind: grows with every one."""
        return self.state.versions.get(kind, 0)

    def truth(self, *, compact: bool = False, rules: Mapping[str, Any] | None = None) -> Object:
        """Return the monthly recurring revenue the engine knows, trials, the balance, cash by day and what is hidden.

        Day by day at the last second UTC (today: now), or compact: each subscription's changes. rules are switches
        that differ from the default (see `engine.truth`); raises ValueError for one that there is not.
        """
        return truth.tell(self.state, compact=compact, rules=Rules.read(rules or {}))

    # --- Moving -------------------------------------------------------------------------------------------------------

    def advance(self, to: int) -> None:
        """Run billing up to a time (epoch seconds)."""
        clock.advance(self.state, to)

    def create_customer(
        self,
        name: str = "Ada Lovelace",
        email: str = "ada@example.com",
        *,
        country: str = "US",
        card: tuple[str, str, int, int] | None = customers.VISA,
    ) -> Object:
        """Make a customer with a card (brand, last four digits, month and year of expiry), or with none."""
        return customers.create_customer(self.state, name, email, country=country, card=card)

    def delete_customer(self, customer: str) -> None:
        """Delete a customer and cancel what it still has."""
        customers.delete_customer(self.state, customer)

    def attach_card(self, customer: str, number: str = "4242424242424242", expiry: str = "12/34") -> Object:
        """Put one of the test cards on file, let it pay from now on, and try what is owed; return the customer."""
        try:
            card = cards.typed(number, expiry, "123", self.state.now).card
        except cards.BadCardError as wrong:
            raise LookupError(str(wrong)) from None
        cards.make_default(self.state, customer, cards.attach(self.state, customer, card))
        return self.state.of("customer")[customer]

    def set_portal(self, features: Object | None) -> Object:
        """Set what the billing portal allows, feature by feature; None: nobody has saved its settings yet."""
        return portal.configure(self.state, features)

    def complete_checkout(
        self,
        session: str,
        number: str = "4242424242424242",
        name: str = "Ada Lovelace",
        email: str = "ada@example.com",
    ) -> Object:
        """Submit a Checkout page with a test card, and return the session."""
        try:
            card = cards.typed(number, "12/34", "123", self.state.now).card
            return checkout.complete(self.state, session, checkout.Buyer(email, name, card))
        except cards.BadCardError as wrong:
            raise LookupError(str(wrong)) from None

    def expire_checkout(self, session: str) -> Object:
        """Let a Checkout session's time run out now."""
        checkout.expire(self.state, session)
        return self.state.of("checkout.session")[session]

    def decline(self, customer: str, times: int = -1, code: str = "card_declined") -> None:
        """Have the next attempts on a customer's card fail: some, all (-1), or none (0)."""
        payer = self.state.payer(customer)
        payer.failing, payer.code = times, code

    def create_subscription(  # noqa: PLR0913 - the options of POST /v1/subscriptions that the engine knows
        self,
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
    ) -> Object:
        """Start a subscription to prices (id, quantity) of one interval; its first invoice is paid at once.

        after_retries says what the last failed retry does: cancel, unpaid or past_due (by default what the world does:
        cancel, or past_due on the platform); without_card what the end of a trial does where no card is on file:
        create_invoice, pause or cancel.
        """
        sub = subscriptions.create(
            self.state,
            customer,
            items,
            trial_days=trial_days,
            coupons=coupons,
            promotion_code=promotion_code,
            tax=tax,
            days_until_due=days_until_due,
            after_retries=after_retries,
            without_card=without_card,
        )
        return self._subscription(sub.id)

    def _subscription(self, id_: str) -> Object:
        return self.state.of("subscription")[id_]

    def update_subscription(
        self,
        id_: str,
        edits: list[Edit],
        behavior: str = "create_prorations",
        at: int | None = None,
    ) -> Object:
        """Change items; behavior is create_prorations, always_invoice or none; prorations are cut at a time, or now."""
        changes.update(self.state, id_, edits, behavior, at)
        return self._subscription(id_)

    def cancel_subscription(
        self,
        id_: str,
        *,
        at_period_end: bool = False,
        invoice_now: bool = False,
        feedback: str | None = None,
        comment: str | None = None,
    ) -> Object:
        """Cancel now or at the period's end."""
        subscriptions.cancel(
            self.state,
            id_,
            at_period_end=at_period_end,
            invoice_now=invoice_now,
            feedback=feedback,
            comment=comment,
        )
        return self._subscription(id_)

    def keep_subscription(self, id_: str) -> Object:
        """Take back a cancellation at the period's end."""
        subscriptions.keep(self.state, id_)
        return self._subscription(id_)

    def pause(self, id_: str, behavior: str = "void", resumes_at: int | None = None) -> Object:
        """Pause collection; behavior is void, keep_as_draft or mark_uncollectible."""
        subscriptions.pause(self.state, id_, behavior, resumes_at)
        return self._subscription(id_)

    def resume(self, id_: str) -> Object:
        """Collect again."""
        subscriptions.resume(self.state, id_)
        return self._subscription(id_)

    def discount(self, id_: str, coupon: str) -> Object:
        """Give a subscription, or a customer, a coupon from now."""
        if id_.startswith("cus_"):
            subscriptions.discount_customer(self.state, id_, coupon)
            return self.state.of("customer")[id_]
        subscriptions.discount(self.state, id_, coupon)
        return self._subscription(id_)

    def pay_invoice(self, id_: str) -> Object:
        """Try to collect an open invoice now."""
        dunning.pay(self.state, id_)
        return self.state.of("invoice")[id_]

    def invoice_once(self, customer: str, price: str, quantity: int = 1) -> Object:
        """Invoice something sold once, and collect it."""
        id_ = invoicing.one_off(self.state, customer, price, quantity)
        dunning.collect(self.state, id_)
        return self.state.of("invoice")[id_]

    def charge(self, customer: str, amount: int, currency: str = "usd", description: str = "Add-on pack") -> Object:
        """Charge a card without an invoice."""
        return payments.charge_once(self.state, customer, amount, currency, description)

    def refund(self, charge: str, amount: int | None = None, reason: str | None = None) -> Object:
        """Refund some or all of a charge."""
        return payments.refund(self.state, charge, amount, reason)

    def dispute(self, charge: str, reason: str = "fraudulent") -> Object:
        """Dispute a charge."""
        return payments.dispute(self.state, charge, reason)

    def close_dispute(self, id_: str, *, won: bool) -> Object:
        """Decide a dispute."""
        payments.close_dispute(self.state, id_, won=won)
        return self.state.of("dispute")[id_]

    # --- Making -------------------------------------------------------------------------------------------------------

    @classmethod
    def empty(cls, now: int, seed: int = 7) -> World:
        """Make a world in which nothing has been sold yet; its clock stands at `now`."""
        state = State(seed=seed, now=now, started=now)
        state.account = state.id("acct")
        state.platform = state.id("acct")
        state.add(account(state.account, _NAME, now))
        clock.start(state)
        return cls(state)

    @classmethod
    def for_platform(cls, account_id: str, seed: int, now: int) -> World:
        """Make the platform's own business: its plans are on sale, and nobody has bought one yet.

        What is sold has the same ids for the same seed; all that comes later depends on `now` too, so that a platform
        that is opened anew never gives an id that an earlier one gave.
        """
        state = State(seed=seed, now=now, started=now, account=account_id, platform=account_id, name=platform.NAME)
        state.after_retries = "past_due"
        state.add(account(account_id, platform.NAME, now))
        platform.stock(state)
        clock.start(state)
        state.ids = now * _IDS_A_SECOND
        return cls(state)

    def serve_at(self, base: str) -> None:
        """Say where the hosted pages are; links that were made for another address are brought up to date."""
        was, self.state.base = self.state.base, base
        if not was or was == base:
            return
        for kind, names in _LINKS.items():
            for id_, each in list(self.state.of(kind).items()):
                moved = {name: base + each[name].removeprefix(was) for name in names if each[name]}
                self.state.change(kind, id_, **moved)

    @classmethod
    def build(cls, seed: int = 7, months: int = 36, customers: int = 2200, now: int | None = None) -> World:
        """Make the demo business: its months of life end at `now` (default: the machine's clock)."""
        now = int(time.time()) if now is None else now
        first = add_months(now // DAY * DAY, -months)
        world = cls.empty(first, seed)
        world.state.keep_events_from = now - EVENTS_KEPT
        demo.begin(world.state, (now - first) // DAY, customers)
        with cache.without_collector():
            world.advance(now)
        return world

    def save(self, path: Path) -> None:
        """Write the world to a cache file, whole or not at all."""
        cache.save(self.state, path)

    @classmethod
    def load(cls, path: Path) -> World | None:
        """Read a cache file; None where it is absent, damaged, or made by another version of the engine."""
        state = cache.load(path)
        return cls(state) if state else None
