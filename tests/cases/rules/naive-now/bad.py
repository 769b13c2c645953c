from datetime import datetime

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


def clock() -> datetime:
    return datetime.now()



class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    created_at: datetime = Field(default_factory=datetime.utcnow)  # TD410
    updated_at: datetime = Field(default_factory=clock)  # TD410
    seen_at: datetime = Field(default_factory=lambda: datetime.now())  # TD410
    day: datetime = Field(sa_column=Column(DateTime(), default=datetime.utcnow))  # TD410
    
    def touch(self) -> None:
        self.seen_at = datetime.utcnow()  # TD410
