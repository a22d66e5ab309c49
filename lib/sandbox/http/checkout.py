"""Hosted Checkout: the page of a session, at ``/c/pay/{session}``. Only POSTs change things."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lib.sandbox.engine import cards, checkout
from lib.sandbox.engine.calendar import DAY
from lib.sandbox.engine.cards import BadCardError
from lib.sandbox.engine.checkout import Buyer, NoCodeError
from lib.sandbox.engine.state import Card, Object, State
from lib.sandbox.http import pages
from lib.sandbox.http.challenges import Challenge
from lib.sandbox.http.errors import StripeError
from lib.sandbox.http.forms import email as checked_email
from lib.sandbox.http.hosted import (
    NOT_AUTHENTICATED,
    Hosted,
    alert,
    amounts,
    back,
    card_fields,
    day,
    every,
    filled,
    form_of,
    money,
    off,
    product_of,
    test_cards,
)
from lib.sandbox.http.portal_parts import new_card
from lib.sandbox.world import World

_COUNTRIES = {
    "US": "United States", "AU": "Australia", "AT": "Austria", "CA": "Canada", "FR": "France", "DE": "Germany",
    "IN": "India", "IE": "Ireland", "IT": "Italy", "JP": "Japan", "NL": "Netherlands", "ES": "Spain",
    "CH": "Switzerland", "GB": "United Kingdom",
}  # fmt: skip


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
        mail = _known(state, session)["email"] or _mail(given)
        card = None
        if _needs_card(session) or given.get("number"):
            read = new_card(given, world.now)
            card = read.card
        country, postal = given.get("country", ""), given.get("postal", "")
        if _needs_address(session) and (country not in _COUNTRIES or not postal):
            raise BadCardError("Please fill in your country and postal code.")
        waiting = Challenge(here, card or Card("", "", 0, 0), mail, given.get("name", ""), country, postal)
        if card and read.kind.asks:
            return self.done(f"{here}/authenticate/{self.standin.challenges.pose(waiting)}")
        return self._complete(world, session, waiting, card)

    def _complete(self, world: World, session: Object, filled_in: Challenge, card: Card | None) -> Response:
        address = {"city": None, "line1": None, "line2": None, "state": None}
        place: Object | None = {**address, "country": filled_in.country, "postal_code": filled_in.postal}
        buyer = Buyer(filled_in.email, filled_in.name, card, place if filled_in.country else None)
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
                kept = {"email": found.email, "name": found.name, "country": found.country, "postal": found.postal}
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
        known = _known(state, session)
        trial = _trial_days(state, session)
        name = product_of(state, price)
        return self.page(
            f"Subscribe to {name}",
            "checkout",
            status=status,
            back=back(session["cancel_url"], f"Back to {self.tenant.shown_name}"),
            heading=escape(f"Try {name}" if deal.trial else f"Subscribe to {name}"),
            terms=escape(_terms(state, session, trial)),
            alert=alert(wrong),
            amounts=_amounts(state, session),
            code=_code(state, session, given),
            action=escape(f"/c/pay/{session['id']}"),
            email=escape(known["email"] or given.get("email", "")),
            fixed=" readonly" if known["email"] else " required",
            card=card_fields(given) if _needs_card(session) else "<p>No card is needed now.</p>",
            address=_address(session, given),
            button="Start trial" if deal.trial else "Subscribe",
            consent=escape(
                f"By confirming you allow {self.tenant.shown_name} to charge you according to these terms until you "
                "cancel."
            ),
            cards=test_cards() if _needs_card(session) else "",
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


def _known(state: State, session: Object) -> Object:
    """What is known of whoever pays: the customer, or the address that the session was made with."""
    customer = state.of("customer").get(session["customer"] or "")
    return customer or {"email": session["customer_email"]}


def _needs_card(session: Object) -> bool:
    return bool(session["payment_method_collection"] != "if_required" or session["amount_total"] > 0)


def _needs_address(session: Object) -> bool:
    return bool(session["billing_address_collection"] == "required" or session["automatic_tax"]["enabled"])


def _trial_days(state: State, session: Object) -> int:
    deal = state.deals[session["id"]]
    return -(-(deal.trial_end - state.now) // DAY) if deal.trial_end else deal.trial_days


def _terms(state: State, session: Object, trial: int) -> str:
    """``14 days free, then $29.00 per month``."""
    price = checkout.price_of(state, session["id"])
    whole = sum(amount for amount, _ in checkout.due(state, session["id"], []))
    paid = f"{money(whole, price['currency'])} {every(price)}"
    if trial:
        return f"{trial} {'day' if trial == 1 else 'days'} free, then {paid}"
    return paid


def _amounts(state: State, session: Object) -> str:
    price = checkout.price_of(state, session["id"])
    currency = price["currency"]
    rows = []
    due = checkout.due(state, session["id"], session["discounts"])
    for (price_id, quantity), (whole, _) in zip(state.deals[session["id"]].items, due, strict=True):
        name = product_of(state, state.of("price")[price_id])
        rows.append((name if quantity == 1 else f"{quantity} × {name}", f"{money(whole, currency)} {every(price)}"))
    for each in session["discounts"]:
        coupon = state.of("coupon")[checkout.coupon_of(state, each)]
        rows.append((f"{coupon['id']}: {off(coupon)}", money(-sum(taken for _, taken in due), currency)))
    days = _trial_days(state, session)
    if days:
        after = sum(whole - taken for whole, taken in due)
        rows.append((f"Total after trial, on {day(state.now + days * DAY)}", money(after, currency)))
    return amounts(rows, ("Total due today", money(session["amount_total"], currency)))


def _code(state: State, session: Object, given: Mapping[str, str]) -> str:
    if not session["allow_promotion_codes"]:
        return ""
    here = escape(f"/c/pay/{session['id']}")
    if session["discounts"]:
        code = state.of("promotion_code")[session["discounts"][0]["promotion_code"]]["code"]
        return pages.fill("code_used", action=here, used=escape(code))
    return pages.fill("code", action=here, typed=escape(given.get("promotion_code", "")))


def _address(session: Object, given: Mapping[str, str]) -> str:
    if not _needs_address(session):
        return ""
    chosen = given.get("country", "US")
    options = [
        f'<option value="{code}"{" selected" if code == chosen else ""}>{escape(name)}</option>'
        for code, name in _COUNTRIES.items()
    ]
    return pages.fill("address", countries="\n".join(options), postal=escape(given.get("postal", "")))
