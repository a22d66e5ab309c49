"""The platform's own business over real HTTP: buy, look at pages, let time pass."""

# ruff: noqa: ANN401 - parameters of any request
from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import httpx

from lib.sandbox.http.server import running
from lib.sandbox.http.state import Options
from tests.sandbox.fake_world import DAY, Client, FakeWorld, Object

SUCCESS = "http://localhost:8501/thanks?session={CHECKOUT_SESSION_ID}"
CANCEL = "http://localhost:8501/plans"
GOOD, DECLINED, ASKS, FAILS = "4242 4242 4242 4242", "4000000000000002", "4000 0025 0000 3155", "4000000000000341"
MONTH = 31 * DAY


def typed(number: str = GOOD, **more: str) -> dict[str, str]:
    """A card as it is filled in."""
    return {"number": number, "expiry": "12/34", "cvc": "123", "name": "Ada Lovelace"} | more


class Front(Client):
    """Speaks to a stand-in with the platform's key."""

    def form(self, path: str, form: Object, **headers: str) -> Object:
        """The object that a POST answers with."""
        answer = self.post(path, data=form, headers=headers)
        assert answer.status_code == 200, answer.text
        made: Object = answer.json()
        return made

    def refused(self, path: str, form: Object, **headers: str) -> tuple[int, Object]:
        """The status and error of a POST that fails."""
        answer = self.post(path, data=form, headers=headers)
        return answer.status_code, answer.json()["error"]

    def all(self, path: str, **params: Any) -> list[Object]:
        """One page of a list."""
        found: list[Object] = self.get(path, params={"limit": 100, **params}).json()["data"]
        return found

    def one(self, path: str, **params: Any) -> Object:
        """One object."""
        found: Object = self.get(path, params=params).json()
        assert "error" not in found, found
        return found

    def price(self, key: str) -> str:
        """The id of a price by its lookup key."""
        return str(self.all("/v1/prices", **{"lookup_keys[]": f"plimsoll_{key}"})[0]["id"])

    def customer(self, **form: str) -> str:
        """A new customer."""
        return str(self.form("/v1/customers", {"name": "Ada", "email": "ada@example.com"} | form)["id"])

    def session(self, key: str = "pro_monthly", **more: Any) -> Object:
        """A new Checkout session."""
        form = {"mode": "subscription", "success_url": SUCCESS, "cancel_url": CANCEL}
        form |= {"line_items[0][price]": self.price(key), "line_items[0][quantity]": "1"}
        return self.form("/v1/checkout/sessions", form | more)

    def pay(self, session: Object, number: str = GOOD, **more: str) -> httpx.Response:
        """Submit a session's page."""
        filled = typed(number, email="ada@example.com", action="pay")
        return self.post(session["url"] or f"/c/pay/{session['id']}", data=filled | more)

    def bought(self, key: str = "pro_monthly", number: str = GOOD, **more: Any) -> Object:
        """A subscription that was bought on the page."""
        session = self.session(key, **more)
        assert self.pay(session, number).status_code == 303
        done = self.one(f"/v1/checkout/sessions/{session['id']}")
        return self.subscription(done["subscription"])

    def subscription(self, id_: str) -> Object:
        """A subscription as it is now."""
        return self.one(f"/v1/subscriptions/{id_}")

    def invoices(self, sub: str) -> list[Object]:
        """A subscription's invoices, newest first."""
        return self.all("/v1/invoices", subscription=sub)

    def portal(self, customer: str, **more: str) -> str:
        """The address of a new portal session."""
        form = {"customer": customer, "return_url": "http://localhost:8501/account"}
        return str(self.form("/v1/billing_portal/sessions", form | more)["url"])

    def wait(self, seconds: int) -> int:
        """Let time pass; the stand-in's time afterwards."""
        return int(self.post("/_sandbox/advance", json={"seconds": seconds}).json()["now"])

    def do(self, operation: str, **arguments: Any) -> Object:
        """One of the operations, on the platform's own account."""
        given = {"operation": operation, "account": self.standin.cast.platform.id, **arguments}
        answer = self.post("/_sandbox/do", json=given)
        assert answer.status_code == 200, answer.text
        result: Object = answer.json()["result"]
        return result

    def words(self, url: str) -> str:
        """What a page says, without its markup."""
        return said(self.get(url))


def said(page: httpx.Response) -> str:
    """The words of a page."""
    body = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page.text, flags=re.DOTALL)
    return " ".join(unescape(body).split())


@contextmanager
def selling(**options: Any) -> Iterator[Front]:
    """A stand-in whose connected accounts are empty, and the platform's own business."""

    def build(_seed: int, _months: int, _customers: int, now: int) -> FakeWorld:
        return FakeWorld(now)

    with running(Options(**options), build) as (base, standin):
        assert standin.cast.small.ready.wait(10)
        with Front(base, standin, standin.access.secret_key) as front:
            yield front
