from datetime import datetime, timezone

from sqlalchemy import Boolean, Column, DateTime, Index, Text, func, text
from sqlmodel import Field, SQLModel


def now() -> datetime:
    return datetime.now(timezone.utc)


class User(SQLModel, table=True):
    """Better Auth's; never migrated from here."""

    __tablename__ = "user"
    __table_args__ = {"info": {"external": True}}

    id: str = Field(primary_key=True)
    email: str
    email_verified: bool = Field(sa_column=Column("emailVerified", Boolean, nullable=False))
    created_at: datetime = Field(sa_column=Column("createdAt", DateTime(timezone=True), nullable=False))


class Task(SQLModel, table=True):
    __tablename__ = "tasks"
    __table_args__ = (
        Index("idx_tasks_user_id", "user_id"),
        Index("idx_tasks_user_completed", "user_id", "completed"),
    )

    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(sa_type=Text, foreign_key="user.id", ondelete="CASCADE")
    title: str = Field(max_length=200)
    description: str | None = Field(default=None, sa_type=Text)
    completed: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    created_at: datetime = Field(default_factory=now, sa_column_kwargs={"server_default": func.now()})
    updated_at: datetime = Field(
        default_factory=now, sa_column_kwargs={"server_default": func.now(), "onupdate": func.now()}
    )
