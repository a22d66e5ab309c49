"""The contested definitions of recurring revenue as switches, and the four presets that set them all at once.

Each field of Rules is one switch; its metadata holds the title and the sentence that the settings page, the command
line and the documentation show. The defaults are those of `docs/decisions/`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import date
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any, ClassVar, Final

from pydantic import ConfigDict, TypeAdapter, ValidationError

from lib.errors import BadRules

DURATIONS: Final = ("forever", "repeating", "once")
"""Coupon durations, as Stripe names them."""
LONGEST_PAST_DUE: Final = 365


class TrialConversion(StrEnum):
    """What converted trials are divided by."""

    NEW = "new"
    ENDED = "ended"
    COHORT = "cohort"


def _switch(default: Any, title: str, help_: str) -> Any:  # noqa: ANN401 - dataclasses.field itself is untyped so
    return field(default=default, metadata={"title": title, "help": help_})


@dataclass(frozen=True, slots=True)
class Rules:
    """How MRR and what follows from it are counted. Each field is one switch."""

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    deducted_coupons: frozenset[str] = _switch(
        frozenset({"forever", "repeating"}),
        "Coupons that lower MRR",
        "Which durations of coupons are taken off MRR while they run.",
    )
    full_discount_active: bool = _switch(
        default=False,
        title="Customers with 100% off stay active",
        help_="On: they count as active customers at an MRR of 0. Off: they count as churned.",
    )
    count_metered: bool = _switch(
        default=False,
        title="Count metered usage",
        help_="On: usage counts with the mean of what was billed for the last three months. Off: it is left out.",
    )
    churn_at_click: bool = _switch(
        default=False,
        title="Churn on cancellation",
        help_="On: a subscription leaves MRR when it is cancelled. Off: when the period that was paid for ends.",
    )
    past_due_days: int | None = _switch(
        30, "Past due for at most", "Days after which an unpaid renewal counts as churn. Empty: never."
    )
    count_paused: bool = _switch(
        default=True,
        title="Count paused subscriptions",
        help_="On: a subscription whose collection is paused stays in MRR. Off: it is out while paused.",
    )
    drop_short_stays: bool = _switch(
        default=False,
        title="Leave out short stays",
        help_="On: a customer who joins and leaves within one calendar month is not counted at all.",
    )
    currency: str | None = _switch(
        None, "Reporting currency", "All amounts are shown in it. Empty: the account's own currency."
    )
    frozen_rates: date | None = _switch(  # noqa: RUF009 - a dataclass field by another name
        None,
        "Freeze exchange rates",
        "All amounts are converted at this day's rates, so that no figure moves with them. Empty: rates of each day.",
    )
    churn_counts_new: bool = _switch(
        default=False,
        title="Divide churn by new customers too",
        help_="On: churn rates are divided by what was there 30 days ago and what came since. Off: by the former only.",
    )
    net_reactivation: bool = _switch(
        default=False,
        title="Reactivation offsets churn",
        help_="On: what comes back is taken off the net MRR churn rate. Off: it is not.",
    )
    ltv_months: int = _switch(
        0,
        "Months of churn behind LTV",
        "LTV divides by the mean churn rate of this many full months. 0: by the churn rate of the last 30 days.",
    )
    trial_conversion: TrialConversion = _switch(  # noqa: RUF009 - as above
        TrialConversion.NEW,
        "Trial conversion is a share of",
        "What converted trials are divided by: trials begun, trials ended, or the same trials that began.",
    )

    def __post_init__(self) -> None:
        """Refuse what no switch can be set to; raises BadRules."""
        if unknown := self.deducted_coupons - set(DURATIONS):
            raise BadRules(name="deducted_coupons", value=", ".join(sorted(unknown)))
        if self.past_due_days is not None and not 0 <= self.past_due_days <= LONGEST_PAST_DUE:
            raise BadRules(name="past_due_days", value=self.past_due_days)
        if self.currency is not None and not re.fullmatch("[a-z]{3}", self.currency):
            raise BadRules(name="currency", value=self.currency)
        if not 0 <= self.ltv_months <= MONTHS_IN_A_YEAR:
            raise BadRules(name="ltv_months", value=self.ltv_months)


MONTHS_IN_A_YEAR: Final = 12
SWITCHES: Final[tuple[Field[Any], ...]] = fields(Rules)
"""The switches in display order; ``metadata`` has ``title`` and ``help``."""


class Preset(StrEnum):
    """Vendors whose definitions can be had all at once."""

    BAREMETRICS = "Baremetrics"
    CHARTMOGUL = "ChartMogul"
    PROFITWELL = "ProfitWell"
    STRIPE = "Stripe"


PRESETS: Final[Mapping[Preset, Rules]] = MappingProxyType(
    {
        Preset.BAREMETRICS: Rules(),
        Preset.CHARTMOGUL: Rules(
            deducted_coupons=frozenset(DURATIONS),
            full_discount_active=True,
            net_reactivation=True,
            ltv_months=6,
            trial_conversion=TrialConversion.COHORT,
        ),
        Preset.PROFITWELL: Rules(
            deducted_coupons=frozenset(DURATIONS),
            count_paused=False,
            drop_short_stays=True,
        ),
        Preset.STRIPE: Rules(
            churn_at_click=True,
            past_due_days=None,
            churn_counts_new=True,
            trial_conversion=TrialConversion.ENDED,
        ),
    }
)
"""Why each differs: docs/decisions/0008-presets.md."""


def preset_of(rules: Rules) -> Preset | None:
    """The preset that has these switches, whatever the currency and frozen rates; None for a set of one's own."""
    plain = {s.name: getattr(rules, s.name) for s in SWITCHES} | {"currency": None, "frozen_rates": None}
    return next((preset for preset, held in PRESETS.items() if held == Rules(**plain)), None)


_ADAPTER: Final = TypeAdapter(Rules)


def to_json(rules: Rules) -> dict[str, Any]:
    """The switches that differ from the default, as JSON values: what is kept with an account."""
    told = _ADAPTER.dump_python(rules, mode="json", exclude_defaults=True)
    return {name: sorted(value) if isinstance(value, list) else value for name, value in told.items()}


def from_json(kept: Mapping[str, Any] | None) -> Rules:
    """The rules behind ``to_json``; raises BadRules for a value that a switch can't have, or a switch unknown."""
    try:
        return _ADAPTER.validate_python(dict(kept or {}))
    except ValidationError as error:
        first = error.errors()[0]
        raise BadRules(name=first["loc"][0], value=first["input"]) from None


MONTHS_OF: dict[str, Fraction] = {
    "month": Fraction(1),
    "year": Fraction(12),
    "week": Fraction(12, 52),
    "day": Fraction(12, 365),
}
"""Months in one billing interval, exact."""
