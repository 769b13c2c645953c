from enum import Enum

from sqlalchemy import String
from sqlalchemy import Enum as SAEnum
from sqlmodel import Field, SQLModel


class Status(str, Enum):
    OPEN = "open"



class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    status: Status = Field(sa_type=SAEnum(Status, values_callable=lambda e: [m.value for m in e]))
    plain: Status = Field(sa_type=String(20))
