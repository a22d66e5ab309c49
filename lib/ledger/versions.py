"""What the kept versions of a subscription tell: how it stood at a moment, and so what changed between two bills.

The first version of a subscription begins what is known of it at first hand; before that, invoices are all there is.
Which of the two counts where they differ: docs/decisions/0015-versions-before-invoices.md.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import chain
from typing import Any, Final

import orjson
import polars as pl

from lib.ledger.history import Gap, Kind, Mark, advance
from lib.ledger.pricing import Price

Tables = Mapping[str, pl.DataFrame]
Items = Mapping[str, tuple[str, int]]
"""Price and quantity of each item, by its id."""

TABLE: Final = "subscription_version"
TERMINAL: Final = ("canceled", "incomplete_expired")
"""Statuses that nothing follows: what says otherwise came late."""
_STATE: Final = (
    "status", "items", "discounts", "pause_behavior", "cancel_at_period_end", "cancel_at", "canceled_at",
)  # fmt: skip
_UNPRICED: Final = frozenset({*TERMINAL, "incomplete", "paused"})
"""Statuses in which nothing is billed, whatever the items are."""
_TRIALING: Final = "trialing"


@dataclass(frozen=True, slots=True)
class Version:
    """How a subscription stood from ``at`` (UTC epoch seconds) on."""

    at: int
    exact: bool
    """Whether ``at`` is when it changed (an event), not just when we looked."""
    status: str
    paused: bool
    canceled_at: int | None
    """When it was asked to end, at once or later; None: it is to go on."""
    discounts: Mapping[str, str | None]
    """Those at work, in their order, and the item that each is for (None: for all of it)."""
    items: Items | None
    """None: not told, or not all of them."""
    seen: tuple[int, ...] = ()
    """When it was seen so, ascending; ``at`` is the first."""


def versions(tables: Tables) -> dict[str, list[Version]]:
    """Each subscription's versions, oldest first, as of the end of each second; those that change nothing are one."""
    frame = tables.get(TABLE)
    found: dict[str, list[Version]] = defaultdict(list)
    if frame is not None and frame.height:
        for row in _changes(frame).iter_rows(named=True):
            found[row["subscription"]].append(_version(row))
    return found


def _changes(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows at which anything changed that a ledger could ask for, with the times at which it was ``seen`` so.

    Within a second a look of ours comes before events, as it may have been taken before them, and an end comes last:
    Stripe's times have no fractions. Events of one second come as they follow from each other (``position``).
    """
    over = pl.col("status").is_in(TERMINAL).fill_null(value=False)
    ordered = (
        frame.with_columns(at=pl.col("observed_at").floor().cast(pl.Int64), exact=pl.col("source") == "event")
        .with_columns(over=over)
        .sort("subscription", "at", "over", "exact", "position", "event", "observed_at")
        .unique(["subscription", "at"], keep="last", maintain_order=True)
    )
    first = pl.col("subscription") != pl.col("subscription").shift(fill_value="")
    changed = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in _STATE)
    ended = pl.col("over").cum_max().over("subscription").shift(fill_value=False)
    return (
        ordered.filter(first | ~ended)
        .with_columns(run=(first | changed).cum_sum())
        .group_by("run", maintain_order=True)
        .agg(pl.first("subscription", "exact", *_STATE), seen="at")
    )


def _version(row: Mapping[str, Any]) -> Version:
    items = orjson.loads(row["items"]) if row["items"] else None
    own = orjson.loads(row["discounts"]) if row["discounts"] else ()
    ends = row["cancel_at_period_end"] or row["cancel_at"] is not None or row["status"] == "canceled"
    return Version(
        at=row["seen"][0],
        seen=tuple(row["seen"]),
        exact=row["exact"],
        status=row["status"],
        paused=bool(row["pause_behavior"]),
        canceled_at=(row["canceled_at"] or row["seen"][0]) if ends else None,
        discounts=dict.fromkeys(own) | {discount: each[0] for each in items or () for discount in each[3]},
        items=None if items is None else {id_: (price, _number(count)) for id_, price, count, _ in items},
    )


def _number(quantity: int | None) -> int:
    return 1 if quantity is None else quantity


def with_present(
    known: Sequence[Version], sub: Mapping[str, Any], discounts: Mapping[str, str | None], at: int
) -> list[Version]:
    """The versions and, where the subscription stands otherwise now than at the last, how it stands at ``at``."""
    if not known or known[-1].status in TERMINAL:
        return list(known)
    last = known[-1]
    ends = sub["cancel_at_period_end"] or sub["cancel_at"] or sub["status"] == "canceled"
    now = Version(
        at=max(at, last.at),
        exact=False,
        status=sub["status"],
        paused=bool(sub["pause_behavior"]),
        canceled_at=(sub["canceled_at"] or at) if ends else None,
        discounts=discounts,
        items=None,
        seen=(max(at, last.at),),
    )
    same = replace(now, at=last.at, exact=last.exact, items=last.items, seen=last.seen) == last
    return list(known) if same else [*known, now]


# --- Items ------------------------------------------------------------------------------------------------------------


def marks(known: Iterable[Version], billed: Sequence[Mark], prices: Mapping[str, Price], begin: int) -> list[Mark]:
    """Marks where a version shows items to stand otherwise than the bills before it say; the rest needs none.

    ``billed`` are in order. Where nothing was ever billed, the first version tells how it stood since ``begin``.
    """
    walk = _Walk(billed, {**prices, **{mark.price.id: mark.price for mark in billed}})
    for version in known:
        walk.meet(version, version.at if billed or walk.found else begin)
    return walk.finish()


@dataclass(slots=True)
class _Walk:
    """Along the bills from version to version."""

    billed: Sequence[Mark]
    prices: Mapping[str, Price]
    """Of bills in the currency that is paid in."""
    found: list[Mark] = field(default_factory=list)
    _standing: dict[str, Mark] = field(default_factory=dict)
    _done: int = 0
    _last: Version | None = None

    def meet(self, version: Version, at: int) -> None:
        """Go on to a version, whose items stand so from ``at`` on."""
        while self._left(version.at - 1):
            self._bill()
        while self._left(version.at):
            self._advance()
        self._correct(version, at)
        self._last = version

    def finish(self) -> list[Mark]:
        """Go on to the last bill, and tell what was found."""
        while self._left(self.billed[-1].at if self.billed else 0):
            self._bill()
        return self.found

    def _left(self, at: int) -> bool:
        return self._done < len(self.billed) and self.billed[self._done].at <= at

    def _advance(self) -> None:
        advance(self._standing, self.billed[self._done])
        self._done += 1

    def _bill(self) -> None:
        """Take the next bill. Where it says otherwise than the last version, that holds again when next seen so."""
        mark, last = self.billed[self._done], self._last
        self._advance()
        if last is None or (last.items or {}).get(mark.item) == (mark.price.id, mark.quantity):
            return
        again = bisect_left(last.seen, mark.at)
        if again < len(last.seen):
            while self._left(last.seen[again]):
                self._advance()
            self._correct(last, last.seen[again])

    def _correct(self, version: Version, at: int) -> None:
        for mark in _differing(version.items or {}, self._standing, self.prices, at):
            self.found.append(replace(mark, untaxed=self._untaxed()))
            advance(self._standing, self.found[-1])

    def _untaxed(self) -> Fraction:
        """The part that is no tax, as the bill before told it, or else the one after."""
        before = (m.untaxed for m in reversed(self.billed[: self._done]) if m.untaxed is not None)
        after = (m.untaxed for m in self.billed[self._done :] if m.untaxed is not None)
        return next(chain(before, after), Fraction(1))


def paid_for(known: Iterable[Version]) -> list[Version]:
    """The versions that tell what is billed."""
    return [v for v in known if v.items is not None and v.status not in _UNPRICED and v.status != _TRIALING]


def tried(known: Iterable[Version]) -> list[Version]:
    """The versions that tell what is on trial."""
    return [v for v in known if v.items is not None and v.status == _TRIALING]


def _differing(items: Items, standing: Mapping[str, Mark], prices: Mapping[str, Price], at: int) -> list[Mark]:
    found = []
    for item, (price_id, quantity) in items.items():
        price, before = prices.get(price_id), standing.get(item)
        if price is None or price.metered or (before and (before.price.id, before.quantity) == (price_id, quantity)):
            continue
        mark = Mark(at, Kind.SNAPSHOT, (at, 0), item, price, quantity, item)
        if before or mark.monthly:
            found.append(mark)
    gone = [m for m in standing.values() if m.item not in items and m.monthly]
    return found + [Mark(at, Kind.CREDIT, (at, 0), m.item, m.price, 0, m.item) for m in gone]


# --- Times in which something held ------------------------------------------------------------------------------------


def told(known: Sequence[Version], holds: Callable[[Version], bool], inferred: Iterable[Gap]) -> list[Gap]:
    """The times in which something held: as ``inferred`` from invoices up to the first version, then as versions tell.

    Where a look of ours found that it began or ceased, and invoices show when since the version before, they count.
    """
    if not known:
        return list(inferred)
    inferred, first = list(inferred), known[0].at
    found = [Gap(gap.start, min(gap.end or first, first)) for gap in inferred if gap.start < first]
    starts, ends = [g.start for g in inferred], [g.end for g in inferred if g.end is not None]
    before = None
    for version in known:
        held = bool(found) and found[-1].end is None
        if before is None and holds(version):
            # what held already goes on: its days are counted from its start
            going_on = next((g for g in inferred if g.start < first and g.holds(first)), None)
            found = [g for g in found if going_on is None or g.start != going_on.start]
            found.append(Gap(going_on.start if going_on else first, None))
        elif before is not None and holds(version) and not held:
            found.append(Gap(_when(before, version, starts), None))
        elif held and not holds(version):
            found[-1] = Gap(found[-1].start, _when(before or version, version, ends))
        before = version
    return found


def _when(before: Version, after: Version, shown: Iterable[int]) -> int:
    """When it changed between two versions: the time of an event, else of what invoices show, else of our look."""
    between = [] if after.exact else [at for at in shown if before.at < at <= after.at]
    return min(between, default=after.at)


def clicks(known: Sequence[Version]) -> list[Gap]:
    """The times in which it was to end; the last may still run (end None)."""
    found: list[Gap] = []
    for version in known:
        asked = version.canceled_at
        if found and found[-1].end is None:
            start = found[-1].start
            found[-1] = Gap(start, version.at) if asked is None else Gap(min(start, asked), None)
        elif asked is not None:
            found.append(Gap(asked, None))
    return found


def undone(known: Sequence[Version]) -> tuple[Gap, ...]:
    """Cancellations that somebody thought better of: from the click to the day it was taken back."""
    return tuple(gap for gap in clicks(known) if gap.end is not None)


def dropped(known: Sequence[Version], discount: Mapping[str, Any], inferred: int | None) -> int | None:
    """When a discount (a row) ended: as versions tell, or as ``inferred`` from invoices where they tell nothing.

    A discount of the subscription's own that no version has was gone by the first one after it was given.
    """
    having = [n for n, version in enumerate(known) if discount["id"] in version.discounts]
    if not having:
        own, given = discount["subscription"] is not None, discount["start"] or 0
        since = [at for version in known for at in version.seen if own and at >= given]
        return min([*since[:1], *([] if inferred is None else [inferred])], default=None)
    last, end = having[-1], discount["end"]
    if last + 1 == len(known) or known[last + 1].status in TERMINAL:
        return end if end is None else int(end)
    gone = _when(known[last], known[last + 1], [] if inferred is None else [inferred])
    return min(gone, end or gone)


# --- What changed -----------------------------------------------------------------------------------------------------


def differing(before: Tables, after: Tables, subscriptions: Collection[str]) -> frozenset[str]:
    """Those of the subscriptions whose versions differ between two states of the tables."""
    theirs = pl.col("subscription").is_in(list(subscriptions))
    rows = [tables[TABLE].filter(theirs) for tables in (before, after) if TABLE in tables]
    return frozenset(pl.concat(rows).unique(keep="none")["subscription"]) if rows else frozenset()
