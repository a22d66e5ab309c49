"""What stacked bars and waterfalls are made of: movement types and kinds of cash, each with its colour and its mark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lib.charts import theme
from lib.charts.theme import Palette


@dataclass(frozen=True, slots=True)
class Kind:
    """One series: its key in a frame, its name for people, whose colour of the palette it has, its fill pattern."""

    key: str
    name: str
    use: str
    pattern: str = ""

    def colour(self, colours: Palette) -> str:
        """Its colour in one mode."""
        return colours.movement(self.use)


Kinds = tuple[Kind, ...]

MOVEMENTS: Final[Kinds] = tuple(
    Kind(key, theme.NAMES[key], key, theme.PATTERNS.get(key, "")) for key in theme.MOVEMENTS
)
"""Gains from the axis upwards, then losses downwards."""

CASH: Final[Kinds] = (
    Kind("charge", "Charges", "new"),
    Kind("other", "Other", "expansion"),
    Kind("refund", "Refunds", "churn", "/"),
    Kind("dispute", "Disputes", "contraction", "x"),
    Kind("fee", "Fees", "reactivation", "."),
)
"""What came in and what went out of the Stripe balance, before payouts."""

PAYOUT: Final = Kind("payout", "Payouts", "fx", "-")
