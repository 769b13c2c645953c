from sqlalchemy import CheckConstraint, Column, String, Text
from sqlmodel import Field, SQLModel


class TaskBase(SQLModel):
    title: str = Field(min_length=1, max_length=200)


class Task(TaskBase, table=True):
    __table_args__ = (CheckConstraint("priority BETWEEN 1 AND 5", name="chk_task_priority"),)

    id: int | None = Field(default=None, primary_key=True)
    priority: int = Field(ge=1, le=5)
    note: str = Field(max_length=500)
    body: str = Field(sa_type=Text)
    label: str = Field(max_length=40, sa_column=Column(String(40), nullable=False))
