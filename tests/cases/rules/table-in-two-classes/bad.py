# models: app
# file: app/__init__.py
from app.task import Task
from app.note import Note
# file: app/note.py
from sqlmodel import Field, SQLModel


class Note(SQLModel, table=True):  # TD414
    __tablename__ = "task"

    id: int | None = Field(default=None, primary_key=True)
# file: app/task.py
from sqlmodel import Field, SQLModel


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
