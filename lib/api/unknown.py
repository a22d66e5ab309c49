"""Addresses that are no page: the browser goes on to the first page, which says so in a sentence.

Streamlit would answer every address with its shell, open its first page there and say that it "runs the main page"; of
an address in several parts it can't even load its own files.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from lib.api import answers

MISSING: Final = "missing"
"""In the first page's address: what was asked for and is not there (lib/web/missing.py)."""
PAGES: Final = frozenset(
    file.stem.replace("_", "-") for file in (Path(__file__).resolve().parents[2] / "pages").glob("*.py")
)
"""The addresses of pages, below ``/``; the screen declares them, and a test holds these to be the same."""
_STREAMLITS: Final = frozenset({"_stcore", "app", "component", "media", "static"})
_LONGEST: Final = 200


class UnknownPages:
    """Sends a browser that asks for no page, route or file of ours to the first page."""

    def __init__(self, app: ASGIApp, routes: Iterable[str]) -> None:
        self.app = app
        self._known = PAGES | {path.strip("/") for path in routes}
        self._below = _STREAMLITS | {path.strip("/").partition("/")[0] for path in routes if "{" in path}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; websockets, and all that is no page for a browser, pass as they are."""
        if scope["type"] == "http" and scope["method"] == "GET" and self._is_missing(scope):
            await answers.go("/", **{MISSING: scope["path"][:_LONGEST]})(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_missing(self, scope: Scope) -> bool:
        path = str(scope["path"]).strip("/")
        first, last = path.partition("/")[0], path.rpartition("/")[2]
        if not path or path in self._known or first in self._below or "." in last:
            return False
        return "text/html" in Headers(scope=scope).get("accept", "")
