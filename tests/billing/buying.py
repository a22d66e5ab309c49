"""Somebody who buys: an owner here, and their hands on Stripe's own pages, over real HTTP against the stand-in."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from lib import settings as settings_module
from lib.accounts.sessions import SignedIn
from lib.billing import access, checkout, portal, truth
from lib.billing.access import Access
from lib.billing.plans import Every, Plan
from lib.settings import Standin

DAY = 86_400
GOOD, DECLINED, FAILS_LATER = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0000 0000 0341"
ALWAYS_ASKS = "4000 0027 6000 3184"


@dataclass
class Buyer:
    """An owner of a workspace and the stand-in that sells to them."""

    user: SignedIn
    standin: Standin

    def rebind(self) -> None:
        """Point settings that were replaced at the stand-in again."""
        settings_module.bind_standin(self.standin)

    @property
    def access(self) -> Access:
        """What the workspace may use at this very moment, as far as we know."""
        access.forget()
        return access.of(self.user.workspace)

    def buy(self, plan: Plan, every: Every = Every.MONTH, card: str = GOOD) -> str:
        """Buy a plan from the click to the way back; the session's id."""
        session = self.pay(checkout.begin(self.user, plan.slug, every, now=int(time.time())), card)
        checkout.finish(self.user, session)
        return session

    def pay(self, url: str, card: str = GOOD) -> str:
        """Pay on Stripe's page; the session's id as the way back names it."""
        answer = self.submit(url, card)
        assert answer.status_code == 303, answer.text
        return parse_qs(urlsplit(answer.headers["location"]).query)["session_id"][0]

    def submit(self, url: str, card: str) -> httpx.Response:
        """Fill in and send a page's form with a card."""
        with httpx.Client(timeout=20) as browser:
            page = browser.get(url)
            fields = {
                name: value for name, value in inputs(page.text).items() if name not in {"decision", "promotion_code"}
            }
            typed = {"number": card, "expiry": "12/40", "cvc": "123", "name": "Ada", "email": "ada@example.com"}
            return browser.post(url, data=fields | typed | {"action": "pay"})

    def new_card(self, card: str = GOOD) -> None:
        """Change the card on the portal's page."""
        with httpx.Client(timeout=20, follow_redirects=True) as browser:
            page = browser.get(portal.address(self.user))
            link = re.search(r'href="([^"]+/card)"', page.text)
            assert link, page.text
            form = urljoin(str(page.url), unescape(link[1]))
            typed = {"number": card, "expiry": "12/40", "cvc": "123", "name": "Ada", "action": "save"}
            assert browser.post(form, data=typed).status_code == 200

    def cancel_in_the_portal(self) -> None:
        """Cancel on the portal's page, which sets a date."""
        with httpx.Client(timeout=20, follow_redirects=True) as browser:
            page = browser.get(portal.address(self.user))
            link = re.search(r'href="([^"]+/cancel/[^"]+)"', page.text)
            assert link, page.text
            assert browser.post(urljoin(str(page.url), unescape(link[1])), data={"action": "cancel"}).status_code == 200

    def advance(self, days: float) -> None:
        """Let days pass at Stripe, and nothing be told of it."""
        self.door("advance", seconds=int(days * DAY))

    def door(self, name: str, **given: object) -> Any:  # noqa: ANN401 - JSON
        """One of the stand-in's doors for tests."""
        answer = httpx.post(f"{self.standin['base']}/_sandbox/{name}", json=given, timeout=120)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def door_objects(self, kind: str) -> list[Any]:
        """What our own account at Stripe has of a kind."""
        asked = {"account": self.standin["platform_account"], "kind": kind}
        found: list[Any] = httpx.get(f"{self.standin['base']}/_sandbox/objects", params=asked, timeout=20).json()[
            "data"
        ]
        return found

    def read(self) -> Access:
        """Read from Stripe what is so now."""
        truth.refresh(self.user.workspace)
        return self.access


def inputs(html: str) -> dict[str, str]:
    """The values that a page's inputs have already."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="radio"' not in tag:
            found[name[1]] = unescape(value[1]) if value else ""
    return found
