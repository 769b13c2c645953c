"""Create tasks, comments and priorities

- creates table tasks
- creates table comments
- creates table task_priorities
- creates index comments.idx_comments_task_created
- creates index comments.idx_comments_user_created
- creates index tasks.idx_tasks_user_created
- creates index tasks.idx_tasks_user_due_date
- creates index tasks.idx_tasks_user_status

- the downgrade throws away what is in tables comments, task_priorities and tasks

Revision ID: ca2e23d14849
Revises:
Create Date: 2026-11-22 14:54:15
"""

import sqlalchemy as sa
from alembic import op

revision: str = "ca2e23d14849"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=20), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("tasks_pkey")),
        sa.CheckConstraint("is_deleted = (deleted_at IS NOT NULL)", name=op.f("chk_tasks_deleted")),
        sa.CheckConstraint(
            "status IN ('pending', 'in_progress', 'completed')", name=op.f("chk_tasks_status")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("tasks_user_id_fkey"), ondelete="CASCADE"
        ),
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("comments_pkey")),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name=op.f("comments_task_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("comments_user_id_fkey"), ondelete="CASCADE"
        ),
    )
    op.create_table(
        "task_priorities",
        sa.Column("task_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("level", sa.String(length=10), server_default=sa.text("'medium'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("task_id", name=op.f("task_priorities_pkey")),
        sa.CheckConstraint(
            "level IN ('low', 'medium', 'high', 'urgent')", name=op.f("chk_task_priorities_level")
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name=op.f("task_priorities_task_id_fkey"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("idx_comments_task_created"), "comments", ["task_id", "created_at"], unique=False)
    op.create_index(op.f("idx_comments_user_created"), "comments", ["user_id", "created_at"], unique=False)
    op.create_index(
        op.f("idx_tasks_user_created"), "tasks", ["user_id", sa.text("created_at DESC")], unique=False
    )
    op.create_index(
        op.f("idx_tasks_user_due_date"),
        "tasks",
        ["user_id", "due_date"],
        unique=False,
        postgresql_where=sa.text("NOT is_deleted"),
    )
    op.create_index(op.f("idx_tasks_user_status"), "tasks", ["user_id", "status"], unique=False)


def downgrade() -> None:
    op.drop_table("comments")
    op.drop_table("task_priorities")
    op.drop_table("tasks")
