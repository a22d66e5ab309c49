"""``/unsubscribe``: ends the weekly summary from a link in it, signed in or not.

A GET asks first, for programs that open every link of a letter; a POST acts, also the one that mail programs send for
their own button (RFC 8058). The link's token is all that is needed, and it is good for nothing else.
"""

from __future__ import annotations

from html import escape
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from lib.accounts import weekly
from lib.billing import brand
from lib.errors import BadUnsubscribeLink

_PAGE: Final = (
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    "<meta name=robots content=noindex><title>{title} · {name}</title>"
    "<style>:root{{color-scheme:light dark}}body{{font:15px/24px system-ui,sans-serif;max-width:32rem;"
    "margin:15vh auto;padding:0 16px}}h1{{font-size:24px}}button{{font:inherit;padding:8px 24px}}</style>"
    "<main><h1>{title}</h1>{body}</main></html>"
)


async def page(request: Request) -> Response:
    """Ask (GET) or act (POST) for the user and workspace that the address names."""
    named = [request.query_params.get(name, "") for name in ("user", "workspace", "token")]
    try:
        if request.method == "POST":
            await run_in_threadpool(weekly.leave, *named)
            return await run_in_threadpool(
                _answer, "You get no more summaries", "<p>You can choose them again in Settings.</p>"
            )
        weekly.check(*named)
    except BadUnsubscribeLink as error:
        return await run_in_threadpool(
            _answer, "This link does not work", f"<p>{escape(error.message)}</p>", error.status
        )
    address = escape(f"{request.url.path}?{request.url.query}", quote=True)
    return await run_in_threadpool(
        _answer,
        "Stop the weekly summary?",
        f'<form method="post" action="{address}"><p><button>Stop these emails</button></p></form>',
    )


def _answer(title: str, body: str, status: int = 200) -> Response:
    text = _PAGE.format(title=title, body=body, name=escape(brand.current().title))
    return HTMLResponse(text, status, {"Cache-Control": "no-store"})
