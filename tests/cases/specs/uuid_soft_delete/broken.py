import uuid
from datetime import datetime, timezone
from typing import Any, Optional

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSON
from sqlmodel import Field, SQLModel


def now() -> datetime:
    return datetime.now(timezone.utc)


class Timestamps(SQLModel):
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now, sa_column_kwargs={"server_default": sa.text("now()")})


class SoftDelete(SQLModel):
    is_deleted: bool = Field(default=False, sa_column_kwargs={"server_default": sa.text("true")})


class Task(SoftDelete, Timestamps, table=True):
    __tablename__ = "tasks"
    __table_args__ = (
        sa.CheckConstraint("status IN ('pending', 'complete')", name="chk_tasks_status"),
        sa.CheckConstraint("is_deleted OR title <> ''", name="chk_tasks_title"),
        sa.Index("idx_tasks_user_status_created", "user_id", "status", "created_at"),
        sa.Index("idx_tasks_parent", "parent_id"),
        sa.Index("idx_tasks_user_live", "user_id"),
        sa.Index("idx_tasks_status", "status"),
        sa.Index("uq_tasks_user_title", "user_id", sa.text("lower(title)")),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    user_id: str = Field(foreign_key="users.id", ondelete="CASCADE")
    parent_id: Optional[uuid.UUID] = Field(default=None, foreign_key="tasks.id", ondelete="CASCADE")
    title: str = Field(max_length=200)
    status: str = Field(max_length=20, sa_column_kwargs={"server_default": "pending"})
    tags: list[Any] = Field(sa_type=JSON, sa_column_kwargs={"server_default": sa.text("'[]'")})
