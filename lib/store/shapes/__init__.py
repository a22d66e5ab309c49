"""Stripe's objects, in their old and new shapes, read into rows. The door is :mod:`lib.store.stripe_rows`."""
