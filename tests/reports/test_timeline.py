"""A customer's history: each thing that happened in one sentence, with its day, amount, effect and object."""

from __future__ import annotations

from datetime import date

import pytest

from lib.reports.timeline import mrr, timeline
from lib.reports.timeline_entry import Entry, Kind
from tests.reports import worlds

PLANS = """
    plan        name           product
    price_pro   Pro,~monthly   Pro
    price_basic Basic,~monthly Basic
"""
MOVED = "date type customer subscription plan amount_base"


def history(*, books: dict[str, str] | None = None, **tables: str) -> list[Entry]:
    return timeline(worlds.ledger("2026-03-10", plans=PLANS, **(books or {})), worlds.tables(**tables), "cus_a")


def sentences(entries: list[Entry]) -> list[str]:
    return [entry.sentence for entry in entries]


def test_the_newest_stands_first_and_within_a_day_what_came_last() -> None:
    entries = history(
        books={"movements": f"{MOVED}\n2026-01-05 new cus_a sub_1 price_pro 29"},
        invoice="""
            id   customer status created    finalized_at paid_at    number total
            in_1 cus_a    paid   2026-01-05 2026-01-05   2026-01-05 A-1    29
            in_2 cus_a    paid   2026-02-05 2026-02-05   2026-02-09 A-2    29
        """,
        invoice_payment="id invoice payment_intent\ninpay_1 in_1 pi_1",
        charge="""
            id   customer payment_intent created             status    amount card_brand card_last4 failure_code
            ch_1 cus_a    pi_1           2026-01-05T12:00:00 failed    29     visa       4242       expired_card
            ch_2 cus_a    pi_1           2026-01-05T12:05:00 succeeded 29     visa       4242       -
        """,
    )
    assert sentences(entries) == [
        "Invoice A-2, paid on Feb 9, 2026",
        "Became a customer on Pro, monthly",
        "Paid for invoice A-1 by Visa ending 4242",
        "Payment failed for invoice A-1 by Visa ending 4242: the card has expired",
        "Invoice A-1, paid",
    ]
    assert [(e.amount, e.currency, e.mrr, e.object) for e in entries[:3]] == [
        (2900, "usd", None, "in_2"),
        (None, None, 29 * worlds.MICROS, "sub_1"),
        (2900, "usd", None, "ch_2"),
    ]


@pytest.mark.parametrize(
    ("sentence", "mrr", "rows"),
    [
        ("Pays more for Pro, monthly", 10, ["expansion cus_a sub_1 price_pro 10"]),
        (
            "Upgraded from Basic, monthly to Pro, monthly",
            20,
            ["expansion cus_a sub_1 price_basic -9", "expansion cus_a sub_1 price_pro 29"],
        ),
        (
            "Downgraded from Pro, monthly to Basic, monthly",
            -20,
            ["contraction cus_a sub_1 price_basic 9", "contraction cus_a sub_1 price_pro -29"],
        ),
        ("Pays less for Pro, monthly", -5, ["contraction cus_a sub_1 price_pro -5"]),
        (
            "Left Pro, monthly + Basic, monthly",
            -38,
            ["churn cus_a sub_1 price_pro -29", "churn cus_a sub_2 price_basic -9"],
        ),
        ("Came back to a plan", 29, ["reactivation cus_a sub_1 price_gone 29"]),
        ("Became a customer on Pro, monthly", 0, ["new cus_a sub_1 price_pro 0"]),
    ],
)
def test_a_day_of_movements_is_one_sentence(sentence: str, mrr: int, rows: list[str]) -> None:
    text = "\n".join([MOVED, *(f"2026-02-01 {row}" for row in rows)])
    (entry,) = history(books={"movements": text})
    assert (entry.sentence, entry.mrr) == (sentence, mrr * worlds.MICROS)


def test_exchange_rates_are_no_act_of_the_customer() -> None:
    assert history(books={"movements": f"{MOVED}\n2026-02-01 fx cus_a sub_1 price_pro 1"}) == []


def test_trials_begin_and_end() -> None:
    entries = history(
        books={
            "trials": """
                customer subscription plan        start      end        converted  over
                cus_a    sub_1        price_basic 2026-01-01 2026-01-15 -          yes
                cus_a    sub_2        price_pro   2026-02-01 2026-02-15 2026-02-15 yes
                cus_a    sub_3        price_pro   2026-03-01 2026-03-15 -          no
                cus_b    sub_4        price_pro   2026-03-01 2026-03-15 -          no
            """
        }
    )
    assert [(entry.date.isoformat(), entry.sentence) for entry in entries] == [
        ("2026-03-01", "Started a trial of Pro, monthly, planned until Mar 15, 2026"),
        ("2026-02-15", "The trial of Pro, monthly became a subscription"),
        ("2026-02-01", "Started a trial of Pro, monthly"),
        ("2026-01-15", "The trial of Basic, monthly ended without a subscription"),
        ("2026-01-01", "Started a trial of Basic, monthly"),
    ]


ASKED = (
    "id customer status canceled_at cancel_at ended_at cancellation_reason cancellation_feedback cancellation_comment"
)
ITEM = "id subscription price position\nsi_1 sub_1 price_pro 0"


@pytest.mark.parametrize(
    ("sentence", "row"),
    [
        ("Cancelled Pro, monthly, to end on Mar 20, 2026", "active 2026-03-01 2026-03-20 - cancellation_requested - -"),
        ("Cancelled Pro, monthly: too expensive", "canceled 2026-03-01 - 2026-03-01 - too_expensive -"),
        ("Cancelled Pro, monthly (“Bye”)", "canceled 2026-03-01 - 2026-03-01 - other Bye"),
        (
            "Stripe cancelled Pro, monthly, because the payment kept failing",
            "canceled 2026-03-01 - 2026-03-01 payment_failed - -",
        ),
    ],
)
def test_a_cancellation_says_when_and_why(sentence: str, row: str) -> None:
    (entry,) = history(subscription=f"{ASKED}\nsub_1 cus_a {row}", subscription_item=ITEM)
    assert (entry.date, entry.sentence) == (date(2026, 3, 1), sentence)


def test_a_pause_is_told_of_as_it_stands_today() -> None:
    (entry,) = history(
        subscription="id customer status pause_behavior pause_resumes_at\nsub_1 cus_a active void 2026-04-01",
        subscription_item=ITEM,
    )
    assert entry.date == date(2026, 3, 10)
    assert entry.sentence.startswith("Collection for Pro, monthly is paused until Apr 1, 2026")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("draft", "Invoice, a draft"),
        ("open", "Invoice, not paid yet"),
        ("void", "Invoice, void"),
        ("uncollectible", "Invoice, given up as uncollectible"),
        ("-", "Invoice"),
    ],
)
def test_an_invoice_says_what_became_of_it(status: str, said: str) -> None:
    (entry,) = history(invoice=f"id customer status created total\nin_1 cus_a {status} 2026-01-05 29")
    assert (entry.sentence, entry.date) == (said, date(2026, 1, 5))


def test_refunds_and_disputes_belong_to_the_customer_of_their_charge() -> None:
    entries = history(
        charge="""
            id   customer created    status    amount captured
            ch_1 cus_a    2026-01-05 succeeded 29     yes
            ch_2 cus_b    2026-01-05 succeeded 29     yes
            ch_3 cus_a    2026-01-04 succeeded 29     no
            ch_4 cus_a    2026-01-03 pending   29     -
        """,
        refund="""
            id   charge created    status    reason    amount
            re_1 ch_1   2026-01-06 succeeded duplicate 9
            re_2 ch_1   2026-01-07 failed    -         9
            re_3 ch_2   2026-01-07 succeeded -         9
        """,
        dispute="""
            id   charge created    status         reason     evidence_due_by amount
            dp_1 ch_1   2026-01-08 lost           fraudulent -               29
            dp_2 ch_1   2026-01-09 needs_response -          2026-01-20      29
        """,
    )
    assert [(entry.sentence, entry.object) for entry in entries] == [
        ("Payment disputed: gave no reason. Answer by Jan 20, 2026", "dp_2"),
        ("Payment disputed: says it was not their payment. You lost", "dp_1"),
        ("Refund failed; the money is back with you", "re_2"),
        ("Refunded, charged twice", "re_1"),
        ("Paid", "ch_1"),
        ("Payment authorised, not collected", "ch_3"),
        ("Payment on its way", "ch_4"),
    ]


def test_every_kind_has_its_place_and_an_unknown_customer_has_no_history() -> None:
    assert history() == []
    assert len(Kind) == 7


def test_mrr_is_drawn_from_the_customers_first_day_on() -> None:
    ledger = worlds.ledger(
        "2026-03-10",
        movements=f"{MOVED}\n2026-03-07 new cus_a sub_1 price_pro 29\n2026-03-09 churn cus_a sub_1 price_pro -29"
        "\n2026-03-01 new cus_b sub_2 price_pro 9",
    )
    assert [value // worlds.MICROS for value in mrr(ledger, "cus_a")["value"]] == [29, 29, 0, 0]
    assert mrr(ledger, "cus_x").is_empty()
