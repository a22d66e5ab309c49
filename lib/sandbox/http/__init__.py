"""The HTTP half of the stand-in Stripe: API, Connect OAuth, webhooks, and doors for tests.

It reads a world (:mod:`lib.sandbox.world`) through :class:`lib.sandbox.http.engine.Engine`. Changes come by the clock,
by the operations that tests ask for, by what the API writes (``write_*.py``) and by the hosted pages of the platform's
own account (``checkout.py``, ``portal.py``, ``invoices.py``); these use the engine itself.
"""
