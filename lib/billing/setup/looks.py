"""How Stripe's own pages show us, beside how ours do: Stripe takes its branding from its dashboard."""

from __future__ import annotations

from typing import Any, Final

from lib.billing import brand
from lib.billing.brand import PLAIN, Brand
from lib.billing.setup.record import Check, Group, State
from lib.billing.setup.sides import Side
from lib.gateway import platform

NAME: Final = "Stripe's own pages"


def branding(side: Side) -> Check:
    """Whether consent page, Checkout and portal show the name, colour and pictures that are chosen here."""
    check = side.check(NAME, Group.BRANDING).now(State.UNKNOWN, "", link=side.dashboard("settings/branding"))
    if not side.usable:
        return check.now(State.UNKNOWN, "Stripe can be asked once the secret key is right.")
    account, ours = platform.account(side.keys), brand.current() if side.kept else PLAIN
    told = f"Consent page, Checkout and portal show {_told(account)}."
    differs = _differences(account, ours)
    if ours == PLAIN or not differs:
        return check.now(State.OK, told)
    todo = "Save the brand again below." if side.standin else "Set it there too: Stripe takes it from its dashboard."
    return check.now(State.MISSING, f"{told} Not as here: {', '.join(differs)}.", todo)


def _shown(account: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    name = (account.get("business_profile") or {}).get("name")
    return name, (account.get("settings") or {}).get("branding") or {}


def _told(account: dict[str, Any]) -> str:
    name, looks = _shown(account)
    pictures = [what for what in ("icon", "logo") if looks.get(what)]
    colour = looks.get("primary_color")
    parts = [f"the name {name}" if name else "no name", f"the colour {colour}" if colour else "Stripe's own colour"]
    parts.append(f"your {' and '.join(pictures)}" if pictures else "no picture")
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _differences(account: dict[str, Any], ours: Brand) -> list[str]:
    name, looks = _shown(account)
    colour = str(looks.get("primary_color") or "")
    return [
        *(["the name"] if ours.name and ours.name != name else []),
        *(["the colour"] if ours.colour and ours.colour.casefold() != colour.casefold() else []),
        *(f"the {what}" for what in ("icon", "logo") if getattr(ours, what) and not looks.get(what)),
    ]
