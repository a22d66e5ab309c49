"""Parts of the billing portal's pages, and the change of a plan. Everything is escaped; amounts are minor units."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from lib.sandbox.engine import cards, changes, portal, preview
from lib.sandbox.engine.cards import BadCardError, Typed
from lib.sandbox.engine.changes import Edit
from lib.sandbox.engine.state import Object, State, Sub
from lib.sandbox.http.hosted import amounts, day, every, money, product_of
from lib.sandbox.http.invoices import WORDS

NOTICES = {
    "card": "Your card was saved.",
    "paid": "Your invoice is paid.",
    "declined": "Your card was declined. Update it, or try again.",
    "cancelled": "Your plan ends with its period.",
    "resumed": "Your plan goes on.",
    "changed": "Your plan was changed.",
}
REASONS = {
    "": "I’d rather not say",
    "too_expensive": "It’s too expensive",
    "missing_features": "I need more features",
    "switched_service": "I found an alternative",
    "unused": "I no longer need it",
    "other": "Other reason",
}
_BEHAVIOR = "always_invoice"


def plan_name(state: State, sub: Sub) -> str:
    """What a subscription is to."""
    return product_of(state, state.of("price")[sub.items[0].price])


def _cost(state: State, sub: Sub) -> str:
    price = state.of("price")[sub.items[0].price]
    return f"{money(price['unit_amount'] * sub.items[0].quantity, sub.currency)} {every(price)}"


def _how_it_stands(state: State, sub: Sub) -> str:
    if sub.cancel_at_period_end:
        return f"Your plan ends on {day(sub.end)}."
    if sub.status == "trialing":
        return f"Your trial ends on {day(sub.end)}. Then {_cost(state, sub)}."
    if sub.status in {"past_due", "unpaid"}:
        return "The last payment failed. Update your card, or pay the open invoice."
    if sub.status == "incomplete":
        return "The first payment is still missing. Pay the open invoice."
    return f"Renews on {day(sub.end)}."


def plan(state: State, sub: Sub, home: str) -> str:
    """A subscription, and what can be done with it."""
    at = f"{escape(home)}/{{}}/{escape(sub.id)}"
    if sub.cancel_at_period_end:
        button = '<button class="main" type="submit">Resume plan</button>'
        ways = f'<form method="post" action="{at.format("resume")}"><div class="actions">{button}</div></form>'
    else:
        may = portal.changes_plans(state) and sub.status != "incomplete"
        change = f'<a class="button" href="{at.format("plan")}">Change plan</a>' if may else ""
        cancel = f'<a class="button" href="{at.format("cancel")}">Cancel plan</a>'
        ways = f'<div class="actions">{change}{cancel}</div>'
    return (
        f'<div class="panel"><p><strong>{escape(plan_name(state, sub))}</strong> – {escape(_cost(state, sub))}</p>'
        f"<p>{escape(_how_it_stands(state, sub))}</p>{ways}</div>"
    )


def card(state: State, customer: str) -> str:
    """The card that pays."""
    payer = state.payer(customer)
    if payer.cardless:
        return "No card is on file."
    brand = escape(payer.brand.capitalize())
    return f"{brand} ending in {escape(payer.last4)}, expires {payer.exp_month:02d}/{payer.exp_year}"


def new_card(given: Mapping[str, str], now: int) -> Typed:
    """Read a card that was filled in. Raises BadCardError for one that is wrong, or refused at once."""
    read = cards.typed(given.get("number", ""), given.get("expiry", ""), given.get("cvc", ""), now)
    if not given.get("name"):
        raise BadCardError("Please fill in the name on the card.")
    if read.kind.refused:
        raise BadCardError(cards.DECLINED)
    return read


def invoices(state: State, customer: str, home: str) -> str:
    """A customer's invoices, newest first."""
    held = [each for each in state.of("invoice").values() if each["customer"] == customer and each["number"]]
    if not held:
        return "<p>There are no invoices yet.</p>"
    rows = "\n".join(_row(each, home) for each in reversed(held))
    head = '<tr><th>Date</th><th class="number">Amount</th><th>Status</th><th>Invoice</th></tr>'
    return f'<div class="scroll" tabindex="0" role="region" aria-label="Invoices"><table>{head}\n{rows}</table></div>'


def _row(invoice: Object, home: str) -> str:
    page = escape(f"/i/{invoice['id']}")
    links = f'<a href="{page}">{escape(invoice["number"])}</a> · <a href="{page}/pdf">PDF</a>'
    if invoice["status"] == "open":
        links += (
            f'<form method="post" action="{escape(home)}/pay/{escape(invoice["id"])}">'
            '<button type="submit">Pay now</button></form>'
        )
    amount = escape(money(invoice["amount_due"], invoice["currency"]))
    status = escape(WORDS[invoice["status"]])
    return (
        f'<tr><td>{escape(day(invoice["created"]))}</td><td class="number">{amount}</td><td>{status}</td>'
        f"<td>{links}</td></tr>"
    )


def on_sale(state: State) -> list[str]:
    """The prices that a plan can be changed to."""
    configured = next(iter(state.of("billing_portal.configuration").values()))
    return [price for each in configured["features"]["subscription_update"]["products"] for price in each["prices"]]


def plan_choices(state: State, sub: Sub) -> str:
    """A radio button for each price, the present one marked."""
    made = []
    for id_ in on_sale(state):
        price = state.of("price")[id_]
        present = id_ == sub.items[0].price
        note = " – your plan" if present else ""
        made.append(
            f'<label class="choice"><input type="radio" name="price" value="{escape(id_)}" required'
            f"{' checked' if present else ''}><div><b>{escape(product_of(state, price))}{note}</b> "
            f"<span>{escape(money(price['unit_amount'], price['currency']))} {escape(every(price))}</span></div>"
            "</label>"
        )
    return "\n".join(made)


def cut_date(state: State, sub: Sub, text: str) -> int:
    """When a change cuts the period: as it was shown a moment ago, or now."""
    date = int(text) if text.isascii() and text.isdigit() and len(text) < len("10000000000") + 1 else state.now
    return date if sub.start <= date <= min(sub.end, state.now) else state.now


def _edits(sub: Sub, price: str) -> list[Edit]:
    return [Edit(item=sub.items[0].id, price=price)]


def _at_once(state: State, sub: Sub, price: str, date: int) -> Object | None:
    """Return the invoice that a change makes at once, if it makes one."""
    found = preview.of_change(state, sub.id, _edits(sub, price), _BEHAVIOR, date)
    return found[0] if found and found[0]["next_payment_attempt"] <= state.now else None


def change_rows(state: State, sub: Sub, price_id: str, date: int) -> tuple[str, str]:
    """What a change bills today, line by line, and what comes after."""
    price, due = state.of("price")[price_id], _at_once(state, sub, price_id, date)
    rows = [(each["description"], money(each["amount"], sub.currency)) for each in due["lines"]["data"]] if due else []
    if due and due["total"] < 0:
        rows.append(("Kept as credit for your next invoices", money(-due["total"], sub.currency)))
    shown = amounts(rows, ("Due today", money(due["amount_due"] if due else 0, sub.currency)))
    return shown, f"Then {product_of(state, price)} for {money(price['unit_amount'], sub.currency)} {every(price)}."


def change(state: State, sub: Sub, price: str, date: int) -> bool:
    """Change a plan; False, and nothing done, where it must be paid at once and the card will not."""
    due, payer = _at_once(state, sub, price, date), state.payer(sub.customer)
    if due and due["amount_due"] > 0 and (payer.failing or payer.cardless):
        return False
    changes.update(state, sub.id, _edits(sub, price), _BEHAVIOR, date)
    return True
