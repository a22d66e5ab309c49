"""The billing engine of the stand-in Stripe: plain functions over one `State`, moved by a clock.

Bottom up: calendar, state, pricing, fx, shapes_*; then discounts, truth, balance, payments, lines, invoicing,
lifecycle, dunning, subscriptions, changes, customers; then catalog, names, seasons, demo_*; on top the clock. Objects
are replaced, never changed in place, so an event can keep the object it tells of without copying it.
"""
