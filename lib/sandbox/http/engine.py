"""What the HTTP half asks of a world, and a world in which nothing ever happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

Object = dict[str, Any]


class Engine(Protocol):
    """A world as the HTTP half sees it; :class:`lib.sandbox.world.World` is one. Times are epoch seconds."""

    on_event: Callable[[Object], None] | None

    @property
    def now(self) -> int:
        """The world's time."""
        ...

    def listing(self, kind: str) -> list[Object]:
        """Every live object of a kind, oldest first, unexpanded."""
        ...

    def get(self, kind: str, id: str) -> Object | None:  # noqa: A002 - Stripe's word
        """One object, its tombstone, or None."""
        ...

    def lines(self, invoice_id: str) -> list[Object]:
        """All lines of an invoice, first to last."""
        ...

    def version(self, kind: str) -> int:
        """A number that grows with each change of a kind."""
        ...

    def advance(self, to: int) -> None:
        """Run billing up to a time."""
        ...

    def truth(self, *, compact: bool = False, rules: Mapping[str, Any] | None = None) -> Object:
        """The figures that the engine knows, for tests; raises ValueError for a rule that it does not know."""
        ...

    def save(self, path: Path) -> None:
        """Write the world to a file."""
        ...


def objects_of(engine: Engine, kind: str) -> list[Object]:
    """Every live object of a kind, oldest first. Items live inside their subscriptions."""
    if kind == "subscription_item":
        return [item for each in engine.listing("subscription") for item in each["items"]["data"]]
    return engine.listing(kind)


def version_of(engine: Engine, kind: str) -> int:
    """The version of what :func:`objects_of` gives."""
    return engine.version("subscription" if kind == "subscription_item" else kind)


class EmptyWorld:
    """A business that has just signed up at Stripe: no object of any kind."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.on_event: Callable[[Object], None] | None = None

    def listing(self, kind: str) -> list[Object]:  # noqa: ARG002 - the same for every kind
        """Nothing."""
        return []

    def get(self, kind: str, id: str) -> Object | None:  # noqa: A002, ARG002 - Stripe's word; the same for all
        """Nothing."""
        return None

    def lines(self, invoice_id: str) -> list[Object]:  # noqa: ARG002 - there is no invoice
        """Nothing."""
        return []

    def version(self, kind: str) -> int:  # noqa: ARG002 - the same for every kind
        """Nothing ever changes."""
        return 0

    def advance(self, to: int) -> None:
        """Only the clock moves."""
        self.now = max(self.now, to)

    def truth(self, *, compact: bool = False, rules: Mapping[str, Any] | None = None) -> Object:  # noqa: ARG002 - nothing
        """No day had any revenue."""
        return {"as_of": self.now, "time_zone": "UTC", "days": [], "balance": {}, "cash": {}, "hidden": []}

    def save(self, path: Path) -> None:
        """There is nothing to keep."""
