import uuid
from datetime import datetime, timezone
from typing import Any, Optional

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Relationship, SQLModel


def now() -> datetime:
    return datetime.now(timezone.utc)


class Timestamps(SQLModel):
    created_at: datetime = Field(default_factory=now, sa_column_kwargs={"server_default": sa.text("now()")})
    updated_at: datetime = Field(
        default_factory=now, sa_column_kwargs={"server_default": sa.text("now()"), "onupdate": now}
    )


class SoftDelete(SQLModel):
    is_deleted: bool = Field(default=False, sa_column_kwargs={"server_default": sa.text("false")})
    deleted_at: Optional[datetime] = None


class Task(SoftDelete, Timestamps, table=True):
    __tablename__ = "tasks"
    __table_args__ = (
        sa.CheckConstraint("status IN ('pending', 'in_progress', 'complete')", name="chk_tasks_status"),
        sa.CheckConstraint("NOT is_deleted OR deleted_at IS NOT NULL", name="chk_tasks_deleted"),
        sa.Index("idx_tasks_user_status_created", "user_id", "status", sa.text("created_at DESC")),
        sa.Index("idx_tasks_parent", "parent_id"),
        sa.Index("idx_tasks_user_live", "user_id", postgresql_where=sa.text("is_deleted = false")),
        sa.Index("idx_tasks_tags", "tags", postgresql_using="gin"),
        sa.Index("uq_tasks_user_title", "user_id", sa.text("lower(title)"), unique=True),
    )

    id: uuid.UUID = Field(
        default_factory=uuid.uuid4,
        primary_key=True,
        sa_column_kwargs={"server_default": sa.text("gen_random_uuid()")},
    )
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    parent_id: Optional[uuid.UUID] = Field(default=None, foreign_key="tasks.id", ondelete="SET NULL")
    title: str = Field(max_length=200)
    status: str = Field(default="pending", max_length=20, sa_column_kwargs={"server_default": "pending"})
    tags: list[Any] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": sa.text("'[]'::jsonb")}
    )

    children: list["Task"] = Relationship(back_populates="parent")
    parent: Optional["Task"] = Relationship(
        back_populates="children", sa_relationship_kwargs={"remote_side": "Task.id"}
    )
