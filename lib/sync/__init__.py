"""Keeping the store like Stripe: history once, then changes. The only room of DBOS.

:mod:`lib.sync.runtime` puts work into the background, :mod:`lib.sync.work` does it here and now, and
:mod:`lib.sync.progress` tells how far it is.
"""
