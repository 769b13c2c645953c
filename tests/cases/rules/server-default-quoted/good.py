from datetime import datetime

from sqlalchemy import Column, String, func, text
from sqlmodel import Field, SQLModel


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    created_at: datetime = Field(sa_column_kwargs={"server_default": text("now()")})
    done: bool = Field(sa_column_kwargs={"server_default": "false"})
    status: str = Field(sa_column=Column(String(20), nullable=False, server_default="pending"))
    seen_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
