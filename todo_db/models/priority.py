"""How much a task matters: at most one priority for each."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint
from sqlmodel import Field, Relationship, SQLModel

from todo_db.models.timestamps import created, updated

if TYPE_CHECKING:
    from todo_db.models.task import Task


class Level(StrEnum):
    """From the least to the most."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class TaskPriority(SQLModel, table=True):
    """The task is its key, so that there is one at most; it belongs to whom the task belongs."""

    __tablename__ = "task_priorities"
    __table_args__ = (
        CheckConstraint("level IN ('low', 'medium', 'high', 'urgent')", name="chk_task_priorities_level"),
        {"info": {"owner_through": "task_id"}},
    )

    task_id: int = Field(primary_key=True, foreign_key="tasks.id", ondelete="CASCADE")
    level: str = Field(
        default=Level.MEDIUM.value, max_length=10, sa_column_kwargs={"server_default": Level.MEDIUM.value}
    )
    created_at: datetime = created()
    updated_at: datetime = updated()

    task: "Task" = Relationship(back_populates="priority")
