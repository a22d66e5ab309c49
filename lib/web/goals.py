"""A metric's goal on its page: set one, see how far it is, take it back."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta

import streamlit as st

from lib.accounts import roles
from lib.accounts.roles import Right
from lib.charts.scale import Scale
from lib.errors import AppError, GoalOnThatDay
from lib.metrics import catalog
from lib.metrics.registry import Metric, Total, Unit
from lib.money import show_count
from lib.reports import goals
from lib.reports.door import Value
from lib.reports.goals import PACE, Goal, Outlook
from lib.web import asking, rounds, words
from lib.web.standing import Standing

_SAID = "goal-said"
_VIEWER = "Viewers can't set goals. An owner or a member can."


def of(at: Standing, metric: Metric) -> tuple[Goal, ...]:
    """The metric's goals, the nearest day first."""
    return goals.of(at.user.workspace, at.account.account, metric.slug, at.book.currency)


def mark(at: Standing, found: tuple[Goal, ...]) -> Value:
    """Where a chart draws the next goal of ``found``; None where what is drawn is not what the goal is about."""
    goal = goals.next_of(found, at.book.today)
    return goal.target if goal and not _unlike(at, goal) else None


def _unlike(at: Standing, goal: Goal) -> str | None:
    """Why a goal can't be measured by what is shown, in a sentence; None where it can."""
    if at.book.segment is not None:
        return "The goal is for all customers, so it is not compared with a segment."
    if goal.currency is None or goal.fits(at.book.currency):
        return None
    text = at.reader.money(goal.currency).text(goal.target)
    return (
        f"The goal of {text} for {words.short_day(goal.day, at.reader.locale)} was set in {goal.currency.upper()}, and "
        f"these figures are in {at.book.currency.upper()} now, so it is not compared. Set it again, or delete it."
    )


def show(at: Standing, metric: Metric, found: tuple[Goal, ...], scale: Scale, *, judges: bool) -> None:
    """How the next goal stands, in a sentence; ``judges``: also whether it is reached, not while data still arrives."""
    goal = goals.next_of(found, at.book.today)
    if goal and (unlike := _unlike(at, goal)):
        st.caption(words.plain(unlike))
    elif goal:
        outlook = goals.outlook(at.account.account, goal, at.book.today)
        told = sentence(metric, outlook, scale, at.book.today) if judges else so_far(outlook, scale)
        st.markdown(words.plain(told))
    if said := st.session_state.pop(_SAID, None):
        st.caption(words.plain(said))


def button(at: Standing, metric: Metric, found: tuple[Goal, ...], scale: Scale) -> None:
    """The way to set goals, and to change and delete each of ``found``, which are those that there are."""
    may = roles.may(at.user, Right.EDIT)
    goal = goals.next_of(found, at.book.today)
    ahead = goal is not None and _is_ahead(at, goal)
    label = "Set a goal" if not ahead else "Change the goal" if len(found) == 1 else f"Change {len(found)} goals"
    if not may:
        st.button(label, icon=":material/flag:", disabled=True, help=_VIEWER, key="goal-off")
        return
    with st.popover(label, icon=":material/flag:", key=rounds.key("goal")):
        _form(at, metric, scale, chosen := _chosen(at, found, goal if ahead else None))
        if chosen:
            _delete(at, chosen)


def _is_ahead(at: Standing, goal: Goal) -> bool:
    return goal.day > at.book.today


def _chosen(at: Standing, found: tuple[Goal, ...], following: Goal | None) -> Goal | None:
    """Which goal is to be changed; None: one more is to be set."""
    if not found:
        return None
    names = {each.id: called(at, each) for each in found} | {_MORE: "One more goal"}
    key = f"goal-which-{found[0].metric}"
    if st.session_state.get(key) not in names:
        st.session_state[key] = following.id if following else _MORE
    chosen = st.selectbox("Goal", list(names), format_func=lambda each: names.get(each, each), key=key)
    return next((each for each in found if each.id == chosen), None)


_MORE = "more"


def called(at: Standing, goal: Goal) -> str:
    """A goal in a list: ``$85,000.00 by Dec 31, 2026``."""
    scale = at.reader.scale(catalog.find(goal.metric), goal.currency or at.book.currency)
    return f"{scale.text(goal.target)} by {words.short_day(goal.day, at.reader.locale)}"


def _delete(at: Standing, goal: Goal) -> None:
    key = f"goal-delete-{goal.id}"
    asking.button("Delete the goal", key)
    if asking.confirmed(
        key, f"Delete the goal of {words.plain(called(at, goal))}? It will disappear from everybody's charts."
    ):
        _done(lambda: _remove(at, goal))


def _form(at: Standing, metric: Metric, scale: Scale, goal: Goal | None) -> None:
    """What is to be reached by when; of ``goal`` as it stands, if one is to be changed."""
    end_of_year = date(at.book.today.year + (at.book.today.month == 12), 12, 31)  # noqa: PLR2004 - December
    ahead = goal is not None and _is_ahead(at, goal)
    which = rounds.key(f"-{goal.id}" if goal else "")
    with st.form(f"goal-form{which}", border=False, clear_on_submit=False):
        st.caption(_MEANT.get(metric.total, f"The value that {metric.name} should reach by the end of that day."))
        written = st.text_input(
            "Target",
            value=goals.typed(goal, at.reader.locale) if goal and goal.fits(at.book.currency) else "",
            placeholder=example(scale),
            key=f"goal-target{which}",
        )
        day = st.date_input(
            "By",
            value=goal.day if goal and ahead else end_of_year,
            min_value=at.book.today + timedelta(days=1),
            key=f"goal-day{which}",
            format=at.reader.date_input,
        )
        if st.form_submit_button("Save the goal", type="primary") and isinstance(day, date):
            _done(lambda: _keep(at, metric, written, day, goal))


_MEANT = {Total.SUM: "What the whole calendar month of the day is to come to."}


def _keep(at: Standing, metric: Metric, written: str, day: date, goal: Goal | None) -> str:
    """Set the goal, in place of ``goal`` if that is changed, and say what was understood."""
    target = goals.parse(written, metric, at.reader.locale, at.book.currency)
    was = goal.id if goal and _is_ahead(at, goal) else None  # one that has passed stays: it tells what was reached
    if any(each.day == day and each.id != was for each in of(at, metric)):
        raise GoalOnThatDay(day=words.short_day(day, at.reader.locale))
    goals.keep(
        at.user,
        at.account.account,
        metric.slug,
        day=day,
        target=target,
        currency=at.book.currency,
        today=at.book.today,
        now=int(time.time()),
        instead_of=was,
    )
    return is_set(metric, goals.raw(metric, target, at.book.currency), day, at.reader.scale(metric, at.book.currency))


def is_set(metric: Metric, target: float, day: date, scale: Scale) -> str:
    """What was understood: ``The goal is $85,000.00 at the end of Dec 31, 2026.``."""
    when = f"at the end of {words.short_day(day, scale.locale)}"
    if metric.total is Total.SUM:
        when = f"for the whole month {words.month(day, scale.locale)}"
    return f"The goal is {scale.text(target)} {when}."


def _remove(at: Standing, goal: Goal) -> str:
    goals.remove(at.user, at.account.account, goal.id)
    return "The goal is deleted."


def _done(act: Callable[[], str]) -> None:
    try:
        said = act()
    except AppError as error:
        st.error(error.message)
        return
    st.session_state[_SAID] = said
    rounds.over()
    st.rerun()


def example(scale: Scale) -> str:
    """What the empty field shows, as the locale of the reader writes it."""
    match scale.unit:
        case Unit.MONEY:
            return f"{show_count(35_000, scale.locale)} or 35k"
        case Unit.PERCENT:
            return scale.percent(0.025)
        case _:
            return "500"


def so_far(found: Outlook, scale: Scale) -> str:
    """``$21,648.00 so far, and $35,000.00 is the goal for Dec 31, 2026.``: for figures that are not all there."""
    goal = found.goal
    day = words.short_day(goal.day, scale.locale)
    return f"{scale.text(found.now)} so far, and {scale.text(goal.target)} is the goal for {day}."


def sentence(metric: Metric, found: Outlook, scale: Scale, today: date) -> str:
    """``62% of the way: $21,648.00 of $35,000.00 by Dec 31, 2026. At the pace of the last 90 days …``."""
    goal, day = found.goal, words.short_day(found.goal.day, scale.locale)
    target, now = scale.text(goal.target), scale.text(found.now)
    so_far = " so far this month" if metric.total is Total.SUM else ""
    if found.reached:
        return f"Goal reached: {now}{so_far}, and {target} was the goal for {day}."
    if goal.day < today:
        return f"The goal of {target} for {day} was missed; it is {now}{so_far}."
    way = f"{now}{so_far}, and {target} is the goal"
    if found.share is not None:
        way = f"{scale.percent(found.share)} of the way: {now}{so_far} of {target}"
    return f"{way} by {day}. {_pace(metric, found, scale)}".strip()


def _pace(metric: Metric, found: Outlook, scale: Scale) -> str:
    if metric.total is not Total.LAST:
        return ""
    if found.ahead is None:
        return f"At the pace of the last {PACE} days it is not reached."
    when = words.short_day(found.ahead, scale.locale)
    late = "in time" if found.ahead <= found.goal.day else "late"
    return f"At the pace of the last {PACE} days it is reached on {when}, {late}."
