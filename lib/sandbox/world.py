"""The world behind the stand-in Stripe: a business, its customers, a billing engine and a clock.

Everything here is deterministic: the same seed, length and end give the same bytes. Money is integer minor units,
times are epoch seconds (UTC). The room stands alone and imports nothing else of lib.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Object = dict[str, Any]


class World:
    """The state of one stand-in Stripe: objects as Stripe would store them, and the clock that moves them."""

    account: str
    platform: str
    now: int
    on_event: Callable[[Object], None] | None

    def listing(self, kind: str) -> list[Object]:
        """Every live object of a kind (Stripe's object name), oldest first, unexpanded."""
        raise NotImplementedError

    def get(self, kind: str, id: str) -> Object | None:  # noqa: A002 - Stripe's word
        """Return one object, or None; a deleted customer gives {"id", "object", "deleted": true}."""
        raise NotImplementedError

    def lines(self, invoice_id: str) -> list[Object]:
        """All lines of an invoice, first to last."""
        raise NotImplementedError

    def version(self, kind: str) -> int:
        """Count the changes of a kind: grows with every one."""
        raise NotImplementedError

    def advance(self, to: int) -> None:
        """Run billing up to a time (epoch seconds)."""
        raise NotImplementedError

    def truth(self, *, compact: bool = False) -> Object:
        """Return the monthly recurring revenue the engine knows, day by day."""
        raise NotImplementedError

    @classmethod
    def build(cls, seed: int = 7, months: int = 36, customers: int = 2200, now: int | None = None) -> World:
        """Make the demo business: its months of life end at `now` (default: the machine's clock)."""
        raise NotImplementedError

    def save(self, path: Path) -> None:
        """Write the world to a cache file."""
        raise NotImplementedError

    @classmethod
    def load(cls, path: Path) -> World | None:
        """Read a cache file; None where it is absent, damaged or of another version."""
        raise NotImplementedError
