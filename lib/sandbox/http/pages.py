"""The stand-in's HTML: every value escaped, one layout, nothing fetched from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlencode

from starlette.responses import HTMLResponse

from lib.sandbox.http.state import StandIn
from lib.sandbox.http.tenants import Tenant

_TEMPLATES = Path(__file__).parent / "templates"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_MAY = {
    "read_only": "read its customers, subscriptions, invoices and payments. It can’t change anything.",
    "read_write": "read and change its customers, subscriptions, invoices and payments.",
}


def authorize(standin: StandIn, asked: Mapping[str, str]) -> HTMLResponse:
    """The consent page for a checked request. ``asked`` are the OAuth parameters, sent along with the form."""
    ours = standin.cast.platform
    hidden = "\n".join(f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in asked.items())
    body = fill(
        "authorize",
        brand=brand(ours),
        platform=escape(ours.shown_name),
        may=_MAY[asked["scope"]],
        hidden=hidden,
        choices="\n".join(_choice(each, checked=each is standin.cast.demo) for each in standin.cast.choices),
        skip=escape("/oauth/authorize?" + urlencode({**asked, "decision": "skip"})),
    )
    return page(f"Connect {ours.shown_name}", body, style=ours.branding.style())


def brand(tenant: Tenant) -> str:
    """The head of a page: the logo or the icon, and the name."""
    picture = tenant.branding.logo or tenant.branding.icon
    image = f'<img src="{escape(picture)}" alt="">' if picture else ""
    return fill("brand", picture=image, name=escape(tenant.shown_name))


def problem(title: str, sentence: str, *, link: tuple[str, str] | None = None, status: int = 400) -> HTMLResponse:
    """A page that says what is wrong, with one way on."""
    more = f'<p><a href="{escape(link[1])}">{escape(link[0])}</a></p>' if link else ""
    body = fill("problem", title=escape(title), sentence=escape(sentence), more=more)
    return page(title, body, status=status)


def _choice(tenant: Tenant, *, checked: bool) -> str:
    waits = "" if tenant.ready.is_set() else " <em>Preparing…</em>"
    return (
        f'<label class="choice"><input type="radio" name="account" value="{escape(tenant.id)}" required'
        f"{' checked' if checked else ''}>"
        f"<div><b>{escape(tenant.name)}</b><span>{escape(tenant.about)}{waits}</span></div></label>"
    )


def page(title: str, body: str, *, width: str = "520px", status: int = 200, style: str = "") -> HTMLResponse:
    """A whole page around a body that is HTML already; ``style`` is CSS of our own making."""
    made = fill("layout", title=escape(title), body=body, width=width, style=style)
    return HTMLResponse(made, status, _HEADERS)


def fill(name: str, /, **values: str) -> str:
    """A template with its values, which are HTML already."""
    return _template(name).substitute(values)


@cache
def _template(name: str) -> Template:
    return Template((_TEMPLATES / f"{name}.html").read_text("utf-8"))
