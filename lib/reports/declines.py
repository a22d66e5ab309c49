"""Why a payment failed, in words an owner can pass on to the customer."""

from __future__ import annotations

from typing import Final

UNKNOWN: Final = "the reason is not known"

# Failure and decline codes: https://docs.stripe.com/declines/codes and https://docs.stripe.com/error-codes
REASONS: Final = {
    "amount_too_large": "the amount is above what the bank allows",
    "authentication_required": "the bank asks the customer to confirm the payment",
    "bank_account_closed": "the bank account is closed",
    "bank_account_restricted": "the bank account can't be debited",
    "call_issuer": "the bank declined and asks the customer to call",
    "card_declined": "the card was declined",
    "card_not_supported": "the card can't be used for such payments",
    "card_velocity_exceeded": "the card is over its limit",
    "currency_not_supported": "the card can't pay in this currency",
    "debit_not_authorized": "the customer told the bank not to allow the debit",
    "do_not_honor": "the bank declined without a reason",
    "expired_card": "the card has expired",
    "fraudulent": "the payment looked like fraud",
    "generic_decline": "the bank declined without a reason",
    "incorrect_cvc": "the security code was wrong",
    "incorrect_number": "the card number was wrong",
    "incorrect_zip": "the postal code was wrong",
    "insufficient_funds": "there was not enough money",
    "invalid_account": "the card or its account is not valid",
    "invalid_cvc": "the security code was wrong",
    "invalid_expiry_month": "the card's expiry date was wrong",
    "invalid_expiry_year": "the card's expiry date was wrong",
    "lost_card": "the card was reported lost",
    "no_account": "there is no such bank account",
    "pickup_card": "the card can't be used any more",
    "processing_error": "the bank or the card network had a fault",
    "stolen_card": "the card was reported stolen",
    "transaction_not_allowed": "the card can't be used for such payments",
    "try_again_later": "the bank declined for now",
}


def reason(code: str | None, message: str | None) -> str:
    """The reason of a charge's ``failure_code``; else Stripe's own ``failure_message``; else that it is not known."""
    if code in REASONS:
        return REASONS[code]
    return message.strip().rstrip(".") if message and message.strip() else UNKNOWN
