"""Plimsoll: exact, self-hosted subscription analytics for Stripe."""

__version__ = "0.1.0"
