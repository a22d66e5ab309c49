"""Shops for published examples: what is sold, to how many, since when, as the rows that Stripe would give for it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from lib.ledger.build import Ledger, build
from lib.ledger.rules import Rules
from lib.metrics.catalog import find
from lib.metrics.query import Query
from tests.ledger.shop import at, shop


@dataclass(frozen=True)
class Sub:
    """So many customers, each with one subscription at ``cents`` for every ``count`` ``unit``s; ``-`` is none."""

    cents: int
    unit: str = "month"
    count: int = 1
    customers: int = 1
    quantity: int = 1
    start: str = "2024-01-10"
    ended: str = "-"
    clicked: str = "-"
    status: str = ""
    """As Stripe names it; by default active until ``ended``."""
    currency: str = "usd"
    who: str = ""
    """Subscriptions of one ``who`` are one customer's."""
    then: tuple[tuple[str, int], ...] = ()
    """Later bills: day and cents, for whole periods from that day."""
    prorated: tuple[str, int, int, int] | None = None
    """A change within a period: day, the new price's cents, the credit for the old and the debit for the new."""
    items: tuple[int, ...] = ()
    """Further items, cents for the same period."""
    usage: tuple[tuple[str, int], ...] = ()
    """A metered item beside it: the days on which it was billed, and for how many cents."""
    coupon: tuple[str, str, str, str] | None = None
    """Duration, percent such as ``50%`` or cents, first day, last day."""
    trial: str = "-"
    """The trial's last day; it is billed first on that day if ``then`` says so."""
    tax: str = ""
    """Percent that the price includes."""
    unpaid: tuple[str, str] | None = None
    """A renewal that was never paid: its day, and the day of the last attempt."""
    paused: tuple[str, ...] = ()
    """Renewals that were put aside."""


def ledger(subs: list[Sub], as_of: str, rules: Rules, base: str = "usd", **more: str) -> Ledger:
    """The ledger of these subscriptions; ``more`` are further tables."""
    rows: dict[str, list[str]] = defaultdict(list)
    for n, sub in enumerate(subs):
        _catalog(rows, n, sub)
        for c in range(sub.customers):
            _subscription(rows, n, f"{n}x{c}", sub)
    tables = {name: "\n".join([HEADS[name], *lines]) for name, lines in rows.items()}
    return build(shop(**(tables | more)), base=base, as_of=at(as_of), tz=ZoneInfo("UTC"), rules=rules)


HEADS = {
    "price": "id product currency unit_amount_decimal interval interval_count usage_type",
    "coupon": "id duration percent_off amount_off currency",
    "discount": "id coupon start end",
    "tax_rate": "id percentage",
    "subscription": "id customer created status currency ended_at canceled_at discounts trial_start trial_end"
    " pause_behavior",
    "subscription_item": "id subscription price quantity position",
    "invoice": "id subscription customer created billing_reason status subtotal amount_due finalized_at paid_at"
    " voided_at period_end discounts",
    "invoice_line": "id invoice subscription subscription_item price currency quantity amount period_start proration"
    " position taxes",
    "invoice_payment": "invoice payment_intent",
    "charge": "id customer payment_intent created status amount",
}


def _catalog(rows: dict[str, list[str]], n: int, sub: Sub) -> None:
    prices = [sub.cents, *sub.items, *(cents for _, cents in sub.then), *(sub.prorated[1:2] if sub.prorated else ())]
    for cents in dict.fromkeys(prices):
        rows["price"].append(f"p{n}c{cents} prod{n} {sub.currency} {cents} {sub.unit} {sub.count} licensed")
    if sub.usage:
        rows["price"].append(f"p{n}m meter{n} {sub.currency} 1 {sub.unit} {sub.count} metered")
    if sub.coupon:
        duration, off, start, end = sub.coupon
        taken = f"={off[:-1]} - -" if off.endswith("%") else f"- {off} {sub.currency}"
        rows["coupon"].append(f"k{n} {duration} {taken}")
        rows["discount"].append(f"d{n} k{n} {start} {end}")
    if sub.tax:
        rows["tax_rate"].append(f"t{n} ={sub.tax}")


def _subscription(rows: dict[str, list[str]], n: int, key: str, sub: Sub) -> None:
    customer = sub.who or f"c{key}"
    status = sub.status or ("active" if sub.ended == "-" else "canceled")
    running = f'=["d{n}"]' if sub.coupon and sub.coupon[0] != "once" and sub.coupon[3] == "-" else "-"
    trial = f"{sub.start} {sub.trial}" if sub.trial != "-" else "- -"
    pause = "void" if sub.paused else "-"
    rows["subscription"].append(
        f"s{key} {customer} {sub.start} {status} {sub.currency} {sub.ended} {sub.clicked} {running} {trial} {pause}"
    )
    now = sub.then[-1][1] if sub.then else sub.prorated[1] if sub.prorated else sub.cents
    for place, cents in enumerate((now, *sub.items)):
        rows["subscription_item"].append(f"i{key}i{place} s{key} p{n}c{cents} {sub.quantity} {place}")
    _bills(rows, n, key, sub, customer)


def _bills(rows: dict[str, list[str]], n: int, key: str, sub: Sub, customer: str) -> None:
    first = (sub.start, "subscription_create", [(0, sub.cents), *enumerate(sub.items, 1)])
    bills = [first, *((day, "subscription_cycle", [(0, cents)]) for day, cents in sub.then)]
    for number, (day, reason, items) in enumerate(bills):
        total = 0 if sub.trial != "-" and number == 0 else sum(cents for _, cents in items) * sub.quantity
        _invoice(
            rows, n, f"{key}b{number}", f"s{key} {customer} {day} {reason}", f"paid {total} {total} {day} {day} -", sub
        )
        for place, cents in items:
            amount = cents * sub.quantity if total else 0
            tax = f'=[{{"rate":"t{n}","amount":0,"inclusive":true}}]' if sub.tax else "-"
            rows["invoice_line"].append(
                f"l{key}b{number}p{place} v{key}b{number} s{key} i{key}i{place} p{n}c{cents} {sub.currency}"
                f" {sub.quantity} {amount} {day} no {place} {tax}"
            )
    if sub.prorated:
        day, cents, credit, debit = sub.prorated
        _invoice(rows, n, f"{key}u", f"s{key} {customer} {day} subscription_update", f"paid 1 1 {day} {day} -", sub)
        for place, (price, amount) in enumerate(((sub.cents, -credit), (cents, debit))):
            rows["invoice_line"].append(
                f"l{key}u{place} v{key}u s{key} i{key}i0 p{n}c{price} {sub.currency} 1 {amount} {day} yes {place} -"
            )
    for number, (day, cents) in enumerate(sub.usage):
        _invoice(
            rows, n, f"{key}m{number}", f"s{key} {customer} {day} subscription_cycle", f"paid 1 1 {day} {day} -", sub
        )
        rows["invoice_line"].append(
            f"l{key}m{number} v{key}m{number} s{key} i{key}m p{n}m {sub.currency} {cents} {cents} {day} no 1 -"
        )
    if sub.usage:
        rows["subscription_item"].append(f"i{key}m s{key} p{n}m - 9")
    for number, day in enumerate(sub.paused):
        _invoice(
            rows, n, f"{key}a{number}", f"s{key} {customer} {day} subscription_cycle", f"void 1 1 {day} - {day}", sub
        )
    if sub.unpaid:
        day, last = sub.unpaid
        _invoice(rows, n, f"{key}d", f"s{key} {customer} {day} subscription_cycle", f"open 1 1 {day} - -", sub)
        rows["invoice_payment"].append(f"v{key}d pi{key}")
        rows["charge"].append(f"ch{key} {customer} pi{key} {last} failed 1")


def _invoice(rows: dict[str, list[str]], n: int, key: str, head: str, how: str, sub: Sub) -> None:
    """One bill. It shows the coupon if that ran on its day."""
    day = head.split()[2]
    shown = sub.coupon and sub.coupon[2] <= day and (sub.coupon[3] == "-" or day < sub.coupon[3])
    rows["invoice"].append(f"v{key} {head} {how} {day} " + (f'=["d{n}"]' if shown else "-"))


def value(found: Ledger, slug: str, first: str, last: str = "") -> float | None:
    """The metric on a day, or over the days ``first`` to ``last`` as one period; money in micros."""
    days = Query(date.fromisoformat(first), date.fromisoformat(last or first), single=True)
    told: float | None = find(slug)(found, days)["value"][0]
    return told
