"""The schema's history, run by :func:`lib.store.engine.migrate`.

A new step, after changing the tables: ``python -m lib.store.migrations "add the reason of a refund"``.
"""
