"""The digest: what happened in a week against the week before, from a ledger small enough to check by eye."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from lib.charts.scale import Scale
from lib.ledger.build import Ledger
from lib.metrics.registry import Unit
from lib.reports import digest
from lib.reports.digest import Day, Digest, Span
from lib.reports.failed import UNRESOLVED
from lib.web import style
from lib.web.digest import BAD, CALL, FEWER, GOOD, MORE, NEUTRAL, Over, Sentence, sentences
from tests.reports.worlds import MICROS, ledger

TODAY = "2024-03-20"
NOBODY_OWES = pl.DataFrame(schema=UNRESOLVED)
NAMES = """
    customer  name
    ann       Ann
    bob       Bolt~Café
    cid       Cid
    """
PLANS = """
    plan  product
    p     Pro
    s     Starter
    """
MOVED = """
    date        type         customer  subscription  plan  amount_base
    2024-01-05  new          ann       s1            s     100
    2024-01-06  new          cid       s3            s     40
    2024-03-10  churn        cid       s3            s     -40
    2024-03-14  new          bob       s2            p     50
    2024-03-15  new          cid       s4            p     30
    2024-03-18  expansion    bob       s2            p     210
    2024-03-19  contraction  ann       s1            s     -20
    """


def world(**frames: str) -> Ledger:
    return ledger(TODAY, **{"movements": MOVED, "customers": NAMES, "plans": PLANS, **frames})


def told(world: Ledger, unresolved: pl.DataFrame = NOBODY_OWES) -> Digest:
    return digest.digest(world, unresolved, *digest.week(world.today))


def said(found: Digest, over: Over = Over.WEEK, currency: str = "usd") -> list[str]:
    return [each.text for each in sentences(found, over, Scale(Unit.MONEY, currency))]


def links(found: Digest) -> tuple[Sentence, ...]:
    return sentences(found, Over.WEEK, Scale(Unit.MONEY))


def test_a_week_is_the_seven_days_that_end_today_and_the_seven_before() -> None:
    assert digest.week(date(2024, 3, 20)) == (
        Span(date(2024, 3, 14), date(2024, 3, 20)),
        Span(date(2024, 3, 7), date(2024, 3, 13)),
    )


@pytest.mark.parametrize(
    ("today", "before"),
    [("2024-03-20", ("2024-02-01", "2024-02-20")), ("2024-03-31", ("2024-02-01", "2024-02-29"))],
)
def test_a_month_is_compared_up_to_the_same_day(today: str, before: tuple[str, str]) -> None:
    span = digest.month(date.fromisoformat(today))
    assert span[0] == (date(2024, 3, 1), date.fromisoformat(today))
    assert tuple(each.isoformat() for each in span[1]) == before


def test_mrr_says_how_far_where_to_and_why() -> None:
    found = told(world())
    assert found.mrr is not None
    assert (found.mrr.before, found.mrr.now) == (100 * MICROS, 370 * MICROS)
    assert said(found)[0] == (
        "MRR rose $270.00 to $370.00. Most of the gain: Bolt Café upgraded (+$210.00); Bolt Café joined for +$50.00."
    )


def test_a_cause_of_several_names_their_number_and_product() -> None:
    rows = MOVED.replace("210", "10")
    assert said(told(world(movements=rows)))[0] == (
        "MRR rose $70.00 to $170.00. Most of the gain: 2 customers joined, adding $80.00, "
        "all of that on Pro; Bolt Café joined for +$50.00."
    )
    parted = rows.replace("cid       s4            p     30", "cid       s4            s     30")
    assert "2 customers joined, adding $80.00, $50.00 of that on Pro;" in said(told(world(movements=parted)))[0]


def test_several_who_left_say_what_they_took_and_on_which_product() -> None:
    rows = """
        date        type   customer  subscription  plan  amount_base
        2024-01-05  new    ann       s1            s     100
        2024-01-05  new    bob       s2            p     60
        2024-01-05  new    cid       s3            p     40
        2024-03-15  churn  bob       s2            p     -60
        2024-03-16  churn  ann       s1            s     -30
        """
    assert said(told(world(movements=rows)))[0] == (
        "MRR fell $90.00 to $110.00. Most of the loss: 2 customers left, taking $90.00, $60.00 of that on Pro; "
        "Bolt Café left for −$60.00."
    )


def _risen() -> str:
    """The same moves, so that no day of the week ends higher than the last."""
    return MOVED.replace("2024-03-19", "2024-03-16")


def test_a_record_is_the_highest_of_all_days_the_weeks_own_among_them() -> None:
    found = told(world(movements=_risen()))
    assert said(found)[0].startswith("MRR rose $270.00 to $370.00, the highest it has ever been. Most of the gain: ")
    fallen = told(world()).mrr  # it ended March 18 at $390.00
    assert fallen is not None
    assert not fallen.record


def test_no_record_below_an_earlier_high() -> None:
    rows = MOVED.replace(
        "new          ann       s1            s     100", "new          ann       s1            s     900"
    )
    high = rows + "    2024-02-01  contraction  ann       s1            s     -800\n"
    found = told(world(movements=high)).mrr
    assert found is not None
    assert not found.record


def test_who_left_is_compared_with_the_week_before() -> None:
    rows = MOVED + "    2024-03-16  churn        ann       s1            s     -80\n"
    assert "Ann left, taking $80.00 of MRR. As many left in the 7 days before." in said(told(world(movements=rows)))
    assert "Nobody left; 1 did in the 7 days before." in said(told(world()))


@pytest.mark.parametrize(
    ("mark", "words", "now", "before"),
    [
        (FEWER, "2 left in the 7 days before: 1 fewer now, which is better.", 1, 2),
        (MORE, "1 left in the 7 days before: 1 more now, which is worse.", 2, 1),
        (MORE, "Nobody left in the 7 days before: 1 more now, which is worse.", 1, 0),
        (NEUTRAL, "As many left in the 7 days before.", 1, 1),
        (FEWER, "Nobody left; 1 did in the 7 days before.", 0, 1),
    ],
)
def test_fewer_who_left_are_good_news(mark: str, words: str, now: int, before: int) -> None:
    left = [("2024-03-10", who) for who in ("ann", "bob")[:before]] + [
        ("2024-03-16", who) for who in ("cid", "dee")[:now]
    ]
    head, *rows = ["date type customer subscription plan amount_base"]
    rows += [f"2024-01-05 new {who} s_{who} p 50" for who in ("ann", "bob", "cid", "dee", "eve")]
    rows += [f"{day} churn {who} s_{who} p -50" for day, who in left] + ["2024-03-15 expansion eve s_eve p 5"]
    found = links(told(world(movements="\n".join([head, *rows]))))
    (sentence,) = [each for each in found if dict(each.query).get("slug") == "churned_customers"]
    assert sentence.mark == mark
    assert sentence.text.endswith(words)


def test_nothing_is_judged_and_nothing_is_a_record_while_data_still_arrives() -> None:
    found = told(world(movements=_risen()))
    whole = [each.text for each in links(found)]
    partial = sentences(found, Over.WEEK, Scale(Unit.MONEY), judges=False)
    assert {each.mark for each in links(found)} > {NEUTRAL}
    assert {each.mark for each in partial} == {NEUTRAL}
    judged = [text for text in whole if "highest" in text or "best day" in text]
    assert len(judged) == 2
    assert not re.search("highest|best|worst|which is", " ".join(each.text for each in partial))
    assert len(partial) == len(whole) - 1
    gone = "    2024-03-16  churn        ann       s1            s     -80\n"
    rows = MOVED + gone + "    2024-03-17  churn        bob       s2            p     -260\n"
    left = sentences(told(world(movements=rows)), Over.WEEK, Scale(Unit.MONEY), judges=False)
    assert any(each.text.endswith("1 left in the 7 days before: 1 more now.") for each in left)


def test_every_mark_has_a_sign_of_its_own_beside_its_colour() -> None:
    shown = {each.partition("]")[0]: each for each in style.css().split('[class*="st-key-digest-')}
    signs = {mark: re.findall(r'content:"(.)";', shown[f'{mark}"'])[-1] for mark in (GOOD, BAD, FEWER, MORE, CALL)}
    assert signs == {GOOD: "▲", BAD: "▼", FEWER: "▼", MORE: "▲", CALL: "!"}


def test_the_best_and_the_worst_day() -> None:
    found = told(world())
    assert found.best == Day(date(2024, 3, 18), 210 * MICROS)
    assert found.worst == Day(date(2024, 3, 19), -20 * MICROS)
    assert (
        "The best day for MRR was Mar 18, 2024, with +$210.00; the worst day for MRR was Mar 19, 2024, with −$20.00."
        in said(found)
    )


def test_money_that_came_and_the_biggest_payment() -> None:
    cash = """
        date        kind    customer  amount_base  source  recurring
        2024-03-08  charge  ann       70           t0      yes
        2024-03-14  charge  ann       30           t1      yes
        2024-03-16  charge  bob       120          t2      no
        2024-03-17  refund  ann       -10          t3      yes
        2024-03-18  fee     -         -5           t4      yes
        """
    texts = said(told(world(cash=cash)))
    assert "Net revenue came to $140.00, $70.00 more than in the 7 days before." in texts
    assert "The biggest payment was Bolt Café's one-time payment of $120.00, on Mar 16, 2024." in texts


def test_trials_that_end_within_a_week_and_no_others() -> None:
    trials = """
        customer  subscription  plan  currency  start       end         over
        ann       t1            p     usd       2024-03-01  2024-03-27  no
        bob       t2            p     usd       2024-03-01  2024-03-22  no
        cid       t3            p     usd       2024-03-01  2024-03-28  no
        cid       t4            p     usd       2024-03-01  2024-03-20  yes
        """
    trialing = """
        date        type  customer  subscription  plan  amount_base
        2024-03-01  new   ann       t1            p     25
        2024-03-01  new   bob       t2            p     30
        2024-03-01  new   cid       t3            p     99
        """
    assert "2 trials, worth $55.00 of MRR, end in the next 7 days; the first is Bolt Café's, on Mar 22, 2024." in said(
        told(world(trials=trials, trialing=trialing))
    )


def test_who_to_call() -> None:
    owed = pl.DataFrame(
        [
            {"invoice": "in_1", "customer": "ann", "name": "Ann", "amount_base": 90 * MICROS},
            {"invoice": "in_2", "customer": "bob", "name": "Bolt Café", "amount_base": 120 * MICROS},
        ],
        schema=UNRESOLVED,
    )
    found = told(world(), owed)
    assert "2 customers to call about 2 failed charges, $210.00 together; the largest is Bolt Café's $120.00." in said(
        found
    )
    assert "Ann is the one to call: a payment of $90.00 failed and is still open." in said(told(world(), owed.head(1)))


UNKNOWN = "for which there is no exchange rate."


@pytest.mark.parametrize(
    ("expected", "owed"),
    [
        (
            f"1 customer to call about 2 failed charges, $20.00 together, without £5,000.00, {UNKNOWN}",
            [("usd", 20, 20), ("gbp", 5000, None)],
        ),
        (
            f"1 customer to call about 2 failed charges: £5,001.00, {UNKNOWN}",
            [("gbp", 5000, None), ("gbp", 1, None)],
        ),
        ("Ann is the one to call: a payment of £5,000.00 failed and is still open.", [("gbp", 5000, None)]),
    ],
)
def test_what_no_rate_is_known_for_is_not_worth_nothing(expected: str, owed: list[tuple[str, int, int | None]]) -> None:
    rows = [
        {
            "invoice": f"in_{n}",
            "name": "Ann",
            "currency": currency,
            "amount": amount * MICROS,
            "amount_base": base and base * MICROS,
        }
        for n, (currency, amount, base) in enumerate(owed)
    ]
    assert expected in said(told(world(), pl.DataFrame(rows, schema=UNRESOLVED)))


def test_nobody_is_the_largest_beside_what_no_rate_is_known_for() -> None:
    left = """
        date        type   customer  subscription  plan  currency  amount_base
        2024-01-05  new    ann       s1            s     usd       100
        2024-01-06  new    bob       s2            s     usd       50
        2024-03-15  churn  ann       s1            s     usd       -100
        2024-03-15  churn  bob       s2            s     usd       -50
        2024-03-15  churn  cid       s3            s     gbp       0
        """
    cash = """
        date        kind    customer  currency  amount_base  source
        2024-03-15  charge  ann       usd       100          ch_1
        2024-03-15  charge  cid       gbp       0            ch_2
        """
    known = world(movements=left, cash=cash)
    found = told(replace(known, unpriced=("gbp",)))
    assert (
        "3 customers left, taking $150.00 of MRR. Nobody left in the 7 days before: 3 more now, which is worse."
        in said(found)
    )
    assert (found.payment, told(known).payment is None) == (None, False)


def test_nothing_is_said_when_nothing_happened() -> None:
    quiet = "\n".join(MOVED.splitlines()[:3])
    assert said(told(world(movements=quiet))) == []
    assert said(told(world(movements=""))) == []


def test_exchange_rates_alone_are_named_as_the_cause() -> None:
    quiet = "\n".join(MOVED.splitlines()[:3]) + "\n    2024-03-15  fx  ann  s1  s  -3\n"
    assert said(told(world(movements=quiet))) == [
        "MRR fell $3.00 to $97.00. Most of the loss: exchange rates moved (−$3.00)."
    ]


def test_amounts_are_written_in_the_accounts_currency() -> None:
    assert said(told(world()), currency="eur")[0].startswith("MRR rose €270.00 to €370.00")


def test_each_sentence_leads_to_the_page_that_proves_it() -> None:
    first, *_ = links(told(world()))
    assert first.page == "movements"
    assert dict(first.query) == {"from": "2024-03-14", "to": "2024-03-20"}
    quiet = "\n".join(MOVED.splitlines()[:3]) + "\n    2024-03-15  fx  ann  s1  s  -3\n"
    rates, *_ = links(told(world(movements=quiet)))
    assert "Exchange rates" in dict(rates.query)["type"]
