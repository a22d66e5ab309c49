"""How far a sync is, in figures and words. Pure: the state and the clock come in."""

from __future__ import annotations

from dataclasses import dataclass

from babel.numbers import format_decimal

RUNNING = ("queued", "running")


@dataclass(frozen=True, slots=True)
class Part:
    """One resource of a sync, in objects; ``estimate`` is None while unknown."""

    resource: str
    fetched: int
    estimate: int | None
    done: bool

    @property
    def share(self) -> float:
        """0 to 1. Never quite 1 before it is done: an estimate may be too low."""
        if self.done:
            return 1.0
        return min(0.99, self.fetched / self.estimate) if self.estimate else 0.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where an account's sync stands; ``started`` and ``finished`` are epoch seconds, ``error`` a sentence."""

    state: str
    phase: str | None
    started: float | None
    finished: float | None
    error: str | None
    parts: tuple[Part, ...]

    @property
    def running(self) -> bool:
        """Whether more is on its way."""
        return self.state in RUNNING

    @property
    def fetched(self) -> int:
        """Objects read so far."""
        return sum(part.fetched for part in self.parts)

    @property
    def expected(self) -> int | None:
        """Objects there will be, about; None while a resource's size is unknown."""
        sizes = [max(p.fetched, p.estimate or 0) if not p.done else p.fetched for p in self.parts]
        known = all(p.done or p.estimate is not None for p in self.parts)
        return sum(sizes) if known and sizes else None

    @property
    def share(self) -> float:
        """0 to 1 over all resources, each by its objects when all sizes are known."""
        if self.parts and all(p.done for p in self.parts):
            return 1.0
        if self.expected:
            return min(0.99, self.fetched / self.expected)
        return sum(p.share for p in self.parts) / len(self.parts) if self.parts else 0.0

    def speed(self, now: float) -> float | None:
        """Objects a second since the start; None in the first second."""
        if self.started is None:
            return None
        seconds = (self.finished or now) - self.started
        return self.fetched / seconds if seconds >= 1 else None

    def seconds_left(self, now: float) -> float | None:
        """At the present speed; None while it can't be told."""
        speed = self.speed(now)
        if not speed or self.expected is None:
            return None
        return max(0, self.expected - self.fetched) / speed


def headline(arrival: Arrival, now: float, locale: str = "en_US") -> str:
    """``Reading invoices: 12,400 of about 31,000 objects, 850 a second, 20 seconds left``."""
    if arrival.state == "queued":
        return "Waiting for its turn"
    current = next((p for p in arrival.parts if not p.done and p.fetched), None)
    doing = f"Reading {spoken(current.resource)}" if current else arrival.phase or "Reading your history"
    facts = [_of(arrival.fetched, arrival.expected, locale)]
    speed, left = arrival.speed(now), arrival.seconds_left(now)
    if speed:
        facts.append(f"{_number(round(speed), locale)} a second")
    if left is not None:
        facts.append(f"{duration(left)} left")
    return f"{doing}: {', '.join(facts)}"


def line(part: Part, locale: str = "en_US") -> str:
    """One resource: ``Invoices: 12,400 of about 31,000``."""
    if part.done:
        return f"{spoken(part.resource).capitalize()}: {_number(part.fetched, locale)}"
    if not part.fetched and part.estimate is None:
        return f"{spoken(part.resource).capitalize()}: not begun"
    return f"{spoken(part.resource).capitalize()}: {_of(part.fetched, part.estimate, locale, '')}"


def finished(arrival: Arrival, now: float, locale: str = "en_US") -> str:
    """``31,204 objects in 12 seconds, 2,600 a second``."""
    if arrival.started is None or arrival.finished is None:
        return f"{_number(arrival.fetched, locale)} objects"
    took = duration(arrival.finished - arrival.started)
    speed = arrival.speed(now)
    pace = f", {_number(round(speed), locale)} a second" if speed else ""
    return f"{_number(arrival.fetched, locale)} objects in {took}{pace}"


def duration(seconds: float) -> str:
    """``20 seconds``, ``3 minutes``, ``2 hours``: one unit, rounded up so as not to promise too much."""
    whole = max(1, int(-(-seconds // 1)))
    for size, name in ((3600, "hour"), (60, "minute")):
        if whole >= 2 * size or whole == size:
            count = -(-whole // size)
            return f"{count} {name}" + ("s" if count > 1 else "")
    return f"{whole} second" + ("s" if whole > 1 else "")


def spoken(resource: str) -> str:
    """A resource's name in a sentence: ``balance_transaction`` is ``balance transactions``."""
    name = resource.replace("_", " ")
    return name if name.endswith("s") else f"{name}s"


def _of(fetched: int, estimate: int | None, locale: str, unit: str = " objects") -> str:
    if estimate is None:
        return f"{_number(fetched, locale)}{unit}"
    return f"{_number(fetched, locale)} of about {_number(max(estimate, fetched), locale)}{unit}"


def _number(count: int, locale: str) -> str:
    return str(format_decimal(count, locale=locale))
