"""Metrics: pure functions from a ledger and a query to a series, each declared once. No SQL, no screen, no Stripe."""
