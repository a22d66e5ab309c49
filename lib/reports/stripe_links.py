"""Where an object stands in Stripe's own dashboard: the address of any object, by the prefix of its id."""

from typing import Final
from urllib.parse import quote

import polars as pl

from lib.store import samples

DASHBOARD: Final = "https://dashboard.stripe.com"

# The dashboard's page by id prefix. Stripe publishes no list: these are the pages that its emails, and the public
# integrations that link to it, open. A balance transaction has no page that we could confirm, so it is searched for.
PAGES: Final = {
    "cus": "customers",
    "sub": "subscriptions",
    "in": "invoices",
    "ch": "payments",
    "py": "payments",
    "pi": "payments",
    "re": "refunds",
    "pyr": "refunds",
    "dp": "disputes",
    "du": "disputes",
    "po": "payouts",
    "price": "prices",
    "plan": "plans",
    "prod": "products",
    "evt": "events",
}


def link(account: str, object_id: str, *, livemode: bool) -> str | None:
    """The dashboard's address of any object of the Stripe account ``account`` ("acct_…"), test or live; None of a
    sample's, which Stripe knows nothing of.

    An id of a kind without a page of its own leads to the dashboard's search.
    """
    if samples.is_one(account):
        return None
    mode = "" if livemode else "test/"
    page = PAGES.get(object_id.partition("_")[0]) if "_" in object_id else None
    quoted = quote(object_id, safe="")
    whose = (
        f"{quote(account, safe='')}/" if account.startswith("acct_") else ""
    )  # of all together: the one in use there
    return f"{DASHBOARD}/{whose}{mode}" + (f"{page}/{quoted}" if page else f"search?query={quoted}")


def links(column: str, account: str, *, livemode: bool) -> pl.Expr:
    """The same for a column of ids."""
    return pl.col(column).map_elements(lambda found: link(account, found, livemode=livemode), pl.String)
