"""What a sum leaves out because no exchange rate for it is known, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lib.charts.scale import Scale


def amounts(found: Sequence[tuple[str, int]], scale: Scale) -> str:
    """(currency, micros of it) as a list: ``£5,000.00 and SEK 20.00``."""
    each = [replace(scale, currency=currency).text(amount) for currency, amount in found]
    return " and ".join([*([", ".join(each[:-1])] if each[1:] else []), *each[-1:]])


def without(found: Sequence[tuple[str, int]], scale: Scale) -> str:
    """What follows a sum: ``, without £5,000.00, for which there is no exchange rate``; empty where it holds all."""
    return f", without {amounts(found, scale)}, for which there is no exchange rate" if found else ""
