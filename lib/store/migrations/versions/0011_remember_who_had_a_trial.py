"""Remember, as digests alone, who had a trial: beyond the workspace that had it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "billing_trial",
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_billing_trial")),
    )


def downgrade() -> None:
    op.drop_table("billing_trial")
