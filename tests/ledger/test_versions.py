"""What versions of a subscription date that no invoice shows. Prices are cents a month; a day is its noon, UTC."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
import polars as pl
import pytest

from lib.ledger.build import Ledger, build, rewritten, written
from lib.ledger.rules import Rules
from tests.ledger.shop import at, shop, table

PRICES: Final = """
    id     product unit_amount_decimal usage_type
    basic  p       =1000               licensed
    pro    p       =3000               licensed
    used   p       =5                  metered
"""
BOOKS: Final = {
    "product": "id name\n p Plan",
    "price": PRICES,
    "customer": "id created\n c 2026-01-01",
    "subscription": "id customer created start_date\n s c 2026-01-01 2026-01-01",
    "subscription_item": "id subscription price quantity\n i s basic 1",
    "invoice": "id subscription customer created billing_reason period_end\n"
    "in1 s c 2026-01-01 subscription_create 2026-01-01",
    "invoice_line": "id invoice subscription subscription_item price amount period_start\n"
    "l1 in1 s i basic 1000 2026-01-01",
}
TWO_BILLS: Final = BOOKS["invoice"] + "\n in2 s c 2026-02-01 subscription_cycle 2026-02-01"
COLUMNS: Final = {
    "subscription": pl.String, "observed_at": pl.Float64, "event": pl.String, "source": pl.String,
    "position": pl.Int64, "status": pl.String, "items": pl.String, "discounts": pl.String,
    "pause_behavior": pl.String, "cancel_at_period_end": pl.Boolean, "cancel_at": pl.Int64, "canceled_at": pl.Int64,
    "ended_at": pl.Int64, "trial_end": pl.Int64,
}  # fmt: skip


def versions(text: str) -> pl.DataFrame:
    """Rows of a text table: ``items`` as ``item:price:quantity+…`` (x: not told), ``discounts`` joined by ``+``."""
    rows = [_version(number, row) for number, row in enumerate(table(text))]
    return pl.DataFrame([[row.get(name) for name in COLUMNS] for row in rows], COLUMNS, orient="row")


def _version(number: int, row: dict[str, Any]) -> dict[str, Any]:
    told = [each.split(":") for each in row.get("items", "i:basic:1").split("+")]
    items = [[item, price, int(count), rest] for item, price, count, *rest in told] if row.get("items") != "x" else None
    return {
        "subscription": "s", "source": "event", "event": f"evt_{number}", "position": 0, "status": "active",
        "cancel_at_period_end": False,
        **row,
        "observed_at": float(row["at"]) + row.get("late", 0) / 10,
        "items": None if items is None else orjson.dumps(items).decode(),
        "discounts": orjson.dumps(row["discounts"].split("+") if "discounts" in row else []).decode(),
    }  # fmt: skip


def ledger(seen: str, until: str = "2026-03-20", rules: Rules | None = None, **books: str) -> Ledger:
    tables = shop(**(BOOKS | books)) | {"subscription_version": versions(seen)}
    return build(tables, base="usd", as_of=at(until), tz=ZoneInfo("UTC"), rules=rules)


def mrr(found: Ledger) -> list[tuple[str, int]]:
    """Each day on which MRR changed, and what it was then, in minor units."""
    days = found.movements.group_by("date").agg(pl.col("amount").sum()).sort("date").filter(pl.col("amount") != 0)
    return [
        (day.isoformat()[5:], total // 10**6) for day, total in days.select("date", pl.col("amount").cum_sum()).rows()
    ]


# --- Items ------------------------------------------------------------------------------------------------------------


def test_a_silent_change_is_dated_by_the_event() -> None:
    """The next invoice would have dated it to 1 February."""
    found = ledger(
        "at items\n 2026-01-01 i:basic:1\n 2026-01-10 i:basic:4",
        subscription_item="id subscription price quantity\n i s basic 4",
        invoice=TWO_BILLS,
        invoice_line="id invoice subscription subscription_item price amount period_start quantity\n"
        "l1 in1 s i basic 1000 2026-01-01 1\n l2 in2 s i basic 4000 2026-02-01 4",
    )
    assert (mrr(found), found.hidden) == ([("01-01", 1000), ("01-10", 4000)], ())


def test_a_silent_change_that_no_invoice_has_shown_yet_is_no_longer_hidden() -> None:
    changed = "id subscription price quantity\n i s pro 1\n j s basic 2"
    known = ledger("at items\n 2026-01-10 i:pro:1+j:basic:2", subscription_item=changed)
    assert (mrr(known), known.hidden) == ([("01-01", 1000), ("01-10", 5000)], ())
    unknown = ledger("at items\n 2026-01-02 i:basic:1", subscription_item=changed)
    assert (mrr(unknown), unknown.hidden) == ([("01-01", 1000), ("03-20", 5000)], ("s",))


def test_an_item_that_is_gone_or_free_or_metered_or_of_an_unknown_price() -> None:
    seen = """
        at         items
        2026-01-05 i:basic:1+j:pro:1+u:used:1+n:nobody:1
        2026-01-08 j:pro:1+z:basic:0
        2026-01-09 x
    """
    found = ledger(seen, subscription_item="id subscription price quantity\n j s pro 1\n z s basic 0")
    assert (mrr(found), found.hidden) == ([("01-01", 1000), ("01-05", 4000), ("01-08", 3000)], ())


def test_what_a_look_found_counts_from_the_look_and_an_event_that_comes_later_from_its_own_time() -> None:
    changed = "id subscription price quantity\n i s basic 4"
    look = "at source items\n 2026-01-02 event i:basic:1\n 2026-01-20 refetch i:basic:4"
    assert mrr(ledger(look, subscription_item=changed)) == [("01-01", 1000), ("01-20", 4000)]
    late = look + "\n 2026-01-10 event i:basic:4"
    assert mrr(ledger(late, subscription_item=changed)) == [("01-01", 1000), ("01-10", 4000)]


LINES: Final = """
    id invoice subscription subscription_item price amount quantity proration period_start
    l1 in1     s            i                 basic 1000   1        no        2026-01-01
    l2 in2     s            i                 basic -500   1        yes       2026-01-15
    l3 in2     s            i                 basic 1000   2        yes       2026-01-15
"""


def test_before_the_first_version_and_between_two_invoice_lines_count() -> None:
    two = "id subscription price quantity\n i s basic 2"
    books: dict[str, Any] = {"invoice": TWO_BILLS, "invoice_line": LINES, "subscription_item": two}
    assert mrr(ledger("at items\n 2026-02-10 i:basic:2", **books)) == [("01-01", 1000), ("01-15", 2000)]
    gap = "at items\n 2026-01-05 i:basic:1\n 2026-02-10 i:basic:2"
    assert mrr(ledger(gap, **books)) == [("01-01", 1000), ("01-15", 2000)]


def test_a_version_that_still_shows_the_old_state_sets_right_what_a_line_said() -> None:
    """The line of the 15th says two; seen on the 10th and again on the 20th it was one, and is now."""
    seen = "at items\n 2026-01-10 i:basic:1\n 2026-01-20 i:basic:1\n 2026-01-21 i:basic:1"
    found = ledger(seen, invoice=TWO_BILLS, invoice_line=LINES)
    assert (mrr(found), found.hidden) == ([("01-01", 1000), ("01-15", 2000), ("01-20", 1000)], ())


def test_what_was_never_billed_stood_so_since_it_began() -> None:
    found = ledger("at items\n 2026-01-05 i:basic:1\n 2026-01-08 i:pro:1", invoice="id", invoice_line="id",
                   subscription_item="id subscription price quantity\n i s pro 1")  # fmt: skip
    assert mrr(found) == [("01-01", 1000), ("01-08", 3000)]


def test_tax_inside_a_price_is_taken_out_of_a_silent_change_too() -> None:
    taxed = """
        id invoice subscription subscription_item price amount period_start taxes
        l1 in1     s            i                 basic 1000   2026-01-01   [{"rate":"t","amount":167,"inclusive":true}]
    """
    found = ledger(
        "at items\n 2026-01-10 i:pro:1", subscription_item="id subscription price quantity\n i s pro 1",
        invoice_line=taxed, tax_rate="id percentage\n t =25",
    )  # fmt: skip
    assert mrr(found) == [("01-01", 800), ("01-10", 2400)]


# --- One second, and the end ------------------------------------------------------------------------------------------


def test_in_one_second_a_look_comes_first_then_events_in_their_order_and_the_end_last() -> None:
    second = """
        at         late source  position items
        2026-01-10 0    event   1        i:basic:3
        2026-01-10 0    event   0        i:basic:2
        2026-01-10 8    refetch 0        i:basic:2
    """
    three = "id subscription price quantity\n i s basic 3"
    assert mrr(ledger(second, subscription_item=three)) == [("01-01", 1000), ("01-10", 3000)]
    over = """
        at         status   items
        2026-01-10 canceled i:basic:1
        2026-01-10 active   i:basic:2
        2026-01-11 active   i:basic:3
    """
    ended = "id customer created start_date status ended_at canceled_at\n"
    ended += "s c 2026-01-01 2026-01-01 canceled 2026-01-10 2026-01-10"
    assert mrr(ledger(over, subscription=ended)) == [("01-01", 1000), ("01-10", 0)]


# --- Pauses, debts, clicks --------------------------------------------------------------------------------------------

OUT: Final = Rules(count_paused=False)


def paused(now: str) -> str:
    return f"id customer created start_date pause_behavior\n s c 2026-01-01 2026-01-01 {now}"


def test_a_pause_between_two_renewals() -> None:
    seen = "at pause_behavior\n 2026-01-05 -\n 2026-01-10 void\n 2026-01-20 -"
    assert mrr(ledger(seen, rules=OUT)) == [("01-01", 1000), ("01-10", 0), ("01-20", 1000)]
    assert mrr(ledger(seen)) == [("01-01", 1000)]


def test_a_pause_that_began_before_the_first_version_is_inferred_from_renewals() -> None:
    bills = """
        id  subscription customer status created    billing_reason      period_end voided_at
        in1 s            c        paid   2026-01-01 subscription_create 2026-01-01 -
        in2 s            c        void   2026-02-01 subscription_cycle  2026-02-01 2026-02-01
        in3 s            c        void   2026-03-01 subscription_cycle  2026-03-01 2026-03-01
    """
    going_on = "at pause_behavior\n 2026-02-15 void\n 2026-03-10 -"
    assert mrr(ledger(going_on, rules=OUT, invoice=bills)) == [("01-01", 1000), ("02-01", 0), ("03-10", 1000)]
    over = "at pause_behavior\n 2026-02-15 -"
    assert mrr(ledger(over, rules=OUT, invoice=bills)) == [("01-01", 1000), ("02-01", 0), ("02-15", 1000)]
    looked = "at source pause_behavior\n 2026-01-15 event -\n 2026-02-10 refetch void"
    found = ledger(looked, rules=OUT, invoice=bills, subscription=paused("void"))
    assert mrr(found) == [("01-01", 1000), ("02-01", 0)], "a look only shows that it began by then"


def test_a_pause_of_now_that_no_version_shows_counts_from_now() -> None:
    found = ledger("at pause_behavior\n 2026-01-05 -", rules=OUT, subscription=paused("void"))
    assert mrr(found) == [("01-01", 1000), ("03-20", 0)]


def test_past_due_and_unpaid_are_told_by_status() -> None:
    seen = """
        at         status
        2026-01-05 active
        2026-02-01 past_due
        2026-02-11 unpaid
        2026-02-20 active
    """
    a_week = Rules(past_due_days=7)
    assert mrr(ledger(seen, rules=a_week)) == [("01-01", 1000), ("02-08", 0), ("02-20", 1000)]
    assert mrr(ledger(seen, rules=Rules(past_due_days=None))) == [("01-01", 1000), ("02-11", 0), ("02-20", 1000)]
    short = "at status\n 2026-01-05 active\n 2026-02-01 past_due\n 2026-02-05 active"
    assert mrr(ledger(short, rules=a_week)) == [("01-01", 1000)]


def test_a_cancellation_that_was_undone_and_one_that_stands() -> None:
    seen = """
        at         cancel_at_period_end canceled_at
        2026-01-05 no                   -
        2026-01-10 yes                  2026-01-09
        2026-01-12 no                   -
        2026-01-20 yes                  2026-01-20
        2026-01-25 yes                  2026-01-25
    """
    leaving = "id customer created start_date cancel_at_period_end canceled_at\n"
    leaving += "s c 2026-01-01 2026-01-01 yes 2026-01-25"
    clicked = [("01-01", 1000), ("01-09", 0), ("01-12", 1000), ("01-20", 0)]
    found = ledger(seen, subscription=leaving)
    assert mrr(found) == [("01-01", 1000)]
    assert mrr(ledger(seen, subscription=leaving, rules=Rules(churn_at_click=True))) == clicked
    committed = found.committed.group_by("date").agg(pl.col("amount").sum()).sort("date")
    assert [total // 10**6 for total in committed["amount"].cum_sum()] == [total for _, total in clicked]


# --- Discounts --------------------------------------------------------------------------------------------------------

COUPONS: Final = "id duration percent_off\n tenth forever =10\n once once =50"
GIVEN: Final = "id subscription coupon start end\n"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ("at discounts\n 2026-01-05 -\n 2026-01-10 d\n 2026-01-20 -", [("01-10", 900), ("01-20", 1000)]),
        ("at discounts\n 2026-01-05 -\n 2026-01-10 d", [("01-10", 900)]),
        ("at discounts\n 2026-01-05 -\n 2026-01-15 -", [("01-10", 900), ("01-15", 1000)]),
        ("at source discounts\n 2026-01-12 event d\n 2026-01-20 refetch -", [("01-10", 900), ("01-20", 1000)]),
        ("at items\n 2026-01-10 i:basic:1:d\n 2026-01-20 i:basic:1", [("01-10", 900), ("01-20", 1000)]),
    ],
)
def test_a_discount_runs_while_versions_have_it(seen: str, expected: list[tuple[str, int]]) -> None:
    held = '["d"]' if seen.endswith(" d") else "[]"
    billed = '["d"]' if "01-15" in seen else "[]"  # no version has it: only a bill tells that it was there
    found = ledger(
        seen,
        coupon=COUPONS,
        discount=GIVEN + "d s tenth 2026-01-10 -",
        subscription=f"id customer created start_date discounts\n s c 2026-01-01 2026-01-01 {held}",
        invoice=f"id subscription customer created billing_reason discounts\n in1 s c 2026-01-01 manual {billed}",
    )
    assert mrr(found) == [("01-01", 1000), *expected]


# --- Trials -----------------------------------------------------------------------------------------------------------


def test_what_changes_on_trial_changes_what_it_would_come_to() -> None:
    trial = "id customer created start_date status trial_start trial_end\n"
    trial += "s c 2026-01-01 2026-01-01 active 2026-01-01 2026-01-15"
    bills = "id invoice subscription subscription_item price amount period_start\n"
    bills += "l1 in1 s i basic 0 2026-01-01\n l2 in2 s i pro 3000 2026-01-15"
    seen = "at status items\n 2026-01-01 trialing i:basic:1\n 2026-01-08 trialing i:pro:1\n 2026-01-15 active i:pro:1"
    found = ledger(
        seen, subscription=trial, invoice=TWO_BILLS, invoice_line=bills,
        subscription_item="id subscription price quantity\n i s pro 1",
    )  # fmt: skip
    days = found.trialing.group_by("date").agg(pl.col("amount").sum()).sort("date").rows()
    assert [(day.isoformat()[5:], amount // 10**6) for day, amount in days] == [
        ("01-01", 1000),
        ("01-08", 2000),
        ("01-15", -3000),
    ]
    assert mrr(found) == [("01-15", 3000)]
    assert found.trials["plan"].to_list() == ["basic"]


# --- Renewal of a ledger ----------------------------------------------------------------------------------------------


def test_a_version_that_came_late_renews_the_ledger_though_no_row_of_stripes_objects_changed() -> None:
    early = versions("at items\n 2026-01-02 i:basic:1\n 2026-01-20 i:basic:4")
    tables = shop(**(BOOKS | {"subscription_item": "id subscription price quantity\n i s basic 4"}))
    before = written(tables | {"subscription_version": early}, base="usd", as_of=at("2026-03-20"), tz=ZoneInfo("UTC"))
    late = pl.concat([early, versions("at event items\n 2026-01-10 evt_late i:basic:4")])
    changed = {"subscription": frozenset({"s"})}
    after = rewritten(before, tables | {"subscription_version": late}, changed, at("2026-03-20"))
    assert mrr(before.ledger) == [("01-01", 1000), ("01-20", 4000)]
    assert mrr(after.ledger) == [("01-01", 1000), ("01-10", 4000)]
    assert after.ledger.today == date(2026, 3, 20)


def test_where_a_line_says_otherwise_twice_in_the_second_in_which_a_version_is_seen_again() -> None:
    """Two lines of the 20th, to three and to two; at the end of that second it was one, as on the 10th."""
    lines = """
        id invoice subscription subscription_item price amount quantity proration period_start
        l1 in1     s            i                 basic 1000   1        no        2026-01-01
        l2 in2     s            i                 basic 1000   3        yes       2026-01-20
        l3 in2     s            i                 basic 1000   2        yes       2026-01-20
    """
    found = ledger("at items\n 2026-01-10 i:basic:1\n 2026-01-20 i:basic:1", invoice=TWO_BILLS, invoice_line=lines)
    assert (mrr(found), found.hidden) == ([("01-01", 1000)], ())
