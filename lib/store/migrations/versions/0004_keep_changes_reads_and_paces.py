"""Keep what changed with each data version, reads of Stripe, paces that machines share, and who ended a connection."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account", "version", "resource", "id", name=op.f("pk_change")),
    )
    op.create_table(
        "pace",
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("free_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_pace")),
    )
    op.create_table(
        "read_count",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("reads", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "day", name=op.f("pk_read_count")),
    )
    op.add_column("connection", sa.Column("ending", sa.String(), nullable=True))
    op.add_column("sync_run", sa.Column("relisted", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("sync_run", "relisted")
    op.drop_column("connection", "ending")
    op.drop_table("read_count")
    op.drop_table("pace")
    op.drop_table("change")
