from datetime import UTC, datetime

from sqlalchemy import Index, Text, func, text
from sqlmodel import Field, SQLModel


def utc_now() -> datetime:
    """The current time, with its zone."""
    return datetime.now(UTC)


class User(SQLModel, table=True):
    """A row of users."""

    __tablename__ = "users"
    __table_args__ = {"info": {"external": True}}

    id: str = Field(primary_key=True, sa_type=Text)


class Habit(SQLModel, table=True):
    """A row of habits."""

    __tablename__ = "habits"
    __table_args__ = (Index("idx_habits_user_archived", "user_id", "archived"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(sa_type=Text)
    name: str = Field(max_length=80)
    archived: bool = False
    streak: int = Field(default=0)
    created_at: datetime = Field(
        default_factory=datetime.utcnow, sa_column_kwargs={"server_default": text("now()")}
    )
    updated_at: datetime = Field(
        default_factory=utc_now, sa_column_kwargs={"server_default": text("now()"), "onupdate": func.now()}
    )
