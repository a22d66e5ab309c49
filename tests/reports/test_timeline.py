"""A customer's history: each thing that happened in one sentence, with its day, amount, effect and object."""

from __future__ import annotations

from datetime import date

import pytest

from lib.reports.timeline import mrr, timeline
from lib.reports.timeline_entry import ORDER, Entry, Kind
from tests.ledger.shop import at
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


RENEWALS = "id customer subscription status created billing_reason voided_at paid_at finalized_at total"
PRICES = (
    "id product currency unit_amount_decimal interval interval_count usage_type\n"
    "price_pro Pro usd 2900 month 1 licensed"
)


def put_aside(*rows: str, paused: str, ended: str = "-", as_of: str = "2026-03-10") -> list[tuple[str, str]]:
    """The pauses that these renewals show."""
    entries = timeline(
        worlds.ledger("2026-03-10", plans=PLANS),
        worlds.tables(
            subscription="id customer status created pause_behavior ended_at\n"
            f"sub_1 cus_a active 2025-11-05 {paused} {ended}",
            subscription_item=ITEM,
            invoice="\n".join([RENEWALS, *rows]),
        ),
        "cus_a",
        as_of=at(as_of),
    )
    return [(str(entry.date), entry.sentence) for entry in entries if entry.kind is Kind.CANCEL]


DECEMBER = "in_1 cus_a sub_1 paid 2025-12-05 subscription_cycle - 2025-12-05 2025-12-05 29"
JANUARY = "in_2 cus_a sub_1 void 2026-01-05 subscription_cycle 2026-01-05 - 2026-01-05 29"
FEBRUARY = "in_3 cus_a sub_1 paid 2026-02-05 subscription_cycle - 2026-02-05 2026-02-05 29"
LATER = "in_3 cus_a sub_1 void 2026-02-05 subscription_cycle 2026-02-07 - 2026-02-05 29"
PAUSED = ("2026-01-05", "Collection for Pro, monthly was paused: this renewal was put aside")
RESUMED = ("2026-02-05", "Collection for Pro, monthly resumed with this renewal")


def test_pauses_that_are_over_show_in_the_renewals_that_were_put_aside() -> None:
    assert put_aside(DECEMBER, JANUARY, FEBRUARY, paused="-") == [RESUMED, PAUSED]
    assert put_aside(DECEMBER, JANUARY, LATER, paused="-") == [RESUMED, PAUSED], "tried for two days, then voided"
    assert put_aside(DECEMBER, FEBRUARY, paused="-") == []


def test_a_pause_of_now_says_since_when_as_far_as_a_renewal_shows_it() -> None:
    since = "Collection for Pro, monthly is paused, since Jan 5, 2026 or before"
    assert put_aside(DECEMBER, JANUARY, paused="void") == [("2026-03-10", since), PAUSED]
    unknown = "Collection for Pro, monthly is paused; Stripe does not say since when"
    assert put_aside(DECEMBER, JANUARY, FEBRUARY, paused="void")[0] == ("2026-03-10", unknown)
    assert put_aside(DECEMBER, JANUARY, paused="void", ended="2026-02-01") == [PAUSED]
    over = ("2026-03-10", "Collection for Pro, monthly is no longer paused")
    assert put_aside(DECEMBER, JANUARY, paused="-") == [over, PAUSED]


COUPON = """
    id  name    percent_off amount_off currency duration
    k_1 Winter  20          -          -        repeating
    k_2 Welcome -           5          usd      once
    k_3 -       100         -          -        forever
"""


def coupons(discount: str, *, books: str = "", status: str = "active", ended: str = "-") -> list[tuple[str, str]]:
    entries = timeline(
        worlds.ledger("2026-03-10", plans=PLANS, movements=books),
        worlds.tables(
            subscription="id customer status created start_date discounts ended_at\n"
            f'sub_1 cus_a {status} 2025-11-05 2025-11-05 ["di_1"] {ended}',
            subscription_item=ITEM,
            coupon=COUPON,
            discount=f"id coupon start end\ndi_1 {discount}",
            price=PRICES,
        ),
        "cus_a",
    )
    return [(str(entry.date), entry.sentence) for entry in entries]


def test_a_coupon_begins_and_ends() -> None:
    assert coupons("k_1 2025-12-01 2026-03-01") == [
        ("2026-03-01", "Coupon Winter on Pro, monthly ended"),
        ("2025-12-01", "Coupon Winter on Pro, monthly: 20% off"),
    ]
    assert coupons("k_1 2026-02-01 2026-05-01") == [
        ("2026-02-01", "Coupon Winter on Pro, monthly: 20% off, until May 1, 2026"),
    ]
    assert coupons("k_2 2026-02-01 -") == [("2026-02-01", "Coupon Welcome on Pro, monthly: $5.00 off once")]
    assert coupons("k_3 2026-02-01 -") == [("2026-02-01", "Coupon k_3 on Pro, monthly: 100% off")]


def test_a_coupon_does_not_outlive_its_subscription() -> None:
    assert coupons("k_1 2025-12-01 2026-03-01", status="canceled", ended="2026-02-01") == [
        ("2025-12-01", "Coupon Winter on Pro, monthly: 20% off"),
    ]


def test_a_change_of_mrr_names_the_coupon_or_the_pause_that_caused_it() -> None:
    found = coupons(
        "k_1 2026-01-01 2026-03-01",
        books=f"{MOVED}\n2026-01-01 contraction cus_a sub_1 price_pro -6\n2026-03-01 expansion cus_a sub_1 price_pro 6"
        "\n2026-02-01 expansion cus_a sub_1 price_pro 1",
    )
    assert [said for _, said in found] == [
        "Pays more for Pro, monthly: coupon Winter ended",
        "Coupon Winter on Pro, monthly ended",
        "Pays more for Pro, monthly",
        "Pays less for Pro, monthly: coupon Winter began",
        "Coupon Winter on Pro, monthly: 20% off",
    ]
    came = coupons("k_1 2026-01-01 -", books=f"{MOVED}\n2026-01-01 new cus_a sub_1 price_pro 23")
    assert came[0][1] == "Became a customer on Pro, monthly"
    back = coupons("k_1 2026-01-01 -", books=f"{MOVED}\n2026-01-01 reactivation cus_a sub_1 price_pro 23")
    assert back[0][1] == "Came back to Pro, monthly", "a coupon lowers MRR: it is not what raised it"


def test_credit_notes_stand_on_their_day_with_their_invoice_and_reason() -> None:
    entries = history(
        invoice="id customer status created number total\nin_1 cus_a paid 2026-01-05 A-1 29",
        credit_note="""
            id   customer invoice created    status reason       amount
            cn_1 cus_a    in_1    2026-01-06 issued order_change 9
            cn_2 cus_a    in_2    2026-01-07 void   -            5
            cn_3 cus_b    in_1    2026-01-07 issued -            5
        """,
    )
    assert [(entry.sentence, entry.amount, entry.bad) for entry in entries[:-1]] == [
        ("Credit note, void", 500, False),
        ("Credit note for invoice A-1: the order changed", 900, True),
    ]


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
        ("Payment disputed: the customer gave no reason. Answer by Jan 20, 2026", "dp_2"),
        ("Payment disputed: the customer says it was not their payment. You lost", "dp_1"),
        ("Refund failed; the money is back with you", "re_2"),
        ("Refunded, charged twice", "re_1"),
        ("Paid", "ch_1"),
        ("Payment authorised, not collected", "ch_3"),
        ("Payment on its way", "ch_4"),
    ]


def test_every_kind_has_its_place_and_an_unknown_customer_has_no_history() -> None:
    assert history() == []
    assert set(ORDER) == set(Kind)


def test_mrr_is_drawn_from_the_customers_first_day_on() -> None:
    ledger = worlds.ledger(
        "2026-03-10",
        movements=f"{MOVED}\n2026-03-07 new cus_a sub_1 price_pro 29\n2026-03-09 churn cus_a sub_1 price_pro -29"
        "\n2026-03-01 new cus_b sub_2 price_pro 9",
    )
    assert [value // worlds.MICROS for value in mrr(ledger, "cus_a")["value"]] == [29, 29, 0, 0]
    assert mrr(ledger, "cus_x").is_empty()
