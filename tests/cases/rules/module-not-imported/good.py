# models: app.models
# file: app/models/__init__.py
from .task import Task
# file: app/models/task.py
from . import note
from sqlmodel import Field, SQLModel


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
# file: app/models/note.py
from sqlmodel import Field, SQLModel


class Note(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
