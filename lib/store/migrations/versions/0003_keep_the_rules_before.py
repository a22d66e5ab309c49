"""Keep how an account was counted before its rules, so that they can be put back in any later session."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("rules_before", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("account", "rules_before")
