"""Query parameters, read as strictly as Stripe reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from lib.sandbox.http import errors

DEFAULT_LIMIT = 10
MOST = 100
_INDEX = re.compile(r"\[\d*\]$")
_COMPARISONS = ("gt", "gte", "lt", "lte")
_PAGING = frozenset({"limit", "starting_after", "ending_before", "expand[]"})


@dataclass(frozen=True)
class Range:
    """Whole numbers from ``low`` up to, not including, ``high``; None is open. Times are epoch seconds."""

    low: int | None = None
    high: int | None = None

    def __contains__(self, value: object) -> bool:
        """Whether a number lies inside; what is not a number never does."""
        if not isinstance(value, int):
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value < self.high)


@dataclass(frozen=True)
class Params:
    """The parameters of one request: single values, and lists under ``name[]``."""

    values: dict[str, str]
    lists: dict[str, tuple[str, ...]]

    @classmethod
    def read(cls, query: str, known: frozenset[str]) -> Params:
        """Parse a query string. Raises ``parameter_unknown`` unless each name is paging or in ``known``."""
        values: dict[str, str] = {}
        lists: dict[str, tuple[str, ...]] = {}
        for raw, value in parse_qsl(query, keep_blank_values=True):
            name = _INDEX.sub("[]", raw)
            if name not in known and name not in _PAGING:
                raise errors.unknown_parameter(raw.split("[", 1)[0])
            if name.endswith("[]"):
                lists[name] = (*lists.get(name, ()), value)
            else:
                values[name] = value
        return cls(values, lists)

    def get(self, name: str) -> str | None:
        """A single value."""
        return self.values.get(name)

    @property
    def expand(self) -> tuple[str, ...]:
        """The paths to expand."""
        return self.lists.get("expand[]", ())

    @property
    def limit(self) -> int:
        """Objects a page, 1 to 100. Raises ``parameter_invalid_integer``."""
        text = self.values.get("limit")
        if text is None:
            return DEFAULT_LIMIT
        value = integer("limit", text)
        if not 1 <= value <= MOST:
            bound = "greater than or equal to 1" if value < 1 else f"less than or equal to {MOST}"
            raise errors.StripeError(
                400, f"This value must be {bound}.", code="parameter_invalid_integer", param="limit"
            )
        return value

    def boolean(self, name: str) -> bool | None:
        """``true`` or ``false``, None when absent. Raises for anything else."""
        match self.values.get(name):
            case None:
                return None
            case "true":
                return True
            case "false":
                return False
            case other:
                raise errors.invalid_value(name, f"Invalid boolean: {other}")

    def range(self, name: str) -> Range | None:
        """``name`` or ``name[gt|gte|lt|lte]`` as one range, None when absent. Raises ``parameter_invalid_integer``."""
        if (exact := self.values.get(name)) is not None:
            value = integer(name, exact)
            return Range(value, value + 1)
        bounds = {
            sign: integer(f"{name}[{sign}]", self.values[f"{name}[{sign}]"])
            for sign in _COMPARISONS
            if f"{name}[{sign}]" in self.values
        }
        if not bounds:
            return None
        lows = [bounds[sign] + (sign == "gt") for sign in ("gt", "gte") if sign in bounds]
        highs = [bounds[sign] + (sign == "lte") for sign in ("lt", "lte") if sign in bounds]
        return Range(max(lows, default=None), min(highs, default=None))


def integer(name: str, text: str) -> int:
    """``text`` as a whole number. Raises ``parameter_invalid_integer``."""
    if not re.fullmatch(r"-?\d{1,18}", text):
        raise errors.invalid_integer(name, text)
    return int(text)


def range_names(name: str) -> tuple[str, ...]:
    """Every way in which a range can be asked for."""
    return (name, *(f"{name}[{sign}]" for sign in _COMPARISONS))
