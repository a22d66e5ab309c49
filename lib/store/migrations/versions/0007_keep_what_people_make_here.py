"""Keep what people make here: goals, annotations, notes, saved views, preferences, invitations, their workspace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _goals()
    _annotations()
    _notes()
    _views()
    _preferences()
    _invites()
    op.add_column("login_session", sa.Column("workspace", sa.String(), nullable=True))
    op.add_column("workspace", sa.Column("currency", sa.String(), nullable=True))


def _goals() -> None:
    op.create_table(
        "goal",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal")),
    )
    op.create_index(op.f("ix_goal_account_metric"), "goal", ["account", "metric"])


def _annotations() -> None:
    op.create_table(
        "annotation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation")),
    )
    op.create_index(op.f("ix_annotation_account_day"), "annotation", ["account", "day"])


def _notes() -> None:
    op.create_table(
        "customer_note",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_note")),
    )
    op.create_index(op.f("ix_customer_note_account_customer"), "customer_note", ["account", "customer"])


def _owned(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{column}.id"], name=op.f(f"fk_{table}_{column}_{column}"), ondelete="CASCADE"
    )


def _views() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("query", sa.JSON(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        _owned("saved_view", "workspace"),
        _owned("saved_view", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index(op.f("ix_saved_view_workspace_user_name"), "saved_view", ["workspace", "user", "name"], unique=True)


def _preferences() -> None:
    op.create_table(
        "preference",
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        _owned("preference", "user"),
        _owned("preference", "workspace"),
        sa.PrimaryKeyConstraint("user", "workspace", "name", name=op.f("pk_preference")),
    )


def _invites() -> None:
    op.create_table(
        "invite",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        _owned("invite", "workspace"),
        _owned("invite", "user"),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_invite")),
    )
    op.create_index(op.f("ix_invite_workspace"), "invite", ["workspace"])


def downgrade() -> None:
    op.drop_column("workspace", "currency")
    op.drop_column("login_session", "workspace")
    for table in ("invite", "preference", "saved_view", "customer_note", "annotation", "goal"):
        op.drop_table(table)
