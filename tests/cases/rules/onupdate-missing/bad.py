from datetime import datetime, timezone

from sqlmodel import Field, SQLModel


class Stamped(SQLModel):
    updated_at: datetime = Field(default_factory=lambda: datetime.now(timezone.utc))  # TD413


class Task(Stamped, table=True):
    id: int | None = Field(default=None, primary_key=True)


class Note(Stamped, table=True):
    id: int | None = Field(default=None, primary_key=True)
