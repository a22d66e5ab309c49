"""Addresses in Stripe's dashboard: by kind of object, by mode, and quoted."""

import pytest

from lib.reports.stripe_links import link


@pytest.mark.parametrize(
    ("object_id", "path"),
    [
        ("cus_1", "customers/cus_1"),
        ("sub_1", "subscriptions/sub_1"),
        ("in_1", "invoices/in_1"),
        ("ch_1", "payments/ch_1"),
        ("pi_1", "payments/pi_1"),
        ("re_1", "refunds/re_1"),
        ("du_1", "disputes/du_1"),
        ("po_1", "payouts/po_1"),
        ("price_1", "prices/price_1"),
        ("prod_1", "products/prod_1"),
        ("txn_1", "search?query=txn_1"),
        ("SPRING", "search?query=SPRING"),
        ("sub", "search?query=sub"),
        ("cus_1/../x?y", "customers/cus_1%2F..%2Fx%3Fy"),
    ],
)
def test_an_object_has_its_page(object_id: str, path: str) -> None:
    assert link("acct_9", object_id, livemode=True) == f"https://dashboard.stripe.com/acct_9/{path}"


def test_test_data_is_in_the_test_part_of_the_dashboard() -> None:
    assert link("acct_9", "cus_1", livemode=False) == "https://dashboard.stripe.com/acct_9/test/customers/cus_1"
