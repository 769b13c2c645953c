import enum

from sqlmodel import Field, SQLModel


class Level(enum.StrEnum):
    low = enum.auto()


class Rank(enum.Enum):
    FIRST = enum.auto()


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    level: Level
    rank: Rank
