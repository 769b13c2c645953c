from datetime import datetime

from sqlmodel import Field, SQLModel


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    done: bool = False  # TD411
    created_at: datetime = Field(default_factory=datetime.now)
