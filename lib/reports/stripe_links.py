"""Where an object stands in Stripe's own dashboard: the address of any object, by the prefix of its id."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias
from urllib.parse import quote

import polars as pl

from lib.reports import books, homes
from lib.store import samples, together

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


Finder: TypeAlias = Callable[[str, str | None], str | None]


def link(account: str, object_id: str, *, livemode: bool, home: str | None = None) -> str | None:
    """The dashboard's address of any object of the Stripe account ``account`` ("acct_…"), test or live; None of a
    sample's, which Stripe knows nothing of. Of all accounts together ``home`` is the name of the object's own.

    An id of a kind without a page of its own leads to the dashboard's search.
    """
    return finder(account, livemode=livemode)(object_id, home)


def finder(account: str, *, livemode: bool) -> Finder:
    """The same for many objects, one after the other: asked with an id, and a ``home`` or None."""
    places = _places(account, livemode=livemode)
    return lambda object_id, home: _address(places, home, object_id)


def links(column: str, account: str, *, livemode: bool) -> pl.Expr:
    """The same for a column of ids; of all accounts together the frame says in homes.COLUMN whose they are."""
    places = _places(account, livemode=livemode)
    if not together.is_one(account):
        return pl.col(column).map_elements(lambda found: _address(places, None, found), pl.String)
    pair = pl.struct(home=homes.COLUMN, id=column)
    return pair.map_elements(lambda row: row["id"] and _address(places, row["home"], row["id"]), pl.String)


def _places(account: str, *, livemode: bool) -> dict[str | None, str]:
    """Where the dashboard shows an account, by the names of all accounts together; None: one whose name is not known.
    Empty of a sample.
    """
    if samples.is_one(account):
        return {}
    mode = "" if livemode else "test/"
    if not together.is_one(account):
        return {None: f"{DASHBOARD}/{_whose(account)}{mode}"}
    own = {each.name: f"{_whose(each.account)}{'' if each.livemode else 'test/'}" for each in books.homes(account)}
    return {None: f"{DASHBOARD}/{mode}"} | {name: f"{DASHBOARD}/{place}" for name, place in own.items()}


def _whose(account: str) -> str:
    return f"{quote(account, safe='')}/" if account.startswith("acct_") else ""


def _address(places: Mapping[str | None, str], home: str | None, object_id: str) -> str | None:
    if not places or (home and home not in places):  # by another name: better no link than one to another account
        return None
    page = PAGES.get(object_id.partition("_")[0]) if "_" in object_id else None
    quoted = quote(object_id, safe="")
    return places.get(home, places[None]) + (f"{page}/{quoted}" if page else f"search?query={quoted}")
