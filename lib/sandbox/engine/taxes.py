"""Automatic tax: the rate that a customer's address asks for, and none where a business gave its tax number.

The business is thought to be registered in the countries below, and to sell everywhere else without tax.
"""

from __future__ import annotations

from lib.sandbox.engine import shapes_catalog as shapes
from lib.sandbox.engine.state import Object, State

RATES = {"AT": 20.0, "DE": 19.0, "ES": 21.0, "FR": 20.0, "GB": 20.0, "IE": 23.0, "IT": 22.0, "NL": 21.0}
"""VAT in percent, by country."""
_OWN_KIND = {"GB": "gb_vat"}


def rate_for(state: State, customer: str) -> str | None:
    """Return the tax rate that a customer's invoices have, made the first time it is needed; None for no tax."""
    country = (state.of("customer")[customer]["address"] or {}).get("country")
    if country not in RATES or state.payer(customer).tax_ids:
        return None
    for id_, rate in state.of("tax_rate").items():
        if (rate["country"], rate["percentage"], rate["inclusive"]) == (country, RATES[country], False):
            return id_
    made = shapes.tax_rate(state.id("txr"), state.now, "VAT", country, RATES[country])
    return str(state.add(made, "tax_rate.created")["id"])


def tax_id(country: str, value: str) -> Object | None:
    """Return a tax number as Stripe has it; None where there is none, or no country that knows one."""
    return {"type": _OWN_KIND.get(country, "eu_vat"), "value": value} if value and country in RATES else None
