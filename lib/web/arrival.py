"""A sync's progress in words and shares. Pure: the snapshot comes in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from babel.numbers import format_decimal

from lib.sync.progress import Part, Snapshot

_NEARLY: Final = 0.99
"""The most that a bar shows before all is done: an estimate may be too low."""


def part_share(part: Part) -> float:
    """How full a resource's bar is, 0 to 1."""
    if part.done:
        return 1.0
    return min(_NEARLY, part.fetched / part.estimate) if part.estimate else 0.0


def share(now: Snapshot) -> float:
    """How full the whole bar is, 0 to 1: by objects, or by resources while a resource's size is unknown."""
    if not now.parts:
        return 0.0
    if all(part.done for part in now.parts):
        return 1.0
    if now.estimate:
        return min(_NEARLY, now.fetched / now.estimate)
    return min(_NEARLY, sum(part_share(part) for part in now.parts) / len(now.parts))


def headline(now: Snapshot, locale: str = "en_US") -> str:
    """Like ``Reading invoices: 12,400 of about 31,000 objects, 850 a second, 20 seconds left``."""
    if now.state == "queued":
        return "Waiting for its turn"
    current = _current(now.parts)
    doing = f"Reading {spoken(current)}" if current else now.phase or "Reading your history"
    facts = [f"{_of(now.fetched, now.estimate, locale)} objects"]
    if now.objects_per_second >= 1:
        facts.append(f"{_number(round(now.objects_per_second), locale)} a second")
    if now.seconds_left is not None:
        facts.append(f"{duration(now.seconds_left)} left")
    return f"{doing}: {', '.join(facts)}"


def _current(parts: Sequence[Part]) -> Part | None:
    """What is being read: what most is left of, as far as is known; else what comes next. None before the first object.

    One that seems whole may still have an empty span to ask for, and is not it.
    """
    going = [part for part in parts if not part.done and (part.estimate or 0) > part.fetched]
    if going:
        return max(going, key=lambda part: (part.estimate or 0) - part.fetched)
    if not any(part.fetched for part in parts):
        return None
    rest = [part for part in parts if not part.done]
    return next((part for part in rest if not part.fetched), rest[0] if rest else None)


def flood(left: int, locale: str = "en_US") -> str:
    """What is said while very many changes wait to be read."""
    return (
        f"A lot has changed at Stripe at once: {_number(left, locale)} changes are still to be read. "
        "Until then the figures are partial."
    )


def line(part: Part, locale: str = "en_US") -> str:
    """One resource: ``Invoices: 12,400 of about 31,000``."""
    if part.done:
        return f"{part.label}: {_number(part.fetched, locale)}"
    if not part.fetched and part.estimate is None:
        return f"{part.label}: not begun"
    return f"{part.label}: {_of(part.fetched, part.estimate, locale)}"


def finished(now: Snapshot, locale: str = "en_US") -> str:
    """Like ``31,204 objects in 12 seconds, 2,600 a second``."""
    count = f"{_number(now.fetched, locale)} objects"
    if not now.seconds:
        return count
    return f"{count} in {duration(now.seconds)}, {_number(round(now.objects_per_second), locale)} a second"


def duration(seconds: float) -> str:
    """``20 seconds``, ``3 minutes``, ``2 hours``: one unit, rounded up so as not to promise too much."""
    whole = max(1, int(-(-seconds // 1)))
    for size, name in ((3600, "hour"), (60, "minute")):
        if whole >= 2 * size or whole == size:
            count = -(-whole // size)
            return f"{count} {name}" + ("s" if count > 1 else "")
    return f"{whole} second" + ("s" if whole > 1 else "")


def ago(seconds: float) -> str:
    """``just now``, ``3 minutes ago``: how long since, rounded down; what is to come is just now."""
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if (count := int(seconds // size)) > 0:
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return "just now"


def spoken(part: Part) -> str:
    """A resource's name within a sentence: ``balance transactions``."""
    return part.label[:1].lower() + part.label[1:]


def _of(fetched: int, estimate: int | None, locale: str) -> str:
    if estimate is None:
        return _number(fetched, locale)
    return f"{_number(fetched, locale)} of about {_number(max(estimate, fetched), locale)}"


def _number(count: int, locale: str) -> str:
    return str(format_decimal(count, locale=locale))
