from datetime import datetime, timezone
from typing import Optional

from sqlalchemy import CheckConstraint, Column, Integer, text
from sqlmodel import Field, SQLModel


def now() -> datetime:
    return datetime.now(timezone.utc)


class User(SQLModel, table=True):
    __tablename__ = "users"

    id: Optional[int] = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=False))
    email: str = Field(max_length=255)
    name: str = Field(max_length=100)
    is_active: bool = Field(default=True)
    created_at: datetime = Field(default_factory=now, sa_column_kwargs={"server_default": text("now()")})


class Task(SQLModel, table=True):
    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint(
            "position > 0",
            name="ck_tasks_position",
        ),
    )

    id: Optional[int] = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", index=True)
    title: str
    description: Optional[str] = None
    completed: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    position: int = Field(default=0, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = Field(default_factory=now, sa_column_kwargs={"server_default": text("now()")})
    priority: int = 0
