"""Keep who pays us for which plan, how this installation shows itself, and who runs it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _customers()
    _subscriptions()
    _invoices()
    _checkouts()
    op.create_table(
        "billing_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_clock")),
    )
    op.create_table(
        "brand",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("colour", sa.String(), nullable=True),
        sa.Column("icon", sa.String(), nullable=True),
        sa.Column("logo", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand")),
    )


def _workspace(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    return (
        sa.Column("workspace", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace"], ["workspace.id"], name=op.f(f"fk_{table}_workspace_workspace"), ondelete="CASCADE"
        ),
    )


def _customers() -> None:
    op.create_table(
        "billing_customer",
        *_workspace("billing_customer"),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("connected", sa.String(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", name=op.f("pk_billing_customer")),
        sa.UniqueConstraint("customer", name=op.f("uq_billing_customer_customer")),
    )


def _subscriptions() -> None:
    op.create_table(
        "billing_subscription",
        sa.Column("id", sa.String(), nullable=False),
        *_workspace("billing_subscription"),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=True),
        sa.Column("interval", sa.String(), nullable=True),
        sa.Column("price", sa.String(), nullable=True),
        sa.Column("item", sa.String(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("mrr", sa.BigInteger(), nullable=True),
        sa.Column("trial_end", sa.BigInteger(), nullable=True),
        sa.Column("period_end", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("unpaid_since", sa.BigInteger(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("observed_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_subscription")),
    )
    op.create_index(op.f("ix_billing_subscription_workspace"), "billing_subscription", ["workspace"])


def _invoices() -> None:
    op.create_table(
        "billing_invoice",
        sa.Column("id", sa.String(), nullable=False),
        *_workspace("billing_invoice"),
        sa.Column("subscription", sa.String(), nullable=True),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("page", sa.String(), nullable=True),
        sa.Column("pdf", sa.String(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("observed_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_invoice")),
    )
    op.create_index(op.f("ix_billing_invoice_workspace"), "billing_invoice", ["workspace"])


def _checkouts() -> None:
    op.create_table(
        "billing_checkout",
        sa.Column("id", sa.String(), nullable=False),
        *_workspace("billing_checkout"),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("interval", sa.String(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_checkout")),
    )
    op.create_index(op.f("ix_billing_checkout_workspace"), "billing_checkout", ["workspace"])


def downgrade() -> None:
    for table in ("brand", "billing_clock", "billing_checkout", "billing_invoice", "billing_subscription"):
        op.drop_table(table)
    op.drop_table("billing_customer")
