"""The Stripe accounts behind the stand-in: whose they are, their worlds, and the locks around them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lib.sandbox.http import errors
from lib.sandbox.http.branding import Branding
from lib.sandbox.http.engine import Engine, Object
from lib.sandbox.http.rendering import Renderer


@dataclass
class Tenant:
    """One Stripe account. Its world may come later; ``world()`` gives it under its lock."""

    id: str
    name: str
    about: str
    """A sentence for the account picker."""
    email: str
    created: int
    restricted_key: str = field(repr=False)
    branding: Branding = field(default_factory=Branding)
    foreign: bool = False
    """Held by another platform: it can't be connected to ours."""
    ready: threading.Event = field(default_factory=threading.Event)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _engine: Engine | None = None
    _renderer: Renderer | None = None

    @property
    def shown_name(self) -> str:
        """The name that customers see."""
        return self.branding.name or self.name

    def settle(self, engine: Engine) -> None:
        """Move a finished world in."""
        with self._lock:
            self._engine, self._renderer = engine, Renderer(engine)
        self.ready.set()

    @contextmanager
    def world(self) -> Iterator[tuple[Engine, Renderer]]:
        """The world and its renderer, for as long as the block lasts. Raises 503 while it is being made."""
        with self._lock:
            if self._engine is None or self._renderer is None:
                raise errors.preparing()
            yield self._engine, self._renderer

    def account(self) -> Object:
        """Stripe's account object."""
        return {
            "id": self.id, "object": "account", "business_type": "company", "charges_enabled": True, "country": "US",
            "created": self.created, "default_currency": "usd", "details_submitted": True, "email": self.email,
            "metadata": {}, "payouts_enabled": True, "type": "standard",
            "business_profile": {
                "annual_revenue": None, "estimated_worker_count": None, "mcc": "5734",
                "minority_owned_business_designation": None, "name": self.shown_name, "product_description": self.about,
                "support_address": None, "support_email": None, "support_phone": None, "support_url": None,
                "url": None,
            },
            "settings": {
                "bacs_debit_payments": {"display_name": None, "service_user_number": None},
                "branding": self.branding.shown(self.id),
                "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
                "card_payments": {
                    "decline_on": {"avs_failure": False, "cvc_failure": False},
                    "statement_descriptor_prefix": None,
                    "statement_descriptor_prefix_kana": None,
                    "statement_descriptor_prefix_kanji": None,
                },
                "dashboard": {"display_name": self.shown_name, "timezone": "Etc/UTC"},
                "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": "offer"},
                "payments": {
                    "statement_descriptor": self.shown_name.upper()[:22],
                    "statement_descriptor_kana": None,
                    "statement_descriptor_kanji": None,
                },
                "sepa_debit_payments": {},
            },
        }  # fmt: skip

    def balance(self) -> Object:
        """Stripe's balance object: what balance transactions add up to, available or still pending by the clock."""
        sums: dict[str, dict[str, int]] = {"available": {}, "pending": {}}
        with self.world() as (engine, _):
            for each in engine.listing("balance_transaction"):
                side = sums["available" if each["available_on"] <= engine.now else "pending"]
                side[each["currency"]] = side.get(each["currency"], 0) + each["net"]
        return {"object": "balance", "livemode": False} | {side: _amounts(of) for side, of in sums.items()}


def _amounts(sums: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in sorted((sums or {"usd": 0}).items())
    ]


@dataclass(frozen=True)
class Cast:
    """Everybody on stage: our platform, and the accounts that an owner may pick on the authorize page."""

    platform: Tenant
    demo: Tenant
    small: Tenant
    empty: Tenant
    foreign: Tenant

    @property
    def everyone(self) -> tuple[Tenant, ...]:
        """All accounts."""
        return (self.platform, self.demo, self.small, self.empty, self.foreign)

    @property
    def choices(self) -> tuple[Tenant, ...]:
        """What the account picker offers, the demo business first."""
        return (self.demo, self.small, self.empty, self.foreign)

    def find(self, account: str) -> Tenant | None:
        """The account with this id."""
        return next((each for each in self.everyone if each.id == account), None)


def cast_of(seed: int, created: int) -> Cast:
    """Make the accounts of a stand-in; ids and keys depend on the seed alone. ``created`` in epoch seconds."""

    def tenant(role: str, name: str, about: str, *, foreign: bool = False) -> Tenant:
        return Tenant(
            id=f"acct_{token(seed, role, 16)}",
            name=name,
            about=about,
            email=f"owner@{role}.example",
            created=created,
            restricted_key=f"rk_test_{token(seed, role + ' restricted key', 24)}",
            foreign=foreign,
        )

    return Cast(
        platform=tenant("platform", "Plimsoll", "The platform that asks for access."),
        demo=tenant("demo", "Halyard", "The demo business, with years of customers and subscriptions."),
        small=tenant("small", "Corner Bakery", "A small business in its first months."),
        empty=tenant("empty", "Brand New Ltd", "Opened today: no customers, no payments."),
        foreign=tenant("foreign", "Harbour Books", "Already connected to another platform.", foreign=True),
    )


def token(seed: int, role: str, length: int) -> str:
    """Letters and digits that look random and are the same for the same seed and role."""
    return hashlib.sha256(f"stand-in {seed} {role}".encode()).hexdigest()[:length]
