"""The HTTP half of the stand-in Stripe: API, Connect OAuth, webhooks, and doors for tests.

It reads a world (:mod:`lib.sandbox.world`) through :class:`lib.sandbox.http.engine.Engine` and never changes one,
except by moving its clock and by the operations that tests ask for.
"""
