"""Stripe objects of the balance and of money given back."""

from __future__ import annotations

from lib.sandbox.engine.state import Object

_EVIDENCE: Object = {
    **dict.fromkeys(
        (
            "access_activity_log",
            "billing_address",
            "cancellation_policy",
            "cancellation_policy_disclosure",
            "cancellation_rebuttal",
            "customer_communication",
            "customer_email_address",
            "customer_name",
            "customer_purchase_ip",
            "customer_signature",
            "duplicate_charge_documentation",
            "duplicate_charge_explanation",
            "duplicate_charge_id",
            "product_description",
            "receipt",
            "refund_policy",
            "refund_policy_disclosure",
            "refund_refusal_explanation",
            "service_date",
            "service_documentation",
            "shipping_address",
            "shipping_carrier",
            "shipping_date",
            "shipping_documentation",
            "shipping_tracking_number",
            "uncategorized_file",
            "uncategorized_text",
        ),
    ),
    "enhanced_evidence": {},
}


def refund(id_: str, now: int, charge_: Object, amount: int, reason: str | None) -> Object:
    """Return a refund of some or all of a charge."""
    return {
        "id": id_,
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge_["id"],
        "created": now,
        "currency": charge_["currency"],
        "customer": charge_["customer"],
        "customer_account": None,
        "destination_details": {
            "card": {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        "metadata": {},
        "payment_intent": charge_["payment_intent"],
        "payment_method": charge_["payment_method"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def dispute(id_: str, now: int, charge_: Object, reason: str, due_by: int) -> Object:
    """Return a dispute that waits for an answer."""
    card = charge_["payment_method_details"]["card"]
    return {
        "id": id_,
        "object": "dispute",
        "amount": charge_["amount"],
        "balance_transactions": [],
        "charge": charge_["id"],
        "created": now,
        "currency": charge_["currency"],
        "enhanced_eligibility_types": [],
        "evidence": _EVIDENCE,
        "evidence_details": {
            "due_by": due_by,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge_["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": card["brand"],
                "case_type": "chargeback",
                "network": card["network"],
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": reason,
        "status": "needs_response",
    }


def balance_transaction(id_: str, now: int, available_on: int, fields: Object) -> Object:
    """Return a movement of the balance, still pending."""
    return {
        "id": id_,
        "object": "balance_transaction",
        "available_on": available_on,
        "balance_type": "payments",
        "created": now,
        "description": None,
        "exchange_rate": None,
        "fee": 0,
        "fee_details": [],
        "status": "pending",
        **fields,
    }


def payout(  # noqa: PLR0913, PLR0917 - all that a payout tells of
    id_: str,
    now: int,
    amount: int,
    currency: str,
    arrival: int,
    bank: str,
) -> Object:
    """Return an automatic payout on its way to the bank."""
    return {
        "id": id_,
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": arrival,
        "automatic": True,
        "balance_transaction": None,
        "created": now,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": bank,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "completed",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "in_transit",
        "trace_id": None,
        "type": "bank_account",
    }


def credit_note(ids: tuple[str, str], now: int, invoice: Object, refunded: Object, number: str) -> Object:
    """Return a credit note that explains a refund of a paid invoice; ids: its own and its line's."""
    amount = refunded["amount"]
    line = {
        "id": ids[1],
        "object": "credit_note_line_item",
        "amount": amount,
        "description": "Goodwill credit",
        "discount_amount": 0,
        "discount_amounts": [],
        "livemode": False,
        "metadata": {},
        "pretax_credit_amounts": [],
        "quantity": 1,
        "tax_rates": [],
        "taxes": [],
        "type": "custom_line_item",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }
    return {
        "id": ids[0],
        "object": "credit_note",
        "amount": amount,
        "amount_shipping": 0,
        "created": now,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "customer_account": None,
        "customer_balance_transaction": None,
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": now,
        "invoice": invoice["id"],
        "lines": {
            "object": "list",
            "data": [line],
            "has_more": False,
            "url": f"/v1/credit_notes/{ids[0]}/lines",
        },
        "livemode": False,
        "memo": None,
        "metadata": {},
        "number": number,
        "out_of_band_amount": None,
        "pdf": f"https://pay.stripe.example/credit_notes/{ids[0]}/pdf",
        "post_payment_amount": amount,
        "pre_payment_amount": 0,
        "pretax_credit_amounts": [],
        "reason": refunded["reason"] if refunded["reason"] in {"duplicate", "fraudulent"} else "product_unsatisfactory",
        "refunds": [
            {
                "amount_refunded": amount,
                "payment_record_refund": None,
                "refund": refunded["id"],
                "type": "refund",
            },
        ],
        "shipping_cost": None,
        "status": "issued",
        "subtotal": amount,
        "subtotal_excluding_tax": amount,
        "total": amount,
        "total_excluding_tax": amount,
        "total_taxes": [],
        "type": "post_payment",
        "voided_at": None,
    }
