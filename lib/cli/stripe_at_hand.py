"""Commands that read Stripe work in sandbox mode too, whether the app runs beside them or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lib.settings import settings


@contextmanager
def stripe() -> Iterator[None]:
    """Stripe within reach: in sandbox mode the app's live stand-in, or one started for as long as the block lasts.

    Raises StripeUnavailable when no stand-in comes up.
    """
    if not settings().sandbox_mode:
        yield
        return
    from lib.gateway import standin

    with standin.running():
        yield
