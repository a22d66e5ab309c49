"""Sealing what must be read again (keys to Stripe), and digesting what must only be recognised (tokens).

Both keys are derived from ``APP_SECRET`` with HKDF-SHA-256, one for each use. Losing the secret means connecting again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lib.errors import SealBroken
from lib.settings import settings


def seal(text: str) -> str:
    """``text`` encrypted and signed (Fernet: AES-128-CBC with HMAC-SHA-256), as ASCII text for a column."""
    return _fernet(settings().secret).encrypt(text.encode()).decode()


def open_(sealed: str) -> str:
    """What :func:`seal` was given.

    Raises:
        SealBroken: APP_SECRET has changed since, or the text was altered.
    """
    try:
        return _fernet(settings().secret).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBroken from error


def digest(token: str) -> str:
    """A keyed digest (HMAC-SHA-256, hex) of a token: the same for the same token, of no use to whoever reads it."""
    return hmac.new(_derived(settings().secret, "digest"), token.encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=4)
def _fernet(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derived(secret, "seal")))


@lru_cache(maxsize=8)
def _derived(secret: str, use: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=f"plimsoll/{use}".encode()).derive(secret.encode())
