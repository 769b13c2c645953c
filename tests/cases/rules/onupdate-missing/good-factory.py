from datetime import datetime

from sqlalchemy import func
from sqlmodel import Field, SQLModel


def updated() -> datetime:
    return Field(sa_column_kwargs={"onupdate": func.now()})



class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    updated_at: datetime = updated()
