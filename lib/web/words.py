"""What the pages say: sentences and marks made of figures. Pure, so that each is tested by itself."""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo
from functools import lru_cache

from babel.dates import format_date, format_skeleton, format_time

from lib.charts.scale import NOT_AVAILABLE, Scale, arrow
from lib.metrics.registry import Good, Metric, Total, Unit
from lib.reports.activity import Change
from lib.reports.door import Card, Value

_MARKUP = re.compile(r"([\\`*{}\[\]()<>#+\-.!|~$:]|\b_|_\b)")
_SELF_LINKING = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)
_JOINER = "\u2060"
"""Shows nothing and breaks nothing, but what it parts is no address."""
GOOD, BAD, NEUTRAL = "pl-good", "pl-bad", "pl-muted"


def verdict(metric: Metric, change: float | None) -> str:
    """The CSS class of a change: good and bad follow the metric, not the direction."""
    if not change:
        return NEUTRAL
    return GOOD if (change > 0) == (metric.good is Good.UP) else BAD


def change(metric: Metric, now: Value, before: Value, scale: Scale) -> str:
    """``▲ 4.2%``, for counts ``▲ 3``, for percentages ``▼ 0.4 pt``, from nothing ``▲ from $0.00``; ``n/a`` where
    nothing was known before.
    """
    if now is None or before is None:
        return NOT_AVAILABLE
    if metric.unit is Unit.COUNT:
        return f"{arrow(now - before)} {scale.text(abs(now - before))}"
    found = scale.change(now, before)
    nothing_to_divide_by = found == NOT_AVAILABLE and now != before
    return f"{arrow(now - before)} from {scale.card(before)}" if nothing_to_divide_by else found


def window(metric: Metric) -> str:
    """What days a card's figure and its change are about: cards are the same whatever the span."""
    return "vs 30 days ago" if metric.total is Total.LAST else "in 30 days, vs 30 before"


def card_sentence(card: Card, scale: Scale, *, judges: bool = True) -> str:
    """What a card says to those who hear it, and in its tooltip; ``judges``: also whether the change is good."""
    name, value = card.metric.name, scale.text(card.value)
    if card.value is None:
        return f"{name} can't be computed yet: there is nothing to divide by."
    if card.before is None:
        return f"{name} is {value}; there is nothing earlier to compare with."
    before = scale.text(card.before)
    if card.value == card.before:
        return f"{name} is {value}, the same as 30 days before."
    verb = "rose" if card.value > card.before else "fell"
    change = card.value - card.before if judges else None
    judged = {GOOD: ", which is good", BAD: ", which is bad"}.get(verdict(card.metric, change), "")
    return f"{name} {verb} from {before} to {value} against 30 days before{judged}."


def total_sentence(
    before: Value, days: tuple[date, date] | None, scale: Scale, period: str = "in the previous period"
) -> str:
    """The words beside a metric's big figure: what it is compared with, and the days that are meant."""
    if days is None:
        return ""
    start, end = (short_day(each, scale.locale) for each in days)
    if before is None:
        return f"Nothing to compare with {period} ({start} to {end})"
    return f"{scale.text(before)} {period} ({start} to {end})"


_CHANGES = {
    "new": "new from {who}",
    "expansion": "expansion: upgrades and added seats of {who}",
    "reactivation": "reactivation: {who} came back",
    "contraction": "contraction: downgrades and removed seats of {who}",
    "churn": "churn: {who} left",
    "fx": "from exchange rates",
}


def changed(change: Change, scale: Scale) -> tuple[str, str]:
    """One line of "What changed": ``+$1,240`` and ``new from 9 customers, most on Pro``."""
    who = "1 customer" if change.customers == 1 else f"{scale_count(change.customers, scale)} customers"
    words = _CHANGES[change.kind].format(who=who)
    most = f", most on {change.top_plan}" if change.kind != "fx" and change.customers > 1 else ""
    return amount(change.amount, scale), words + most


def amount(micros: int, scale: Scale) -> str:
    """An amount with its sign: ``+$1,240``, ``−$480.50``."""
    sign = "+" if micros > 0 else "−" if micros < 0 else ""
    return sign + scale.card(abs(micros))


def exact_amount(micros: int, scale: Scale) -> str:
    """The same with its cents, however large: ``+$70.00``."""
    sign = "+" if micros > 0 else "−" if micros < 0 else ""
    return sign + scale.text(abs(micros))


def scale_count(count: int, scale: Scale) -> str:
    """A whole number in the reader's locale."""
    return Scale(Unit.COUNT, scale.currency, scale.locale).text(count)


def day(when: date, today: date, locale: str) -> str:
    """``Today``, ``Yesterday``, or the date."""
    ago = (today - when).days
    return {0: "Today", 1: "Yesterday"}.get(ago) or str(format_date(when, "medium", locale=locale))


def clock(moment: int, tz: tzinfo, locale: str) -> str:
    """The time of day of UTC epoch seconds in ``tz``, as the locale writes it: ``14:05``, ``2:05 PM``."""
    return str(format_time(datetime.fromtimestamp(moment, tz), "short", locale=locale))


@lru_cache(maxsize=1 << 13)
def short_day(when: date, locale: str) -> str:
    """A date as short as it stays plain: ``Mar 3, 2026``."""
    return str(format_date(when, "medium", locale=locale))


def month(when: date, locale: str) -> str:
    """A month as short as it stays plain: ``11/2026``."""
    return str(format_skeleton("yMM", when, locale=locale))


def hidden(count: int, *, additive: bool) -> str:
    """What a breakdown's chart folded or left out; the list below it has all, and the table has them by period."""
    groups = "1 more group is" if count == 1 else f"{count} more groups are"
    return f"{groups} {'in “Other”' if additive else 'not drawn'}; the list below has every one."


def plain(text: str) -> str:
    """``text`` from a URL or from Stripe as Streamlit's Markdown shows it letter by letter: no link, image or icon."""
    return _MARKUP.sub(r"\\\1", _SELF_LINKING.sub(_JOINER, " ".join(text.split())))
