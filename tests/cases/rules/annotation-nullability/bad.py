from sqlalchemy import Column, String
from sqlmodel import Field, SQLModel


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(sa_column=Column(String(200)))  # TD408
    note: str | None = Field(default=None, nullable=False)  # TD408
    name: str = Field(nullable=True)  # TD408
