"""Segments: a saved filter over customers that applies to any metric."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

import polars as pl

from lib.errors import BadSegment
from lib.ledger.build import Ledger
from lib.ledger.fx import worth
from lib.metrics import breakdowns, series
from lib.metrics.query import By, Query
from lib.money import MICRO

_METADATA: Final = "metadata."
_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
Value = str | int | None


class Op(StrEnum):
    """How a field is compared with the values."""

    IS = "is"
    """One of the values."""
    IS_NOT = "is not"
    """None of the values: just those whom ``is`` leaves out."""
    BETWEEN = "between"
    """From the first value to the second, both included; null leaves that side open."""


class Status(StrEnum):
    """How a customer stands today. Each has one: the first of these that holds."""

    ACTIVE = "active"
    """Counts as an active customer."""
    TRIALING = "trialing"
    """Has a trial that runs, and pays nothing."""
    CHURNED = "churned"
    """Was active once."""
    NEVER = "never"
    """Never was."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One field of the customer, how it is compared, and with what. Raises BadSegment.

    Fields: country, currency, plan, product, interval and coupon (any one a customer has is enough; plan, product and
    interval are those of today, or of the last day for those who left), cohort (month of first payment, ``2025-03``),
    status (see Status), mrr (minor units of the reporting currency, today) and ``metadata.<key>``.
    """

    field: str
    op: Op
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        """Refuse what can't be compared."""
        if not _metadata_key(self.field) and self.field not in FIELDS:
            known = ", ".join([*FIELDS, "metadata.<key>"])
            raise BadSegment(reason=f"there is no field called “{self.field}”; known are {known}")
        if self.op not in self._ops():
            raise BadSegment(reason=f"{self.field} can't be compared with “{self.op}”")
        if self.op is Op.BETWEEN:
            self._check_bounds()
        elif not self.values or not all(isinstance(each, str) for each in self.values):
            raise BadSegment(reason=f"{self.field} needs at least one value, each a text")
        if self.field == "status" and (unknown := set(map(str, self.values)) - {*Status}):
            raise BadSegment(reason=f"there is no status called “{min(unknown)}”; known are {', '.join(Status)}")

    def _ops(self) -> tuple[Op, ...]:
        if self.field == "mrr":
            return (Op.BETWEEN,)
        return tuple(Op) if self.field == "cohort" else (Op.IS, Op.IS_NOT)

    def _check_bounds(self) -> None:
        """Two bounds of the right kind, the lower one first."""
        fits = _whole if self.field == "mrr" else _month
        bounds = [each for each in self.values if each is not None]
        if len(self.values) != 2 or not bounds or not all(map(fits, bounds)):  # noqa: PLR2004 - from and to
            kind = "whole amounts in minor units" if self.field == "mrr" else "months like 2025-03"
            raise BadSegment(reason=f"{self.field} between needs two {kind}; null leaves one side open")
        if len(bounds) > 1 and bounds[0] > bounds[1]:  # type: ignore[operator]  # both are whole numbers, or both texts
            raise BadSegment(reason=f"{self.field} between needs the lower one first")


def _metadata_key(field: str) -> str:
    """``region`` of ``metadata.region``; empty for another field."""
    return field.removeprefix(_METADATA) if field.startswith(_METADATA) else ""


def _whole(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _month(value: Value) -> bool:
    return isinstance(value, str) and bool(_MONTH.fullmatch(value))


@dataclass(frozen=True, slots=True)
class Segment:
    """A named filter: the customers for whom all conditions hold; without conditions, all. Raises BadSegment."""

    name: str
    conditions: tuple[Condition, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a segment without a name."""
        if not self.name.strip():
            raise BadSegment(reason="it has no name")


def to_json(segment: Segment) -> list[dict[str, Any]]:
    """The conditions as JSON values: what is kept; the name is kept beside them."""
    return [{"field": c.field, "op": c.op.value, "values": list(c.values)} for c in segment.conditions]


def from_json(name: str, kept: object) -> Segment:
    """The segment behind ``to_json``; raises BadSegment for anything else."""
    if not isinstance(kept, Sequence) or isinstance(kept, str):
        raise BadSegment(reason="its conditions are not a list")
    return Segment(name, tuple(_condition(each) for each in kept))


def _condition(kept: object) -> Condition:
    if not isinstance(kept, Mapping) or kept.keys() != {"field", "op", "values"}:
        raise BadSegment(reason="a condition has just field, op and values")
    field, op, values = kept["field"], kept["op"], kept["values"]
    if op not in {*Op}:
        raise BadSegment(reason=f"there is no comparison called “{op}”; known are {', '.join(Op)}")
    if not isinstance(field, str) or not isinstance(values, list):
        raise BadSegment(reason="a field is a text, and its values are a list")
    return Condition(field, Op(op), tuple(values))


def narrowed(ledger: Ledger, segment: Segment) -> Ledger:
    """``ledger`` cut down to the customers of the segment, in every frame; what belongs to no customer is left out."""
    return narrowed_to(ledger, members(ledger, segment)) if segment.conditions else ledger


def members(ledger: Ledger, segment: Segment) -> pl.DataFrame:
    """(customer): those for whom all conditions hold, on the ledger's last day."""
    found = ledger.customers.select("customer")
    for condition in segment.conditions:
        matching = _matching(ledger, condition)
        found = found.join(matching, on="customer", how="anti" if condition.op is Op.IS_NOT else "semi")
    return found


def narrowed_to(ledger: Ledger, customers: pl.DataFrame) -> Ledger:
    """``ledger`` cut down to these customers."""

    def cut(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.join(customers.select("customer"), on="customer", how="semi", maintain_order="left")

    subscriptions = cut(ledger.subscriptions)
    kept = set(subscriptions["subscription"])
    return replace(
        ledger,
        states=cut(ledger.states),
        movements=cut(ledger.movements),
        committed=cut(ledger.committed),
        trialing=cut(ledger.trialing),
        trials=cut(ledger.trials),
        cash=cut(ledger.cash),
        customers=cut(ledger.customers),
        subscriptions=subscriptions,
        hidden=tuple(each for each in ledger.hidden if each in kept),
    )


def choices(ledger: Ledger, field: str) -> list[str]:
    """The values that a field has in this ledger, sorted: what a form offers. None for mrr."""
    if field == "mrr":
        return []
    return sorted(_values(ledger, field)["value"].unique().drop_nulls())


def _matching(ledger: Ledger, condition: Condition) -> pl.DataFrame:
    """(customer): those whom the condition names, ``is not`` taken as ``is``."""
    found = _values(ledger, condition.field)
    if condition.op is Op.BETWEEN:
        low, high = (each * MICRO if isinstance(each, int) else each for each in condition.values)
        above = pl.lit(value=True) if low is None else pl.col("value") >= low
        below = pl.lit(value=True) if high is None else pl.col("value") <= high
        return found.filter(pl.col("value").is_not_null(), above, below).select("customer")
    return found.filter(pl.col("value").is_in(condition.values)).select("customer")


def _values(ledger: Ledger, field: str) -> pl.DataFrame:
    """(customer, value): every value of the field; none or several for a customer are possible."""
    if key := _metadata_key(field):
        query = Query(ledger.today, ledger.today, by=By.METADATA, key=key)
        return breakdowns.of_customers(ledger, query).rename({"group": "value"})
    return FIELDS[field](ledger)


def _country(ledger: Ledger) -> pl.DataFrame:
    return ledger.customers.select("customer", value="country")


def _cohort(ledger: Ledger) -> pl.DataFrame:
    return ledger.customers.select("customer", value=pl.col("cohort").dt.strftime("%Y-%m"))


def _currency(ledger: Ledger) -> pl.DataFrame:
    frames = (ledger.states, ledger.trials, ledger.cash)
    return pl.concat([each.select("customer", value="currency") for each in frames]).unique()


def _coupon(ledger: Ledger) -> pl.DataFrame:
    return ledger.subscriptions.select("customer", value="coupon")


def _of_plan(column: str) -> Callable[[Ledger], pl.DataFrame]:
    """What the prices of today (or of the last day, for those who left) have in ``column`` of Ledger.plans."""

    def values(ledger: Ledger) -> pl.DataFrame:
        held = series.presence(ledger, Query(ledger.today, ledger.today, by=By.PRICE))
        paid = held.select("customer", "until", plan="group").select("customer", "plan", "until")
        tried = ledger.trials.select("customer", "plan", until=pl.when("over").then("end"))
        spans = pl.concat([paid, tried]).with_columns(pl.col("until").fill_null(date.max))
        last = spans.filter(pl.col("until") == pl.col("until").max().over("customer"))
        return last.join(ledger.plans, on="plan").select("customer", value=column)

    return values


def _status(ledger: Ledger) -> pl.DataFrame:
    spans = series.presence(ledger, Query(ledger.today, ledger.today))
    active = spans.filter(pl.col("until").is_null())["customer"].implode()
    trialing = ledger.trials.filter(~pl.col("over"))["customer"].implode()
    who = pl.col("customer")
    status = (
        pl.when(who.is_in(active))
        .then(pl.lit(Status.ACTIVE.value))
        .when(who.is_in(trialing))
        .then(pl.lit(Status.TRIALING.value))
        .when(who.is_in(spans["customer"].implode()))
        .then(pl.lit(Status.CHURNED.value))
        .otherwise(pl.lit(Status.NEVER.value))
    )
    return ledger.customers.select("customer", value=status)


def _mrr(ledger: Ledger) -> pl.DataFrame:
    """In micros; 0 for those who pay nothing, null for those whose MRR has no exchange rate."""
    held = worth(ledger.movements, ledger.unpriced).select("customer", "holds", value="amount_base")
    found = ledger.customers.select("customer").join(held, on="customer", how="left")
    return found.select("customer", value=pl.when(pl.col("holds").is_null()).then(0).otherwise("value"))


FIELDS: Final[dict[str, Callable[[Ledger], pl.DataFrame]]] = {
    "country": _country,
    "currency": _currency,
    "plan": _of_plan("name"),
    "product": _of_plan("product"),
    "interval": _of_plan("interval"),
    "coupon": _coupon,
    "cohort": _cohort,
    "status": _status,
    "mrr": _mrr,
}
"""Every field but ``metadata.<key>``, with its values (customer, value)."""
