"""Where Stripe is and who we are there: the real one from settings, or the stand-in in sandbox mode."""

from __future__ import annotations

from lib.errors import ConnectUnavailable, StripeUnavailable
from lib.settings import Standin, settings, standin

STRIPE = "https://api.stripe.com"


def _bound() -> Standin | None:
    if not settings().sandbox_mode:
        return None
    if (found := standin()) is None:
        raise StripeUnavailable
    return found


def api_base() -> str:
    """The API's address without a trailing slash. Raises StripeUnavailable when the stand-in is not running."""
    found = _bound()
    return (found["base"] if found else settings().stripe_api_base).rstrip("/")


def connect_base() -> str:
    """The OAuth pages' address without a trailing slash. Raises StripeUnavailable like :func:`api_base`."""
    found = _bound()
    return (found["base"] if found else settings().stripe_connect_base).rstrip("/")


def platform_key() -> str:
    """Our platform's secret key. Raises ConnectUnavailable when none is set."""
    if found := _bound():
        return found["secret_key"]
    if (key := settings().stripe_secret_key) is None:
        raise ConnectUnavailable(missing="STRIPE_SECRET_KEY")
    return key.get_secret_value()


def client_id() -> str:
    """Our Connect client id (``ca_…``). Raises ConnectUnavailable when none is set."""
    if found := _bound():
        return found["client_id"]
    if (value := settings().stripe_client_id) is None:
        raise ConnectUnavailable(missing="STRIPE_CLIENT_ID")
    return value


def is_real_stripe(base: str) -> bool:
    """Whether ``base`` is Stripe itself, whose rate limits must be kept, and not a stand-in."""
    return base.startswith(STRIPE)
