"""The only room of the database: tables, engine, upserts, frames, queries, secrets and migrations.

Start at :mod:`lib.store.tables` for what is kept, at :mod:`lib.store.engine` for how to reach it.
"""
