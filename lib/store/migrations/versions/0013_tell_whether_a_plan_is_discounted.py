"""Tell whether the next renewal of a plan of ours costs less than its price: pages said the price alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("billing_subscription", sa.Column("discounted", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("billing_subscription", "discounted")
