"""Keep when an account was last up to date, and how far the weekly look at what can change is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sync_run", sa.Column("checked", sa.Float(), nullable=True))
    op.add_column("sync_run", sa.Column("relisting", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("sync_run", "relisting")
    op.drop_column("sync_run", "checked")
