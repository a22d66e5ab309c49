"""Ids and tokens: ids are public and tell their kind, tokens are secrets of 256 bits."""

from __future__ import annotations

import secrets


def new(prefix: str) -> str:
    """A new id, such as ``usr_…``."""
    return f"{prefix}_{secrets.token_hex(8)}"


def token() -> str:
    """A new secret for a URL, a cookie or a header: 43 characters of base64."""
    return secrets.token_urlsafe(32)
