from datetime import date, datetime, timezone
from typing import Optional

from sqlalchemy import CheckConstraint, Text, text
from sqlmodel import Field, Relationship, SQLModel


def now() -> datetime:
    return datetime.now(timezone.utc)


class User(SQLModel, table=True):
    __tablename__ = "users"

    id: Optional[int] = Field(default=None, primary_key=True)
    email: str = Field(max_length=255, unique=True)
    name: Optional[str] = Field(default=None, max_length=100)
    is_active: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    created_at: datetime = Field(default_factory=now, sa_column_kwargs={"server_default": text("now()")})

    tasks: list["Task"] = Relationship(back_populates="user", passive_deletes="all")


class Task(SQLModel, table=True):
    __tablename__ = "tasks"
    __table_args__ = (CheckConstraint("position >= 0", name="ck_tasks_position"),)

    id: Optional[int] = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", index=True, ondelete="CASCADE")
    title: str = Field(max_length=200)
    description: Optional[str] = Field(default=None, sa_type=Text)
    completed: bool = Field(default=False, index=True, sa_column_kwargs={"server_default": text("false")})
    position: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    due_date: Optional[date] = None
    created_at: datetime = Field(default_factory=now, sa_column_kwargs={"server_default": text("now()")})

    user: Optional[User] = Relationship(back_populates="tasks")
