"""The balance in US dollars: every movement with its fee and rate, money on its way, and payouts to the bank."""

from __future__ import annotations

from fractions import Fraction

from lib.sandbox.engine import shapes_money as shapes
from lib.sandbox.engine.calendar import DAY
from lib.sandbox.engine.fx import usd_rate
from lib.sandbox.engine.pricing import half_up
from lib.sandbox.engine.state import Object, State
from lib.sandbox.engine.truth import settle_cash

SETTLED = "usd"
PAYOUT_FLOOR = 100
_HOLD = 2 * DAY
_BANK_DAYS = 2 * DAY
_MILLE = 1_000
_CARD_FEE = 29  # of a thousand
_FOREIGN_FEE = 15
_CONVERSION_FEE = 10
_FIXED_FEE = 30  # cents


def settled(state: State, amount: int, currency: str) -> tuple[int, float | None]:
    """Return an amount in US cents at today's rate, and the rate (None for dollars)."""
    if currency == SETTLED:
        return amount, None
    rate = usd_rate(state.seed, currency, state.now // DAY)
    return half_up(amount * Fraction(str(rate))), rate


def _fee(amount: int, description: str) -> Object:
    return {
        "amount": amount,
        "application": None,
        "currency": SETTLED,
        "description": description,
        "type": "stripe_fee",
    }


def charge_fees(amount: int, *, foreign: bool, converted: bool) -> list[Object]:
    """Return Stripe's fees on a charge of some US cents."""
    rate = _CARD_FEE + (_FOREIGN_FEE if foreign else 0)
    fees = [_fee(half_up(Fraction(amount * rate, _MILLE)) + _FIXED_FEE, "Stripe processing fees")]
    if converted:
        fees.append(_fee(half_up(Fraction(amount * _CONVERSION_FEE, _MILLE)), "Stripe currency conversion fee"))
    return fees


def application_fee(amount: int, application: str | None) -> Object:
    """Return a platform's fee on a charge, in US cents."""
    return {**_fee(amount, "Application fee"), "application": application, "type": "application_fee"}


def book(  # noqa: PLR0913 - all that a movement tells
    state: State,
    kind: str,
    source: str,
    amount: int,
    *,
    rate: float | None = None,
    fees: list[Object] | None = None,
    category: str | None = None,
    description: str | None = None,
) -> Object:
    """Move the balance by some US cents less fees, and return the balance transaction."""
    fee = sum(each["amount"] for each in fees or [])
    wait = _HOLD if kind != "payout" else 0
    made = state.add(
        shapes.balance_transaction(
            state.id("txn"),
            state.now,
            (state.now + wait) // DAY * DAY if wait else state.now,
            {
                "amount": amount,
                "currency": SETTLED,
                "description": description,
                "exchange_rate": rate,
                "fee": fee,
                "fee_details": fees or [],
                "net": amount - fee,
                "reporting_category": category or kind,
                "source": source,
                "status": "pending" if wait else "available",
                "type": kind,
            },
        ),
    )
    state.balance[SETTLED] = state.balance.get(SETTLED, 0) + amount - fee
    if wait:
        state.unavailable.append(made["id"])
    else:
        state.available[SETTLED] = state.available.get(SETTLED, 0) + amount - fee
    settle_cash(state, SETTLED, settled_fees=fee, **{f"settled_{category or kind}": amount})
    return made


def release(state: State) -> None:
    """Make the money available whose waiting time is over."""
    waiting = []
    for id_ in state.unavailable:
        transaction = state.of("balance_transaction")[id_]
        if transaction["available_on"] > state.now:
            waiting.append(id_)
            continue
        state.change("balance_transaction", id_, status="available")
        state.available[SETTLED] = state.available.get(SETTLED, 0) + transaction["net"]
    state.unavailable = waiting


def pay_out(state: State) -> None:
    """Send what is available to the bank, if it is worth sending."""
    amount = state.available.get(SETTLED, 0)
    if amount < PAYOUT_FLOOR:
        return
    arrival = state.now // DAY * DAY + _BANK_DAYS
    bank = f"ba_1Q{state.account[-8:]}Bank00000000"
    made = state.add(shapes.payout(state.id("po"), state.now, amount, SETTLED, arrival, bank))
    booked = book(state, "payout", made["id"], -amount, description="STRIPE PAYOUT")
    paid = state.change("payout", made["id"], balance_transaction=booked["id"])
    state.emit("payout.created", paid)
    state.schedule(max(arrival, state.now), "payout_paid", made["id"])


def payout_paid(state: State, payout_id: str) -> None:
    """The bank has the money."""
    state.change("payout", payout_id, "payout.paid", status="paid")
