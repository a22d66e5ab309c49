"""The link by which somebody whom OPERATORS names signs up: only who has the server's own command line can make it.

Emails are not confirmed here, so without it anybody could sign up with such an email, and would run the server.
Times are epoch seconds and come in as values.
"""

from __future__ import annotations

import hmac
from typing import Final

from lib.accounts.sessions import DAY
from lib.errors import OperatorLinkGone, OperatorLinkNeeded, OperatorUnnamed
from lib.settings import settings
from lib.store.secrets import digest

GOOD_FOR: Final = 7 * DAY
"""Seconds that a link is good for."""
WORD: Final = "operator"
"""The address's word for the token: ``/?operator=…``."""


def link(email: str, *, now: int) -> str:
    """The address where ``email`` signs up. Raises OperatorUnnamed unless OPERATORS names it."""
    email = email.strip().lower()
    if email not in settings().operators:
        raise OperatorUnnamed(email=email)
    until = now + GOOD_FOR
    return f"{settings().app_url.rstrip('/')}/?{WORD}={until}.{_signature(email, until)}"


def admit(email: str, token: str | None, *, now: int) -> None:
    """Let ``email`` (in lower case) be registered. Raises OperatorLinkNeeded or OperatorLinkGone.

    Nothing is asked of those who do not run the server. A token is of no use twice: an email is registered once.
    """
    if email not in settings().operators:
        return
    if not token:
        raise OperatorLinkNeeded
    until, _, signature = token.partition(".")
    known = (
        until.isascii()
        and until.isdigit()
        and hmac.compare_digest(_signature(email, until).encode(), signature.encode())
    )
    if not known or int(until) <= now:
        raise OperatorLinkGone


def _signature(email: str, until: int | str) -> str:
    return digest(f"operator {until} {email}")
