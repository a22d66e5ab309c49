"""Exchange rates that move plausibly from day to day, and depend on the seed and the day alone.

As in Stripe's own words, a rate times an amount in the minor unit of one currency gives the amount in the minor unit
of the other: 0.67 cents for a yen, 0.325 cents for a thousandth of a Kuwaiti dinar.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, pi, sin
from random import Random

_USD_MINOR = {"eur": 1.09, "gbp": 1.28, "jpy": 0.67, "kwd": 0.325, "cad": 0.73, "aud": 0.66}
_WAVES = ((730, 0.045), (211, 0.02), (57, 0.009), (17, 0.004))  # days, and how far the wave goes either way
_NOISE = 0.0015
_DIGITS = 6


@lru_cache(maxsize=20_000)
def usd_rate(seed: int, currency: str, day: int) -> float:
    """Return US cents for one minor unit of a currency on a day (days since 1970), to six decimals."""
    phases = Random(f"{seed}/{currency}")
    waves = sum(size * sin(2 * pi * (day / days + phases.random())) for days, size in _WAVES)
    noise = Random(f"{seed}/{currency}/{day}").gauss(0, _NOISE)
    return round(_USD_MINOR.get(currency, 1.0) * exp(waves + noise), _DIGITS)
