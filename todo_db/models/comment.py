"""Comments on tasks."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Index, Text
from sqlmodel import Field, Relationship, SQLModel

from todo_db.models.timestamps import created, updated

if TYPE_CHECKING:
    from todo_db.models.task import Task
    from todo_db.models.user import User


class Comment(SQLModel, table=True):
    """What a user notes about a task."""

    __tablename__ = "comments"
    __table_args__ = (
        Index("idx_comments_task_created", "task_id", "created_at"),
        Index("idx_comments_user_created", "user_id", "created_at"),
        {"info": {"owner": "user_id"}},
    )

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="tasks.id", ondelete="CASCADE")
    user_id: str = Field(foreign_key="user.id", ondelete="CASCADE", sa_type=Text)
    body: str = Field(sa_type=Text)
    created_at: datetime = created()
    updated_at: datetime = updated()

    task: "Task" = Relationship(back_populates="comments")
    user: "User" = Relationship(back_populates="comments")
