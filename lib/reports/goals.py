"""Goals: what a metric is to be by a day, and how far it is on its way there."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from babel.numbers import NumberFormatError, parse_decimal

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


def parse(text: str, metric: Metric, locale: str) -> Decimal:
    """A target as people type it, ``$35,000`` or ``2.5 %``, in major units or as a fraction. Raises BadGoal."""
    try:
        number = parse_decimal(_bare(text), locale=locale, strict=True)
    except NumberFormatError:
        raise BadGoal(text=text.strip() or "nothing") from None
    if not number.is_finite() or abs(number) > _LARGEST or number < 0:
        raise BadGoal(text=text.strip())
    return number / 100 if metric.unit is Unit.PERCENT else number


def _bare(text: str) -> str:
    """A number without the signs of currencies and percent."""
    kept = "".join(each for each in text if each != "%" and unicodedata.category(each) != "Sc")
    return " ".join(kept.split())


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
