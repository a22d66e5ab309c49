"""The billing portal: a customer's plan, card and invoices, at ``/p/session/{secret}``. Only POSTs change things."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lib.sandbox.engine import cards, dunning, portal, subscriptions
from lib.sandbox.engine.cards import BadCardError
from lib.sandbox.engine.lifecycle import ENDED
from lib.sandbox.engine.state import Card, Object, State, Sub
from lib.sandbox.http import pages, portal_parts
from lib.sandbox.http.challenges import Challenge
from lib.sandbox.http.hosted import (
    NOT_AUTHENTICATED,
    Hosted,
    alert,
    back,
    card_fields,
    day,
    filled,
    form_of,
    test_cards,
)
from lib.sandbox.http.portal_parts import NOTICES, REASONS, plan_name
from lib.sandbox.world import World


class Visit(NamedTuple):
    """Somebody in the portal."""

    world: World
    session: Object
    home: str
    """The path of the overview."""
    given: dict[str, str]

    @property
    def state(self) -> State:
        """The platform's objects."""
        return self.world.state

    @property
    def customer(self) -> str:
        """Who it is."""
        return str(self.session["customer"])

    def sub(self, id_: str) -> Sub | None:
        """The visitor's own live subscription with an id."""
        return next((sub for sub in cards.live_subs(self.state, self.customer) if sub.id == id_), None)


Page = Callable[[Visit, Request], Response]


class Portal(Hosted):
    """The portal pages of one stand-in."""

    def routes(self) -> list[Route]:
        """Where they are."""
        home = "/p/session/{secret}"

        def route(path: str, page: Page, method: str) -> Route:
            return Route(home + path, self._visited(page), methods=[method])

        return [
            route("", self.overview, "GET"),
            route("/flow", self.flow, "GET"),
            route("/card", self.card, "GET"),
            route("/card", self.save_card, "POST"),
            route("/card/authenticate/{challenge}", self.ask, "GET"),
            route("/card/authenticate/{challenge}", self.answer, "POST"),
            route("/cancel/{sub}", self.cancel, "GET"),
            route("/cancel/{sub}", self.do_cancel, "POST"),
            route("/resume/{sub}", self.do_resume, "POST"),
            route("/plan/{sub}", self.plan, "GET"),
            route("/plan/{sub}", self.change_plan, "POST"),
            route("/pay/{invoice}", self.pay, "POST"),
        ]

    def _visited(self, page: Page) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            given = await form_of(request) if request.method == "POST" else {}
            secret = request.path_params["secret"]
            with self.world() as world:
                session = portal.visit(world.state, secret)
                if session is None:
                    sentence = "Portal sessions last an hour. Go back to where you came from and open it again."
                    return pages.problem("This session has expired", sentence, status=410)
                return page(Visit(world, session, f"/p/session/{secret}", given), request)

        return endpoint

    def overview(self, visit: Visit, request: Request) -> Response:
        """Plan, card and invoices."""
        state, who = visit.state, visit.state.of("customer")[visit.customer]
        held = cards.live_subs(state, visit.customer)
        sentence = NOTICES.get(request.query_params.get("notice", ""), "")
        return self.page(
            "Your plan and bills",
            "portal",
            width="640px",
            back=self._return(visit),
            who=escape(who["name"] or who["email"] or who["id"]),
            notice=f'<p class="notice" role="status">{escape(sentence)}</p>' if sentence else "",
            plans="\n".join(portal_parts.plan(state, sub, visit.home) for sub in held) or "<p>You have no plan.</p>",
            card=portal_parts.card(state, visit.customer),
            base=escape(visit.home),
            invoices=portal_parts.invoices(state, visit.customer, visit.home),
        )

    def _return(self, visit: Visit) -> str:
        return back(visit.session["return_url"], f"Return to {self.tenant.shown_name}")

    @staticmethod
    def _home(visit: Visit) -> str:
        return back(visit.home, "Your plan and bills")

    def _finished(self, visit: Visit, notice: str) -> Response:
        """Lead on: where the flow says, or to the overview."""
        flow = visit.session["flow"]
        if flow and flow["after_completion"]["type"] == "redirect":
            return self.done(flow["after_completion"]["redirect"]["return_url"])
        return self.done(f"{visit.home}?notice={notice}")

    def flow(self, visit: Visit, _: Request) -> Response:
        """Begin with what the visit is for."""
        flow = visit.session["flow"] or {"type": ""}
        match flow["type"]:
            case "payment_method_update":
                path = "/card"
            case "subscription_cancel":
                path = f"/cancel/{flow['subscription_cancel']['subscription']}"
            case "subscription_update":
                path = f"/plan/{flow['subscription_update']['subscription']}"
            case _:
                path = ""
        return RedirectResponse(visit.home + path, 303, {"Cache-Control": "no-store"})

    # --- The card -----------------------------------------------------------------------------------------------------

    def card(self, visit: Visit, _: Request) -> Response:
        """The form for another card."""
        return self._card_page(visit)

    def _card_page(self, visit: Visit, wrong: str | None = None, status: int = 200) -> Response:
        given = filled(visit.given) if "fill" in visit.given else visit.given
        return self.page(
            "Update your card",
            "portal_card",
            status=status,
            back=self._home(visit),
            alert=alert(wrong),
            card=card_fields(given),
            cards=test_cards(),
        )

    def save_card(self, visit: Visit, _: Request) -> Response:
        """Save a card, or ask its bank first."""
        given, place = visit.given, f"{visit.home}/card"
        if "fill" in given:
            return self._card_page(visit)
        try:
            read = portal_parts.new_card(given, visit.world.now)
        except BadCardError as wrong:
            return self._card_page(visit, str(wrong), 402 if str(wrong) == cards.DECLINED else 400)
        if read.kind.asks:
            secret = self.standin.challenges.pose(Challenge(place, read.card, name=given["name"]))
            return self.done(f"{place}/authenticate/{secret}")
        return self._saved(visit, read.card, given["name"])

    def _saved(self, visit: Visit, card: Card, name: str) -> Response:
        owed = bool(cards.open_invoices(visit.state, visit.customer))
        cards.make_default(visit.state, visit.customer, cards.attach(visit.state, visit.customer, card, name))
        if cards.open_invoices(visit.state, visit.customer):
            return self.done(f"{visit.home}?notice=declined")
        return self._finished(visit, "paid" if owed else "card")

    def ask(self, visit: Visit, request: Request) -> Response:
        """Show the bank's question about a card."""
        found = self.standin.challenges.find(request.path_params["challenge"], f"{visit.home}/card")
        if found is None:
            return self._card_page(visit, "The bank’s question has been answered already, or is too old.", 400)
        return self.page("Confirm your card", "authenticate", last4=escape(found.card.last4))

    def answer(self, visit: Visit, request: Request) -> Response:
        """Take the owner's answer to the bank."""
        found = self.standin.challenges.take(request.path_params["challenge"], f"{visit.home}/card")
        if found is None or visit.given.get("outcome") != "complete":
            return self._card_page(visit, NOT_AUTHENTICATED, 402)
        return self._saved(visit, found.card, found.name)

    # --- The plan -----------------------------------------------------------------------------------------------------

    def cancel(self, visit: Visit, request: Request) -> Response:
        """Ask whether the plan is really to end."""
        sub = visit.sub(request.path_params["sub"])
        if sub is None or sub.cancel_at_period_end:
            return RedirectResponse(visit.home, 303)
        return self.page(
            "Cancel your plan",
            "portal_cancel",
            back=self._home(visit),
            plan=escape(plan_name(visit.state, sub)),
            until=escape(day(sub.end)),
            reasons="\n".join(f'<option value="{key}">{escape(words)}</option>' for key, words in REASONS.items()),
            keep=escape(visit.home),
        )

    def do_cancel(self, visit: Visit, request: Request) -> Response:
        """Let the plan end with its period."""
        sub = visit.sub(request.path_params["sub"])
        if sub and not sub.cancel_at_period_end:
            feedback = visit.given.get("feedback") or None
            known = feedback if feedback in REASONS else None
            subscriptions.cancel(visit.state, sub.id, at_period_end=True, dated=True, feedback=known)
        return self._finished(visit, "cancelled")

    def do_resume(self, visit: Visit, request: Request) -> Response:
        """Take a cancellation back."""
        sub = visit.sub(request.path_params["sub"])
        if sub and sub.cancel_at_period_end:
            subscriptions.keep(visit.state, sub.id)
        return self._finished(visit, "resumed")

    def plan(self, visit: Visit, request: Request) -> Response:
        """The plans that there are."""
        sub = visit.sub(request.path_params["sub"])
        if sub is None or sub.status == "incomplete" or not portal.changes_plans(visit.state):
            return RedirectResponse(visit.home, 303)
        return self._plans(visit, sub)

    def _plans(self, visit: Visit, sub: Sub, wrong: str | None = None, status: int = 200) -> Response:
        return self.page(
            "Change your plan",
            "portal_plan",
            status=status,
            back=self._home(visit),
            alert=alert(wrong),
            choices=portal_parts.plan_choices(visit.state, sub),
        )

    def change_plan(self, visit: Visit, request: Request) -> Response:
        """Show what a change would bill, or do it."""
        sub, price = visit.sub(request.path_params["sub"]), visit.given.get("price", "")
        closed = not portal.changes_plans(visit.state)
        if sub is None or sub.status in ENDED or sub.status == "incomplete" or closed:
            return RedirectResponse(visit.home, 303)
        if price not in portal_parts.on_sale(visit.state) or price == sub.items[0].price:
            return self._plans(visit, sub, "Choose another plan than the one you have.", 400)
        date = portal_parts.cut_date(visit.state, sub, visit.given.get("date", ""))
        if visit.given.get("action") != "confirm":
            return self._confirm(visit, sub, price, date)
        if not portal_parts.change(visit.state, sub, price, date):
            return self._confirm(visit, sub, price, date, cards.DECLINED, 402)
        return self._finished(visit, "changed")

    def _confirm(  # noqa: PLR0913, PLR0917 - all that the page tells
        self, visit: Visit, sub: Sub, price: str, date: int, wrong: str | None = None, status: int = 200
    ) -> Response:
        rows, after = portal_parts.change_rows(visit.state, sub, price, date)
        return self.page(
            "Confirm your new plan",
            "portal_confirm",
            status=status,
            back=self._home(visit),
            alert=alert(wrong),
            amounts=rows,
            after=escape(after),
            price=escape(price),
            date=str(date),
            again=escape(f"{visit.home}/plan/{sub.id}"),
        )

    # --- Invoices -----------------------------------------------------------------------------------------------------

    def pay(self, visit: Visit, request: Request) -> Response:
        """Try an open invoice now."""
        invoice = visit.state.of("invoice").get(request.path_params["invoice"])
        if invoice is None or invoice["customer"] != visit.customer:
            return RedirectResponse(visit.home, 303)
        dunning.pay(visit.state, invoice["id"])
        paid = visit.state.of("invoice")[invoice["id"]]["status"] == "paid"
        return self.done(f"{visit.home}?notice={'paid' if paid else 'declined'}")
