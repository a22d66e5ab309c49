"""Where an object stands in Stripe's own dashboard: the address of any object, by the prefix of its id."""

from typing import Final
from urllib.parse import quote

DASHBOARD: Final = "https://dashboard.stripe.com"

# The dashboard's page by id prefix. Stripe publishes no list: these are the pages that its emails and the public integrations that link
# to it open. A balance transaction has no page that we could confirm, so it goes the way of any other id: through the search.
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


def link(account: str, id: str, *, livemode: bool) -> str:
    """The dashboard's address of the object `id` in Stripe account `account` ("acct_…"); an id of an unknown kind is searched for."""
    mode = "" if livemode else "test/"
    page = PAGES.get(id.partition("_")[0]) if "_" in id else None
    where = f"{page}/{quote(id, safe='')}" if page else f"search?query={quote(id, safe='')}"
    return f"{DASHBOARD}/{quote(account, safe='')}/{mode}{where}"
