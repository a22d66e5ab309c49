"""What happens in a chaos run, drawn from its seed: the same seed always gives the same acts in the same order.

The plan is fixed by the seed; the moments at which processes meet are not. A seed that fails once may need a few tries
to fail again, and a seed that passes is one more interleaving, not a proof.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

DAY: Final = 86_400
ACTS: Final = (14, 26)
"""Fewest and most acts of a run."""
POSTGRESQL_EACH: Final = 4
"""Every so many seeds the database is PostgreSQL, where a second machine works on the same account."""
DBOS_EACH: Final = 5
"""Every so many seeds the worker is the real one, with its queues; else a loop that does what the schedule orders."""

Arguments = dict[str, Any]


@dataclass(frozen=True)
class Act:
    """One thing that the director does, ``after`` so many seconds since the one before."""

    kind: str
    after: float = 0.0
    arguments: Arguments = field(default_factory=dict)

    def __str__(self) -> str:
        told = " ".join(f"{name}={value}" for name, value in self.arguments.items())
        return f"+{self.after:.3f} s {self.kind} {told}".rstrip()


@dataclass(frozen=True)
class Plan:
    """A run: which database, which kind of worker, how deliveries come at first, and the acts."""

    seed: int
    database: str
    worker: str
    manners: Arguments
    acts: tuple[Act, ...]

    def __str__(self) -> str:
        head = f"seed {self.seed}: {self.database}, {self.worker} worker, deliveries {self.manners}"
        return "\n".join([head, *(f"  {number:2} {act}" for number, act in enumerate(self.acts))])


def plan(seed: int) -> Plan:
    """The plan of a seed."""
    draw = random.Random(seed)
    kinds, weights = zip(*((name, weight) for name, (weight, _) in KINDS.items()), strict=True)
    chosen = draw.choices(kinds, weights, k=draw.randint(*ACTS))
    acts = [Act(kind, round(draw.random() ** 3 * 0.12, 3), KINDS[kind][1](draw)) for kind in chosen]
    return Plan(
        seed,
        "sqlite" if seed % POSTGRESQL_EACH else "postgresql",
        "plain" if seed % DBOS_EACH else "DBOS",
        _manners(draw),
        tuple(acts),
    )


# --- What each kind of act is told ------------------------------------------------------------------------------------


def _nothing(_: random.Random) -> Arguments:
    return {}


def _pick(draw: random.Random) -> Arguments:
    """Which of the objects that there are when the act comes."""
    return {"pick": draw.randrange(1000)}


def _change(draw: random.Random) -> Arguments:
    return _pick(draw) | {"more": draw.randint(1, 4)}


def _amount(draw: random.Random) -> Arguments:
    return _pick(draw) | {"amount": draw.randint(100, 20_000)}


def _advance(draw: random.Random) -> Arguments:
    return {"seconds": round(draw.choice((60, 600, 3600, DAY, 9 * DAY)) * (0.5 + draw.random()))}


def _gap(draw: random.Random) -> Arguments:
    return {"seconds": draw.randint(31, 35) * DAY}


def _manners(draw: random.Random) -> Arguments:
    return {
        "shuffle": draw.choice((0.0, 0.1, 0.4)),
        "delay": draw.choice((0.0, 0.0, 0.2)),
        "duplicate": draw.choice((0.0, 0.3, 1.0)),
        "drop": draw.choice((0.0, 0.2, 0.6, 1.0)),
    }


def _fault(draw: random.Random) -> Arguments:
    kind = draw.choice(("429", "500", "timeout", "latency", "cut", "cut"))
    seconds = {"latency": 0.05, "timeout": 2.0, "429": draw.choice((None, 0))}.get(kind)
    chance = draw.choice((0.05, 0.3, 0.7, 1.0))
    path = draw.choice(("/v1/", "/v1/", "/v1/events", "/v1/invoices", "/v1/subscriptions", "/v1/customers"))
    return {"kind": kind, "probability": chance, "count": draw.randint(1, 12), "seconds": seconds, "path": path}


def _kill(draw: random.Random) -> Arguments:
    return {"down": round(draw.random() * 0.1, 3)}


def _skew(draw: random.Random) -> Arguments:
    return {"seconds": draw.choice((0, 45, -45, 600, -7200, 7200, 30 * 3600, 9 * DAY))}


def _full(draw: random.Random) -> Arguments:
    return {"for": round(0.05 + draw.random() * 0.3, 3), "hard": draw.random() < 0.5}


KINDS: Final[dict[str, tuple[int, Callable[[random.Random], Arguments]]]] = {
    # the business
    "subscribe": (6, _change),
    "upgrade": (9, _change),
    "cancel": (4, _pick),
    "cancel_later": (3, _pick),
    "keep": (2, _pick),
    "pause": (2, _pick),
    "resume": (2, _pick),
    "charge": (4, _amount),
    "refund": (4, _amount),
    "dispute": (2, _pick),
    "decline": (2, _pick),
    "delete_customer": (3, _pick),
    "discount": (3, _pick),
    "bill_once": (2, _amount),
    "advance": (9, _advance),
    # what befalls us
    "fault": (10, _fault),
    "calm": (3, _nothing),
    "manners": (3, _manners),
    "kill": (11, _kill),
    "kill_receiver": (3, _kill),
    "rival": (6, _nothing),
    "skew": (7, _skew),
    "full": (5, _full),
    "gap": (1, _gap),
}
"""Each kind of act: how often it is drawn, in proportion, and what it is told."""
