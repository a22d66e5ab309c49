"""Goals: what a metric is to be by a day, and how far it is on its way there."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel.numbers import NumberFormatError, get_currency_symbol, list_currencies, parse_decimal

from lib.accounts import identifiers, roles, workspaces
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.errors import BadGoal, GoalInThePast, UnknownGoal
from lib.metrics import catalog
from lib.metrics.query import Query
from lib.metrics.registry import Good, Metric, Total, Unit
from lib.money import exponent
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
    three decimals where its currency has two, so 85.000 and 85,000 are the same. Raises BadGoal.
    """
    found = _TYPED.fullmatch(_GAPS.sub("", text.strip()))
    if not found:
        raise BadGoal(text=text.strip() or "nothing")
    times = _times(found["before"], found["after"], metric.unit, locale)
    number = _number(found["number"], _decimals(metric.unit, currency) if times == 1 else None, locale)
    if times is None or number is None:
        raise BadGoal(text=text.strip())
    number *= times
    if number > _LARGEST or (metric.unit is Unit.COUNT and number % 1):
        raise BadGoal(text=text.strip())
    return number / 100 if metric.unit is Unit.PERCENT else number


_TYPED: Final = re.compile(r"(?P<before>[^\d]*)(?P<number>\d(?:[\d.,]*\d)?)(?P<after>[^\d]*)", re.ASCII)
_GAPS: Final = re.compile(r"(?<=\d)[\s'’](?=\d{3}(?!\d))")
"""What some put between thousands beside a point or a comma."""
_TIMES: Final = {
    "thousand": 10**3, "tsd": 10**3, "k": 10**3,
    "million": 10**6, "mio": 10**6, "mn": 10**6, "m": 10**6,
    "billion": 10**9, "mrd": 10**9, "bn": 10**9,
}  # fmt: skip
"""Longer ones before those that they begin with."""
_OTHERS: Final = ("en_US", "de_DE")


def _times(before: str, after: str, unit: Unit, locale: str) -> int | None:
    """What the number is multiplied by for the words about it; None where they are no words for this unit."""
    first, last = (each.strip().rstrip(".").lower() for each in (before, after))
    if unit is Unit.PERCENT:
        return 1 if not first and last in {"", "%"} else None
    signs = _signs(locale) if unit is Unit.MONEY else frozenset({""})
    if first not in signs:
        return None
    if last in signs:
        return 1
    fits = (times for word, times in _TIMES.items() if last.startswith(word) and last[len(word) :].strip(" .") in signs)
    return next(fits, None) if unit in {Unit.MONEY, Unit.COUNT} else None


@lru_cache(maxsize=16)
def _signs(locale: str) -> frozenset[str]:
    """How currencies may be written, in small letters: ``$``, ``us$``, ``usd``, ``kr``; and not at all."""
    codes = list_currencies()
    written = {get_currency_symbol(code, each) for code in codes for each in (locale, "en_US")}
    return frozenset(each.rstrip(".").lower() for each in {*codes, *written, *"$€£¥", ""})


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
    user: SignedIn, account: str, slug: str, *, day: date, target: Decimal, currency: str, today: date, now: int
) -> None:
    """Set a goal in place of the metric's one for the same day. ``target`` as :func:`parse` gives it, in ``currency``,
    the one that is reported in.

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
        people.add(db, row)


def of(workspace: str, account: str, slug: str, currency: str) -> tuple[Goal, ...]:
    """The workspace's goals of a metric, the nearest day first; ``currency``: of those that name none."""
    metric = catalog.find(slug)
    with reading() as db:
        return tuple(_goal(metric, row, row.currency or currency) for row in goals.of(db, workspace, account, slug))


def _goal(metric: Metric, row: tables.Goal, currency: str) -> Goal:
    own = currency if metric.unit is Unit.MONEY else None
    target = _raw(metric, row.target, currency)
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


def _raw(metric: Metric, text: str, currency: str) -> int | float:
    target = Decimal(text)
    match metric.unit:
        case Unit.MONEY:
            return int(target.scaleb(6 + exponent(currency)))
        case Unit.COUNT:
            return int(target)
        case _:
            return float(target)


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
