"""A small shop in an otherwise empty world: prices made to divide well, and a clock at New Year 2026, midnight UTC.

January has 31 days, so that a price of 31.00 a month is a dollar a day.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from lib.sandbox.engine import shapes_catalog as shapes
from lib.sandbox.engine.customers import add_price
from lib.sandbox.world import World

DAY = 86_400


def at(text: str) -> int:
    """``at("2026-01-16 12:00")`` in epoch seconds, UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


class Shop:
    def __init__(self, opened: str = "2026-01-01") -> None:
        self.world = World.empty(at(opened))
        self.state = self.world.state

    def price(
        self,
        unit: str | None,
        interval: str = "month",
        count: int = 1,
        *,
        currency: str = "usd",
        name: str = "Plan",
        meter: str | None = None,
        tiers: tuple[str, list[tuple[int | None, str]]] | None = None,
    ) -> str:
        product = self.state.add(shapes.product(self.state.id("prod"), self.state.now, name))
        made = shapes.price(self.state.id("price"), self.state.now, product["id"], currency, unit)
        made = shapes.recurring(made, interval, count, meter)
        return add_price(self.state, shapes.tiered(made, *tiers) if tiers else made)

    def once(self, unit: str, currency: str = "usd") -> str:
        product = self.state.add(shapes.product(self.state.id("prod"), self.state.now, "Setup"))
        made = shapes.price(self.state.id("price"), self.state.now, product["id"], currency, unit)
        return add_price(self.state, made)

    def coupon(self, name: str, **terms: Any) -> str:  # noqa: ANN401 - as shapes.coupon takes them
        return str(self.state.add(shapes.coupon(name, self.state.now, name, **terms))["id"])

    def tax(self, percentage: float) -> str:
        return str(self.state.add(shapes.tax_rate(self.state.id("txr"), self.state.now, "VAT", "DE", percentage))["id"])

    def customer(self, country: str = "US") -> str:
        return str(self.world.create_customer(country=country)["id"])

    def subscribe(
        self,
        price: str,
        quantity: int = 1,
        customer: str | None = None,
        **options: Any,  # noqa: ANN401 - as World.create_subscription takes them
    ) -> str:
        made = self.world.create_subscription(customer or self.customer(), [(price, quantity)], **options)
        return str(made["id"])

    def until(self, text: str) -> None:
        self.world.advance(at(text))

    def sub(self, id_: str) -> dict[str, Any]:
        found = self.world.get("subscription", id_)
        assert found is not None
        return found

    def invoices(self, sub: str) -> list[dict[str, Any]]:
        """Invoices of a subscription, oldest first."""
        found = self.world.listing("invoice")
        return [i for i in found if i["parent"] and i["parent"]["subscription_details"]["subscription"] == sub]

    def amounts(self, sub: str) -> list[tuple[str, str, list[int]]]:
        """Reason, status and line amounts of each invoice, oldest first."""
        return [
            (i["billing_reason"], i["status"], [line["amount"] for line in self.world.lines(i["id"])])
            for i in self.invoices(sub)
        ]

    def mrr(self, sub: str, *days: str) -> list[str | None]:
        """What the truth says of a subscription on some days; None where it does not count."""
        told = {day["date"]: day["subscriptions"] for day in self.world.truth()["days"]}
        return [told[day].get(sub, {}).get("mrr") for day in days]
