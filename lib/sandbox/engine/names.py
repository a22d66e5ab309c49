"""Invented companies, people and cards for the demo business."""

from __future__ import annotations

from random import Random

_FIRST = (  # noqa: SIM905 - words read best as words
    "Alder Amber Anchor Arbor Ashby Aster Beacon Birch Bluebell Bramble Bridge Brook Cedar Cinder Clover Coastal "
    "Copper Coral Crescent Dover Eagle Ember Fairway Falcon Fern Foxglove Garnet Granite Harbor Hawthorn Hazel "
    "Heron Hollow Indigo Ivory Juniper Kestrel Lakeside Lantern Larch Linden Lunar Maple Marlow Meadow Mercer "
    "Midland Mistral Moss North Oakley Ocean Olive Onyx Orchard Otter Pebble Pine Poplar Quarry Quill Raven Redwood "
    "Ridge River Rowan Saffron Sable Sage Sandpiper Sequoia Silver Slate Sparrow Spruce Stone Summit Sycamore "
    "Tandem Thistle Tidal Timber Union Vale Verdant Vista Walnut Wander Willow Winter Wren Yarrow Zephyr"
).split()
_SECOND = (  # noqa: SIM905 - the same
    "Analytics Architects Bakery Books Builders Catering Clinic Coffee Collective Couriers Creative Dental Design "
    "Digital Dynamics Electric Energy Engineering Events Farms Films Fitness Foods Freight Gardens Goods Health "
    "Homes Imports Interiors Joinery Kitchens Labs Landscapes Learning Legal Logistics Marine Markets Media "
    "Mechanics Mobility Motors Networks Optics Outdoors Partners Pharmacy Physio Plumbing Press Printing Properties "
    "Rentals Robotics Roofing Security Services Software Solar Spaces Sports Storage Studio Supply Surveyors "
    "Systems Tailors Textiles Tools Touring Toys Transport Travel Ventures Veterinary Water Wellness Windows Works "
    "Yachts"
).split()
_ENDS = {"US": ("Inc", "LLC", ""), "GB": ("Ltd", ""), "DE": ("GmbH",), "FR": ("SAS",), "JP": ("KK",), "NL": ("BV",)}
_PEOPLE = "Ada Bea Cleo Dora Emil Finn Gus Hana Iris Jonas Kaya Lena Milo Nora Omar Pia Quinn Rosa Sami Tove".split()  # noqa: SIM905 - the same
_BRANDS = (("visa", 55), ("mastercard", 32), ("amex", 10), ("discover", 3))


def company(rng: Random, country: str) -> tuple[str, str]:
    """Invent a company and return its name and its e-mail address."""
    first, second = rng.choice(_FIRST), rng.choice(_SECOND)
    ending = rng.choice(_ENDS.get(country, ("",)))
    name = f"{first} {second} {ending}".rstrip()
    return name, f"{rng.choice(_PEOPLE).lower()}@{first.lower()}{second.lower()}{rng.randrange(10, 99)}.example"


def card(rng: Random, year: int) -> tuple[str, str, int, int]:
    """Invent a card that expires within five years of a year: brand, last four digits, month, year."""
    brand = rng.choices([name for name, _ in _BRANDS], [share for _, share in _BRANDS])[0]
    return brand, f"{rng.randrange(10_000):04d}", rng.randrange(1, 13), year + rng.randrange(1, 5)


def chance(rng: Random, share: float) -> bool:
    """Say yes in a share of the cases."""
    return rng.random() < share
