"""Hosted Checkout: the page of a session, at ``/c/pay/{session}``. Only POSTs change things."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lib.sandbox.engine import cards, checkout, taxes
from lib.sandbox.engine.cards import BadCardError
from lib.sandbox.engine.checkout import Buyer, NoCodeError
from lib.sandbox.engine.state import Card, Object, State
from lib.sandbox.http import checkout_parts as parts
from lib.sandbox.http import pages
from lib.sandbox.http.challenges import Challenge
from lib.sandbox.http.errors import StripeError
from lib.sandbox.http.forms import email as checked_email
from lib.sandbox.http.hosted import (
    NOT_AUTHENTICATED,
    Hosted,
    alert,
    back,
    card_fields,
    filled,
    form_of,
    product_of,
    test_cards,
)
from lib.sandbox.http.portal_parts import new_card
from lib.sandbox.world import World


class Checkout(Hosted):
    """The Checkout pages of one stand-in."""

    def routes(self) -> list[Route]:
        """Where they are."""
        path = "/c/pay/{id}"
        return [
            Route(path, self.show, methods=["GET"]),
            Route(path, self.submit, methods=["POST"]),
            Route(path + "/authenticate/{secret}", self.ask, methods=["GET"]),
            Route(path + "/authenticate/{secret}", self.answer, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the page of an open session, or say why there is none."""
        with self.world() as world:
            session = world.state.of("checkout.session").get(request.path_params["id"])
            return self._closed(session) or self._page(world.state, session or {}, {})

    async def submit(self, request: Request) -> Response:
        """Act on a button: a test card, a promotion code, or the subscription itself."""
        given = await form_of(request)
        with self.world() as world:
            session = world.state.of("checkout.session").get(request.path_params["id"])
            if session and session["status"] == "complete":
                return self.done(_success(session))  # sent twice: it is done already
            if (closed := self._closed(session)) or session is None:
                return closed or self._closed(None) or Response(status_code=404)
            if "fill" in given:
                return self._page(world.state, session, filled(given))
            return self._act(world, session, given)

    def _act(self, world: World, session: Object, given: dict[str, str]) -> Response:
        here = f"/c/pay/{session['id']}"
        try:
            match given.get("action"):
                case "apply" if session["allow_promotion_codes"]:
                    checkout.apply_code(world.state, session["id"], given.get("promotion_code", ""))
                    return self.done(here)
                case "remove" if session["allow_promotion_codes"]:
                    checkout.reprice(world.state, session["id"], [])
                    return self.done(here)
                case _:
                    return self._pay(world, session, given)
        except NoCodeError as wrong:
            return self._page(world.state, session, given, wrong=str(wrong), status=400)
        except BadCardError as wrong:
            status = 402 if str(wrong) == cards.DECLINED else 400
            return self._page(world.state, session, given, wrong=str(wrong), status=status)

    def _pay(self, world: World, session: Object, given: dict[str, str]) -> Response:
        """Check what was filled in, ask the bank where it wants to be asked, and take the consent."""
        state, here = world.state, f"/c/pay/{session['id']}"
        mail = parts.known(state, session)["email"] or _mail(given)
        card = None
        if parts.needs_card(session) or given.get("number"):
            read = new_card(given, world.now)
            card = read.card
        country, postal = given.get("country", ""), given.get("postal", "")
        if parts.needs_address(session) and (country not in parts.COUNTRIES or not postal):
            raise BadCardError("Please fill in your country and postal code.")
        number = given.get("tax_id", "") if session["tax_id_collection"]["enabled"] else ""
        waiting = Challenge(here, card or Card("", "", 0, 0), mail, given.get("name", ""), country, postal, number)
        if card and read.kind.asks:
            return self.done(f"{here}/authenticate/{self.standin.challenges.pose(waiting)}")
        return self._complete(world, session, waiting, card)

    def _complete(self, world: World, session: Object, filled_in: Challenge, card: Card | None) -> Response:
        address = {"city": None, "line1": None, "line2": None, "state": None}
        place: Object | None = {**address, "country": filled_in.country, "postal_code": filled_in.postal}
        number = taxes.tax_id(filled_in.country, filled_in.tax_id)
        buyer = Buyer(filled_in.email, filled_in.name, card, place if filled_in.country else None, number)
        return self.done(_success(checkout.complete(world.state, session["id"], buyer)))

    async def ask(self, request: Request) -> Response:
        """Show the bank's question about a card."""
        found = self.standin.challenges.find(request.path_params["secret"], _place(request))
        if found is None:
            return _forgotten(request)
        return self.page("Confirm your card", "authenticate", last4=escape(found.card.last4))

    async def answer(self, request: Request) -> Response:
        """Take the owner's answer to the bank."""
        given = await form_of(request)
        with self.world() as world:
            session = world.state.of("checkout.session").get(request.path_params["id"])
            if session and session["status"] == "complete":
                return self.done(_success(session))
            found = self.standin.challenges.take(request.path_params["secret"], _place(request))
            if found is None:
                return _forgotten(request)
            if (closed := self._closed(session)) or session is None:
                return closed or _forgotten(request)
            if given.get("outcome") != "complete":
                kept = {name: getattr(found, name) for name in ("email", "name", "country", "postal", "tax_id")}
                return self._page(world.state, session, kept, wrong=NOT_AUTHENTICATED, status=402)
            return self._complete(world, session, found, found.card)

    def _closed(self, session: Object | None) -> Response | None:
        """Say that a session is unknown, done or over; None while it is open."""
        if session is None:
            return pages.problem("No such page", "This is not the address of a Checkout session.", status=404)
        if session["status"] == "complete":
            way = ("Go on to what you bought", _success(session))
            return pages.problem("This is done", "You have subscribed already: nothing is charged twice.", link=way)
        if session["status"] == "expired":
            back_to = (f"Back to {self.tenant.shown_name}", str(session["cancel_url"]))
            link = back_to if session["cancel_url"] else None
            sentence = "This Checkout session has expired. Go back and begin again."
            return pages.problem("This page has expired", sentence, link=link, status=410)
        return None

    def _page(
        self,
        state: State,
        session: Object,
        given: Mapping[str, str],
        *,
        wrong: str | None = None,
        status: int = 200,
    ) -> Response:
        deal, price = state.deals[session["id"]], checkout.price_of(state, session["id"])
        known = parts.known(state, session)
        trial = parts.trial_days(state, session)
        name = product_of(state, price)
        return self.page(
            f"Subscribe to {name}",
            "checkout",
            status=status,
            back=back(session["cancel_url"], f"Back to {self.tenant.shown_name}"),
            heading=escape(f"Try {name}" if deal.trial else f"Subscribe to {name}"),
            terms=escape(parts.terms(state, session, trial)),
            alert=alert(wrong),
            amounts=parts.priced(state, session),
            code=parts.code(state, session, given),
            action=escape(f"/c/pay/{session['id']}"),
            email=escape(known["email"] or given.get("email", "")),
            fixed=" readonly" if known["email"] else " required",
            card=card_fields(given) if parts.needs_card(session) else "<p>No card is needed now.</p>",
            address=parts.address(session, given) + parts.tax_number(session, given),
            button="Start trial" if deal.trial else "Subscribe",
            consent=escape(
                f"By confirming you allow {self.tenant.shown_name} to charge you according to these terms until you "
                "cancel."
            ),
            cards=test_cards() if parts.needs_card(session) else "",
        )


def _place(request: Request) -> str:
    return f"/c/pay/{request.path_params['id']}"


def _forgotten(request: Request) -> Response:
    sentence = "The bank’s question has been answered already, or is too old."
    return pages.problem("Nothing to confirm", sentence, link=("Back to the payment page", _place(request)))


def _success(session: Object) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _mail(given: Mapping[str, str]) -> str:
    try:
        found = checked_email("email", given.get("email", ""))
    except StripeError:
        found = None
    if found is None:
        raise BadCardError("Please fill in your email address.")
    return found
