"""What changed, in sentences an owner would say, each the way to the page that proves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeAlias

import streamlit as st

from lib.charts.scale import Scale
from lib.reports import arriving, movements
from lib.reports import digest as report
from lib.reports.digest import Cause, Digest, Mrr
from lib.web import filters, links, unrated, words
from lib.web.checklist import PROVES
from lib.web.figures import Book
from lib.web.standing import Standing


class Over(StrEnum):
    """The span, as the address writes it: ``?changed=Month``."""

    WEEK = "Week"
    MONTH = "Month"


_BEFORE: Final = {Over.WEEK: "the 7 days before", Over.MONTH: "the same days last month"}
_DID: Final = {
    "new": "joined", "expansion": "upgraded", "reactivation": "came back", "contraction": "downgraded", "churn": "left",
}  # fmt: skip
Query: TypeAlias = tuple[tuple[str, str | tuple[str, ...]], ...]
GOOD, BAD, NEUTRAL = "good", "bad", "plain"
FEWER, MORE, CALL = "good-down", "bad-up", "bad-call"
"""Marks where less is better, whose arrow goes the other way, and of what is to be done, which has no direction. The
arrow is how the figure went; the colour says whether that is good, and so does the sentence, in words."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, whether it is good news, and the page that proves it: its address below / and its parameters."""

    text: str
    mark: str
    page: str
    query: Query = ()


def draw(at: Standing) -> None:
    """The heading, the switch between week and month, and the sentences."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        heading = st.empty()
        over = Over(
            st.segmented_control(
                "What changed over",
                list(Over),
                default=Over.WEEK,
                required=True,
                key="changed",
                bind="query-params",
                label_visibility="collapsed",
            )
            or Over.WEEK
        )
    heading.subheader(f"What changed this {over.lower()}", anchor=False)
    partial = arriving.partial(at.account.account)
    if partial:
        st.caption(arriving.NOTE)
    found = sentences(facts(at.book, over), over, at.reader.money(at.book.currency), judges=not partial)
    if not found:
        st.caption(f"Nothing happened {'in the last 7 days' if over is Over.WEEK else 'this month'}.")
    with st.container(key="digest", gap=None):
        for number, each in enumerate(found):
            with st.container(key=f"digest-{each.mark}-{number}"):
                _link(at, each)


def _link(at: Standing, each: Sentence) -> None:
    segment = {"segment": at.book.segment.name} if at.book.segment else {}
    proves = {PROVES: "1"} if each.page == "metric" else {}
    address = {"account": at.book.account, **segment, **dict(each.query), **proves}
    st.page_link(links.page(each.page), label=words.plain(each.text).replace("−", f"−{_JOINED}"), query_params=address)


_JOINED: Final = "\u2060"
"""Keeps a minus sign on the line of its amount."""


@lru_cache(maxsize=32)
def facts(key: Book, over: Over) -> Digest:
    """As reports.digest.of, kept while the account's data stays the same."""
    spans = report.week(key.today) if over is Over.WEEK else report.month(key.today)
    return report.of(key.account, spans, key.segment)


# --- The sentences ----------------------------------------------------------------------------------------------------


def sentences(found: Digest, over: Over, money: Scale, *, judges: bool = True) -> tuple[Sentence, ...]:
    """At most seven, the weightiest first. Amounts are exact; nothing is said of what did not happen.

    ``judges``: also what is good and bad, and what is a record; not while data still arrives.
    """
    told = [
        *_mrr(found, money, judges=judges),
        *_left(found, over, money, judges=judges),
        *_owed(found, money),
        *_ending(found, money),
        *_revenue(found, over, money),
        *_payment(found, money),
        *(_days(found, money) if judges else ()),
    ]
    return tuple(each if judges else replace(each, mark=NEUTRAL) for each in told[:_MOST])


_MOST: Final = 7


def _metric(slug: str, found: Digest) -> tuple[str, Query]:
    """The metric's page over exactly the digest's days, as far as there are figures."""
    start = max(found.first, found.span.start)
    return "metric", (("slug", slug), *filters.between(start, found.span.end))


def _movements(found: Digest, mrr: Mrr) -> tuple[str, Query]:
    """The movements of exactly the digest's days: the page shows every row that the change is made of.

    Exchange rates, which the page leaves out unless asked, are asked for where they moved MRR.
    """
    _, (_slug, *days) = _metric("mrr", found)
    types = (("type", tuple(movements.KINDS.values())),) if any(each.kind == "fx" for each in mrr.causes) else ()
    return "movements", (*days, *types)


def _mrr(found: Digest, money: Scale, *, judges: bool) -> Iterator[Sentence]:
    mrr = found.mrr
    if mrr is None:
        return
    change, now = mrr.now - mrr.before, money.text(mrr.now)
    highest = ", the highest it has ever been" if mrr.record and judges else ""
    if not change:
        said = f"MRR is {now}, as it was before: what was won made up for what was lost"
    else:
        verb = "rose" if change > 0 else "fell"
        said = f"MRR {verb} {money.text(abs(change))} to {now}{highest}. {_why(mrr, money)}"
    yield Sentence(f"{said}.", _mark(change), *_movements(found, mrr))


def _why(mrr: Mrr, money: Scale) -> str:
    """The largest cause of the change, and the largest single move if it is not the same customer's alone."""
    up = mrr.now > mrr.before
    main = next(each for each in mrr.causes if (each.amount > 0) == up)
    said = f"Most of {'the gain' if up else 'the loss'}: {_because(main, money)}"
    moves = [each.largest for each in mrr.causes if each.largest and not (each is main and each.customers == 1)]
    if moves:
        top = max(moves, key=lambda each: abs(each.amount))
        said += f"; {top.name} {_DID[top.kind]} for {words.exact_amount(top.amount, money)}"
    return said


def _because(cause: Cause, money: Scale) -> str:
    if cause.kind == "fx":
        return f"exchange rates moved ({words.exact_amount(cause.amount, money)})"
    many = _many(cause.customers, "customer", money)
    if cause.customers == 1 and cause.largest:
        return f"{cause.largest.name} {_DID[cause.kind]} ({words.exact_amount(cause.amount, money)})"
    verb = "adding" if cause.amount > 0 else "taking"
    return f"{many} {_DID[cause.kind]}, {verb} {money.text(abs(cause.amount))}{_on_product(cause, money)}"


def _on_product(cause: Cause, money: Scale) -> str:
    """How much of it was on the product with most of it: ``, $620.00 of that on Fleet``."""
    if not cause.product or cause.on_product * cause.amount <= 0:
        return ""
    part = "all" if cause.on_product == cause.amount else money.text(abs(cause.on_product))
    return f", {part} of that on {cause.product}"


def _left(found: Digest, over: Over, money: Scale, *, judges: bool) -> Iterator[Sentence]:
    left, compared = found.left, found.left_before
    if left is None:
        if compared and found.mrr:
            before = f"{words.scale_count(compared, money)} did in {_BEFORE[over]}"
            yield Sentence(f"Nobody left; {before}.", FEWER, *_metric("churned_customers", found))
        return
    who = f", the largest {left.largest.name}" if left.largest and left.customers > 1 else ""
    one = f"{left.largest.name} left" if left.largest and left.customers == 1 else None
    many = one or f"{_many(left.customers, 'customer', money)} left"
    than = _than(left.customers, compared, over, money, judges=judges)
    said = f"{many}, taking {money.text(abs(left.amount))} of MRR{who}. {than}"
    mark = FEWER if left.customers < compared else MORE if left.customers > compared else NEUTRAL
    yield Sentence(said, mark, *_metric("churned_customers", found))


def _than(now: int, before: int, over: Over, money: Scale, *, judges: bool) -> str:
    """How many left against those before; ``judges``: also whether that is good: the fewer the better."""
    if now == before:
        return f"As many left in {_BEFORE[over]}."
    then = words.scale_count(before, money) if before else "Nobody"
    side, judged = ("fewer", "better") if now < before else ("more", "worse")
    which = f", which is {judged}" if judges else ""
    return f"{then} left in {_BEFORE[over]}: {words.scale_count(abs(now - before), money)} {side} now{which}."


def _owed(found: Digest, money: Scale) -> Iterator[Sentence]:
    owed = found.owed
    if owed is None:
        return
    many = f"{_many(owed.customers, 'customer', money)} to call about {_many(owed.invoices, 'failed charge', money)}"
    if owed.invoices == 1:
        amount = unrated.amounts(owed.unrated, money) or money.text(owed.amount)
        said = f"{owed.name} is the one to call: a payment of {amount} failed and is still open."
    elif owed.unrated and not owed.amount:
        said = f"{many}: {unrated.amounts(owed.unrated, money)}, for which there is no exchange rate."
    elif owed.unrated:
        said = f"{many}, {money.text(owed.amount)} together{unrated.without(owed.unrated, money)}."
    else:
        said = f"{many}, {money.text(owed.amount)} together; the largest is {owed.name}'s {money.text(owed.largest)}."
    yield Sentence(said, CALL, "failed-charges")


def _ending(found: Digest, money: Scale) -> Iterator[Sentence]:
    ending = found.ending
    if ending is None:
        return
    day = words.short_day(ending.day, money.locale)
    worth = f", worth {money.text(ending.mrr)} of MRR" if ending.mrr else ""
    if ending.trials == 1:
        said = (
            f"The trial of {ending.name}{worth}, ends on {day}." if worth else f"{ending.name}'s trial ends on {day}."
        )
    else:
        many = _many(ending.trials, "trial", money)
        said = f"{many}{worth and f'{worth},'} end in the next 7 days; the first is {ending.name}'s, on {day}."
    yield Sentence(said, NEUTRAL, "metric", (("slug", "active_trials"),))


def _revenue(found: Digest, over: Over, money: Scale) -> Iterator[Sentence]:
    flow = found.revenue
    if flow is None:
        return
    change = flow.now - flow.before
    compared = f"as much as in {_BEFORE[over]}"
    if change:
        compared = f"{money.text(abs(change))} {'more' if change > 0 else 'less'} than in {_BEFORE[over]}"
    said = f"Net revenue came to {money.text(flow.now)}, {compared}."
    yield Sentence(said, _mark(change), *_metric("net_revenue", found))


def _payment(found: Digest, money: Scale) -> Iterator[Sentence]:
    paid = found.payment
    if paid is None:
        return
    day = words.short_day(paid.day, money.locale)
    kind = "payment for a subscription" if paid.recurring else "one-time payment"
    said = f"The biggest payment was {paid.name}'s {kind} of {money.text(paid.amount)}, on {day}."
    if paid.customer:
        yield Sentence(said, NEUTRAL, "customer", (("id", paid.customer),))
    else:
        yield Sentence(said, NEUTRAL, *_metric("gross_revenue", found))


def _days(found: Digest, money: Scale) -> Iterator[Sentence]:
    told = [
        f"{name} was {words.short_day(each.day, money.locale)}, with {words.exact_amount(each.amount, money)}"
        for name, each in (("best day for MRR", found.best), ("worst day for MRR", found.worst))
        if each
    ]
    if told:
        aside = ", exchange rates aside" if found.mrr and any(each.kind == "fx" for each in found.mrr.causes) else ""
        yield Sentence(f"The {'; the '.join(told)}{aside}.", NEUTRAL, *_metric("net_new_mrr", found))


def _many(count: int, noun: str, money: Scale) -> str:
    return f"1 {noun}" if count == 1 else f"{words.scale_count(count, money)} {noun}s"


def _mark(change: int) -> str:
    return GOOD if change > 0 else BAD if change < 0 else NEUTRAL
