"""Hosted invoices: ``/i/{invoice}``, to look at, to download and to pay."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lib.sandbox.engine import cards, dunning
from lib.sandbox.engine.cards import BadCardError
from lib.sandbox.engine.state import Card, Object
from lib.sandbox.http import pages
from lib.sandbox.http.challenges import Challenge
from lib.sandbox.http.hosted import (
    NOT_AUTHENTICATED,
    Hosted,
    alert,
    amounts,
    card_fields,
    day,
    filled,
    form_of,
    money,
    test_cards,
)
from lib.sandbox.http.pdf import document
from lib.sandbox.world import World

WORDS = {"draft": "Draft", "open": "Open", "paid": "Paid", "uncollectible": "Uncollectible", "void": "Void"}
"""An invoice's status for people."""


class Invoices(Hosted):
    """The invoice pages of one stand-in."""

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/i/{id}", self.show, methods=["GET"]),
            Route("/i/{id}", self.submit, methods=["POST"]),
            Route("/i/{id}/pdf", self.pdf, methods=["GET"]),
            Route("/i/{id}/authenticate/{secret}", self.ask, methods=["GET"]),
            Route("/i/{id}/authenticate/{secret}", self.answer, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show an invoice that was finalised."""
        with self.world() as world:
            invoice = _found(world, request)
            return self._page(world, invoice, {}) if invoice else _missing()

    async def submit(self, request: Request) -> Response:
        """Pay with the card on file, or with another one: this invoice alone, as Stripe does."""
        given = await form_of(request)
        with self.world() as world:
            invoice = _found(world, request)
            if invoice is None:
                return _missing()
            if "fill" in given:
                return self._page(world, invoice, filled(given), opened=True)
            try:
                secret = self._pay(world, invoice, given)
            except BadCardError as wrong:
                answer = self._page(world, invoice, given, wrong=str(wrong), opened=given.get("action") == "card")
                self.standin.keep_platform()
                return answer
            return self.done(f"/i/{invoice['id']}" + (f"/authenticate/{secret}" if secret else ""))

    def _pay(self, world: World, invoice: Object, given: Mapping[str, str]) -> str | None:
        """Pay, or return the secret of what the card's bank asks first."""
        state, customer = world.state, invoice["customer"]
        if invoice["status"] != "open":
            return None
        if given.get("action") == "card":
            read = cards.typed(given.get("number", ""), given.get("expiry", ""), given.get("cvc", ""), world.now)
            if read.kind.refused or read.kind.failing:
                raise BadCardError(cards.DECLINED)
            if read.kind.asks:
                return self._asks(invoice, read.card, given.get("name", ""))
            _use(world, customer, read.card, given.get("name", ""))
        elif cards.must_ask(state, customer):
            return self._asks(invoice, _ON_FILE._replace(last4=state.payer(customer).last4))
        _collect(world, invoice["id"])
        return None

    def _asks(self, invoice: Object, card: Card, name: str = "") -> str:
        return self.standin.challenges.pose(Challenge(f"/i/{invoice['id']}", card, name=name))

    async def ask(self, request: Request) -> Response:
        """Show the bank's question about the card that pays."""
        found = self.standin.challenges.find(request.path_params["secret"], _place(request))
        if found is None:
            return _forgotten(request)
        return self.page("Confirm your payment", "authenticate", last4=escape(found.card.last4))

    async def answer(self, request: Request) -> Response:
        """Take the owner's answer to the bank, and pay."""
        given = await form_of(request)
        with self.world() as world:
            invoice = _found(world, request)
            found = self.standin.challenges.take(request.path_params["secret"], _place(request))
            if invoice is None or found is None:
                return _forgotten(request)
            if given.get("outcome") != "complete":
                return self._page(world, invoice, {}, wrong=NOT_AUTHENTICATED)
            if found.card.brand:
                _use(world, invoice["customer"], found.card, found.name)
            with cards.confirmed(world.state, invoice["customer"]):
                _collect(world, invoice["id"])
        return self.done(_place(request))

    async def pdf(self, request: Request) -> Response:
        """The invoice as a PDF."""
        with self.world() as world:
            invoice = _found(world, request)
            if invoice is None:
                return _missing()
            body = document(_lines(world, invoice, self.tenant.shown_name))
        named = {"Content-Disposition": f'inline; filename="{invoice["number"]}.pdf"', "Cache-Control": "no-store"}
        return Response(body, media_type="application/pdf", headers=named)

    def _page(
        self,
        world: World,
        invoice: Object,
        given: Mapping[str, str],
        *,
        wrong: str | None = None,
        opened: bool = False,
    ) -> Response:
        invoice = world.state.of("invoice")[invoice["id"]]
        total = money(invoice["amount_due"], invoice["currency"])
        return self.page(
            f"Invoice {invoice['number']}",
            "invoice",
            status=402 if wrong else 200,
            number=escape(invoice["number"]),
            amount=escape(total),
            state=escape(WORDS[invoice["status"]]),
            alert=alert(wrong),
            who=escape(invoice["customer_name"] or invoice["customer_email"] or invoice["customer"]),
            date=escape(day(invoice["effective_at"])),
            amounts=_amounts(world, invoice),
            pdf=escape(f"/i/{invoice['id']}/pdf"),
            pay=_pay_form(world, invoice, given, opened=opened) if invoice["status"] == "open" else "",
        )


_ON_FILE = Card("", "", 0, 0)
"""Stands for the card that is on file already."""


def _place(request: Request) -> str:
    return f"/i/{request.path_params['id']}"


def _forgotten(request: Request) -> Response:
    sentence = "The bank’s question has been answered already, or is too old."
    return pages.problem("Nothing to confirm", sentence, link=("Back to the invoice", _place(request)))


def _use(world: World, customer: str, card: Card, name: str) -> None:
    """Let a card pay from now on, and nothing yet."""
    cards.make_default(world.state, customer, cards.attach(world.state, customer, card, name), collects=False)


def _collect(world: World, id_: str) -> None:
    """Pay an open invoice. Raises BadCardError where it is not paid."""
    if world.state.of("invoice")[id_]["status"] == "open":
        dunning.pay(world.state, id_)
    if world.state.of("invoice")[id_]["status"] != "paid":
        raise BadCardError(cards.DECLINED)


def _found(world: World, request: Request) -> Object | None:
    invoice = world.state.of("invoice").get(request.path_params["id"])
    return invoice if invoice and invoice["number"] else None


def _missing() -> Response:
    return pages.problem("No such invoice", "There is no invoice at this address.", status=404)


def _rows(world: World, invoice: Object) -> list[tuple[str, str]]:
    currency = invoice["currency"]
    rows = [(each["description"], money(each["amount"], currency)) for each in world.lines(invoice["id"])]
    taken = sum(each["amount"] for each in invoice["total_discount_amounts"])
    used = invoice["total"] - invoice["amount_due"]
    rows += [("Discount", money(-taken, currency))] if taken else []
    rows += [("Tax", money(each["amount"], currency)) for each in invoice["total_taxes"]]
    return rows + ([("Credit balance", money(-used, currency))] if used else [])


def _amounts(world: World, invoice: Object) -> str:
    return amounts(_rows(world, invoice), ("Amount due", money(invoice["amount_due"], invoice["currency"])))


def _lines(world: World, invoice: Object, merchant: str) -> list[str]:
    head = [merchant, f"Invoice {invoice['number']}", f"Date: {day(invoice['effective_at'])}"]
    who = f"To: {invoice['customer_name'] or invoice['customer_email'] or invoice['customer']}"
    rows = [f"{name}: {value}" for name, value in _rows(world, invoice)]
    total = f"Amount due: {money(invoice['amount_due'], invoice['currency'])}"
    note = "Made by a stand-in for Stripe: nothing here is real."
    return [*head, who, "", *rows, "", total, f"Status: {WORDS[invoice['status']]}", "", note]


def _pay_form(world: World, invoice: Object, given: Mapping[str, str], *, opened: bool) -> str:
    payer, due = world.state.payer(invoice["customer"]), money(invoice["amount_remaining"], invoice["currency"])
    saved = ""
    if not payer.cardless:
        button = f'<button class="main" type="submit" name="action" value="pay">Pay {escape(due)}</button>'
        words = f"With {escape(payer.brand.capitalize())} ending in {escape(payer.last4)}."
        saved = f'<form method="post"><p>{words}</p><div class="actions">{button}</div></form>'
    return pages.fill(
        "invoice_pay",
        saved=saved,
        open=" open" if opened or payer.cardless else "",
        card=card_fields(given),
        due=escape(due),
        cards=test_cards(),
    )
