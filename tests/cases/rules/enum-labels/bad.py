from enum import Enum

from sqlalchemy import Column
from sqlalchemy import Enum as SAEnum
from sqlmodel import Field, SQLModel


class Status(str, Enum):
    OPEN = "open"



class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    status: Status = Status.OPEN  # TD412
    state: Status | None = Field(default=None, sa_column=Column(SAEnum(Status)))  # TD412
