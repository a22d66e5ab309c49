"""Tell which account of ours and which mode a customer was made in, whose clock was told, and what is nobody's."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kept = _taken()
    op.create_table(
        "billing_customer",
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=True),
        sa.Column("connected", sa.String(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        _workspace(),
        sa.PrimaryKeyConstraint("customer", name=op.f("pk_billing_customer")),
    )
    op.create_index(op.f("ix_billing_customer_workspace"), "billing_customer", ["workspace"])
    _put(kept)
    op.drop_table("billing_clock")
    op.create_table(
        "billing_platform",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=True),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_billing_platform")),
    )
    _strays()


def _strays() -> None:
    op.create_table(
        "billing_stray",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("named", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_stray")),
    )


def _workspace() -> sa.ForeignKeyConstraint:
    name = op.f("fk_billing_customer_workspace_workspace")
    return sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=name, ondelete="CASCADE")


def _taken() -> list[dict[str, Any]]:
    """The customers, oldest first; their table is gone then, and made anew with another key."""
    names = ("customer", "workspace", "connected", "created")
    table = sa.table("billing_customer", *(sa.column(name) for name in names))
    rows = op.get_bind().execute(sa.select(table).order_by(table.c.created)).mappings().all()
    op.drop_table("billing_customer")
    return [dict(row) for row in rows]


def _put(rows: list[dict[str, Any]]) -> None:
    names = ("customer", "workspace", "connected", "created")
    if rows:
        op.bulk_insert(sa.table("billing_customer", *(sa.column(name) for name in names)), rows)


def downgrade() -> None:
    """Of a workspace that was sold to with several keys only the newest customer is kept: there is room for one."""
    kept = {row["workspace"]: row for row in _taken()}
    op.drop_table("billing_stray")
    op.drop_table("billing_platform")
    op.create_table(
        "billing_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_clock")),
    )
    op.create_table(
        "billing_customer",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("connected", sa.String(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        _workspace(),
        sa.PrimaryKeyConstraint("workspace", name=op.f("pk_billing_customer")),
        sa.UniqueConstraint("customer", name=op.f("uq_billing_customer_customer")),
    )
    _put(list(kept.values()))
