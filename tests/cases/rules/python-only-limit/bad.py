from typing import Annotated

from pydantic import constr
from sqlalchemy import Column, String, Text
from sqlmodel import Field, SQLModel


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(min_length=1, max_length=200)  # TD409
    code: constr(max_length=8)  # TD409
    priority: Annotated[int, Field(ge=1)] = 1  # TD409
    notes: str = Field(max_length=500, sa_type=Text)  # TD409
    label: str = Field(max_length=30, sa_column=Column(String(40), nullable=False))  # TD409
