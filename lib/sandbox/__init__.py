"""A stand-in Stripe on this machine: stands alone, so that it can't share the app's mistakes."""

from __future__ import annotations

from lib.sandbox.http.server import serve

__all__ = ["serve"]
