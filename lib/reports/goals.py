"""Goals: what a metric is to be by a day, and how far it is on its way there."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel.numbers import (
    NumberFormatError,
    format_decimal,
    get_currency_name,
    get_currency_symbol,
    list_currencies,
    parse_decimal,
)

from lib.accounts import identifiers, roles, workspaces
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.errors import BadGoal, GoalAmbiguous, GoalInAnotherCurrency, GoalInThePast, UnknownGoal
from lib.metrics import catalog
from lib.metrics.query import Query
from lib.metrics.registry import Good, Metric, Total, Unit
from lib.money import exact_of_micros, exponent
from lib.reports import door
from lib.reports.door import Value
from lib.store import goals, people, tables
from lib.store.engine import reading, transaction

PACE: Final = 90
"""Days over which the pace towards a goal is measured."""
_LARGEST: Final = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Goal:
    """What ``metric`` is to be at the end of ``day``. ``target`` in the metric's raw unit: micros of ``currency``, a
    whole number, a fraction. ``currency`` is the one reported in when the goal was set; None where it is no money.
    ``created``: when it was set, epoch seconds.
    """

    id: str
    metric: str
    day: date
    target: int | float
    created: int
    currency: str | None = None

    def fits(self, currency: str) -> bool:
        """Whether it can be measured: what is reported in ``currency`` says nothing of money in another one."""
        return self.currency in {None, currency}


@dataclass(frozen=True, slots=True)
class Outlook:
    """How a goal stands: ``now`` in raw units; ``share`` of the target reached; ``ahead``: when the pace of the last
    PACE days reaches it, None where that never happens or a pace says nothing (flows and ratios).
    """

    goal: Goal
    now: Value
    share: float | None
    reached: bool
    ahead: date | None


def parse(text: str, metric: Metric, locale: str, currency: str = "usd") -> Decimal:
    """A target as people type it, ``$35,000``, ``85k``, ``1.2m`` or ``2.5 %``, in major units of ``currency`` or as a
    fraction.

    Numbers are read as the locale writes them, else as English or German does where that leaves no doubt: no amount has
    three decimals where its currency has two, so 85.000 and 85,000 are the same. Raises BadGoal; GoalInAnotherCurrency
    for an amount of one that is not ``currency``; GoalAmbiguous for a percentage, a ratio or a time like 2.500.
    """
    found = _TYPED.fullmatch(_GAPS.sub("", text.strip()))
    if not found:
        raise BadGoal(text=text.strip() or "nothing")
    first, last = (found[side].strip().rstrip(".").lower() for side in ("before", "after"))
    times = _times(first, last, metric.unit, _signs(currency.upper(), locale))
    if times is None:
        if metric.unit is Unit.MONEY and _times(first, last, metric.unit, _all_signs(locale)):
            raise GoalInAnotherCurrency(text=text.strip(), currency=currency.upper())
        raise BadGoal(text=text.strip())
    if metric.unit not in {Unit.MONEY, Unit.COUNT} and _UNCLEAR.fullmatch(found["number"]):
        whole, decimals = re.split("[.,]", found["number"])
        part = decimals.rstrip("0") or "0"
        raise GoalAmbiguous(text=text.strip(), decimal=f"{whole}.{part}", thousands=whole + decimals)
    number = _number(found["number"], _decimals(metric.unit, currency) if times == 1 else None, locale)
    if number is None:
        raise BadGoal(text=text.strip())
    number *= times
    if number > _LARGEST or (metric.unit is Unit.COUNT and number % 1):
        raise BadGoal(text=text.strip())
    return number / 100 if metric.unit is Unit.PERCENT else number


_TYPED: Final = re.compile(r"(?P<before>[^\d]*)(?P<number>\d(?:[\d.,]*\d)?)(?P<after>[^\d]*)", re.ASCII)
_UNCLEAR: Final = re.compile(r"[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
"""Thousands to one and decimals to another."""
_GAPS: Final = re.compile(r"(?<=\d)[\s'’](?=\d{3}(?!\d))")
"""What some put between thousands beside a point or a comma."""
_TIMES: Final = {
    "thousand": 10**3, "tsd": 10**3, "k": 10**3,
    "million": 10**6, "mio": 10**6, "mn": 10**6, "m": 10**6,
    "billion": 10**9, "mrd": 10**9, "bn": 10**9,
}  # fmt: skip
"""Longer ones before those that they begin with."""
_OTHERS: Final = ("en_US", "de_DE")


_DOLLARS: Final = re.compile(r"dollar|(?<!philippine )peso")
_WRITTEN: Final = {
    "EUR": "€", "GBP": "£", "EGP": "£", "JPY": "¥", "CNY": "¥", "INR": "₹", "PLN": "zł", "CZK": "kč", "HUF": "ft",
    "SEK": "kr", "NOK": "kr", "DKK": "kr", "ISK": "kr", "RUB": "₽", "TRY": "₺", "UAH": "₴", "KRW": "₩", "ILS": "₪",
    "VND": "₫", "PHP": "₱", "THB": "฿", "NGN": "₦",
}  # fmt: skip
"""At home, in small letters; elsewhere a locale may only know the code."""
_SHORT: Final = {"AUD": "a$", "CAD": "c$", "SGD": "s$", "TWD": "nt$", "MXN": "mex$", "BRL": "r$"}
_NONE: Final = frozenset({""})


def _times(first: str, last: str, unit: Unit, signs: frozenset[str]) -> int | None:
    """What the number between two words is multiplied by; None where they are no words for this unit.

    The words of numbers go before ``signs``: a K is the kwacha in Zambia, but behind a number a thousand everywhere.
    """
    if unit is Unit.PERCENT:
        return 1 if not first and last in {"", "%"} else None
    signs = signs if unit is Unit.MONEY else _NONE
    if first not in signs:
        return None
    if unit in {Unit.MONEY, Unit.COUNT}:
        for word, times in _TIMES.items():
            if last.startswith(word) and last[len(word) :].strip(" .") in signs:
                return times
    return 1 if last in signs else None


@lru_cache(maxsize=64)
def _signs(code: str, locale: str) -> frozenset[str]:
    """How a currency may be written, in small letters: ``$``, ``us$``, ``usd``; and not at all."""
    written = {code, *(get_currency_symbol(code, each) for each in (locale, "en_US")), _WRITTEN.get(code, "")}
    if _DOLLARS.search(get_currency_name(code, locale="en_US").lower()):
        written |= {"$", f"{code[:2]}$", _SHORT.get(code, "")}
    return frozenset(each.rstrip(".").lower() for each in written | _NONE)


@lru_cache(maxsize=16)
def _all_signs(locale: str) -> frozenset[str]:
    """How any currency may be written."""
    return frozenset().union(*(_signs(code, locale) for code in list_currencies()), _SHORT.values())


def _decimals(unit: Unit, currency: str) -> int | None:
    """The most decimals that make sense: with more, the last separator is one of thousands. None: any number."""
    return max(2, exponent(currency)) if unit is Unit.MONEY else 2 if unit is Unit.COUNT else None


def _number(text: str, most: int | None, locale: str) -> Decimal | None:
    """The first reading with no more than ``most`` decimals; None where there is none."""
    for each in (locale, *_OTHERS):
        with suppress(NumberFormatError):
            number = parse_decimal(text, locale=each, strict=True)
            if most is None or -int(number.as_tuple().exponent) <= most:
                return number
    return None


def keep(  # noqa: PLR0913 - who, where, what, when: all by keyword but the first three
    user: SignedIn,
    account: str,
    slug: str,
    *,
    day: date,
    target: Decimal,
    currency: str,
    today: date,
    now: int,
    instead_of: str | None = None,
) -> None:
    """Set a goal in place of the metric's one for the same day, and of the goal ``instead_of`` (an id) whatever its
    day. ``target`` as :func:`parse` gives it, in ``currency``, the one that is reported in.

    Raises NotYourRole, UnknownAccount, UnknownMetric or GoalInThePast.
    """
    _may(user, account)
    catalog.find(slug)
    if day <= today:
        raise GoalInThePast
    row = tables.Goal(
        id=identifiers.new("goal"),
        workspace=user.workspace,
        account=account,
        metric=slug,
        day=day.isoformat(),
        target=str(target),
        currency=currency,
        user=user.id,
        created=now,
    )
    with transaction() as db:
        goals.remove_for(db, user.workspace, account, slug, day.isoformat())
        if instead_of:
            goals.remove(db, user.workspace, account, instead_of)
        people.add(db, row)


def of(workspace: str, account: str, slug: str, currency: str) -> tuple[Goal, ...]:
    """The workspace's goals of a metric, the nearest day first; ``currency``: of those that name none."""
    metric = catalog.find(slug)
    with reading() as db:
        return tuple(_goal(metric, row, row.currency or currency) for row in goals.of(db, workspace, account, slug))


def _goal(metric: Metric, row: tables.Goal, currency: str) -> Goal:
    own = currency if metric.unit is Unit.MONEY else None
    target = raw(metric, Decimal(row.target), currency)
    return Goal(row.id, row.metric, date.fromisoformat(row.day), target, row.created, own)


def remove(user: SignedIn, account: str, goal: str) -> None:
    """Delete a goal. Raises NotYourRole, UnknownAccount or UnknownGoal."""
    _may(user, account)
    with transaction() as db:
        if not goals.remove(db, user.workspace, account, goal):
            raise UnknownGoal


def _may(user: SignedIn, account: str) -> None:
    roles.require(user, Right.EDIT)
    if account != user.workspace:
        workspaces.require_account(user.workspace, account)


def raw(metric: Metric, target: Decimal, currency: str) -> int | float:
    """A target as :func:`parse` gives it, in the metric's raw unit."""
    match metric.unit:
        case Unit.MONEY:
            return int(target.scaleb(6 + exponent(currency)))
        case Unit.COUNT:
            return int(target)
        case _:
            return float(target)


def typed(goal: Goal, locale: str) -> str:
    """A goal's target as somebody would type it who writes numbers as ``locale`` does: what :func:`parse` reads."""
    metric = catalog.find(goal.metric)
    if metric.unit is Unit.MONEY:
        amount = exact_of_micros(int(goal.target), goal.currency or "usd")
        return format_decimal(amount, locale=locale, decimal_quantization=False)
    if metric.unit is Unit.COUNT:
        return format_decimal(int(goal.target), locale=locale)
    percent = metric.unit is Unit.PERCENT
    number = format_decimal(
        Decimal(str(goal.target)) * (100 if percent else 1), locale=locale, decimal_quantization=False,
        group_separator=False,
    )  # fmt: skip
    if _UNCLEAR.fullmatch(number):
        number += "0"
    return f"{number} %" if percent else number


def next_of(found: tuple[Goal, ...], today: date) -> Goal | None:
    """The goal that comes next, or the last that passed."""
    return next((goal for goal in found if goal.day >= today), found[-1] if found else None)


def outlook(account: str, goal: Goal, today: date) -> Outlook:
    """How a goal stands today; one that fits what is reported in. A flow is measured over its calendar month so far."""
    metric = catalog.find(goal.metric)
    now = _now(account, metric, today)
    better = 1 if metric.good is Good.UP else -1
    reached = now is not None and (now - goal.target) * better >= 0
    share = None if now is None or not goal.target or better < 0 else now / goal.target
    return Outlook(goal, now, share, reached, None if reached else _ahead(account, metric, goal, today))


def _now(account: str, metric: Metric, today: date) -> Value:
    first = today.replace(day=1) if metric.total is Total.SUM else today
    return door.metric(account, metric.slug, Query(first, today)).total


def _ahead(account: str, metric: Metric, goal: Goal, today: date) -> date | None:
    if metric.total is not Total.LAST:
        return None
    days = Query(today - timedelta(days=PACE), today)
    values = door.metric(account, metric.slug, days).frame["value"].to_list()
    return ahead(values[0], values[-1], goal.target, today)


def ahead(before: Value, now: Value, target: float, today: date) -> date | None:
    """The day on which a level that went from ``before`` to ``now`` in PACE days is at ``target``, if it goes on so;
    None when it goes the other way, or takes more than ten years.
    """
    if before is None or now is None or now == before:
        return None
    days = (target - now) * PACE / (now - before)
    return today + timedelta(days=round(days)) if 0 <= days <= 3650 else None  # noqa: PLR2004 - ten years
