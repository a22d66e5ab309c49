"""The page at ``/`` for people: what this server is, its clock, the accounts, and what the platform sells."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from starlette.responses import HTMLResponse

from lib.sandbox.engine.state import Object, State
from lib.sandbox.http import pages
from lib.sandbox.http.hosted import day, every, money, product_of
from lib.sandbox.http.state import StandIn
from lib.sandbox.http.tenants import Tenant
from lib.sandbox.http.webhooks import Deliveries
from lib.sandbox.world import World

_NEWEST = 25
"""Subscriptions of the platform that are shown."""


def page(standin: StandIn) -> HTMLResponse:
    """The page that says what this server is."""
    moment = datetime.fromtimestamp(standin.clock.now(), UTC)
    days = round(standin.clock.offset / 86_400)
    body = pages.fill(
        "home",
        iso=moment.isoformat(timespec="seconds"),
        clock=moment.strftime("%d %B %Y, %H:%M"),
        ahead=f", {days:,} {'day' if days == 1 else 'days'} ahead" if days else "",
        accounts="\n".join(_account(standin, each) for each in standin.cast.choices),
        shop=_shop(standin),
        webhooks=_webhooks(standin.deliveries, "--deliver-to"),
        ours=_webhooks(standin.platform_deliveries, "--deliver-platform-to"),
    )
    return pages.page("What this is", body, width="760px")


def _shop(standin: StandIn) -> str:
    """What the platform sells, and who bought it."""
    with standin.cast.platform.world() as (engine, _):
        if not isinstance(engine, World):
            return ""
        state = engine.state
        prices = "\n".join(_price(state, each) for each in state.of("price").values())
        codes = ", ".join(f"<code>{escape(each['code'])}</code>" for each in state.of("promotion_code").values())
        sold = _table(state, list(state.of("subscription").values())[-_NEWEST:][::-1])
    return pages.fill("shop", name=escape(standin.cast.platform.shown_name), prices=prices, codes=codes, sold=sold)


def _price(state: State, price: Object) -> str:
    amount = f"{money(price['unit_amount'], price['currency'])} {every(price)}"
    name, key = escape(product_of(state, price)), escape(price["lookup_key"])
    return f"<tr><td>{name}</td><td>{escape(amount)}</td><td><code>{key}</code></td></tr>"


def _count(customers: int) -> str:
    return f"{customers:,} {'customer' if customers == 1 else 'customers'}"


def _table(state: State, subscriptions: list[Object]) -> str:
    customers = len(state.of("customer"))
    if not subscriptions:
        return f"<p>{_count(customers)}, no subscription yet: buy a plan in the app.</p>"
    head = "<tr><th>Customer</th><th>Plan</th><th>Status</th><th>Until</th><th>Card</th></tr>"
    rows = "\n".join(_sold(state, each) for each in subscriptions)
    region = '<div class="scroll" tabindex="0" role="region" aria-label="Subscriptions of the platform">'
    return f"<p>{_count(customers)}, the newest subscriptions:</p>\n{region}<table>{head}\n{rows}</table></div>"


def _sold(state: State, each: Object) -> str:
    item, payer = each["items"]["data"][0], state.payer(each["customer"])
    customer = state.of("customer").get(each["customer"]) or {"name": None, "email": "deleted"}
    status = each["status"].replace("_", " ") + (", ends then" if each["cancel_at_period_end"] else "")
    until = day(each["ended_at"] or item["current_period_end"])
    cells = (
        customer["name"] or customer["email"] or each["customer"],
        f"{product_of(state, item['price'])} {every(item['price'])}",
        status,
        until,
        "none" if payer.cardless else f"{payer.brand} {payer.last4}",
    )
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _account(standin: StandIn, tenant: Tenant) -> str:
    connected = "connected to this platform" if standin.connections.holds(tenant.id) else "not connected"
    return (
        f"<p><strong>{escape(tenant.name)}</strong> – {escape(tenant.about)}</p>"
        f"<dl><dt>Account</dt><dd><code>{escape(tenant.id)}</code>, {connected}</dd>"
        f"<dt>Restricted key</dt><dd><code>{escape(tenant.restricted_key)}</code></dd></dl>"
    )


def _webhooks(deliveries: Deliveries, option: str) -> str:
    status = deliveries.status()
    if not status["endpoints"]:
        return f"No endpoint is set: start with <code>{option} URL</code>."
    urls = ", ".join(f"<code>{escape(each)}</code>" for each in status["endpoints"])
    return f"Events go to {urls}: {status.get('delivered', 0):,} delivered, {status['pending']:,} waiting."
