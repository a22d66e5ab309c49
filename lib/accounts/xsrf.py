"""What Streamlit's ``_streamlit_xsrf`` cookie says about a browser.

The cookie is written anew at every page load, ``2|mask|masked token|time`` in hexadecimal: only the token under the
mask stays, so only the token can tell one browser from another.
"""

from __future__ import annotations

from binascii import Error, unhexlify
from itertools import cycle

COOKIE = "_streamlit_xsrf"


def token(cookie: object) -> bytes | None:
    """The token under the mask; None when ``cookie`` is missing or malformed."""
    if not isinstance(cookie, str):
        return None
    try:
        version, mask, masked, _time = cookie.strip("\"'").split("|")
        key, text = unhexlify(mask), unhexlify(masked)
    except (Error, ValueError):
        return None
    if version != "2" or not key or not text:
        return None
    return bytes(a ^ b for a, b in zip(text, cycle(key), strict=False))
