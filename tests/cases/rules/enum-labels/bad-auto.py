from enum import StrEnum, auto

from sqlmodel import Field, SQLModel


class Level(StrEnum):
    LOW = auto()


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    level: Level  # TD412
