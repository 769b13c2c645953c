from enum import Enum

from sqlmodel import Field, SQLModel


class Status(str, Enum):
    open = "open"
    done = "done"



class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    status: Status = Status.open
