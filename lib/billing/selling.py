"""A new subscription on an owner's own Stripe account, made here at the owner's word, with our application fee.

It is the only thing that Plimsoll ever writes to a connected account, and needs the scope ``read_write``. What it costs
is asked of Stripe before, and once more right before it is made: nothing is charged but what was shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final

from lib.accounts import connections as connected
from lib.accounts import identifiers, roles, workspaces
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.errors import (
    BadSubscription,
    CardAsks,
    CardRefused,
    CustomerMustConfirm,
    CustomerNotCharged,
    DemoReadOnly,
    ReadOnlyAccess,
    UnknownAccount,
)
from lib.gateway import Gateway
from lib.gateway.retry import INTERACTIVE
from lib.settings import settings
from lib.store import connections, samples, selling
from lib.store.engine import reading

MOST: Final = 1_000_000
"""The largest quantity that Stripe takes."""
LONGEST_TRIAL: Final = 730
"""Days, Stripe's limit."""
LISTED: Final = 50
"""Customers that a search shows."""
WRITES: Final = "read_write"


@dataclass(frozen=True)
class Choice:
    """A customer to choose: Stripe's id, what people call them, and the currency that Stripe bills them in, if any."""

    id: str
    name: str
    currency: str | None = None


@dataclass(frozen=True)
class PriceChoice:
    """A recurring price: ``unit`` in minor units of ``currency`` (may have decimals), each ``count`` ``interval``.

    It is for a package of ``size``, and one that is begun costs as much as a whole one, or nothing where ``whole``.
    """

    id: str
    name: str
    unit: Decimal
    currency: str
    interval: str
    count: int
    size: int = 1
    whole: bool = False

    def times(self, quantity: int) -> int:
        """How many times it is billed for a quantity: once for each package."""
        return int((Decimal(quantity) / self.size).to_integral_value(ROUND_FLOOR if self.whole else ROUND_CEILING))


@dataclass(frozen=True)
class First:
    """The first payment as Stripe works it out, minor units: ``total`` after discounts and with tax, and ``due`` of it.

    The rest of ``total`` is paid from the customer's credit.
    """

    discount: int
    tax: int
    total: int
    due: int


@dataclass(frozen=True)
class Offer:
    """What is about to be created: amounts in minor units a period; ``fee`` is our share of each payment.

    ``first``: what is charged at once; None where a trial comes first.
    """

    account: str
    customer: Choice
    price: PriceChoice
    quantity: int
    trial_days: int
    fee_percent: Decimal
    first: First | None = None

    @property
    def due(self) -> int:
        """What the first payment is, as far as it can be known now."""
        return self.amount if self.first is None else self.first.due

    @property
    def first_fee(self) -> int:
        """Our share of the first payment, in minor units, rounded half up."""
        return self._share(self.due)

    @property
    def amount(self) -> int:
        """What the customer pays each period before tax and discounts, rounded as Stripe does: half up."""
        return int((self.price.unit * self.price.times(self.quantity)).quantize(Decimal(1), ROUND_HALF_UP))

    @property
    def fee(self) -> int:
        """Our share of that, in minor units, rounded half up."""
        return self._share(self.amount)

    def _share(self, amount: int) -> int:
        return int((amount * self.fee_percent / 100).quantize(Decimal(1), ROUND_HALF_UP))


def allowed(user: SignedIn, account: str) -> None:
    """Raise NotYourRole, UnknownAccount, DemoReadOnly or ReadOnlyAccess unless we may write to ``account`` for
    ``user``.
    """
    roles.require(user, Right.MANAGE)
    workspaces.require_account(user.workspace, account)
    with reading() as db:
        found, info = connections.live(db, account), connections.known(db, account)
    if found is None:
        raise UnknownAccount(account=account)
    name = info.name if info and info.name else account
    if found.kind == samples.KIND:
        raise DemoReadOnly(account=name)
    if found.kind == "restricted_key" or found.scope != WRITES:
        raise ReadOnlyAccess(account=name)


def customers(user: SignedIn, account: str, like: str = "") -> tuple[Choice, ...]:
    """Customers of the account to choose from, LISTED at most. Raises like :func:`allowed`."""
    allowed(user, account)
    with reading() as db:
        rows = selling.customers(db, account, like.strip(), LISTED)
    return tuple(Choice(row.id, _called(row.name, row.email, row.id), row.currency) for row in rows)


def _called(name: str | None, email: str | None, id_: str) -> str:
    return f"{name} ({email})" if name and email else name or email or id_


def prices(user: SignedIn, account: str) -> tuple[PriceChoice, ...]:
    """Recurring prices of the account with one amount a unit. Raises like :func:`allowed`."""
    allowed(user, account)
    with reading() as db:
        return tuple(
            PriceChoice(
                row.id,
                row.nickname or product,
                Decimal(row.unit_amount_decimal or 0),
                row.currency or "usd",
                row.interval or "month",
                row.interval_count or 1,
                row.transform_divide_by or 1,
                whole=row.transform_round == "down",
            )
            for row, product in selling.prices(db, account)
        )


def offer(user: SignedIn, account: str, customer: str, price: str, quantity: int, trial_days: int) -> Offer:  # noqa: PLR0913, PLR0917 - what a subscription is made of
    """What would be created, what Stripe charges for it at once, and our fee. Nothing is created.

    Raises like :func:`allowed`, BadSubscription, or like ``Gateway.post``.
    """
    sold = {each.id: each for each in prices(user, account)}
    if price not in sold:
        raise BadSubscription(reason="choose a price that is on sale")
    if not 1 <= quantity <= MOST:
        raise BadSubscription(reason=f"the quantity is a whole number from 1 to {MOST:,}")
    if not 0 <= trial_days <= LONGEST_TRIAL:
        raise BadSubscription(reason=f"a trial has 0 to {LONGEST_TRIAL} days")
    with reading() as db:
        row = selling.customer(db, account, customer)
    if row is None:
        raise BadSubscription(reason="choose one of the account's customers")
    if row.currency and row.currency != sold[price].currency:
        raise BadSubscription(
            reason=f"{row.name or row.id} pays in {row.currency.upper()}, and this price is in "
            f"{sold[price].currency.upper()}; Stripe bills a customer in one currency"
        )
    chosen = Choice(row.id, _called(row.name, row.email, row.id), row.currency)
    first = None if trial_days else _first(account, customer, price, quantity)
    return Offer(account, chosen, sold[price], quantity, trial_days, settings().fee_percent, first)


def _first(account: str, customer: str, price: str, quantity: int) -> First:
    """What Stripe would charge the customer now, with their discounts, taxes and credit."""
    found = _gateway(account).post(
        "/v1/invoices/create_preview",
        once=identifiers.token(),
        customer=customer,
        subscription_details={"items": [{"price": price, "quantity": quantity}]},
    )
    discount = sum(each["amount"] for each in found.get("total_discount_amounts") or ())
    taxes = found.get("total_taxes") or ()
    tax = sum(each["amount"] for each in taxes if each.get("tax_behavior") != "inclusive")
    return First(discount, tax, found["total"], found["amount_due"])


def _gateway(account: str) -> Gateway:
    return Gateway(connected.credential(account), patience=INTERACTIVE, counted_as=account)


def create(user: SignedIn, agreed: Offer, *, once: str) -> str:
    """Create the subscription at Stripe; its ``sub_…`` id. ``once`` makes a second click harmless.

    Nothing is created where a first payment is due and does not go through. Raises like :func:`offer`, BadSubscription
    when the amount or fee is another by now, CustomerNotCharged, CustomerMustConfirm, or like ``Gateway.post``.
    """
    now = offer(user, agreed.account, agreed.customer.id, agreed.price.id, agreed.quantity, agreed.trial_days)
    if now != agreed:
        raise BadSubscription(reason="its amount or fee has changed since you looked; go back and review it again")
    try:
        made = _gateway(agreed.account).post(
            "/v1/subscriptions",
            once=once,
            customer=agreed.customer.id,
            items=[{"price": agreed.price.id, "quantity": agreed.quantity}],
            trial_period_days=agreed.trial_days or None,
            application_fee_percent=str(agreed.fee_percent) if agreed.fee_percent else None,
            payment_behavior="error_if_incomplete",
            metadata={"created_by": "plimsoll"},
        )
    except CardAsks:
        raise CustomerMustConfirm from None
    except CardRefused as refused:
        raise CustomerNotCharged(**refused.details) from None
    return str(made["id"])


def in_words(percent: Decimal) -> str:
    """A share without needless zeros: ``1.5 %``."""
    return f"{percent.normalize():f} %"
