"""Parameters that Stripe knows and the stand-in does not serve: a request with one is told so.

The rest of what Stripe does not know is refused as Stripe does it. A test holds this list against Stripe's document.
"""

from __future__ import annotations

UNSERVED = {
    ("POST", "/v1/customers"): frozenset({
        "balance", "business_name", "cash_balance", "individual_name", "invoice_prefix", "invoice_settings",
        "next_invoice_sequence", "payment_method", "shipping", "source", "tax", "tax_exempt", "tax_id_data",
        "test_clock",
    }),
    ("POST", "/v1/customers/{id}"): frozenset({
        "balance", "bank_account", "business_name", "card", "cash_balance", "default_alipay_account",
        "default_bank_account", "default_card", "default_source", "individual_name", "invoice_prefix",
        "next_invoice_sequence", "shipping", "source", "tax", "tax_exempt",
    }),
    ("POST", "/v1/subscriptions"): frozenset({
        "add_invoice_items", "backdate_start_date", "billing_cycle_anchor", "billing_cycle_anchor_config",
        "billing_mode", "billing_schedules", "billing_thresholds", "cancel_at", "currency", "customer_account",
        "default_source", "default_tax_rates", "invoice_settings", "on_behalf_of", "payment_settings",
        "pending_invoice_item_interval", "transfer_data", "trial_from_plan",
    }),
    ("POST", "/v1/subscriptions/{id}"): frozenset({
        "add_invoice_items", "billing_cycle_anchor", "billing_schedules", "billing_thresholds",
        "collection_method", "days_until_due", "default_source", "default_tax_rates", "invoice_settings",
        "on_behalf_of", "pause_collection", "payment_settings", "pending_invoice_item_interval",
        "transfer_data", "trial_from_plan",
    }),
    ("POST", "/v1/invoices/create_preview"): frozenset({
        "currency", "customer_account", "customer_details", "invoice_items", "issuer", "on_behalf_of",
        "preview_mode", "schedule", "schedule_details",
    }),
    ("POST", "/v1/checkout/sessions"): frozenset({
        "adaptive_pricing", "after_expiration", "branding_settings", "consent_collection", "currency",
        "custom_fields", "custom_text", "customer_account", "customer_creation",
        "excluded_payment_method_types", "integration_identifier", "invoice_creation", "managed_payments",
        "name_collection", "optional_items", "origin_context", "payment_intent_data",
        "payment_method_configuration", "payment_method_data", "payment_method_options", "permissions",
        "phone_number_collection", "redirect_on_completion", "return_url", "saved_payment_method_options",
        "setup_intent_data", "shipping_address_collection", "shipping_options", "submit_type",
        "wallet_options",
    }),
    ("POST", "/v1/billing_portal/sessions"): frozenset({
        "customer_account", "on_behalf_of",
    }),
}  # fmt: skip
"""By method and path."""
