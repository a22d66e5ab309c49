"""What the hosted pages share: the platform's world, its look, card fields, amounts, dates. Everything is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from html import escape
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from lib.sandbox.engine.cards import TEST_CARDS
from lib.sandbox.engine.state import Object, State
from lib.sandbox.http import errors, pages
from lib.sandbox.http.forms import LARGEST
from lib.sandbox.http.state import StandIn
from lib.sandbox.http.tenants import Tenant
from lib.sandbox.world import World

NOT_AUTHENTICATED = (
    "We are unable to authenticate your payment method. Please choose a different payment method and try again."
)
_SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}
_DECIMALS = {"jpy": 0, "kwd": 3}
_FILLED = {"expiry": "12/34", "cvc": "123"}


class Hosted:
    """The pages of the platform's own account."""

    def __init__(self, standin: StandIn) -> None:
        self.standin = standin

    @property
    def tenant(self) -> Tenant:
        """Whose pages they are."""
        return self.standin.cast.platform

    @contextmanager
    def world(self) -> Iterator[World]:
        """The platform's world at the stand-in's time."""
        with self.tenant.world() as (engine, _):
            if not isinstance(engine, World):
                raise errors.preparing()
            engine.advance(max(engine.now, int(self.standin.clock.now())))
            yield engine

    def page(
        self, title: str, template: str, *, status: int = 200, width: str = "560px", **values: str
    ) -> HTMLResponse:
        """A page in the platform's colours; values are HTML already."""
        body = pages.fill(template, brand=pages.brand(self.tenant), **values)
        return pages.page(title, body, width=width, status=status, style=self.tenant.branding.style())

    def done(self, url: str) -> RedirectResponse:
        """Keep what was changed, and lead on."""
        self.standin.keep_platform()
        return RedirectResponse(url, 303, {"Cache-Control": "no-store"})


async def form_of(request: Request) -> dict[str, str]:
    """What was filled in; too much of it is nothing."""
    body = await request.body()
    text = body.decode("utf-8", "replace") if len(body) <= LARGEST else ""
    return {name: value.strip() for name, value in parse_qsl(text, keep_blank_values=True)}


def filled(given: Mapping[str, str]) -> dict[str, str]:
    """A form after one of the test cards was pressed."""
    number = given.get("fill", "")
    spaced = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
    kept = {"name": given.get("name") or "Test Customer", "email": given.get("email") or "test@example.com"}
    return {**given, **kept, **_FILLED, "number": spaced}


def card_fields(given: Mapping[str, str]) -> str:
    """Number, expiry, CVC and name, with what was filled in."""
    names = ("number", "expiry", "cvc", "name")
    return pages.fill("card_fields", **{name: escape(given.get(name, "")) for name in names})


def test_cards() -> str:
    """A button for each test card."""
    rows = []
    for number, kind in TEST_CARDS.items():
        spaced = " ".join(number[place : place + 4] for place in range(0, 16, 4))
        words = f"{spaced} – {escape(kind.about)}"
        rows.append(f'<button type="submit" name="fill" value="{number}" formnovalidate>{words}</button>')
    return pages.fill("test_cards", buttons="\n".join(rows))


def alert(sentence: str | None) -> str:
    """What went wrong."""
    return f'<p class="alert" role="alert">{escape(sentence)}</p>' if sentence else ""


def back(url: str | None, words: str) -> str:
    """A link back to where the customer came from."""
    return f'<p><a href="{escape(url)}">← {escape(words)}</a></p>' if url else ""


def money(amount: int, currency: str) -> str:
    """An amount in minor units as people write it: $29.00, −$5.80, 12.000 KWD."""
    decimals = _DECIMALS.get(currency, 2)
    text = f"{abs(amount) / 10**decimals:,.{decimals}f}"
    symbol = _SYMBOLS.get(currency)
    return f"{'−' if amount < 0 else ''}{symbol + text if symbol else f'{text} {currency.upper()}'}"


def day(at: int) -> str:
    """A time as 7 March 2027, in UTC."""
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment.day} {moment:%B %Y}"


def every(price: Object) -> str:
    """How often a price is paid: per month, every 3 months."""
    count, interval = price["recurring"]["interval_count"], price["recurring"]["interval"]
    return f"per {interval}" if count == 1 else f"every {count} {interval}s"


def product_of(state: State, price: Object) -> str:
    """The name of what a price is for."""
    return str(state.of("product")[price["product"]]["name"])


def amounts(rows: list[tuple[str, str]], total: tuple[str, str] | None = None) -> str:
    """Rows of a list of amounts, the last one in bold."""
    lines = [f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows]
    if total:
        lines.append(f'<dt class="total">{escape(total[0])}</dt><dd class="total">{escape(total[1])}</dd>')
    return "\n".join(lines)


def off(coupon: Object) -> str:
    """What a coupon gives, in words: 20% off for 3 months."""
    share = coupon["percent_off"]
    what = f"{share:g}% off" if share else f"{money(coupon['amount_off'], coupon['currency'])} off"
    months = coupon["duration_in_months"]
    lasts = {"once": " once", "forever": ""}.get(coupon["duration"], f" for {months} months")
    return what + lasts
