"""Stripe's failures, with its own statuses, codes and sentences."""

from __future__ import annotations

from typing import Any


class StripeError(Exception):
    """An answer that is a failure: its status, and its body in Stripe's shape."""

    def __init__(self, status: int, message: str, *, kind: str = "invalid_request_error", **details: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.details = details

    def body(self) -> dict[str, Any]:
        """``{"error": {…}}`` as the API answers."""
        error: dict[str, Any] = {"message": str(self), "type": self.kind, **self.details}
        if code := self.details.get("code"):
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        return {"error": error}


class OAuthError(StripeError):
    """A failure of ``/oauth/token`` or ``/oauth/deauthorize``: a bare code and a description."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(status, description, code=code)

    def body(self) -> dict[str, Any]:
        """``{"error", "error_description"}`` as OAuth has it."""
        return {"error": self.details["code"], "error_description": str(self)}


def masked(key: str) -> str:
    """A key as Stripe prints it: ``sk_test_*****1234``, never the whole of it."""
    head = key[: key.rfind("_", 0, 12) + 1] or key[:3]
    return f"{head}{'*' * max(4, len(key) - len(head) - 4)}{key[-4:]}" if len(key) > len(head) + 8 else f"{head}****"


def no_key() -> StripeError:
    """401: the request has no key."""
    return StripeError(
        401,
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer "
        "auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for "
        "details, or we can help at https://support.stripe.com/.",
    )


def invalid_key(key: str) -> StripeError:
    """401: a key that nobody issued, or of the other mode."""
    return StripeError(401, f"Invalid API Key provided: {masked(key)}")


def publishable_key() -> StripeError:
    """403: a publishable key where a secret one is needed."""
    return StripeError(
        403,
        "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of "
        "your API keys at https://dashboard.stripe.com/account/apikeys.",
        code="secret_key_required",
    )


def no_access(key: str, account: str) -> StripeError:
    """403 ``account_invalid``: not connected, no longer connected, or no such account."""
    return StripeError(
        403,
        f"The provided key '{masked(key)}' does not have access to account '{account}' (or that account does not "
        "exist). Application access may have been revoked.",
        code="account_invalid",
    )


def no_permission(key: str, account: str, permission: str) -> StripeError:
    """403: a restricted key lacks the permission of this endpoint."""
    return StripeError(
        403,
        f"The provided key '{masked(key)}' does not have the required permissions for this endpoint on account "
        f"'{account}'. Having the '{permission}' permission would allow this request to continue.",
    )


def unknown_parameter(name: str) -> StripeError:
    """400 ``parameter_unknown``."""
    return StripeError(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def invalid_integer(name: str, value: str) -> StripeError:
    """400 ``parameter_invalid_integer``."""
    return StripeError(400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)


def invalid_value(name: str, message: str) -> StripeError:
    """400: a value that the parameter can't have."""
    return StripeError(400, message, param=name)


def missing_parameter(name: str) -> StripeError:
    """400 ``parameter_missing``."""
    return StripeError(400, f"Missing required param: {name}.", code="parameter_missing", param=name)


_CALLED = {
    "checkout.session": "checkout session",
    "payment_method": "PaymentMethod",
    "promotion_code": "promotion code",
    "webhook_endpoint": "webhook endpoint",
}


def no_such(kind: str, id_: str, *, param: str = "id", status: int = 404) -> StripeError:
    """404 ``resource_missing`` (400 for a cursor, or a value of another parameter)."""
    return StripeError(status, f"No such {_CALLED.get(kind, kind)}: '{id_}'", code="resource_missing", param=param)


def not_served(name: str) -> StripeError:
    """400: the stand-in's own: a parameter that Stripe knows and this server does not."""
    return StripeError(400, f"The stand-in Stripe does not serve the parameter {name}.", param=name)


def card_declined() -> StripeError:
    """402: a payment that had to succeed did not."""
    return StripeError(
        402, "Your card was declined.", kind="card_error", code="card_declined", decline_code="generic_decline"
    )


def needs_action() -> StripeError:
    """402: a payment that had to succeed waits for the card's owner to answer their bank."""
    return StripeError(
        402,
        "Payment for this subscription requires additional user action before it can be completed successfully. "
        "Payment can be completed using the PaymentIntent associated with `subscription.latest_invoice`.",
        kind="card_error",
        code="subscription_payment_intent_requires_action",
    )


def no_upcoming(customer: str) -> StripeError:
    """404 ``invoice_upcoming_none``."""
    return StripeError(404, f"No upcoming invoices for customer: {customer}", code="invoice_upcoming_none")


def other_parameters(key: str) -> StripeError:
    """400 ``idempotency_error``: the key was used for another request."""
    return StripeError(
        400,
        "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using "
        f"a key other than '{key}' if you meant to execute a different request.",
        kind="idempotency_error",
    )


def unknown_url(method: str, path: str) -> StripeError:
    """404: nothing is served there."""
    return StripeError(
        404,
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at "
        "https://support.stripe.com/.",
    )


def preparing() -> StripeError:
    """503: the stand-in's own: its world is still being made."""
    return StripeError(503, "The stand-in Stripe is still preparing this business. Try again.", kind="api_error")
