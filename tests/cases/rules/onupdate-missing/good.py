from datetime import datetime, timezone

from sqlalchemy import Column, DateTime, func
from sqlmodel import Field, SQLModel


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    updated_at: datetime = Field(sa_column_kwargs={"onupdate": func.now()})
    modified_at: datetime = Field(sa_column=Column(DateTime(timezone=True), onupdate=func.now()))
