from datetime import datetime, timezone

from pydantic import NaiveDatetime
from sqlalchemy import Column, Index, Integer, func, text
from sqlmodel import Field, SQLModel


def now() -> datetime:
    return datetime.now(timezone.utc)


class User(SQLModel, table=True):
    __tablename__ = "user"
    __table_args__ = {"info": {"external": True}}

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    email: str


class Task(SQLModel, table=True):
    __tablename__ = "tasks"
    __table_args__ = (
        Index("idx_tasks_user_id", "user_id", postgresql_where=text("NOT completed")),
        Index("idx_tasks_user_completed", "completed", "user_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    user_id: int
    title: str = Field(max_length=200)
    description: str = Field(default="", max_length=1000)
    completed: bool | None = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    created_at: NaiveDatetime = Field(default_factory=now, sa_column_kwargs={"server_default": func.now()})
    updated_at: datetime = Field(default_factory=now)
