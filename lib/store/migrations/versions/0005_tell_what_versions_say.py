"""Keep several versions of one second, what each event changed, and in columns what each version says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLE: Final = "subscription_version"
_KEY: Final = ("account", "subscription", "observed_at")
_CHUNK: Final = 1_000


def upgrade() -> None:
    with op.batch_alter_table(_TABLE) as batch:
        batch.add_column(sa.Column("event", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("position", sa.BigInteger(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("previous", sa.JSON(none_as_null=True), nullable=True))
        batch.add_column(sa.Column("status", sa.String(), nullable=True))
        batch.add_column(sa.Column("items", sa.JSON(none_as_null=True), nullable=True))
        batch.add_column(sa.Column("discounts", sa.JSON(none_as_null=True), nullable=True))
        batch.add_column(sa.Column("pause_behavior", sa.String(), nullable=True))
        batch.add_column(sa.Column("cancel_at_period_end", sa.Boolean(), nullable=True))
        for name in ("cancel_at", "canceled_at", "ended_at", "trial_end"):
            batch.add_column(sa.Column(name, sa.BigInteger(), nullable=True))
        batch.drop_constraint(f"pk_{_TABLE}", type_="primary")
        batch.create_primary_key(f"pk_{_TABLE}", [*_KEY, "event"])
    with op.batch_alter_table(_TABLE) as batch:
        batch.alter_column("event", server_default=None)
        batch.alter_column("position", server_default=None)
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """Tell of the versions that were kept before. Those of one second beside the first were not."""
    kept = sa.table(_TABLE, *(sa.column(name) for name in _KEY), sa.column("payload", sa.JSON(none_as_null=True)))
    told = sa.table(
        _TABLE,
        *(sa.column(name) for name in (*_KEY, "status", "pause_behavior", "cancel_at_period_end")),
        *(sa.column(name) for name in ("cancel_at", "canceled_at", "ended_at", "trial_end")),
        *(sa.column(name, sa.JSON(none_as_null=True)) for name in ("items", "discounts")),
    )
    keys = connection.execute(sa.select(*(kept.c[name] for name in _KEY))).all()
    of_key = sa.and_(*(kept.c[name] == sa.bindparam(f"key_{name}") for name in _KEY))
    change = sa.update(told).where(sa.and_(*(told.c[name] == sa.bindparam(f"key_{name}") for name in _KEY)))
    for key in keys:
        asked = {f"key_{name}": value for name, value in zip(_KEY, key, strict=True)}
        payload = connection.execute(sa.select(kept.c.payload).where(of_key), asked).scalar()
        if isinstance(payload, dict):
            connection.execute(change.values(**_told(payload)), asked)


def _told(found: Mapping[str, Any]) -> dict[str, Any]:
    """What lib.store.versions told when this step was written: a step never changes."""
    listed = found.get("items")
    whole = isinstance(listed, dict) and "data" in listed and not listed.get("has_more")
    items = listed["data"] if whole and isinstance(listed, dict) else None
    told = {name: found.get(name) for name in ("status", "cancel_at_period_end")}
    told |= {name: found.get(name) for name in ("cancel_at", "canceled_at", "ended_at", "trial_end")}
    return told | {
        "pause_behavior": (found.get("pause_collection") or {}).get("behavior"),
        "discounts": _discounts(found),
        "items": None if items is None else sorted([each["id"], *_priced(each), _discounts(each)] for each in items),
    }


def _priced(item: Mapping[str, Any]) -> tuple[Any, Any]:
    return _ref(item.get("price") or item.get("plan")), item.get("quantity")


def _discounts(found: Mapping[str, Any]) -> list[Any]:
    return [_ref(one) for one in found.get("discounts") or ([found["discount"]] if found.get("discount") else [])]


def _ref(value: Any) -> Any:  # noqa: ANN401 - an id or an expanded object
    return value["id"] if isinstance(value, dict) else value


def downgrade() -> None:
    connection = op.get_bind()
    connection.execute(sa.text(f"DELETE FROM {_TABLE} WHERE event <> '' AND position > 0"))  # noqa: S608 - our own name
    with op.batch_alter_table(_TABLE) as batch:
        batch.drop_constraint(f"pk_{_TABLE}", type_="primary")
        batch.create_primary_key(f"pk_{_TABLE}", list(_KEY))
        for name in (
            "event", "position", "previous", "status", "items", "discounts", "pause_behavior", "cancel_at_period_end",
            "cancel_at", "canceled_at", "ended_at", "trial_end",
        ):  # fmt: skip
            batch.drop_column(name)
