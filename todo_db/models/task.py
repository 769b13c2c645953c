"""Tasks: what a user wants to get done."""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Optional

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field, Relationship, SQLModel

from todo_db.models.timestamps import created, updated

if TYPE_CHECKING:
    from todo_db.models.comment import Comment
    from todo_db.models.priority import TaskPriority
    from todo_db.models.user import User


class Status(StrEnum):
    """How far a task is."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class Task(SQLModel, table=True):
    """A deleted task stays (`is_deleted`, `deleted_at`) until it is purged."""

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'in_progress', 'completed')", name="chk_tasks_status"),
        CheckConstraint("is_deleted = (deleted_at IS NOT NULL)", name="chk_tasks_deleted"),
        Index("idx_tasks_user_status", "user_id", "status"),
        Index("idx_tasks_user_due_date", "user_id", "due_date", postgresql_where=text("NOT is_deleted")),
        Index("idx_tasks_user_created", "user_id", text("created_at DESC")),
        {"info": {"owner": "user_id"}},
    )

    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(foreign_key="user.id", ondelete="CASCADE", sa_type=Text)
    title: str = Field(max_length=200)
    description: str | None = Field(default=None, sa_type=Text)
    status: str = Field(
        default=Status.PENDING.value, max_length=20, sa_column_kwargs={"server_default": Status.PENDING.value}
    )
    due_date: date | None = None
    created_at: datetime = created()
    updated_at: datetime = updated()
    is_deleted: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    deleted_at: datetime | None = None

    user: "User" = Relationship(back_populates="tasks")
    comments: list["Comment"] = Relationship(back_populates="task", passive_deletes="all")
    priority: Optional["TaskPriority"] = Relationship(
        back_populates="task", passive_deletes="all", sa_relationship_kwargs={"uselist": False}
    )
