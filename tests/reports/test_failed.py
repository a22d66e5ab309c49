"""Failed charges: who to call, whose card expires, what was won back; each payment once."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from lib.charts.scale import Scale
from lib.ledger.build import build
from lib.metrics.registry import Unit
from lib.reports import customers, declines, failed, failed_tables
from lib.reports.failed import FailedCharges
from lib.store.shapes import catalog
from lib.web import failed_page, unrated
from tests.ledger.shop import at
from tests.reports import worlds

USD = Scale(Unit.MONEY, "usd")
ADA = "id name email\ncus_a Ada ada@a.example"
INVOICE = (
    "id customer subscription status amount_remaining collection_method attempted attempt_count "
    "next_payment_attempt created"
)


def found(today: str = "2026-03-10", *, books: dict[str, str] | None = None, **tables: str) -> FailedCharges:
    ledger, frames = worlds.ledger(today, **(books or {})), worlds.tables(**{"customer": ADA, **tables})
    return failed.failed_charges(ledger, frames, customers.customers(ledger, frames))


def invoices(*rows: str) -> str:
    return "\n".join([INVOICE, *rows])


def charges(*rows: str) -> str:
    return "\n".join(["id customer payment_intent created status amount failure_code", *rows])


PAYMENT = "id invoice payment_intent\ninpay_1 in_1 pi_1"
OPEN = "in_1 cus_a sub_1 open 99 charge_automatically yes 4 2026-03-12 2026-02-20"


def test_an_invoice_declined_four_times_is_one_row() -> None:
    # docs/decisions/0004: $99, not $396.
    report = found(
        books={
            "movements": """
                date       type customer subscription plan      amount_base
                2026-01-05 new  cus_a    sub_1        price_pro 99
                2026-01-05 new  cus_a    sub_2        price_pro 1
            """,
        },
        invoice=invoices(OPEN),
        invoice_payment=PAYMENT,
        charge=charges(
            "ch_1 cus_a pi_1 2026-02-20 failed 99 card_declined",
            "ch_2 cus_a pi_1 2026-02-23 failed 99 card_declined",
            "ch_3 cus_a pi_1 2026-02-28 failed 99 card_declined",
            "ch_4 cus_a pi_1 2026-03-07 failed 99 insufficient_funds",
        ),
    )
    assert report.unresolved.row(0, named=True) == {
        "invoice": "in_1",
        "number": None,
        "customer": "cus_a",
        "name": "Ada",
        "email": "ada@a.example",
        "phone": None,
        "subscription": "sub_1",
        "amount": 99 * worlds.MICROS,
        "currency": "usd",
        "amount_base": 99 * worlds.MICROS,
        "since": date(2026, 2, 20),
        "attempts": 4,
        "next_attempt": date(2026, 3, 12),
        "reason": "there was not enough money",
        "mrr": 99 * worlds.MICROS,
        "last_failed": at("2026-03-07"),
    }
    assert report.unresolved.height == 1
    assert (report.owed, report.mrr_at_stake) == (99 * worlds.MICROS, 99 * worlds.MICROS)


@pytest.mark.parametrize(
    ("reach", "phone", "email"),
    [
        ("tel:+4930123456", "+49_(0)30/123-456", "ada@a.example"),
        ("tel:+15550100", "+1_555.0100_ext._3", "ada@a.example"),
        ("mailto:ada@a.example", "-", "ada@a.example"),
        ("mailto:ada@a.example", "ask_Bob", "ada@a.example"),
        ("mailto:a+b%22c@a.example", "-", 'a+b"c@a.example'),
        (None, "-", "-"),
    ],
)
def test_who_has_a_number_is_called_and_others_are_written_to(reach: str | None, phone: str, email: str) -> None:
    told = {
        name: None if text == "-" else text.replace("_", " ") for name, text in (("phone", phone), ("email", email))
    }
    report = found(invoice=invoices(OPEN), invoice_payment=PAYMENT)
    rows = report.unresolved.with_columns(**{name: pl.lit(text, pl.String) for name, text in told.items()})
    shown = failed_tables.to_reach_table(replace(report, unresolved=rows), "acct_9", [""], livemode=False)
    assert shown["reach"].to_list() == [reach]


def test_the_number_is_stripe_s() -> None:
    rows = catalog.customer({"id": "cus_a", "phone": "+4930123456"}, "acct_1", 1.0)
    assert rows[0][1]["phone"] == "+4930123456"
    report = found(customer="id name email phone\ncus_a Ada ada@a.example +4930123456", invoice=invoices(OPEN))
    assert report.unresolved["phone"].to_list() == ["+4930123456"]


def test_who_was_called_is_left_out() -> None:
    report = found(invoice=invoices(OPEN))
    assert failed.uncalled(report, {"cus_b": "Ada"}).unresolved.height == 1
    assert failed.uncalled(report, {"cus_a": "Ada"}).unresolved.height == 0


@pytest.mark.parametrize(
    ("expected", "invoice", "last"),
    [
        (1, OPEN, "failed"),
        (0, OPEN, "pending"),
        (0, OPEN, "succeeded"),
        (0, OPEN.replace("open", "paid"), "failed"),
        (0, OPEN.replace("open", "void"), "failed"),
        (0, OPEN.replace("open", "uncollectible"), "failed"),
        (0, OPEN.replace("open 99", "open 0"), "failed"),
        (1, OPEN, None),
        (0, OPEN.replace("yes 4", "no 0"), None),
        (0, OPEN.replace("charge_automatically", "send_invoice"), None),
        (1, OPEN.replace("charge_automatically", "send_invoice"), "failed"),
    ],
)
def test_only_what_failed_and_is_still_open_is_unresolved(expected: int, invoice: str, last: str | None) -> None:
    rows = [f"ch_1 cus_a pi_1 2026-03-01 {last} 99 -"] if last else []
    report = found(invoice=invoices(invoice), invoice_payment=PAYMENT, charge=charges(*rows))
    assert report.unresolved.height == expected


def test_without_a_charge_the_invoice_says_since_when_and_the_reason_is_not_known() -> None:
    row = found(invoice=invoices(OPEN)).unresolved.row(0, named=True)
    assert (row["since"], row["attempts"], row["reason"]) == (date(2026, 2, 20), 4, declines.UNKNOWN)


def test_a_next_attempt_that_is_past_is_none() -> None:
    assert found("2026-03-13", invoice=invoices(OPEN)).unresolved["next_attempt"].to_list() == [None]


def test_charges_find_their_invoice_in_old_and_new_shapes() -> None:
    frames = worlds.tables(
        invoice_payment="id invoice charge payment_intent\ninpay_1 in_1 - pi_1\ninpay_2 in_2 ch_2 -",
        charge="""
            id   invoice payment_intent
            ch_1 -       pi_1
            ch_2 -       -
            ch_3 in_3    pi_3
            ch_4 -       pi_4
        """,
    )
    pairs = dict(failed.charges_of_invoices(frames).select("id", "invoice").iter_rows())
    assert pairs == {"ch_1": "in_1", "ch_2": "in_2", "ch_3": "in_3"}


def test_two_invoices_of_one_subscription_put_its_mrr_at_stake_once() -> None:
    report = found(
        books={
            "movements": """
                date       type customer subscription plan      amount_base
                2026-01-05 new  cus_a    sub_1        price_pro 99
            """,
        },
        invoice=invoices(OPEN, OPEN.replace("in_1", "in_2")),
    )
    assert report.owed == 198 * worlds.MICROS
    assert report.mrr_at_stake == 99 * worlds.MICROS


def test_amounts_owed_are_summed_by_currency_and_in_the_base() -> None:
    report = found(
        books={"rates": "currency date rate\neur 2026-03-01 1100000000"},
        invoice="\n".join(
            [
                INVOICE + " currency",
                OPEN + " eur",
                OPEN.replace("in_1", "in_2") + " usd",
                OPEN.replace("in_1", "in_3") + " usd",
            ]
        ),
    )
    assert report.owed_by_currency == [("usd", 198 * worlds.MICROS), ("eur", 99 * worlds.MICROS)]
    assert report.owed == round((198 + 99 * 1.1) * worlds.MICROS)


# --- One row a customer -----------------------------------------------------------------------------------------------

TWO_PEOPLE = {
    "customer": """
        id    name email          phone
        cus_a Ada  ada@a.example  +4930123456
        cus_b Bob  bob@b.example  -
    """,
    "books": {
        "rates": "currency date rate\neur 2026-03-01 1100000000",
        "movements": """
            date       type customer subscription plan      amount_base
            2026-01-05 new  cus_a    sub_1        price_pro 30
            2026-01-05 new  cus_a    sub_2        price_pro 5
            2026-01-05 new  cus_b    sub_3        price_pro 60
        """,
    },
    "invoice": """
        id   customer subscription status amount_remaining currency collection_method    attempted attempt_count next_payment_attempt created
        in_1 cus_a    sub_1        open   40               eur      charge_automatically yes       1             2026-03-15           2026-02-02
        in_2 cus_a    sub_1        open   9                usd      charge_automatically yes       1             2026-03-12           2026-03-01
        in_3 cus_b    sub_3        open   50               usd      charge_automatically yes       1             -                    2026-03-02
        in_4 cus_a    sub_2        open   1                usd      charge_automatically yes       1             -                    2026-01-20
    """,  # noqa: E501 - a table
    "invoice_payment": """
        id      invoice payment_intent
        inpay_1 in_1    pi_1
        inpay_2 in_2    pi_2
    """,
    "charge": charges(
        "ch_1 cus_a pi_1 2026-02-02 failed 40 card_declined",
        "ch_2 cus_a pi_2 2026-03-01 failed 9  card_declined",
        "ch_3 cus_a pi_1 2026-03-05 failed 40 insufficient_funds",
    ),
}
"""Ada owes three invoices in two currencies, $54.00 at the day's rate; Bob one of $50.00."""


def two_people() -> FailedCharges:
    return found(**TWO_PEOPLE)  # type: ignore[arg-type]  # books among tables


def test_a_customer_with_several_invoices_is_one_row_to_call() -> None:
    dollars = worlds.MICROS
    ada, bob = two_people().to_reach.to_dicts()
    assert ada == {
        "customer": "cus_a",
        "name": "Ada",
        "email": "ada@a.example",
        "phone": "+4930123456",
        "invoices": 3,
        "invoice": None,
        "due": [
            {"currency": "eur", "amount": 40 * dollars, "amount_base": 44 * dollars},
            {"currency": "usd", "amount": 10 * dollars, "amount_base": 10 * dollars},
        ],
        "amount_base": 54 * dollars,
        "since": date(2026, 1, 20),
        "next_attempt": date(2026, 3, 12),
        "reason": "there was not enough money",
        "mrr": 35 * dollars,  # of sub_1 once, and of sub_2
    }
    assert (bob["invoices"], bob["invoice"], bob["amount_base"], bob["next_attempt"]) == (1, "in_3", 50 * dollars, None)


def test_the_row_of_a_customer_is_in_words() -> None:
    shown = failed_tables.to_reach_table(two_people(), "acct_9", ["", "✓ Ada"], livemode=True)
    assert shown.select("name", "called", "reach", "invoices", "due", "amount_base", "mrr").rows() == [
        ("Ada", "", "tel:+4930123456", 3, "€40.00 + $10.00", 54.0, 35.0),
        ("Bob", "✓ Ada", "mailto:bob@b.example", 1, "$50.00", 50.0, 60.0),
    ]
    assert shown["stripe"].to_list() == [
        "https://dashboard.stripe.com/acct_9/customers/cus_a",
        "https://dashboard.stripe.com/acct_9/invoices/in_3",
    ]


@pytest.mark.parametrize(
    ("expected", "retried"),
    [
        ([("cus_a", 3, 54), ("cus_b", 1, 50)], None),
        ([("cus_a", 2, 53)], True),
        ([("cus_b", 1, 50), ("cus_a", 1, 1)], False),
    ],
)
def test_what_stripe_tries_narrows_to_customers_with_such_invoices_and_counts_only_those(
    expected: list[tuple[str, int, int]], retried: bool | None
) -> None:
    some = failed.narrowed(two_people(), retried=retried).to_reach
    assert [
        (who, count, due // worlds.MICROS)
        for who, count, due in some.select("customer", "invoices", "amount_base").rows()
    ] == expected


def test_who_may_owe_more_than_is_known_is_called_first_and_the_sum_is_not_told() -> None:
    # Ada owes $60.00 for sure; Bob $1.00 and a pound that no rate is known of: his row is without a sum, and first.
    report = found(
        customer="id name\ncus_a Ada\ncus_b Bob",
        invoice="\n".join(
            [
                INVOICE + " currency",
                "in_1 cus_a -     open 60 charge_automatically yes 1 - 2026-03-01 usd",
                "in_2 cus_b sub_1 open 1  charge_automatically yes 1 - 2026-03-01 usd",
                "in_3 cus_b -     open 1  charge_automatically yes 1 - 2026-03-01 gbp",
            ]
        ),
    )
    shown = failed_tables.to_reach_table(report, "acct_9", ["", ""], livemode=True)
    assert shown.select("name", "due", "amount_base", "mrr").rows() == [
        ("Bob", "£1.00 (no rate) + $1.00", None, 0.0),
        ("Ada", "$60.00", 60.0, 0.0),
    ]


def test_the_headline_counts_customers_and_invoices() -> None:
    assert failed_page.to_call(two_people(), USD) == (
        "$104.00",
        "from 2 customers, on 4 invoices whose payment failed, with $95.00 of MRR at stake",
    )


def test_the_file_stays_one_row_an_invoice() -> None:
    rows = list(csv.DictReader(io.StringIO(failed_tables.unresolved_csv(two_people()))))
    assert [row["invoice"] for row in rows] == ["in_3", "in_1", "in_2", "in_4"]
    assert list(rows[0]) == [
        "invoice", "number", "customer", "name", "email", "phone", "subscription", "amount", "currency", "amount_base",
        "since", "attempts", "next_attempt", "reason", "mrr", "base",
    ]  # fmt: skip


def at_risk(mrr: int, month: int, year: int) -> FailedCharges:
    return found(
        books={
            "movements": f"""
                date       type customer subscription plan      amount_base
                2026-01-05 new  cus_a    sub_1        price_pro {mrr}
            """,
        },
        charge=f"""
            id   customer created    status    card_brand card_last4 card_exp_month card_exp_year
            ch_1 cus_a    2026-02-05 succeeded visa       4242       {month}        {year}
        """,
    )


@pytest.mark.parametrize(("expected", "mrr", "month"), [(0, 29, 2), (1, 29, 3), (1, 29, 4), (0, 29, 5), (0, 0, 4)])
def test_at_risk_are_customers_with_mrr_whose_card_ends_this_month_or_next(expected: int, mrr: int, month: int) -> None:
    report = at_risk(mrr, month, 2026)
    assert report.at_risk.height == expected
    assert report.mrr_at_risk == expected * mrr * worlds.MICROS


def recent(*rows: str) -> FailedCharges:
    cash = ["date kind customer amount_base source"]
    cash += [f"{row.split()[3]} failed cus_a 99 {row.split()[0]}" for row in rows if row.endswith("!")]
    return found(books={"cash": "\n".join(cash)}, charge=charges(*(row.removesuffix(" !") for row in rows)))


def test_a_payment_that_succeeded_after_it_failed_is_recovered_once() -> None:
    report = recent(
        "ch_1 cus_a pi_1 2026-02-20 failed 99 card_declined !",
        "ch_2 cus_a pi_1 2026-02-23 failed 99 card_declined",
        "ch_3 cus_a pi_1 2026-02-28 succeeded 99 -",
        "ch_4 cus_a pi_2 2026-03-01 failed 99 card_declined !",
        "ch_5 cus_a -    2026-03-01 failed 99 card_declined !",
        "ch_6 cus_a -    2026-03-02 succeeded 99 -",
    )
    assert (report.recovered.height, report.recent.height) == (1, 3)
    assert report.recovered_amount == 99 * worlds.MICROS
    assert report.recovery_rate == pytest.approx(1 / 3)
    row = report.recovered.row(0, named=True)
    assert (row["date"], row["recovered"], row["charge"]) == (date(2026, 2, 20), date(2026, 2, 28), "ch_3")


@pytest.mark.parametrize(("expected", "day"), [(0, "2026-02-08"), (1, "2026-02-09"), (1, "2026-03-10")])
def test_thirty_days_end_today(expected: int, day: str) -> None:
    assert recent(f"ch_1 cus_a pi_1 {day} failed 99 card_declined !").recent.height == expected


def test_the_largest_amount_is_called_first_and_of_equals_the_newest() -> None:
    report = found(
        invoice=invoices(
            "in_1 cus_a sub_1 open  20 charge_automatically yes 1 - 2026-03-09",
            "in_2 cus_a sub_1 open 300 charge_automatically yes 1 - 2026-01-02",
            "in_3 cus_a sub_1 open  20 charge_automatically yes 1 - 2026-03-01",
            "in_4 cus_a sub_1 open 100 charge_automatically yes 1 - 2026-03-08",
        )
    )
    assert report.unresolved["invoice"].to_list() == ["in_2", "in_4", "in_1", "in_3"]


UNRATED = "\n".join(
    [
        INVOICE + " currency",
        "in_1 cus_a sub_1 open 20   charge_automatically yes 1 - 2026-03-01 usd",
        "in_2 cus_a sub_1 open 3000 charge_automatically yes 1 - 2026-03-03 gbp",
        "in_3 cus_a sub_1 open 5000 charge_automatically yes 1 - 2026-01-02 gbp",
    ]
)
"""No rate of the pound is known."""


def test_what_no_rate_is_known_for_is_not_worth_nothing() -> None:
    report = found(invoice=UNRATED)
    dollar = worlds.MICROS
    assert report.unresolved.select("invoice", "amount_base", "mrr").rows() == [
        ("in_3", None, None),
        ("in_2", None, None),
        ("in_1", 20 * dollar, 0),
    ]
    assert report.owed == 20 * dollar
    assert failed.unrated(report.unresolved) == (("gbp", 8000 * dollar),)
    shown = failed_tables.to_reach_table(report, "acct_9", [""], livemode=False)
    assert shown.select("invoices", "due", "amount_base", "mrr").rows() == [
        (3, "£8,000.00 (no rate) + $20.00", None, None)
    ]
    lines = list(csv.DictReader(io.StringIO(failed_tables.unresolved_csv(report))))
    assert [(line["amount"], line["amount_base"]) for line in lines] == [
        ("5000.00", ""),
        ("3000.00", ""),
        ("20.00", "20.00"),
    ]


def test_the_page_says_what_the_sum_leaves_out() -> None:
    report = found(invoice=UNRATED)
    assert failed_page.to_call(report, USD) == (
        "$20.00",
        "from 1 customer, on 3 invoices whose payment failed, without £8,000.00, for which there is no exchange rate",
    )
    assert failed_page.as_owed(report, USD) == "As owed: £8,000.00, $20.00."
    assert failed_page.since(report, USD) == (
        "All that is open today, whenever it first failed: 2 invoices in the last 30 days, 1 before that ($0.00, "
        "without £5,000.00, for which there is no exchange rate). What has no exchange rate first, then who owes the "
        "most."
    )
    pounds = replace(report, unresolved=report.unresolved.head(1))
    assert failed_page.to_call(pounds, USD)[0] == "n/a"


def test_the_sum_is_at_today_s_rates_where_some_of_it_is() -> None:
    report = found(books={"rates": "currency date rate\neur 2026-03-01 1100000000"}, invoice=UNRATED + UNRATED_EURO)
    assert failed_page.as_owed(report, USD) == (
        "As owed: £8,000.00, €10.00, $20.00. The sum is at today's exchange rates."
    )


UNRATED_EURO = "\nin_4 cus_a sub_1 open 10 charge_automatically yes 1 - 2026-03-01 eur"


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("", []),
        (", without £5.00, for which there is no exchange rate", [("gbp", 5)]),
        (
            ", without £5.00, €1.00 and CA$2.00, for which there is no exchange rate",
            [("gbp", 5), ("eur", 1), ("cad", 2)],
        ),
    ],
)
def test_what_is_left_out_is_listed(expected: str, found: list[tuple[str, int]]) -> None:
    assert unrated.without([(currency, amount * worlds.MICROS) for currency, amount in found], USD) == expected


def test_a_payment_that_failed_without_a_rate_is_first_of_its_day_and_in_no_sum() -> None:
    ledger = replace(
        worlds.ledger(
            "2026-03-10",
            cash="""
                date       kind   customer currency amount_base source
                2026-03-01 failed cus_a    usd      20          ch_1
                2026-03-01 failed cus_a    gbp      0           ch_2
            """,
        ),
        unpriced=("gbp",),
    )
    frames = worlds.tables(customer=ADA)
    report = failed.failed_charges(ledger, frames, customers.customers(ledger, frames))
    assert report.recent.select("charge", "amount_base").rows() == [("ch_2", None), ("ch_1", 20 * worlds.MICROS)]
    assert report.failed_amount == 20 * worlds.MICROS


FAILED_BOTH_WAYS = {
    "invoice": invoices(
        "in_1 cus_a sub_1 open 99 charge_automatically yes 4 - 2026-03-01",
        "in_2 cus_a sub_1 open 50 charge_automatically yes 4 - 2026-01-20",
        "in_3 cus_a sub_1 void 99 charge_automatically yes 4 - 2026-03-01",
        "in_4 cus_a sub_1 paid  0 charge_automatically yes 4 - 2026-03-01",
    ),
    "invoice_payment": """
        id      invoice payment_intent
        inpay_1 in_1    pi_1
        inpay_2 in_2    pi_2
        inpay_3 in_3    pi_3
        inpay_4 in_4    pi_4
    """,
    "charge": charges(
        "ch_1 cus_a pi_1 2026-03-01 failed    99 -",
        "ch_2 cus_a pi_2 2026-01-20 failed    50 -",
        "ch_3 cus_a pi_3 2026-03-01 failed    99 -",
        "ch_4 cus_a pi_4 2026-03-01 failed    99 -",
        "ch_5 cus_a pi_4 2026-03-04 succeeded 99 -",
        "ch_6 cus_a -    2026-03-05 failed    99 -",
    ),
}
"""One invoice that failed this month, one in January, one voided, one won back, and a payment without an invoice."""


def failed_both_ways() -> FailedCharges:
    cash = "\n".join(
        ["date kind customer amount_base source"]
        + [f"2026-03-01 failed cus_a 99 ch_{n}" for n in (1, 3, 4)]
        + ["2026-01-20 failed cus_a 50 ch_2", "2026-03-05 failed cus_a 99 ch_6"]
    )
    return found(books={"cash": cash}, **FAILED_BOTH_WAYS)


def test_what_is_owed_and_what_failed_in_thirty_days_are_told_apart() -> None:
    report = failed_both_ways()
    dollars = worlds.MICROS
    # Owed: in_1 and in_2. Failed in 30 days: ch_1, ch_3, ch_4, ch_6, of which ch_4 was won back and ch_1 is owed.
    assert (report.owed, report.failed_amount, report.recovered_amount) == (149 * dollars, 396 * dollars, 99 * dollars)
    assert report.older["invoice"].to_list() == ["in_2"]
    assert dict(report.recent.select("charge", "standing").iter_rows()) == {
        "ch_1": failed.TO_CALL,
        "ch_3": failed.SETTLED,
        "ch_5": failed.RECOVERED,
        "ch_6": failed.SETTLED,
    }
    assert report.still_open.height + report.recovered.height + 2 == report.recent.height


def test_the_page_says_how_the_two_figures_lie_to_each_other() -> None:
    report = failed_both_ways()
    assert failed_page.since(report, USD) == (
        "All that is open today, whenever it first failed: 1 invoice in the last 30 days, 1 before that ($50.00). "
        "Who owes the most comes first."
    )
    assert failed_page.not_recovered(report, USD) == (
        "Not recovered: 3. To call, above: 1. Not to call: 2, paid another way, voided, written off, being tried now, "
        "or without an invoice."
    )


@pytest.mark.parametrize(
    ("expected", "days"),
    [
        (
            "All that is open today; all of it first failed in the last 30 days. Who owes the most comes first.",
            ["2026-03-01"],
        ),
        (
            "All that is open today; all of it first failed before the last 30 days. Who owes the most comes first.",
            ["2026-02-08"],
        ),
    ],
)
def test_where_all_failed_on_one_side_no_amount_is_parted(expected: str, days: list[str]) -> None:
    rows = [f"in_{n} cus_a sub_1 open 99 charge_automatically yes 1 - {day}" for n, day in enumerate(days)]
    assert failed_page.since(found(invoice=invoices(*rows)), USD) == expected


def test_nothing_is_said_of_what_was_not_recovered_where_all_was() -> None:
    report = recent("ch_1 cus_a pi_1 2026-03-01 failed 99 - !", "ch_2 cus_a pi_1 2026-03-02 succeeded 99 -")
    assert failed_page.not_recovered(report, USD) == ""
    open_still = recent("ch_1 cus_a pi_1 2026-03-01 failed 99 - !")
    assert failed_page.not_recovered(open_still, USD).startswith("Not recovered: 1. To call, above: 0. Not to call: 1,")


def test_the_recovery_rate_is_not_available_when_nothing_failed() -> None:
    assert found().recovery_rate is None
    assert recent("ch_1 cus_a pi_1 2026-03-01 failed 99 card_declined !").recovery_rate == 0


def test_the_lists_as_csv() -> None:
    report = found(invoice=invoices(OPEN))
    (line,) = csv.DictReader(io.StringIO(failed_tables.unresolved_csv(report)))
    assert (line["amount"], line["currency"], line["amount_base"], line["base"]) == ("99.00", "usd", "99.00", "usd")
    (line,) = csv.DictReader(io.StringIO(failed_tables.at_risk_csv(at_risk(29, 4, 2026))))
    assert (line["card_expires"], line["mrr"]) == ("2026-04", "29.00")
    (line,) = csv.DictReader(
        io.StringIO(failed_tables.recent_csv(recent("ch_1 cus_a pi_1 2026-03-01 failed 99 card_declined !")))
    )
    assert (line["date"], line["recovered"], line["amount"]) == ("2026-03-01", "", "99.00")


def test_the_tables_lead_to_stripe() -> None:
    report = found(invoice=invoices(OPEN))
    (row,) = failed_tables.to_reach_table(report, "acct_9", ["Mark"], livemode=False).to_dicts()
    assert (row["due"], row["amount_base"], row["reason"]) == ("$99.00", 99.0, "The reason is not known")
    assert row["stripe"] == "https://dashboard.stripe.com/acct_9/test/invoices/in_1"
    (row,) = failed_tables.to_reach_table(
        found(invoice=invoices(OPEN, OPEN.replace("in_1", "in_2"))), "acct_9", ["Mark"], livemode=False
    ).to_dicts()
    assert row["stripe"] == "https://dashboard.stripe.com/acct_9/test/customers/cus_a"
    (row,) = failed_tables.at_risk_table(at_risk(29, 4, 2026), "acct_9", livemode=True).to_dicts()
    assert row["stripe"] == "https://dashboard.stripe.com/acct_9/customers/cus_a"
    (row,) = failed_tables.recent_table(
        recent("ch_1 cus_a pi_1 2026-03-01 failed 99 - !"), "acct_9", livemode=True
    ).to_dicts()
    assert row["stripe"] == "https://dashboard.stripe.com/acct_9/payments/ch_1"


def test_emails_to_copy_are_each_once_in_the_order_of_the_list() -> None:
    rows = pl.DataFrame({"email": ["b@x.example", None, "a@x.example", "b@x.example"]})
    assert failed_tables.emails(rows) == ["b@x.example", "a@x.example"]


# --- Against the ledger, built from Stripe's own tables ---------------------------------------------------------------

# Owing: $20.00 of $30.00 open, MRR $30.00. Fine: paid. Gone: given up on a subscription that has ended, MRR 0.
# Ends: its card is good to the end of this month, MRR $30.00. Next: to the end of next month. Left: no MRR any more.
SHOP = {
    "customer": "id name\nowing Owing\nfine Fine\ngone Gone\nnext Next",
    "product": "id name\np1 Pro",
    "price": "id product unit_amount_decimal currency interval interval_count usage_type\n"
    "pro p1 3000 usd month 1 licensed",
    "subscription": """
        id customer status   created    start_date currency ended_at
        s1 owing    past_due 2026-01-20 2026-01-20 usd      -
        s2 fine     active   2026-01-20 2026-01-20 usd      -
        s3 gone     canceled 2026-01-20 2026-01-20 usd      2026-03-05
        s4 next     active   2026-01-20 2026-01-20 usd      -
    """,
    "subscription_item": """
        id subscription price quantity position
        t1 s1           pro   1        0
        t2 s2           pro   1        0
        t3 s3           pro   1        0
        t4 s4           pro   2        0
    """,
    "invoice": """
        id customer subscription status created    finalized_at paid_at    billing_reason      amount_due amount_remaining attempted attempt_count collection_method
        a1 owing    s1           paid   2026-01-20 2026-01-20   2026-01-20 subscription_create 30         0                yes       1             charge_automatically
        b1 owing    s1           open   2026-02-20 2026-02-20   -          subscription_cycle  30         20               yes       2             charge_automatically
        a2 fine     s2           paid   2026-01-20 2026-01-20   2026-01-20 subscription_create 30         0                yes       1             charge_automatically
        a3 gone     s3           paid   2026-01-20 2026-01-20   2026-01-20 subscription_create 30         0                yes       1             charge_automatically
        b3 gone     s3           open   2026-02-20 2026-02-20   -          subscription_cycle  30         30               yes       4             charge_automatically
        a4 next     s4           paid   2026-01-20 2026-01-20   2026-01-20 subscription_create 60         0                yes       1             charge_automatically
    """,  # noqa: E501 - a table
    "invoice_line": """
        id invoice subscription subscription_item price amount quantity proration period_start period_end position
        l1 a1      s1           t1                pro   30     1        no        2026-01-20   2026-02-20 0
        m1 b1      s1           t1                pro   30     1        no        2026-02-20   2026-03-20 0
        l2 a2      s2           t2                pro   30     1        no        2026-01-20   2026-02-20 0
        l3 a3      s3           t3                pro   30     1        no        2026-01-20   2026-02-20 0
        l4 a4      s4           t4                pro   60     2        no        2026-01-20   2026-02-20 0
    """,
    "charge": """
        id customer invoice created    status    amount card_brand card_last4 card_exp_month card_exp_year
        c1 owing    a1      2026-01-20 succeeded 30     visa       4242       3              2026
        c2 owing    b1      2026-02-20 failed    30     visa       4242       3              2026
        c3 fine     a2      2026-01-20 succeeded 30     visa       4242       9              2029
        c4 gone     a3      2026-01-20 succeeded 30     visa       4242       3              2026
        c5 gone     b3      2026-02-20 failed    30     visa       4242       3              2026
        c6 next     a4      2026-01-20 succeeded 60     visa       4242       4              2026
    """,
}


def test_what_is_owed_and_at_risk_is_the_ledgers_own_mrr() -> None:
    frames = worlds.tables(**SHOP)
    ledger = build(frames, base="usd", as_of=at("2026-03-10"), tz=ZoneInfo("UTC"))
    report = failed.failed_charges(ledger, frames, customers.customers(ledger, frames))
    mrr = dict(ledger.movements.group_by("customer").agg(pl.col("amount_base").sum()).iter_rows())
    assert {who: micros // worlds.MICROS for who, micros in mrr.items()} == {
        "owing": 30,
        "fine": 30,
        "gone": 0,
        "next": 60,
    }
    unresolved = {row["customer"]: row["amount_base"] // worlds.MICROS for row in report.unresolved.to_dicts()}
    assert unresolved == {"owing": 20, "gone": 30}
    assert report.owed == 50 * worlds.MICROS
    assert report.mrr_at_stake == mrr["owing"] + mrr["gone"] == 30 * worlds.MICROS
    assert report.at_risk["customer"].to_list() == ["owing", "next"]
    assert report.mrr_at_risk == mrr["owing"] + mrr["next"] == 90 * worlds.MICROS
    first = ledger.cash.filter(pl.col("kind") == "failed")
    assert report.recent["amount_base"].sum() == first["amount_base"].sum() == 60 * worlds.MICROS


def test_reasons_are_words() -> None:
    assert declines.reason("expired_card", "Your card has expired.") == "the card has expired"
    assert declines.reason("new_code", "The moon was full.") == "The moon was full"
    assert declines.reason(None, " ") == declines.UNKNOWN
