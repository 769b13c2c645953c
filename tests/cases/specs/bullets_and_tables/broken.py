from datetime import datetime, timezone
from typing import Optional

from sqlalchemy import Text, text
from sqlmodel import Field, SQLModel


def now() -> datetime:
    return datetime.now(timezone.utc)


class TaskTag(SQLModel, table=True):
    __tablename__ = "task_tags"

    task_id: int = Field(foreign_key="tasks.id", primary_key=True)
    tag_id: int = Field(primary_key=True)


class Tag(SQLModel, table=True):
    __tablename__ = "tag"

    id: Optional[int] = Field(default=None, primary_key=True)
    name: str = Field(max_length=50, unique=True)


class Task(SQLModel, table=True):
    __tablename__ = "tasks"

    id: Optional[int] = Field(default=None, primary_key=True)
    user_id: int
    title: str = Field(max_length=120)
    description: Optional[str] = Field(default=None, sa_type=Text)
    completed: bool = Field(default=False)
    created_at: Optional[datetime] = Field(
        default_factory=now, sa_column_kwargs={"server_default": text("now()")}
    )
