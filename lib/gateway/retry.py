"""When to try a read again, and how long to wait before it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

MOST_RETRY_AFTER = 120.0


@dataclass(frozen=True)
class Patience:
    """How often and how slowly to try again, and how long to wait for each answer; times in seconds."""

    attempts: int = 7
    first: float = 0.5
    longest: float = 20.0
    read_timeout: float = 60.0
    longest_asked: float = MOST_RETRY_AFTER
    """The longest ``Retry-After`` to heed."""

    def delay(self, attempt: int, retry_after: float | None = None) -> float:
        """Seconds before trying again after failure number ``attempt`` (from 1).

        Doubles each time, with jitter between a half and the whole so that threads do not return in step.
        ``Retry-After`` is honoured as a minimum.
        """
        backoff = min(self.longest, self.first * 2.0 ** (attempt - 1))
        jittered = backoff * (0.5 + random.random() / 2)  # noqa: S311 - spreads load, guards nothing
        return max(jittered, min(retry_after or 0.0, self.longest_asked))


INTERACTIVE = Patience(attempts=2, longest=2.0, read_timeout=10.0, longest_asked=5.0)
"""While somebody waits for the answer."""


def worth_retrying(status: int) -> bool:
    """Whether a read answered with ``status`` may well succeed later: too many, conflict, or Stripe's own failure."""
    return status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.CONFLICT} or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that Stripe asks us to wait, if it says so in a readable number."""
    try:
        return float(headers["Retry-After"])
    except (KeyError, ValueError):
        return None


def told_date(headers: Mapping[str, str]) -> float | None:
    """When the answer was made by Stripe's clock (epoch seconds), if it says so in a readable date."""
    try:
        return parsedate_to_datetime(headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return None
