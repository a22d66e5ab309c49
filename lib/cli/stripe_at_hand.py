"""Commands that read Stripe work in sandbox mode and with a demo business too, with or without the app beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from lib.settings import settings


@contextmanager
def stripe() -> Iterator[None]:
    """Stripe within reach: in sandbox mode the app's live stand-in, or one started for as long as the block lasts. So
    is a demo business beside real accounts, once something in the block reads it.

    Raises StripeUnavailable when no stand-in comes up.
    """
    from lib.gateway import sample, standin

    with standin.running() if settings().sandbox_mode else nullcontext(), sample.resting_after():
        yield
