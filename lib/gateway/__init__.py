"""The only room of Stripe: reading, OAuth, webhook signatures, permissions. Failures leave as lib.errors classes."""

from lib.gateway.client import API_VERSION, Gateway, Page
from lib.gateway.credential import Credential
from lib.gateway.retry import Patience

__all__ = ["API_VERSION", "Credential", "Gateway", "Page", "Patience"]
