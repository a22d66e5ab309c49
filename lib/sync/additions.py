"""What a newer version reads that an older one did not, or that a key may read only now: fetched quietly at a sync.

Whatever was read whole has a window in the store. A resource without one is asked for at each sync until it is there,
so an account of an older version needs no new beginning, and a permission that an owner adds later takes effect.
"""

from __future__ import annotations

from lib.errors import PermissionMissing
from lib.gateway import Gateway
from lib.store import checkpoints, upserts
from lib.store.engine import transaction
from lib.store.tables import SyncWindow
from lib.store.writing import connection, writing
from lib.sync import changes
from lib.sync.changes import Target
from lib.sync.resources import BY_NAME, RESOURCES, Resource
from lib.sync.windows import END_OF_TIME

INVOICE = BY_NAME["invoice"]


def run(account: str, gateway: Gateway) -> None:
    """Read what is missing of an account whose history was read. Raises like ``Gateway.get``."""
    with transaction() as db:
        if not checkpoints.is_whole(db, account):  # another process has begun to read all anew
            return
        known = {window.resource for window in checkpoints.windows(db, account)}
    for resource in RESOURCES:
        if resource.name not in known:
            _read(account, gateway, resource)
    if _untold(account):
        changes.write(account, changes.listed(gateway, INVOICE, 0))
        changes.refetch(account, gateway, [Target(INVOICE.name, id_) for id_ in _untold(account)])


def _read(account: str, gateway: Gateway, resource: Resource) -> None:
    """A list from its beginning to its end; nothing where the key may not read what it need not."""
    try:
        fetched = changes.write(account, changes.listed(gateway, resource, 0))
    except PermissionMissing:
        if resource.permission.required:
            raise
        return
    with writing(account, connection(account)) as db:
        if not checkpoints.is_whole(db, account) or any(
            window.resource == resource.name for window in checkpoints.windows(db, account)
        ):
            return
        window = SyncWindow(account=account, resource=resource.name, start=0, end=END_OF_TIME, cursor=None, done=True)
        checkpoints.replace_window(db, account, None, [window])
        checkpoints.save_progress(db, account, resource.name, fetched=fetched, estimate=fetched, done=True)
        upserts.bump(account, db)


def _untold(account: str) -> list[str]:
    """Invoices whose prices include tax, read by a version that did not keep at which rate."""
    with transaction() as db:
        return list(checkpoints.untold_taxes(db, account))
