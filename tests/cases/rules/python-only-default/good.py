from sqlalchemy import text
from sqlmodel import Field, SQLModel


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    done: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    note: str | None = None
    title: str = Field(...)
