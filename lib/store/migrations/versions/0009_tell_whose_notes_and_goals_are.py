"""Tell whose notes, annotations and goals are, what money a goal is in, a customer's phone, and who was called."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_WRITTEN: Final = ("goal", "annotation", "customer_note")


def upgrade() -> None:
    for table in _WRITTEN:
        _whose(table)
    op.add_column("goal", sa.Column("currency", sa.String(), nullable=True))
    _currencies(op.get_bind())
    op.add_column("customer", sa.Column("phone", sa.String(), nullable=True))
    op.create_table(
        "customer_call",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace"], ["workspace.id"], name=op.f("fk_customer_call_workspace_workspace"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace", "account", "customer", "day", name=op.f("pk_customer_call")),
    )


def _whose(table: str) -> None:
    """What was written belongs to the workspace that had the account at that moment, else to the last that had it.

    What is kept under a workspace's own id is that workspace's. A row that fits nothing stays, and is nobody's.
    """
    with op.batch_alter_table(table) as batch:
        batch.add_column(sa.Column("workspace", sa.String(), nullable=True))
        batch.create_foreign_key(
            op.f(f"fk_{table}_workspace_workspace"), "workspace", ["workspace"], ["id"], ondelete="CASCADE"
        )
    row = sa.table(table, sa.column("account"), sa.column("workspace"), sa.column("created"))
    held = sa.table("connection", *(sa.column(name) for name in ("account", "workspace", "created", "revoked_at")))
    ours = sa.table("workspace", sa.column("id"))
    newest = sa.select(held.c.workspace).where(held.c.account == row.c.account)
    newest = newest.order_by(held.c.created.desc(), held.c.revoked_at.is_not(None)).limit(1)
    then = newest.where(held.c.created <= row.c.created).scalar_subquery()
    itself = sa.select(ours.c.id).where(ours.c.id == row.c.account).scalar_subquery()
    whose = sa.func.coalesce(itself, then, newest.scalar_subquery())
    op.get_bind().execute(sa.update(row).values(workspace=whose))


def _currencies(connection: sa.Connection) -> None:
    """A goal in money was set in the currency that was reported in; the one of today is the best that is known."""
    goal = sa.table("goal", *(sa.column(name) for name in ("account", "currency")))
    account = sa.table("account", sa.column("id"), sa.column("rules", sa.JSON()), sa.column("default_currency"))
    reported = {
        row.id: (row.rules or {}).get("currency") or row.default_currency
        for row in connection.execute(sa.select(account))
    }
    reported |= _together(connection, reported)
    for name in connection.execute(sa.select(goal.c.account).distinct()).scalars().all():
        known = sa.update(goal).where(goal.c.account == name)
        connection.execute(known.values(currency=reported.get(name) or "usd"))


def _together(connection: sa.Connection, reported: dict[str, str | None]) -> dict[str, str | None]:
    """The currency of all accounts of a workspace together: the one chosen, or that of the first account."""
    ours = sa.table("workspace", sa.column("id"), sa.column("currency"))
    held = sa.table("connection", *(sa.column(name) for name in ("account", "workspace", "created", "revoked_at")))
    live = sa.select(held).where(held.c.revoked_at.is_(None)).order_by(held.c.created.desc())
    first = {row.workspace: reported.get(row.account) for row in connection.execute(live)}
    return {row.id: row.currency or first.get(row.id) for row in connection.execute(sa.select(ours))}


def downgrade() -> None:
    op.drop_table("customer_call")
    op.drop_column("customer", "phone")
    op.drop_column("goal", "currency")
    for table in _WRITTEN:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"fk_{table}_workspace_workspace"), type_="foreignkey")
            batch.drop_column("workspace")
