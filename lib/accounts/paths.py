"""Where a browser may be sent: only to a page of ours."""

from __future__ import annotations

from urllib.parse import urlsplit

START = "/"
"""Where to go when nothing better is known."""
_OURS_BUT_NO_PAGE = ("/session/", "/oauth/", "/webhooks/", "/api/", "/_stcore/", "/media/", "/component/")


def local(path: str | None) -> str:
    r"""``path`` when it is the absolute path of one of our pages, else ``/``.

    Browsers read ``\`` as ``/``, drop tabs and line breaks, and take ``//host`` for another site: all refused.
    """
    if not path or not path.startswith("/") or path.startswith("//"):
        return START
    if "\\" in path or any(ord(sign) <= ord(" ") or sign == "\x7f" for sign in path):
        return START
    parts = urlsplit(path)
    if parts.scheme or parts.netloc or parts.path.startswith(_OURS_BUT_NO_PAGE):
        return START
    return path
